"""Learning: what people said a message really meant, masked, for the next training."""
