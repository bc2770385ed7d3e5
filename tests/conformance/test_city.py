"""A whole city on each platform, killed on the way in, in the middle, and on the way out."""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels import forms
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.db.engine import Database
from bot.inbox.models import Message
from bot.inbox.states import Direction
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from tests.conformance.case import case
from tests.conformance.stage import Stage
from tests.support.server import Server
from tests.support.waiting import settled, until

_OBSERVER = Path(__file__).parents[1] / "e2e/observer"
POINTS = ("store:after", "process:before", "record:before")
PEOPLE = ("anna", "bela", "cem", "dora")
_STOP_WITHIN = 10.0  # seconds


@dataclass
class City:
    """A server that dies where it is told to, on a platform; `console` gives orders beside it."""

    server: Server
    stage: Stage
    database: Database
    orders: Path
    slug: str
    console: Server

    def ask(self, who: str, number: int) -> str:
        """Have somebody ask the city in a way that it answers by itself, in public too."""
        question = f"Wann ist Markt in Opladen? Nummer {number}."
        self.stage.platform.say(who, question, visibility=self.stage.visibility)
        return question

    def dies_at(self, point: str) -> None:
        self.orders.write_text(point, encoding="utf-8")

    @property
    def state(self) -> ChannelState:
        with self.database.read() as session:
            return session.scalars(select(Channel.state).where(Channel.slug == self.slug)).one()

    def order(self, *words: str, secrets: Sequence[str] = ()) -> None:
        """Give an order about the channel."""
        given = "\n".join([*secrets, ""])
        self.console.command("channel", words[0], self.slug, *words[1:], stdin=given)

    def renew(self) -> None:
        """Give the channel the log-in that is good now, and let it go on."""
        values = self.stage.account.values
        fresh = [one.name for one in forms.fields(self.stage.kind) if one.is_secret]
        fresh = [name for name in fresh if name in values]
        words = [word for name in fresh for word in ("--secret", name)]
        self.order("change", *words, secrets=[values[name] for name in fresh])
        self.order("resume")


@pytest.fixture
def city(stage: Stage, tmp_path: Path) -> Iterator[City]:
    orders, path = tmp_path / "orders", tmp_path / "city.sqlite3"
    server = Server(
        f"sqlite:///{path}",
        tmp_path,
        really="STADTDRAHT_SOAK_MESSAGES" in os.environ,  # it weighs the language process too
        PYTHONPATH=str(_OBSERVER),
        KILL_AT=str(orders),
    )
    server.load_demo()
    slug = add(server, stage)
    database = Database(f"sqlite:///{path}")
    server.start()
    yield City(server, stage, database, orders, slug, server)
    server.stop()
    database.close()


def add(server: Server, stage: Stage) -> str:
    """Add the stage's account to a server; return the channel's slug."""
    if stage.connector.capabilities.needs_consent:
        server.command("channel", "allow", stage.kind)
    values = stage.account.values
    secret = {one.name for one in forms.fields(stage.kind) if one.is_secret}
    words = ["channel", "add", stage.kind, f"Kanal {stage.kind}", "--json"]
    given = []
    for name, value in values.items():
        if name in secret:
            words += ["--secret", name]
            given.append(value)
        else:
            words += ["--set", f"{name}={value}"]
    made = json.loads(server.command(*words, stdin="\n".join([*given, ""])))
    slug: str = made["slug"]
    return slug


@case(1, "killed on the way in, in the middle and on the way out: each once, and answered")
@case(22, "a stop lets what is on its way end, within ten seconds")
def test_deaths_lose_nothing_and_repeat_nothing(city: City) -> None:
    until("the account is read", lambda: is_read(city))
    asked = [city.ask(who, number) for number, who in enumerate(PEOPLE)]
    until("the first answers", lambda: len(sent(city)) >= len(PEOPLE))
    for number, point in enumerate(POINTS, start=len(PEOPLE)):
        city.dies_at(point)
        asked.append(city.ask(PEOPLE[number % len(PEOPLE)], number))
        until(f"it dies at {point}", lambda: not city.server.is_running)
        city.server.start()
        until("everything is settled", lambda: came(city, asked) and settled(city.database))
    asked += [city.ask(who, 100 + number) for number, who in enumerate(PEOPLE)]
    until("they have come", lambda: came(city, asked))
    assert city.server.send(signal.SIGTERM, within=_STOP_WITHIN) == -signal.SIGTERM
    city.server.start()
    until("everything is settled", lambda: settled(city.database))
    check(city, asked)


def check(city: City, asked: list[str]) -> None:
    """Compare what was written and seen on the platform with what the city has stored."""
    with city.database.read() as session:
        told = session.execute(
            select(Message.text, Message.conversation_id).where(
                Message.direction == Direction.INBOUND
            )
        ).all()
        rows = session.execute(
            select(Delivery.state, Delivery.native_id, Message.conversation_id).join(
                Message, Delivery.message_id == Message.id
            )
        ).all()
    assert Counter(q for q in asked for text, _ in told if q in text) == Counter(asked)
    places = {place for text, place in told if any(q in text for q in asked)}
    ends = {state for state, _, place in rows if place in places}
    assert ends <= {DeliveryState.SENT, DeliveryState.UNCONFIRMED}
    states = Counter(state for state, _, _ in rows)
    named = [native_id for state, native_id, _ in rows if state is DeliveryState.SENT]
    assert None not in named, "nothing is sent without the platform's name"
    assert len(named) == len(set(named))
    seen = [one.native_id for one in city.stage.platform.heard()]
    assert len(seen) == len(set(seen))
    assert set(named) <= set(seen)
    doubtful = states[DeliveryState.UNCONFIRMED]
    assert len(named) <= len(seen) <= len(named) + doubtful, "nothing was posted twice"


def is_read(city: City) -> bool:
    """Tell whether the account is held: then what is written from now on is news."""
    with city.database.read() as session:
        cursor = session.scalar(select(Channel.cursor).where(Channel.kind == city.stage.kind))
    return cursor is not None


def came(city: City, asked: list[str]) -> bool:
    with city.database.read() as session:
        texts = session.scalars(
            select(Message.text).where(Message.direction == Direction.INBOUND)
        ).all()
    return all(any(question in text for text in texts) for question in asked)


def sent(city: City) -> list[str]:
    with city.database.read() as session:
        return [
            str(name)
            for name in session.scalars(
                select(Delivery.native_id).where(Delivery.state == DeliveryState.SENT)
            )
        ]
