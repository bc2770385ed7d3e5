"""X (Twitter): mentions, direct messages and posts, over its API v2 and for money."""
