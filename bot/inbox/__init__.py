"""The inbox: conversations, their messages, and what staff do with them."""
