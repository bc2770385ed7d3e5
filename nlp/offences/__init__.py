"""Tables of insults, threats and advertising."""
