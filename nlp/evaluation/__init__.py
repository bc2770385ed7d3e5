"""How good understanding is: measured on texts it was not built from, and told for people."""
