"""In: raw items stored before they are acknowledged, then turned into messages and decided."""
