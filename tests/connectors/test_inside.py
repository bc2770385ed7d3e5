"""What leads into the house's own network, whatever it is called."""

import asyncio

import pytest

from connectors.inside import leads_inside, look_up

OUTSIDE = "93.184.215.14"


async def names(name: str) -> list[str]:
    if name == "keiner.test":
        raise OSError("no such name")
    if name == "spaet.test":
        await asyncio.Event().wait()
    return {"beide.test": [OUTSIDE, "10.0.0.7"]}.get(name, [OUTSIDE, "2606:2800:21f:cb07::1"])


def inside(host: str, *, if_late: bool = True) -> bool:
    return asyncio.run(leads_inside(host, names, if_late=if_late, within=0.05))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "172.16.3.4",
        "169.254.169.254",
        "224.0.0.1",
        "0.0.0.0",
        "::1",
        "fd00::7",
        "fe80::1%eth0",
        "ff0e::1",
        "::ffff:10.0.0.7",
        "::10.0.0.7",
        "64:ff9b::a00:7",
        "64:ff9b:1::a00:7",
        "2002:a00:7::1",
    ],
)
def test_an_address_that_is_not_of_the_internet(address: str) -> None:
    assert inside(address)


@pytest.mark.parametrize("address", [OUTSIDE, "2606:2800:21f:cb07::1", "www.test"])
def test_an_address_of_the_internet(address: str) -> None:
    assert not inside(address)


def test_a_name_counts_by_its_worst_address() -> None:
    assert inside("beide.test")
    assert not inside("keiner.test"), "nobody gets there"


def test_a_name_that_is_found_late_is_what_the_caller_takes_it_for() -> None:
    assert inside("spaet.test")
    assert not inside("spaet.test", if_late=False)


@pytest.mark.parametrize("host", ["localhost", "127.1"])
def test_this_machine_is_found_by_its_other_names(host: str) -> None:
    assert asyncio.run(leads_inside(host, look_up, if_late=False))
