"""Leases: which process alone may do something, proven by a fence in every write."""
