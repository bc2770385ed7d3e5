"""A citizen with a browser that runs no scripts, at an address of their own."""

import io
import itertools
import json
import re
import zlib
from collections.abc import Iterator
from html import unescape
from typing import Self

import httpx
from PIL import Image

from dashboard.live import PING
from tests.support.city import City, value

_addresses = itertools.count(1)
_PINGS = 2  # after so many in one go nothing more will come
Files = list[tuple[str, tuple[str, bytes, str]]]


class Browser:
    """Fetches pages, fills in their forms, keeps cookies."""

    def __init__(self, city: City, *, language: str = "de") -> None:
        self.city = city
        number = next(_addresses)
        self.client = city.client()
        self.client.headers["x-forwarded-for"] = f"10.1.{number // 250}.{number % 250 + 1}"
        self.client.headers["accept-language"] = language

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(
        self,
        path: str,
        data: dict[str, str],
        *,
        form: str | None = None,
        files: Files | None = None,
        json: bool = False,
    ) -> httpx.Response:
        """Load the page `form`, fill in `data`, send it to `path`."""
        page = self.get(form).text if form else ""
        hidden = {name: value(page, name) for name in ("csrf", "key") if f'name="{name}"' in page}
        headers = {"accept": "application/json"} if json else {}
        return self.client.post(path, data=hidden | data, files=files, headers=headers)

    def report(self, data: dict[str, str], files: Files | None = None) -> httpx.Response:
        return self.post("/report", data, form="/", files=files)

    def reported(self, data: dict[str, str], files: Files | None = None) -> str:
        """Report, and return the address of the ticket's page."""
        answer = self.report(data, files)
        assert answer.status_code == 303, visible(answer.text)
        return answer.headers["location"].partition("?")[0]

    def says(self, text: str, **data: str) -> httpx.Response:
        """Send a chat message by the form."""
        return self.post("/chat", {"text": text} | data, form="/chat")

    def waits_for(self, words: str) -> str:
        """Return the words of the chat page once the city has said `words`."""
        with Stream(self, "/chat/events?after=0.0") as stream:
            stream.until(words)
        return visible(self.get("/chat").text)


def visible(page: str) -> str:
    """Return the words of a page as a reader sees them."""
    body = re.sub(r"<(head|script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def between(page: str, start: str, end: str) -> str:
    """Return what stands between two marks of a page."""
    return unescape(page.partition(start)[2].partition(end)[0])


def picture(kind: str = "PNG", size: tuple[int, int] = (32, 24)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (20, 40, 160)).save(out, kind)
    return out.getvalue()


def png_bomb(side: int = 20_000) -> bytes:
    """Return a small PNG that says it has 400 million pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + name + content + checksum

    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    rows = zlib.compress(bytes((side // 8 + 1) * 2000))
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def photo(name: str, content: bytes, kind: str = "image/png") -> tuple[str, tuple[str, bytes, str]]:
    return "photos", (name, content, kind)


class Stream:
    """An open event stream; `last_id` is what a browser would send when it comes back."""

    def __init__(self, browser: Browser, address: str, *, last_id: str | None = None) -> None:
        headers = {"last-event-id": last_id} if last_id else {}
        self._request = browser.client.stream("GET", address, headers=headers)
        self.last_id = last_id

    def __enter__(self) -> Self:
        self.response = self._request.__enter__()
        self._lines = self.response.iter_lines()
        return self

    def __exit__(self, *_: object) -> None:
        self._request.__exit__(None, None, None)

    def messages(self) -> Iterator[dict[str, str]]:
        """Yield each message as the page's script gets it."""
        data = number = None
        pings = 0
        for line in self._lines:
            pings += line == PING.strip()
            if pings > _PINGS:
                return
            name, _, rest = line.partition(": ")
            if name == "id":
                number = rest
            elif name == "data":
                data = rest
            elif not line:
                self.last_id = number or self.last_id
                if data:
                    yield json.loads(data)
                data = number = None

    def until(self, words: str) -> list[dict[str, str]]:
        """Read until a message with these words comes; return all that came."""
        seen = []
        for message in self.messages():
            seen.append(message)
            if words in message["html"]:
                return seen
        raise AssertionError(f"the stream ended without {words!r}")


def events_address(page: str) -> str:
    """Return the address of the stream that a chat page opens."""
    return between(page, 'data-events="', '"')
