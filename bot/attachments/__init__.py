"""Attachments: content-addressed chunks out of the hot tables, shown only when examined."""
