"""Who a request comes from: what it claims itself counts behind a proxy of the city alone."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.city import value
from tests.support.server import Server

_LOOK_UPS = 20  # of one address in ten minutes


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    server = Server(
        f"sqlite:///{tmp_path / 'city.sqlite3'}",
        tmp_path,
        STADTDRAHT_TRUSTED_PROXIES=f'["{request.param}"]',
    )
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize(
    ("server", "last"), [("10.9.9.9", 429), ("127.0.0.1", 422)], indirect=["server"]
)
def test_a_forged_sender_evades_no_limit(server: Server, last: int) -> None:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        form = {"csrf": value(client.get("/t").text, "csrf"), "number": "1", "code": "x"}
        for number in range(_LOOK_UPS + 1):
            claims = {"x-forwarded-for": f"192.0.2.{number}", "x-request-id": "chosen-by-me"}
            answer = client.post("/t", data=form, headers=claims)
            assert answer.headers["x-request-id"] != "chosen-by-me"
    assert answer.status_code == last
