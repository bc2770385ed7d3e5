"""One folder per platform: raw items in, parts out. They know nobody but `connectors.base`."""
