"""A conversation between Matrix and the desk, killed before and after each commit and each send.

The citizen writes to a real homeserver, the manager answers in a real browser. At each of eight
points the process dies as in a power cut and is started again: nothing is lost, nothing is said
twice. `STADTDRAHT_SOAK=20` goes through all points twenty times (`make soak`), each time in a new
city.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox.models import Message
from bot.inbox.states import AuthorKind, Direction
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from tests.support import synapse as homeservers
from tests.support.browser import CHROMIUM, chromium, log_in, window
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.synapse import Synapse
from tests.support.waiting import until

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
    pytest.mark.skipif(not homeservers.installed(), reason="Synapse is not installed"),
]
POINTS = (
    "store:before",
    "store:after",
    "process:before",
    "process:after",
    "send:before",
    "send:after",
    "record:before",
    "record:after",
)
ROUNDS = int(os.environ.get("STADTDRAHT_SOAK", "1"))
_OBSERVER = Path(__file__).parent / "observer"


class City:
    """A server that dies where it is told to, its Matrix account, and a citizen."""

    def __init__(
        self, server: Server, synapse: Synapse, proxy: Proxy, orders: Path, database: Database
    ) -> None:
        self.server = server
        self.proxy = proxy
        self.database = database
        self._orders = orders
        self.account = synapse.account("stadt")
        self.citizen = synapse.person("erika")

    def said(self, room: str) -> list[str]:
        """Return what the city has said in a room."""
        return self.citizen.heard(room, self.account.user_id)

    def dies_at(self, point: str) -> None:
        """Have it die the next time it comes to this point."""
        place, moment = point.split(":")
        if place == "send":
            setattr(self.proxy, moment, lambda: os.kill(self.server.pid, signal.SIGKILL))
        else:
            self._orders.write_text(point, encoding="utf-8")

    def until_dead(self, point: str) -> None:
        until(f"it dies at {point}", lambda: not self.server.is_running)


@pytest.fixture(scope="module")
def synapse() -> Iterator[Synapse]:
    with homeservers.running() as running:
        yield running


@pytest.fixture
def city(database_url: str, database: Database, synapse: Synapse, tmp_path: Path) -> Iterator[City]:
    orders = tmp_path / "orders"
    server = Server(database_url, tmp_path, PYTHONPATH=str(_OBSERVER), KILL_AT=str(orders))
    server.load_demo()
    with Proxy(synapse.url) as proxy:
        made = City(server, synapse, proxy, orders, database)
        server.command(
            *("channel", "add", "matrix", "Matrix"),
            *("--set", f"homeserver={proxy.url}", "--set", f"user_id={made.account.user_id}"),
            *("--secret", "password"),
            stdin=made.account.password,
        )
        server.start()
        yield made
        server.stop()


def _talk(city: City, page: Page, point: str, number: int) -> str:
    """One conversation: a question, a death, its answer, and a word of the manager."""
    question = f"Wann ist Markt in Opladen? ({number})"
    room = city.citizen.room(city.account.user_id)
    until("the city joins", lambda: city.account.user_id in city.citizen.members(room))
    city.dies_at(point)
    city.citizen.say(room, question)
    city.until_dead(point)
    city.server.start()
    until(f"an answer after {point}", lambda: bool(city.said(room)))

    page.goto("/desk?status=open")
    page.locator("#row-list li", has_text=question).get_by_role("link").first.click()
    expect(page.get_by_text(question).last).to_be_visible()
    words = f"Wir sind auch für Sie da, Nummer {number}."
    page.locator("#reply textarea").fill(words)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg-out", has_text=words)).to_be_visible()
    until("the manager's words", lambda: words in city.said(room))
    return room


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_eight_deaths_lose_nothing_and_repeat_nothing(city: City, _round: int) -> None:
    rooms: dict[str, int] = {}
    with (
        chromium() as browser,
        window(browser, city.server.url) as (_, page, _),
    ):
        log_in(page, city.server.password)
        for number, point in enumerate(POINTS, start=1):
            rooms[_talk(city, page, point, number)] = number
    for room, number in rooms.items():
        automatic, manager = city.said(room)
        assert "Opladen" in automatic
        assert manager == f"Wir sind auch für Sie da, Nummer {number}."
    _check(city.database, len(rooms))


def _check(database: Database, talks: int) -> None:
    with database.read() as session:
        items = session.scalars(select(RawItem.state)).all()
        messages = session.execute(select(Message.direction, Message.author_kind)).all()
        deliveries = session.execute(select(Delivery.state, Delivery.native_id)).all()
    assert set(items) == {RawState.DONE}
    kinds = Counter((row.direction, row.author_kind) for row in messages)
    assert kinds[Direction.INBOUND, AuthorKind.CONTACT] == talks
    assert kinds[Direction.OUTBOUND, AuthorKind.ASSISTANT] == talks
    assert kinds[Direction.OUTBOUND, AuthorKind.STAFF] == talks
    assert {state for state, _ in deliveries} == {DeliveryState.SENT}
    assert len({native for _, native in deliveries}) == 2 * talks, "each part is one message"
