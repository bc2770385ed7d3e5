"""Addresses as settings give them: what is accepted, how they are shown, and listening on one."""

import os
import socket
from ipaddress import ip_network
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgres", "postgresql+psycopg"})


def check_web(value: str) -> SplitResult:
    """Take an http or https address apart; raises `ValueError`, which does not repeat it."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError("not an address: look at host and port") from None
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError("an address begins with http:// or https:// and a host")
    if any(character.isspace() for character in value):
        raise ValueError("an address has no spaces")
    return parts


def check_database(value: str) -> None:
    """Raise `ValueError` for what is no database of ours; its words never hold the password."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(
            "not an address such as postgresql://user:password@host/database"
        ) from None
    if url.drivername not in _DRIVERS:
        raise ValueError("it begins with postgresql:// or sqlite:///")
    behind = (url.host or "", url.database or "", *map(str, url.query.values()), *url.query)
    if url.get_backend_name() != "sqlite" and any("@" in part for part in behind):
        raise ValueError("percent-encode user and password: @ is %40, / is %2F, : is %3A, % is %25")


def check_network(value: str) -> str:
    """Return an address or a network of addresses; raises `ValueError`."""
    try:
        ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"not an IP address or network: {value!r}") from None
    return value


def shown(host: str, port: int) -> str:
    """Return host and port as they stand in an address (RFC 3986, 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def listen(host: str, port: int, *, backlog: int | None = None) -> socket.socket:
    """Listen on an address of IPv4 or IPv6, on all of both where it is `::`; raises `OSError`."""
    if ":" not in host:
        return socket.create_server((host, port), backlog=backlog)
    both = host == "::" and socket.has_dualstack_ipv6()
    family = socket.AF_INET6
    return socket.create_server((host, port), family=family, backlog=backlog, dualstack_ipv6=both)


def reason(error: OSError) -> str:
    """Return why listening failed, without the address, which Python repeats."""
    known = error.errno is not None and error.errno > 0
    return os.strerror(error.errno) if known and error.errno else str(error.strerror or error)
