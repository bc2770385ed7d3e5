"""Whatever is sent in: a clear error or a harmless text, nothing lost, nothing executed."""

import io
import zipfile

import pytest
from sqlalchemy import func, select

from bot.tickets.models import Ticket
from tests.dashboard.public.browser import Browser, Files, photo, picture, png_bomb, visible
from tests.support.city import City, value

LAMP = {"text": "Die Straßenlaterne ist aus.", "place": "Dhünnstraße 14"}
MARK = "Zeichen"
HOSTILE = {
    "script": f"<script>alert(1)</script>{MARK}",
    "image": f'"><img src=x onerror=alert(1)>{MARK}',
    "template": f"{{{{ 7*7 }}}}{{% raw %}}{MARK}",
    "rtl": f"\u202e{MARK}\u2066abc\u2069",
    "zero-width": f"\u200b\ufeff{MARK}\u200d\u00ad",
    "control": f"\x01\x07\x1b[31m{MARK}\x7f\x85",
    "null": f"a\x00{MARK}",
    "lines": f"{MARK}\r\n\r\nSet-Cookie: a=b\r\u2028\u2029",
    "emoji": f"{MARK}👩‍👩‍👧‍👦🏳️‍🌈",
    "combining": f"{MARK}{'̈' * 60}",
    "sql": f"{MARK}'; DROP TABLE ticket; --",
    "percent": f"{MARK} %s %(name)s {{0}} %n",
    "astral": f"{MARK}\U0010ffff\ufffe",
}
RAW = {
    "no-utf8": b"\xff\xfe\xc3(Zeichen",
    "surrogates": b"\xed\xa0\x80Zeichen\xed\xbf\xbf",
    "overlong": b"\xc0\xbcscript\xc0\xbeZeichen",
    "latin": "Zeichen äöü".encode("latin-1"),
}


def check(page: str) -> None:
    """Nothing of the input is markup, and nothing of us is a stack trace."""
    for mark in ("<script>alert", "<img src=x", "Traceback", "sqlalchemy", '.py"'):
        assert mark not in page
    for hidden in "\x00\x01\x07\x1b\u202e\u200b\u2066\ufeff":
        assert hidden not in page


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_in_a_report(city: City, text: str) -> None:
    browser = Browser(city)
    typed = {"text": text, "place": text, "name": text, "contact": text}
    refused = browser.report(typed)
    assert refused.status_code == 422  # for the address alone
    check(refused.text)
    address = browser.reported(typed | {"contact": ""}, [photo(f"{text}.png", picture())])
    page = browser.get(address)
    check(page.text)
    assert visible(page.text).count(MARK) >= 2
    for name in ("district", "category"):
        answer = browser.report(LAMP | {name: text})
        assert answer.status_code == 422
        check(answer.text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_in_the_chat(city: City, text: str) -> None:
    browser = Browser(city)
    answer = browser.post(
        "/chat",
        {"text": text, "place": text, "lat": text, "lon": text, "key": text},
        form="/chat",
        files=[photo(f"{text}.png", picture())],
        json=True,
    )
    assert answer.status_code == 200
    page = browser.get("/chat")
    check(page.text)
    assert MARK in visible(page.text)
    refused = browser.post("/chat", {"choice": text}, form="/chat")
    assert refused.status_code == 422
    check(refused.text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_in_every_other_form_and_address(city: City, text: str) -> None:
    browser = Browser(city)
    address = browser.reported(LAMP)
    assert browser.post(f"{address}/messages", {"text": text}, form=address).status_code == 303
    answers = [
        browser.get(address),
        browser.post("/t", {"number": text, "code": text}, form="/t"),
        browser.post(
            "/barrierefreiheit", {"text": text, "contact": text}, form="/barrierefreiheit"
        ),
        browser.post("/barrierefreiheit", {"text": text, "csrf": text, "key": text}),
    ]
    query = {"lang": text, "new": text, "embed": text}
    pages = ("/", "/chat", "/chat/events?after=x", "/t", "/maerkte", address)
    answers += [Browser(city).client.get(path, params=query) for path in pages]
    for answer in answers:
        assert answer.status_code < 500
        check(answer.text)


@pytest.mark.parametrize("content", RAW.values(), ids=RAW.keys())
@pytest.mark.parametrize("kind", ["multipart", "urlencoded"])
def test_texts_that_are_no_utf8(city: City, content: bytes, kind: str) -> None:
    browser = Browser(city)
    page = browser.get("/").text
    hidden = {name: value(page, name).encode() for name in ("csrf", "key")}
    fields = hidden | {"text": content, "place": content}
    if kind == "multipart":
        body = b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            % (name.encode(), text)
            for name, text in fields.items()
        )
        body, media_type = body + b"--x--\r\n", "multipart/form-data; boundary=x"
    else:
        escaped = {
            name: "".join(f"%{byte:02x}" for byte in text).encode() for name, text in fields.items()
        }
        body = b"&".join(name.encode() + b"=" + text for name, text in escaped.items())
        media_type = "application/x-www-form-urlencoded"
    answer = browser.client.post("/report", content=body, headers={"content-type": media_type})
    assert answer.status_code == 303
    shown = browser.get(answer.headers["location"])
    check(shown.text)
    assert MARK in visible(shown.text)


@pytest.mark.parametrize("path", ["/report", "/chat", "/t", "/barrierefreiheit", "/t/x/messages"])
def test_a_text_of_ten_megabytes_is_too_large(city: City, path: str) -> None:
    browser = Browser(city)
    endless = {"text": "x" * (10 * 1024 * 1024), "number": "x", "csrf": "x"}
    for files in (None, [photo("a.png", picture())]):
        answer = browser.client.post(path, data=endless, files=files)
        assert answer.status_code == 413
        assert "groß" in answer.text
        check(answer.text)


def test_a_body_that_is_no_form_is_refused(city: City) -> None:
    browser = Browser(city)
    bodies = {
        "multipart/form-data": b"no boundary",
        "multipart/form-data; boundary=x": b"--x\r\nbroken",
        "application/json": b"{}",
        "text/plain": b"\xff",
        "": b"text=a",
    }
    for media_type, body in bodies.items():
        for path in ("/report", "/chat", "/t", "/barrierefreiheit"):
            headers = {"content-type": media_type}
            answer = browser.client.post(path, content=body, headers=headers)
            assert answer.status_code in {400, 403}, (path, media_type)
            check(answer.text)


def test_thousands_of_fields_or_files_are_refused(city: City) -> None:
    browser = Browser(city)
    fields = {f"field{n}": "x" for n in range(2000)}
    many: Files = [photo(f"{n}.png", b"x") for n in range(100)]
    for answer in (
        browser.client.post("/report", data=fields),
        browser.client.post("/report", data={"text": "x"}, files=many),
    ):
        assert answer.status_code == 413
        check(answer.text)


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(20 * 1024 * 1024))
    return out.getvalue()


PICTURES = {
    "zip": zip_bomb,
    "png-bomb": png_bomb,
    "cut": lambda: picture()[:40],
    "html": lambda: b"<!doctype html><script>alert(1)</script>",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "pdf": lambda: b"%PDF-1.4\n%%EOF",
    "gif": lambda: picture("GIF"),
    "exe": lambda: b"MZ" + bytes(200),
    "large": lambda: picture() + bytes(10 * 1024 * 1024),
}


@pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES.keys())
def test_a_file_that_is_no_picture(city: City, make: object) -> None:
    assert callable(make)
    browser = Browser(city)
    with city.database.read() as session:
        before = session.scalar(select(func.count(Ticket.id)))
    answer = browser.report(LAMP, [photo("../../bild.png", make())])
    assert answer.status_code == 422
    assert "„bild.png“" in visible(answer.text)
    assert LAMP["text"] in answer.text
    check(answer.text)
    with city.database.read() as session:
        assert session.scalar(select(func.count(Ticket.id))) == before


def test_what_hides_behind_a_picture_is_gone(city: City) -> None:
    browser = Browser(city)
    payload = picture("JPEG") + b"<script>alert(1)</script>PK\x03\x04"
    address = browser.reported(LAMP, [photo("a.jpg", payload, "text/html")])
    page = browser.get(address).text
    source = page.partition('<img src="')[2].partition('"')[0]
    shown = browser.get(source)
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"script" not in shown.content
