"""What is said of a request that never left."""

import asyncio

import pytest

from connectors.asking import Http, Unreachable
from connectors.base import Network
from tests.fakes.receiver import receiving


@pytest.mark.parametrize("token", ["mit\nUmbruch", "mit\x00Nichts"])
def test_what_is_no_http_has_not_left(token: str) -> None:
    async def story() -> Unreachable:
        http = Http(receiver.url, Network(), lambda *_: None)
        http.token = token
        try:
            with pytest.raises(Unreachable) as raised:
                await http.ask("POST", "/status", body={})
        finally:
            await http.close()
        return raised.value

    with receiving() as receiver:
        assert not asyncio.run(story()).left
        assert not receiver.posted
