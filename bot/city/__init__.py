"""The city itself: its settings, and the version that tells caches when to read again."""
