"""Bluesky: an account's mentions and replies, over plain XRPC."""
