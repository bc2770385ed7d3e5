"""Skills: each answers intents, from live data, and says nothing it does not know."""
