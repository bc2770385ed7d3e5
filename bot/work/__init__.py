"""The queue: one row per thread and lane that has something to do. The rows are the truth."""
