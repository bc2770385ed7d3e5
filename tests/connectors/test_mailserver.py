"""Addresses of mail servers, as settings give them."""

import pytest

from connectors import mailserver
from connectors.mailserver import Security


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://mail.stadt.example", 587, Security.STARTTLS),
        ("smtps://a%40b:c%3Ad@mail.stadt.example", 465, Security.TLS),
        ("smtp://localhost:25?tls=none", 25, Security.NONE),
    ],
)
def test_addresses_of_servers(url: str, port: int, security: Security) -> None:
    server = mailserver.server(url)
    assert (server.port, server.security) == (port, security)
    assert (server.user, server.password) in {(None, None), ("a@b", "c:d")}
    assert "c:d" not in repr(server)


@pytest.mark.parametrize(
    "url", ["", "http://x", "smtp://", "smtps://x?tls=none", "smtp://x?tls=no", "smtp://x/y"]
)
def test_what_is_no_address_of_a_server(url: str) -> None:
    with pytest.raises(ValueError, match="smtp"):
        mailserver.server(url)


@pytest.mark.parametrize(
    "url", ["smtp://user:Geheim123", "smtp://user:Geheim123@[mail", "smtp://user:Geh]eim123@mail:x"]
)
def test_a_slip_in_the_address_does_not_print_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="expected smtp") as caught:
        mailserver.server(url)
    assert "eim123" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
