"""Offices, ticket categories, and who is in charge of what."""
