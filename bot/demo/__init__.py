"""The demo city: data in YAML, loaded into an empty database."""
