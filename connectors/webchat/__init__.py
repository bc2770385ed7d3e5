"""The web chat of the city's own pages."""
