"""Images of posts: the AppView tells where they lie."""

from collections.abc import Mapping

from connectors.base import MISSING, FileLostError, RawFile
from connectors.bluesky import items, posts
from connectors.bluesky.session import Session
from connectors.outcomes import fetching
from connectors.shapes import Object, at, identifier, listing, number, obj, text

_WITHIN = 60.0  # seconds
_VIEW = "app.bsky.embed.images#view"


class Media:
    """Fetches images of at most `largest` bytes."""

    def __init__(self, session: Session, largest: int) -> None:
        self._session = session
        self._largest = largest

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:
        """Return the image of a raw item; raises `FileLostError` and `PlatformError`."""
        note = obj(payload.get("notification"))
        uri, place = identifier(note.get("uri")), number(payload.get("image")) or 0
        record = items.images(obj(note.get("record")))
        if uri is None or not 0 <= place < len(record):
            raise FileLostError(MISSING)
        with fetching():
            view = (await posts.views(self._session, [uri])).get(uri, {})
            address = _address(view, place)
            content = await self._session.download(address, limit=self._largest, within=_WITHIN)
        declared = text(at(record[place], "image", "mimeType")) or "image/jpeg"
        ending = declared.rpartition("/")[2]
        return RawFile(f"image{place + 1}.{ending}"[:40], declared[:100], content)


def _address(view: Object, place: int) -> str:
    embed = obj(view.get("embed"))
    shown = embed if embed.get("$type") == _VIEW else obj(embed.get("media"))
    images = listing(shown.get("images"))
    address = text(at(images[place], "fullsize")) if place < len(images) else None
    if not address or address.startswith("/"):
        raise FileLostError(MISSING)  # the post is gone, or another one
    return address
