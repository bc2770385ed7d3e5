"""The core: inbox, dialogue, tickets, markets, delivery. The only owner of the database."""
