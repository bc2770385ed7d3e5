"""A module that a server imports at its start."""
