"""How the city is reached, and how it reaches others: addresses, proxies, the port."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from bot import addresses
from bot.config import Settings
from bot.operation.findings import Finding, ok, wrong

_WITHIN = 3.0  # seconds
_ALL = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 (only compared)
_PORTS = {"http": 80, "https": 443}


def check(settings: Settings) -> Iterator[Finding]:
    """Yield how the addresses stand."""
    yield address(settings.public_url, proxies=bool(settings.trusted_proxies))
    yield port(settings.host, settings.port)
    if settings.network.proxy:
        yield proxy(settings.network.proxy)


def address(url: str, *, proxies: bool) -> Finding:
    """Judge the address under which citizens come."""
    parts = urlsplit(url)
    if is_local(parts.hostname or ""):
        return ok("base_url", f"{url} is for this machine only.")
    if parts.scheme != "https":
        text = f"{url} is not encrypted: browsers and citizens cannot trust it."
        cure = "Put a reverse proxy with TLS in front, and set STADTDRAHT_BASE_URL to https://..."
        return wrong("base_url", text, cure)
    if parts.path.strip("/") or parts.query:
        text = f"{url} has a path: the pages expect to be at the root of a host."
        return wrong("base_url", text, "Give the city a host of its own.")
    if not proxies:
        text = "Behind the proxy all citizens have one address, and rate limits hit them together."
        cure = "Set STADTDRAHT_TRUSTED_PROXIES to the proxy's address."
        return wrong("trusted_proxies", text, cure)
    return ok("base_url", f"{url} is encrypted, and its proxy is known.")


def is_local(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def port(host: str, number: int) -> Finding:
    """See whether the port is free, or ours already."""
    where = addresses.shown(host, number)
    try:
        with addresses.listen(host, number):
            return ok("port", f"{where} is free.")
    except OSError as error:
        reason = addresses.reason(error)
    reached = addresses.shown(_ALL.get(host, host), number)
    try:
        answer = httpx.get(f"http://{reached}/health", timeout=_WITHIN, trust_env=False)
        state = answer.json()["status"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        text = f"{where} is not to be had ({reason})."
        return wrong("port", text, "Stop the other program, or set STADTDRAHT_PORT.")
    if answer.status_code != httpx.codes.OK:
        broken = ", ".join(map(str, answer.json().get("degraded", [])))
        text = f"The server on {where} says {state}: {broken}."
        return wrong("port", text, "Look into its log; the findings here may tell why.")
    return ok("port", f"The server on {where} says {state}.")


def proxy(url: str) -> Finding:
    """See whether the proxy for outgoing requests takes connections."""
    parts = urlsplit(url)
    where = (parts.hostname or "", parts.port or _PORTS[parts.scheme.lower()])
    try:
        socket.create_connection(where, _WITHIN).close()
    except OSError as error:
        text = f"The proxy {where[0]}:{where[1]} does not answer ({error.strerror or error})."
        return wrong("proxy", text, "Look at STADTDRAHT_PROXY, and ask who runs the proxy.")
    return ok("proxy", f"The proxy {where[0]}:{where[1]} takes connections.")
