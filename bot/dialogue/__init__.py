"""The dialogue: what the assistant says to a turn, and the question it keeps open."""
