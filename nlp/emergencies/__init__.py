"""Tables of emergencies per language: rules, concepts, and what speaks against them."""
