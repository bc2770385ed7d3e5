"""Contacts: the people who write, with their identities on the channels."""
