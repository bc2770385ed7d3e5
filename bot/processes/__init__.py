"""The processes of a city: who is there, and who has not been heard of for long."""
