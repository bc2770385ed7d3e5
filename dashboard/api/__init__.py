"""The JSON API: the generic channel, and the staff's."""
