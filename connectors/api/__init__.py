"""The generic channel: any other system posts messages and fetches replies."""
