"""What leaves the house: through the city's proxy, trusting its authority, and nobody else's."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from bot.config import Settings
from connectors import http, webhook
from connectors.base import Network
from tests.fakes.authority import Authority
from tests.fakes.proxy import Proxy, proxying
from tests.fakes.receiver import Receiver, receiving

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOST = "app.stadt.test"  # only the proxy knows where it is


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def secure(authority: Authority) -> Iterator[Receiver]:
    with receiving(tls=authority.server(HOST)) as receiver:
        yield receiver


@pytest.fixture
def plain() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def post(network: Network, url: str) -> str | None:
    async def run() -> str | None:
        async with webhook.client(network) as client:
            return await webhook.post(client, url, "secret", b"{}", at=NOW)

    return asyncio.run(run())


def through(proxy: Proxy, ca_file: Path | None = None) -> Network:
    return Settings(proxy=proxy.url, ca_file=ca_file).network


def test_a_plain_request_goes_through_the_proxy(plain: Receiver) -> None:
    with proxying({HOST: plain.port}) as proxy:
        assert post(through(proxy), f"http://{HOST}/replies") is None
        assert post(through(proxy), "http://unknown.test/replies") == "HTTP 502"
    assert [posted.path for posted in plain.posted] == ["/replies"]
    assert proxy.asked[0] == f"POST http://{HOST}/replies HTTP/1.1"


def test_tls_goes_through_the_proxy_to_a_city_of_its_own_authority(
    secure: Receiver, authority: Authority
) -> None:
    url = f"https://{HOST}:443/replies"
    with proxying({HOST: secure.port}) as proxy:
        assert post(through(proxy, authority.file), url) is None
        assert proxy.asked == [f"CONNECT {HOST}:443 HTTP/1.1"]
        assert post(through(proxy), url) == "ConnectError", "nobody else's authority is trusted"
    assert len(secure.posted) == 1


def test_the_systems_authorities_stay_trusted(authority: Authority) -> None:
    without, with_ours = http.trust(None), http.trust(authority.file)
    assert len(with_ours.get_ca_certs()) == len(without.get_ca_certs()) + 1


def test_a_proxy_that_is_not_there_is_an_error_in_time(plain: Receiver) -> None:
    assert post(Network("http://127.0.0.1:9"), plain.url) == "ConnectError"
    assert plain.posted == [], "nothing goes past the proxy"


def test_the_environments_own_proxies_do_not_count(plain: Receiver) -> None:
    async def ask() -> httpx.AsyncClient:
        async with http.client(Network()) as client:
            return client

    assert asyncio.run(ask()).trust_env is False


@pytest.mark.parametrize(
    "value", ["proxy.example.org:3128", "socks5://proxy", "http://", "http://a b", "ftp://x"]
)
def test_a_proxy_is_an_address(value: str) -> None:
    with pytest.raises(ValidationError, match="an address"):
        Settings(proxy=value)


def test_a_ca_file_holds_certificates(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.pem", tmp_path):
        with pytest.raises(ValidationError, match="certificates"):
            Settings(ca_file=path)


def test_a_proxys_password_is_not_shown() -> None:
    assert "word" not in repr(Settings(proxy="http://user:word@proxy:1"))
