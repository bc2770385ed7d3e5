"""Examining a file that a stranger sent: its true type, its size, and a copy that is safe to show.

Pictures are decoded and written anew: what is shown was made here, without the camera's notes on
place and time, and without anything that hides behind the picture's end. Sounds and documents stay
as they came: they are known by how they begin, and a browser plays or opens them shut off from the
desk.
"""

import io
import re
import warnings
from dataclasses import dataclass
from threading import BoundedSemaphore

import puremagic
from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000
MAX_SIDE = 2560
_AT_ONCE = BoundedSemaphore(2)  # decoding takes up to 4 bytes a pixel: 400 MB and no more
_PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_PDF = "application/pdf"
# Sounds by how they begin: an Ogg page with Opus or Vorbis (RFC 7845, 5), an ID3 tag or a frame of
# MPEG audio layer III, an MPEG-4 file of Apple's audio brand.
_SOUNDS = (
    (re.compile(rb"OggS.{24,60}(?:OpusHead|\x01vorbis)", re.DOTALL), "audio/ogg"),
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xfa\xfb\xf2\xf3]"), "audio/mpeg"),
    (re.compile(rb".{4}ftypM4[AB] ", re.DOTALL), "audio/mp4"),
)


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file turned out to be; a rejected one has a reason and no content."""

    media_type: str
    content: bytes | None = None
    reason: str | None = None
    width: int | None = None
    height: int | None = None


def examine(content: bytes, *, max_bytes: int) -> Examined:
    """Return the safe copy of `content`, or why there is none. Never raises for bad content.

    Reasons: empty, too_large, too_many_pixels, broken, type_not_allowed.
    """
    if not content:
        return Examined("application/octet-stream", reason="empty")
    if len(content) > max_bytes:
        return Examined("application/octet-stream", reason="too_large")
    if sound := _sound(content):
        return Examined(sound, content)
    media_type = _sniff(content)
    if media_type == _PDF:
        return Examined(_PDF, content)
    if media_type in _PICTURES.values():
        with _AT_ONCE:
            return _picture(content, media_type)
    return Examined(media_type, reason="type_not_allowed")


def _sound(content: bytes) -> str | None:
    return next((media_type for begins, media_type in _SOUNDS if begins.match(content)), None)


def _sniff(content: bytes) -> str:
    try:
        matches = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return "application/octet-stream"
    return matches[0].mime_type if matches and matches[0].mime_type else "application/octet-stream"


def _picture(content: bytes, media_type: str) -> Examined:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=tuple(_PICTURES)) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    return Examined(media_type, reason="too_many_pixels")
                form = opened.format or "PNG"
                opened.thumbnail((MAX_SIDE, MAX_SIDE))  # first: a JPEG is decoded smaller then
                return _written(ImageOps.exif_transpose(opened), form)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Examined(media_type, reason="too_many_pixels")
    except Exception:  # noqa: BLE001 (decoders break on a stranger's bytes in every way there is)
        return Examined(media_type, reason="broken")


def _written(picture: Image.Image, form: str) -> Examined:
    """Write the pixels anew in their own format, and nothing else."""
    transparent = form != "JPEG" and picture.has_transparency_data
    clean = picture.convert("RGBA" if transparent else "RGB")
    clean.info.clear()
    out = io.BytesIO()
    clean.save(out, form, quality=88)
    return Examined(_PICTURES[form], out.getvalue(), width=clean.width, height=clean.height)
