"""What stands at the edges in tests: a platform, an understander, a clock, a small town."""
