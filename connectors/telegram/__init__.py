"""Telegram: a bot in private chats, groups and channels, over the Bot API."""
