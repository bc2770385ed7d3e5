"""Texts as tickets keep them: without what no database takes, and bounded."""

from bot.errors import InvalidError

TEXT_LIMIT = 10_000


def required(text: str, name: str) -> str:
    """Return a text that has to be there; raises `InvalidError` for the field `name`."""
    cleaned = optional(text, name)
    if cleaned is None:
        raise InvalidError("A text is needed.", field=name)
    return cleaned


def optional(text: str | None, name: str) -> str | None:
    """Return a text, None for an empty one; raises `InvalidError` for one that is too long."""
    cleaned = _clean(text or "")
    if len(cleaned) > TEXT_LIMIT:
        raise InvalidError(f"At most {TEXT_LIMIT} characters.", field=name)
    return cleaned or None


def shorten(text: str, limit: int) -> str:
    """Return a single line of at most `limit` characters."""
    cleaned = " ".join(_clean(text).split())
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1].rstrip() + "…"


def _clean(text: str) -> str:
    # PostgreSQL cannot store the character NUL, and no database half a surrogate pair.
    return text.replace("\0", "").encode(errors="replace").decode().strip()
