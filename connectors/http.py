"""HTTP clients for what leaves the house: proxy, a city's own authority, limits."""

import logging
import ssl
from functools import cache
from pathlib import Path

import httpx

from connectors.base import Network

TIMEOUT = 15.0  # seconds for connecting, and between two bytes
CONNECTIONS = 20
_KEPT = 5  # idle ones
# It would log every address, and some platforms want the secret to stand in it.
logging.getLogger("httpx").setLevel(logging.WARNING)


def client(
    network: Network, *, timeout: float = TIMEOUT, connections: int = CONNECTIONS
) -> httpx.AsyncClient:
    """Return a client that follows no redirects: the address that was agreed on is the one."""
    return httpx.AsyncClient(
        timeout=timeout,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=_KEPT),
        proxy=network.proxy,
        verify=trust(network.ca_file),
        trust_env=False,
        # Of the codings that a few bytes of may become very many, the mildest.
        headers={"User-Agent": "Stadtdraht", "Accept-Encoding": "gzip"},
    )


@cache
def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return what is trusted: the system's authorities, and those in `ca_file`."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context
