"""The file of a message, as Telegram describes it; pure."""

from dataclasses import dataclass

from connectors.shapes import Object, at, listing, number, obj, text

_UNTYPED = "application/octet-stream"
# Kind, name and type where a message tells none. An animation is described as a document too.
_KINDS = (
    ("document", "Datei", _UNTYPED),
    ("voice", "Sprachnachricht.ogg", "audio/ogg"),
    ("audio", "Aufnahme", "audio/mpeg"),
    ("video", "Video.mp4", "video/mp4"),
    ("video_note", "Videonachricht.mp4", "video/mp4"),
    ("animation", "Animation.mp4", "video/mp4"),
)


@dataclass(frozen=True, slots=True)
class Described:
    """A file that a message has; `size` in bytes, as far as it is told."""

    file_id: str
    name: str
    media_type: str
    size: int | None


def file_of(message: Object) -> Described | None:
    """Return the file of a message, of a photo its largest size; None where it has none."""
    sizes = [obj(size) for size in listing(message.get("photo"))]
    if sizes:
        return _described(max(sizes, key=_pixels), "Foto.jpg", "image/jpeg")
    for kind, name, media_type in _KINDS:
        if kind in message:
            return _described(obj(message[kind]), name, media_type)
    return None


def _described(found: Object, name: str, media_type: str) -> Described | None:
    file_id = text(found.get("file_id"))
    if not file_id:
        return None
    return Described(
        file_id,
        (text(found.get("file_name")) or name)[:200],
        (text(found.get("mime_type")) or media_type)[:100],
        number(found.get("file_size")),
    )


def _pixels(size: Object) -> int:
    return (number(at(size, "width")) or 0) * (number(at(size, "height")) or 0)
