"""Which addresses are of the internet, and which may lead into the house's own network."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address, ip_network

LookUp = Callable[[str], Awaitable[Iterable[str]]]

_WITHIN = 5.0  # seconds; a name that only a proxy knows is looked up in vain
# IPv6 that leads to an IPv4 address: NAT64 (RFC 6052, RFC 8215), 6to4, Teredo, the old form.
_TRANSLATED = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))
)


async def leads_inside(
    host: str, look_up: LookUp, *, if_late: bool, within: float = _WITHIN
) -> bool:
    """Tell whether a host has an address that is not of the internet, as far as is known here.

    `look_up` returns the addresses of a name, or raises `OSError`. `if_late` is what holds of a
    name that is not found in time: who asks after us may get another answer.
    """
    try:
        return not is_public(host)
    except ValueError:
        pass  # a name, or an address in one of its old spellings
    try:
        async with asyncio.timeout(within):
            found = await look_up(host)
    except TimeoutError:
        return if_late
    except (OSError, UnicodeError):
        return False  # without a proxy that knows it nobody will get there
    return not all(is_public(address) for address in found)


async def look_up(name: str) -> list[str]:
    """Return the addresses of a name, from this machine's resolver; raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None)
    return [str(place[0]) for *_, place in found]


def is_public(address: str) -> bool:
    """Tell whether it is one of the internet; raises `ValueError` where it is no address."""
    found = ip_address(address)
    if not found.is_global or found.is_multicast:
        return False
    return found.version == 4 or not any(found in network for network in _TRANSLATED)
