"""Files of strangers: what they are, and a copy that is safe to show."""

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.attachments import rules
from bot.attachments.rules import MAX_SIDE, examine
from connectors.capabilities import READABLE

LIMIT = 10_000_000
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(document.cookie)</script></html>"
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825
SHOWN = READABLE
REASONS = {"empty", "too_large", "too_many_pixels", "broken", "type_not_allowed"}


def picture(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    image = Image.new(mode, size)
    for x in range(size[0] // 2):
        image.putpixel((x, 0), 255 if mode in {"L", "P"} else (255,) * len(mode))
    image.save(out, kind)
    return out.getvalue()


def with_notes(kind: str) -> bytes:
    """A picture as a telephone takes it: on its side, with camera and place."""
    image, exif, out = Image.new("RGB", (60, 40), "white"), Image.Exif(), io.BytesIO()
    image.paste("black", (0, 0, 30, 40))  # its left half is black
    exif[ORIENTATION] = 6
    exif[MAKE] = "SecretCamera"
    exif[GPS] = {1: "N", 2: (51.0, 1.0, 47.5), 3: "E", 4: (6.0, 59.0, 3.0)}
    image.save(out, kind, exif=exif, quality=95, icc_profile=b"SecretProfile", comment=b"Secret")
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A small file that claims to be a huge picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    chunks = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bomb:
        bomb.writestr("bomb", bytes(20_000_000))
    return out.getvalue()


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (bytes(LIMIT + 1), "too_large"),
        (zip_bomb(), "type_not_allowed"),
        (SVG, "type_not_allowed"),
        (b"<?xml version='1.0'?>" + SVG, "type_not_allowed"),
        (HTML, "type_not_allowed"),
        (picture("GIF", mode="P"), "type_not_allowed"),
        (picture("BMP"), "type_not_allowed"),
        (picture("TIFF"), "type_not_allowed"),
        (b"MZ\x90\x00" + bytes(200), "type_not_allowed"),
        (b"GIF89a/*" + HTML, "type_not_allowed"),
        (b"Hallo", "type_not_allowed"),
        (picture("JPEG", (600, 400))[:2000], "broken"),
        (picture("PNG", (600, 400))[:200], "broken"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "broken"),
        (b"\xff\xd8\xff\xe0" + HTML, "broken"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(50), "broken"),
        (png_of(30_000, 30_000), "too_many_pixels"),
        (png_of(7_100, 7_100), "too_many_pixels"),
        (png_of(10_000, 9_500), "too_many_pixels"),
        (png_of(4_000, 4_000), "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_shown(content: bytes, reason: str) -> None:
    examined = examine(content, max_bytes=LIMIT)
    assert (examined.reason, examined.content) == (reason, None)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("JPEG", mode="L"), "image/jpeg"),
        (picture("JPEG", mode="CMYK"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("PNG", mode="RGBA"), "image/png"),
        (picture("PNG", mode="P"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (picture("WEBP", mode="RGBA"), "image/webp"),
        (PDF, "application/pdf"),
    ],
)
def test_what_is_shown(content: bytes, media_type: str) -> None:
    examined = examine(content, max_bytes=LIMIT)
    assert (examined.media_type, examined.reason) == (media_type, None)
    if media_type != "application/pdf":
        shown = opened(examined.content)
        assert Image.MIME[shown.format or ""] == media_type
        assert shown.size == (examined.width, examined.height) == (60, 40)


def test_the_limit_is_the_channels() -> None:
    content = picture("PNG", (300, 300)) + bytes(5000)
    assert examine(content, max_bytes=len(content)).reason is None
    assert examine(content, max_bytes=len(content) - 1).reason == "too_large"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_cameras_notes_are_gone_and_the_picture_stands_upright(kind: str) -> None:
    original = with_notes(kind)
    assert b"SecretCamera" in original

    examined = examine(original, max_bytes=LIMIT)

    shown = opened(examined.content)
    assert not shown.getexif()
    assert not shown.getexif().get_ifd(GPS)
    assert not {"exif", "xmp", "comment", "icc_profile"} & set(shown.info)
    assert b"Secret" not in (examined.content or b"")
    assert (examined.width, examined.height) == (40, 60)
    top, bottom = shown.convert("L").getpixel((20, 5)), shown.convert("L").getpixel((20, 55))
    assert isinstance(top, int)
    assert isinstance(bottom, int)
    assert (top < 50, bottom > 200) == (True, True), "what was left stands above now"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_hides_behind_a_picture_is_gone(kind: str) -> None:
    for hidden in (HTML, PDF, zip_bomb()):
        examined = examine(picture(kind) + hidden, max_bytes=LIMIT)
        assert examined.content is not None
        assert hidden[:60] not in examined.content
        assert b"<script" not in examined.content


def test_a_text_chunk_of_a_png_is_gone() -> None:
    image, out = Image.new("RGB", (9, 9)), io.BytesIO()
    image.info["comment"] = "<script>"
    image.save(out, "PNG", comment="<script>")
    examined = examine(out.getvalue(), max_bytes=LIMIT)
    assert b"script" not in (examined.content or b"")


def test_a_large_picture_is_made_smaller() -> None:
    examined = examine(picture("JPEG", (4000, 1000)), max_bytes=LIMIT)
    assert (examined.width, examined.height) == (MAX_SIDE, MAX_SIDE // 4)


def is_sound(examined: rules.Examined) -> bool:
    if examined.content is None:
        return examined.reason in REASONS
    return examined.reason is None and examined.media_type in SHOWN


@given(st.binary(max_size=400))
def test_any_bytes_have_an_answer(content: bytes) -> None:
    assert is_sound(examine(content, max_bytes=LIMIT))


ORIGINALS = [picture("JPEG"), picture("PNG"), picture("WEBP"), with_notes("JPEG"), PDF]


@given(
    st.sampled_from(ORIGINALS),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=12),
    st.integers(0, 4000),
)
def test_damaged_files_have_an_answer(
    original: bytes, damage: list[tuple[int, int]], end: int
) -> None:
    content = bytearray(original)
    for place, value in damage:
        content[place % len(content)] = value
    kept = bytes(content[: max(end % (2 * len(content)), 1)])
    assert is_sound(examine(kept, max_bytes=LIMIT))


@given(st.sampled_from(ORIGINALS), st.binary(max_size=60), st.integers(0, 60))
def test_a_foreign_head_has_an_answer(original: bytes, head: bytes, cut: int) -> None:
    assert is_sound(examine(head + original[cut:], max_bytes=LIMIT))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead" + bytes(40), "audio/ogg"),
        (b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis" + bytes(40), "audio/ogg"),
        (b"ID3\x04\x00" + bytes(60), "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + bytes(400), "audio/mpeg"),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42" + bytes(60), "audio/mp4"),
    ],
)
def test_sounds_stay_as_they_came(content: bytes, media_type: str) -> None:
    found = examine(content, max_bytes=LIMIT)
    assert (found.media_type, found.content, found.reason) == (media_type, content, None)


def test_what_only_contains_a_sound_is_none() -> None:
    for content in (b"<script>OggS", b"OggS" + bytes(200), HTML + b"OggS\x00\x02OpusHead"):
        assert examine(content, max_bytes=LIMIT).content is None
