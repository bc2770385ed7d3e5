"""Alarms: what a person must know now, who is told, and what becomes of it."""
