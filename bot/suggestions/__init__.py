"""Suggested replies: composed for a colleague from what is known, never sent by themselves."""
