"""Channels: configured accounts on platforms, their tokens, leases and health."""
