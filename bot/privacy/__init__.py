"""Privacy: how long what is kept, and the sweep that ends it."""
