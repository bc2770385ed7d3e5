"""How well the heads do on sentences they have not seen."""
