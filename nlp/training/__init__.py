"""Training: the corpus as numbers, the fit of the heads, their calibration."""
