"""Matrix: rooms and direct chats on any homeserver, over matrix-nio and a sync loop of our own."""
