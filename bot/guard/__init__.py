"""The guard of public texts: what must not be said where everybody reads."""
