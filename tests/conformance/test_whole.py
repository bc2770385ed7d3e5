"""A whole city on each platform, and what no line can do to it: clocks, blocks, dead log-ins.

One city for each platform, on a machine whose clock can be wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from threading import Event

import pytest
from sqlalchemy import func, select

from bot import clock
from bot.channels.states import ChannelState
from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox.models import Message, TurnUnderstanding
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.tickets.models import Ticket
from connectors.capabilities import Visibility
from connectors.shapes import at
from tests.conformance.case import case
from tests.conformance.counterpart import NotOffered, NotRun
from tests.conformance.stage import Stage
from tests.conformance.test_city import City, add, came, check, is_read
from tests.support.server import Server
from tests.support.waiting import settled, until
from tests.support.wrongclock import WrongClock

_WATCHED = 5.0  # seconds for which requests are counted, for a figure in the table
_FEW = 30  # requests, on a slow machine too; a loop that does not wait needs more at once
_A_LOGIN = 6  # requests: to ask, to renew the session, to log in anew
_PATIENCE = 240.0
_WRITTEN = "Wir haben Ihnen dazu privat geschrieben"
_OPENING = "Sie haben uns öffentlich geschrieben"
Record = Callable[[str, object], None]


@dataclass
class Whole(City):
    """A city whose machine may have a wrong clock."""

    clock: WrongClock | None

    def say(self, who: str, text: str, visibility: Visibility | None = None) -> str:
        """Have somebody write, and wait until everything is done about it."""
        where = visibility or self.stage.visibility
        self.stage.platform.say(who, text, visibility=where)
        self.settle([text])
        return text

    def settle(self, said: Sequence[str]) -> None:
        until("it has come", lambda: came(self, list(said)), patience=_PATIENCE)
        until("all is done", lambda: settled(self.database), patience=_PATIENCE)

    @property
    def rate(self) -> float:
        """How many requests a second the platform gets while nothing is said."""
        before = self.stage.asked
        Event().wait(_WATCHED)
        return (self.stage.asked - before) / _WATCHED


@pytest.fixture(scope="module")
def city(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("city")
    path = folder / "city.sqlite3"
    try:
        wrong = WrongClock(folder)
    except OSError:
        wrong = None
    console = Server(f"sqlite:///{path}", folder)
    console.load_demo()
    slug = add(console, stage)
    preloaded = wrong.environment if wrong else {}
    server = Server(f"sqlite:///{path}", folder, really=wrong is not None, **preloaded)
    database = Database(f"sqlite:///{path}")
    found = Whole(server, stage, database, folder / "orders", slug, console, wrong)
    try:
        server.start()
        until("the account is read", lambda: is_read(found))
        yield found
    finally:
        server.stop()
        database.close()


@case(
    18, "people or a platform whose clock is wrong by a day: all comes, in order, and means a day"
)
def test_a_platforms_clock_may_be_wrong(city: Whole) -> None:
    said: list[str] = []
    tomorrows: list[set[str]] = []
    try:
        for days in (0, 1, -1, 0):
            city.stage.platform.clock(timedelta(days=days))
            # What is dated ahead is news of today; what is dated back may have been under way.
            meant = timedelta(days=1 + min(days, 0))
            before = today()
            said.append(city.say("anna", f"Ist morgen Markt in Opladen? Nummer {len(said)}."))
            tomorrows.append({(day + meant).isoformat() for day in (before, today())})
    finally:
        city.stage.platform.clock(timedelta(0))
    check(city, said)
    with city.database.read() as session:
        rows = session.execute(
            select(Message.id, Message.text, TurnUnderstanding.entities)
            .join(TurnUnderstanding, TurnUnderstanding.message_id == Message.id)
            .order_by(Message.id)
        ).all()
        answered = session.scalars(select(Message.reply_to_id)).all()
    ours = [row for row in rows if any(one in row.text for one in said)]
    assert [next(one for one in said if one in row.text) for row in ours] == said
    for row, possible in zip(ours, tomorrows, strict=True):
        [day] = [at(one, "value") for one in row.entities if at(one, "type") == "date"]
        assert day in possible
        assert answered.count(row.id) == 1, "each is answered once"


@case(
    18, "our own clock that jumps by an hour, ahead and back: nothing is lost, doubled or held up"
)
def test_our_own_clock_may_jump(city: Whole) -> None:
    if city.clock is None:
        raise NotRun("no C compiler works here, with which a clock can be made wrong")
    asked: list[str] = []
    try:
        for hours in (1, 0, -1, 0):
            asked.append(city.ask("bela", 200 + len(asked)))  # under way while the clock jumps
            city.clock.set(timedelta(hours=hours))
            asked.append(city.ask("cem", 200 + len(asked)))
            city.settle(asked)
    finally:
        city.clock.set(timedelta(0))
    check(city, asked)
    with city.database.read() as session:
        times = session.scalars(select(Message.created_at).order_by(Message.id)).all()
    assert any(after < before for before, after in pairwise(times)), "it lived by that clock"


@case(19, "what is personal does not leave in public, and goes on in private where one may")
def test_a_personal_matter_stays_out_of_the_public(city: Whole) -> None:
    platform, can = city.stage.platform, city.stage.connector.capabilities.visibility
    if Visibility.PUBLIC not in can:
        raise NotOffered("nothing there is public")
    before = {one.native_id for one in platform.heard()}
    secrets = ["Komet", "0171", "karla@post.example", "/t/", "Dorfstraße", "vor die Tür"]
    if Visibility.PRIVATE in can:
        city.say(
            "dora", "Die Laterne in der Dorfstraße 5 ist aus, ich traue mich nicht vor die Tür"
        )
        with city.database.read() as session:
            secrets += session.scalars(select(Ticket.token)).all()[-1:]
        city.say("dora", "Wie ist der Stand meiner Meldung?", Visibility.PUBLIC)
    question = "Wie ist der Stand? Ich bin Karla Komet, 0171 1234567, karla@post.example"
    city.say("karla", question, Visibility.PUBLIC)
    fresh = [one for one in platform.heard() if one.native_id not in before]
    public = " ".join(one.text for one in fresh if one.visibility is Visibility.PUBLIC)
    private = " ".join(one.text for one in fresh if one.visibility is Visibility.PRIVATE)
    assert not [secret for secret in secrets if secret in public]
    with city.database.read() as session:
        sender = session.scalars(
            select(Delivery.thread).where(Delivery.visibility == Visibility.PUBLIC)
        ).all()[-1]
    if city.stage.connector.private_thread(sender) is not None:
        assert _WRITTEN in public
        assert _OPENING in private
    else:
        assert "/chat" in public
        assert _OPENING not in private


@case(20, "who does not want to hear from us is written to once, and that is told")
def test_who_blocks_us_is_not_written_to_again_and_again(city: Whole) -> None:
    platform, can = city.stage.platform, city.stage.connector.capabilities.visibility
    city.say("emil", "Wann ist Markt in Opladen? Ich bin Emil.")
    city.order("pause")
    until("it is paused", lambda: city.state is ChannelState.PAUSED)
    before = {one.native_id for one in platform.heard()}
    asked = [f"Wann ist Markt in Opladen? Auf Nimmerwiedersehen, {where}." for where in can]
    for where, question in zip(can, asked, strict=True):
        platform.say("emil", question, visibility=where)
    closed = platform.block("emil")
    city.order("resume")
    city.settle(asked)
    heard = [one for one in platform.heard() if one.native_id not in before]
    assert {one.visibility for one in heard} == can - {closed}
    with city.database.read() as session:
        dead = session.scalars(select(Delivery).where(Delivery.state == DeliveryState.DEAD)).all()
    assert {(one.attempts, one.visibility) for one in dead} == {(1, closed)}, "each part once"
    city.say("anna", "Wann ist Markt in Opladen? Mich gibt es noch.")


@case(4, "what nobody can read costs a few requests, and good news come behind it")
def test_a_poison_item_costs_next_to_nothing(city: Whole, record_property: Record) -> None:
    record_property("rate", (city.stage.kind, "while nothing is said", city.rate))
    set_aside, before = poison(city), city.stage.asked
    city.stage.platform.be_broken("anna")
    until("it is set aside", lambda: poison(city) > set_aside)
    assert city.stage.asked - before <= _FEW
    record_property("rate", (city.stage.kind, "behind what nobody can read", city.rate))
    city.say("anna", "Wann ist Markt in Opladen? Und trotzdem weiter.")
    assert poison(city) == set_aside + 1, "once and for all"


@case(6, "a dead log-in costs a few requests, and a new one is enough")
def test_a_dead_login_costs_next_to_nothing(city: Whole, record_property: Record) -> None:
    stage = city.stage
    before = stage.asked
    stage.platform.log_out()
    try:
        until("it is paused", lambda: city.state is ChannelState.PAUSED)
        assert stage.asked - before <= _A_LOGIN
        record_property("rate", (stage.kind, "with a dead log-in", city.rate))
    finally:
        stage.platform.log_in()
    city.renew()
    city.say("anna", "Wann ist Markt in Opladen? Wieder da.")


def poison(city: Whole) -> int:
    """Return how much was set aside as nobody can read it."""
    aside = select(func.count()).where(RawItem.state == RawState.QUARANTINED)
    with city.database.read() as session:
        return session.scalars(aside).one()


def today() -> date:
    return clock.now().astimezone(clock.BERLIN).date()
