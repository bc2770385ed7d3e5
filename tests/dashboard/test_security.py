"""The web's guards, through HTTP: headers, body limits, request ids, cookies, CSRF."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Annotated

import httpx
import pytest
import structlog
from fastapi import FastAPI, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse, PlainTextResponse
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp

from bot.errors import StadtdrahtError
from dashboard.security import cookies, csrf, signing
from dashboard.security.bodies import BodyLimit
from dashboard.security.cookies import Cookies
from dashboard.security.csrf import CsrfError
from dashboard.security.headers import REQUEST_ID, Policy, RequestIds, SecurityHeaders

SECRET = b"s" * 32
OTHER = b"o" * 32


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    @app.get("/chat")
    @app.get("/desk/inbox")
    @app.get("/t/{token}")
    def page(token: str = "") -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/file")
    def file() -> Response:
        return Response(b"x", headers={"content-security-policy": "sandbox"})

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret detail")

    @app.get("/id")
    def request_id(request: Request) -> dict[str, object]:
        bound = structlog.contextvars.get_contextvars()["request_id"]
        return {"state": request.state.request_id, "log": bound}

    add_writes(app)
    return app


def add_writes(app: FastAPI) -> None:
    @app.post("/api/v1/messages")
    async def message(request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer right":
            return JSONResponse({"code": "unauthorized"}, 401)
        return JSONResponse({"length": len(await request.body())})

    @app.post("/report")
    def report(text: Annotated[str, Form()], photo: UploadFile) -> dict[str, int]:
        return {"length": len(text) + (photo.size or 0)}

    @app.post("/own")
    async def own(request: Request) -> dict[str, int]:
        return {"length": len(await request.body())}

    @app.get("/api/data")
    def data() -> Response:
        return JSONResponse({"code": "unauthorized"}, 401)

    @app.exception_handler(StadtdrahtError)
    def refuse(request: Request, error: StadtdrahtError) -> Response:
        if request.url.path == "/own":
            return PlainTextResponse("own words", error.status)
        return PlainTextResponse("other words", 500)


def guarded(*, https: bool = False) -> ASGIApp:
    limited = BodyLimit(application(), limits={"/report": 5000, "/own": 100}, default=1000)
    policy = Policy(https=https, embed_hosts=("https://www.stadt.example",))
    return RequestIds(SecurityHeaders(limited, policy=policy))


@dataclass(frozen=True, slots=True)
class Client:
    app: ASGIApp

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return asyncio.run(self._send(httpx.Request("GET", URL + path, headers=headers)))

    def post(
        self,
        path: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        data: dict[str, str] | None = None,
        files: dict[str, bytes] | None = None,
    ) -> httpx.Response:
        request = httpx.Request(
            "POST", URL + path, content=content, headers=headers, data=data, files=files
        )
        return asyncio.run(self._send(request))

    async def _send(self, request: httpx.Request) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.send(request)


URL = "http://city.example"


@pytest.fixture
def client() -> Client:
    return Client(guarded())


class TestHeaders:
    def test_data_may_do_nothing_at_all(self, client: Client) -> None:
        answer = client.get("/api/data")
        assert answer.status_code == 401
        shown = {name: value for name, value in answer.headers.items() if name != REQUEST_ID}
        assert shown == {
            "content-length": "23",
            "content-type": "application/json",
            "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "x-frame-options": "DENY",
            "cache-control": "no-store",
            "cross-origin-resource-policy": "same-origin",
        }

    def test_no_inline_code_and_no_frame(self, client: Client) -> None:
        headers = client.get("/").headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
            "media-src 'self'; "
            "font-src 'self'; connect-src 'self'; form-action 'self'; frame-src 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "geolocation=(self)" in headers["permissions-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
        assert "cache-control" not in headers

    def test_only_the_chat_may_be_embedded_and_only_there(self, client: Client) -> None:
        headers = client.get("/chat").headers
        assert headers["content-security-policy"].endswith(
            "frame-ancestors 'self' https://www.stadt.example"
        )
        assert "x-frame-options" not in headers
        assert "'none'" in client.get("/chatter").headers["content-security-policy"][-6:]

    def test_a_ticket_address_does_not_travel(self, client: Client) -> None:
        headers = client.get("/t/abc").headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert client.get("/desk/inbox").headers["cache-control"] == "no-store"

    def test_an_error_has_them_too_and_tells_nothing(self, client: Client) -> None:
        for path, status in (("/broken", 500), ("/missing", 404)):
            response = client.get(path)
            assert response.status_code == status
            assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
            assert "secret detail" not in response.text
            assert "Traceback" not in response.text

    def test_what_a_page_sets_itself_stays(self, client: Client) -> None:
        assert client.get("/file").headers["content-security-policy"] == "sandbox"

    def test_https_is_kept(self) -> None:
        headers = Client(guarded(https=True)).get("/").headers
        assert headers["strict-transport-security"] == "max-age=31536000"

    @pytest.mark.parametrize(
        "host", ["", "a; script-src *", "a b", "javascript:alert(1)", "'self'", "*"]
    )
    def test_a_setting_cannot_break_out_of_the_policy(self, host: str) -> None:
        with pytest.raises(ValueError, match="not a host"):
            Policy(https=True, embed_hosts=(host,))


class TestRequestIds:
    def test_each_request_has_its_own(self, client: Client) -> None:
        first, second = client.get("/id"), client.get("/id")
        for response in (first, second):
            assert response.json() == {
                "state": response.headers["x-request-id"],
                "log": response.headers["x-request-id"],
            }
        assert first.headers["x-request-id"] != second.headers["x-request-id"]

    def test_nobody_chooses_it_for_us(self, client: Client) -> None:
        answer = client.get("/id", headers={"x-request-id": "proxy-12345678"})
        assert "proxy-12345678" not in answer.text + answer.headers["x-request-id"]


class TestBodies:
    def test_a_body_within_the_limit_arrives(self, client: Client) -> None:
        response = client.post("/api/v1/messages", content=b"x" * 1000, headers=RIGHT)
        assert response.json() == {"length": 1000}
        response = client.post("/report", data={"text": "Loch"}, files={"photo": b"x" * 4000})
        assert response.json() == {"length": 4004}

    def test_a_larger_one_is_refused_by_its_length(self, client: Client) -> None:
        response = client.post("/api/v1/messages", content=b"x" * 1001, headers=RIGHT)
        assert response.status_code == 413
        assert response.json()["code"] == "too_large"
        assert response.headers["connection"] == "close"
        assert "content-security-policy" in response.headers

    def test_bytes_are_counted_when_no_length_is_given(self, client: Client) -> None:
        response = client.post("/api/v1/messages", content=pieces(20), headers=RIGHT)
        assert response.status_code == 413
        assert client.post("/api/v1/messages", content=pieces(9), headers=RIGHT).is_success

    @pytest.mark.parametrize("length", ["1", "-1", "nonsense", "9" * 5000])
    def test_a_false_length_does_not_help(self, client: Client, length: str) -> None:
        response = client.post(
            "/api/v1/messages", content=b"x" * 1001, headers={**RIGHT, "content-length": length}
        )
        assert response.status_code == 413

    def test_who_asks_is_checked_before_the_size(self, client: Client) -> None:
        response = client.post("/api/v1/messages", content=b"x" * 9999)
        assert response.status_code == 401

    def test_a_form_gets_a_page(self, client: Client) -> None:
        response = client.post("/report", data={"text": "Loch"}, files={"photo": b"x" * 6000})
        assert response.status_code == 413
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert "zu groß" in response.text

    def test_the_application_may_say_it_itself(self, client: Client) -> None:
        response = client.post("/own", content=b"x" * 101)
        assert (response.status_code, response.text) == (413, "own words")


RIGHT = {"authorization": "Bearer right"}


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 100


class TestCsrf:
    def test_the_session_token_must_match(self) -> None:
        csrf.require_csrf("abc", "abc")
        for sent, expected in (("abd", "abc"), ("", "abc"), (None, "abc"), ("", ""), (None, "")):
            with pytest.raises(CsrfError) as caught:
                csrf.require_csrf(sent, expected)
            assert caught.value.status == 403

    def test_a_pair_is_kept_as_long_as_its_cookie(self) -> None:
        first = csrf.form_token(None, secret=SECRET)
        again = csrf.form_token(first.cookie, secret=SECRET)
        assert first.is_new
        assert not again.is_new
        assert (again.cookie, again.field) == (first.cookie, first.field)
        csrf.require_form(first.cookie, first.field, secret=SECRET)

    def test_a_pair_of_somebody_else_is_refused(self) -> None:
        mine = csrf.form_token(None, secret=SECRET)
        others = csrf.form_token(None, secret=SECRET)
        foreign = csrf.form_token(None, secret=OTHER)
        pairs: list[tuple[str | None, str | None]] = [
            (mine.cookie, others.field),
            (foreign.cookie, foreign.field),
            (mine.cookie, mine.cookie),
            (mine.field, mine.field),
            (mine.cookie, None),
            (None, mine.field),
            (None, None),
            ("", ""),
        ]
        for cookie, field in pairs:
            with pytest.raises(CsrfError):
                csrf.require_form(cookie, field, secret=SECRET)
        assert csrf.form_token(foreign.cookie, secret=SECRET).is_new

    @given(st.text(), st.text())
    def test_nothing_invented_passes(self, cookie: str, field: str) -> None:
        with pytest.raises(CsrfError):
            csrf.require_form(cookie, field, secret=SECRET)


class TestCookies:
    def test_over_https_a_cookie_belongs_to_this_host_alone(self) -> None:
        response = Response()
        Cookies(https=True).put(response, cookies.SESSION, "abc", age=timedelta(hours=1))
        assert response.headers["set-cookie"] == (
            "__Host-session=abc; Path=/; HttpOnly; Max-Age=3600; Secure; SameSite=Lax"
        )

    def test_without_https_it_still_works(self) -> None:
        jar, response = Cookies(https=False), Response()
        jar.put(response, cookies.SESSION, "abc", embedded=True)
        assert response.headers["set-cookie"] == "session=abc; Path=/; HttpOnly; SameSite=Lax"
        assert jar.read({"session": "abc"}, cookies.SESSION) == "abc"
        assert Cookies(https=True).read({"session": "abc"}, cookies.SESSION) is None

    def test_the_embedded_chat_has_a_partitioned_one(self) -> None:
        response = Response()
        Cookies(https=True).put(response, cookies.VISITOR, "abc", embedded=True)
        assert response.headers["set-cookie"].endswith("; Secure; SameSite=None; Partitioned")

    def test_removing_ends_it(self) -> None:
        response = Response()
        Cookies(https=True).remove(response, cookies.SESSION)
        (morsel,) = SimpleCookie(response.headers["set-cookie"]).values()
        assert (morsel.value, morsel["max-age"]) == ("", "0")

    def test_a_value_cannot_add_attributes(self) -> None:
        for value in ("a; Domain=example", "a\r\nX: y", "ä"):
            with pytest.raises(ValueError, match="cookie"):
                Cookies(https=True).put(Response(), cookies.SESSION, value)

    def test_a_visitor_comes_back_as_the_same(self) -> None:
        first = cookies.visitor(None, secret=SECRET)
        assert first.is_new
        assert len(first.id) == 22
        again = cookies.visitor(first.cookie, secret=SECRET)
        assert (again.id, again.is_new) == (first.id, False)

    def test_a_forged_visitor_is_a_new_one(self) -> None:
        first = cookies.visitor(None, secret=SECRET)
        forged = [
            first.id,
            f"{first.id}.",
            first.cookie[:-1],
            f"{'a' * 22}.{first.cookie.rpartition('.')[2]}",
            signing.sign(first.id, purpose="form-cookie", secret=SECRET),
            signing.sign(first.id, purpose="visitor", secret=OTHER),
        ]
        for cookie in forged:
            found = cookies.visitor(cookie, secret=SECRET)
            assert found.is_new
            assert found.id != first.id

    @given(st.text(), st.text())
    def test_a_signature_holds_for_its_value_and_purpose(self, value: str, other: str) -> None:
        signed = signing.sign(value, purpose="a", secret=SECRET)
        assert signing.unsign(signed, purpose="a", secret=SECRET) == (value or None)
        assert signing.unsign(signed, purpose="b", secret=SECRET) is None
        if other != signed:
            assert signing.unsign(other, purpose="a", secret=SECRET) is None
