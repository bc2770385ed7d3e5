"""Mastodon: mentions and direct messages of an account on any instance."""
