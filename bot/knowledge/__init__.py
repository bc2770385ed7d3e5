"""Pages that the city writes itself: privacy notice, imprint, accessibility."""
