"""Understanding: a citizen's text in, a value out. No database, no network, no web."""
