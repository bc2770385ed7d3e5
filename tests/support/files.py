"""Small files to send, as base64."""

import base64
import io

from PIL import Image


def png(size: tuple[int, int] = (40, 30)) -> str:
    """Return a picture."""
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def pdf() -> str:
    """Return a document."""
    return base64.b64encode(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n").decode()


def ogg() -> str:
    """Return the head of a recording."""
    page = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(10)
    return base64.b64encode(page).decode()


def html() -> str:
    """Return a page with a script."""
    return base64.b64encode(b"<!doctype html><script>alert(1)</script>").decode()
