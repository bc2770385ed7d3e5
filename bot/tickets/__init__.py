"""Tickets: a citizen's report, complaint or idea on its way through the administration."""
