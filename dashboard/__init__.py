"""The web: desk, citizens' pages, web chat, JSON API."""
