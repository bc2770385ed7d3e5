"""A small town for a test: offices, a channel, citizens who write, a worker, a sender."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import TypedDict, Unpack, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.service import CLI
from bot.channels import service as channels
from bot.channels.models import Channel
from bot.city import service as city
from bot.city.rules import CityFacts
from bot.db.engine import Database
from bot.dialogue import service as dialogue
from bot.inbound import service as inbound
from bot.inbound.reading import Understander
from bot.inbound.service import Arrival, Stored
from bot.inbound.worker import Worker
from bot.inbound.writing import Decide
from bot.inbox.models import Conversation, Message
from bot.inbox.states import Direction
from bot.offices import service as offices
from bot.offices.states import OfficeKind
from bot.outbox.models import Delivery
from bot.outbox.sender import Sender
from bot.staff.models import User
from bot.staff.states import Role
from bot.wake import Bells
from bot.work.states import Lane
from connectors.base import AWAITED, RawFile, RawItem
from connectors.capabilities import Capabilities, Idempotency, Visibility
from nlp.types import Knowledge
from tests.fakes.clock import Clock
from tests.fakes.platform import Here, Platform, Platforms
from tests.fakes.words import Words

URL = "https://stadt.example"
CAPABILITIES = Capabilities(
    max_text=4000,
    buttons=True,
    max_media_bytes=1_000_000,
    visibility=frozenset(Visibility),
    idempotency=Idempotency.KEY,
)
FACTS = CityFacts(
    name="Leverkusen", ticket_prefix="LEV", demo=True, phone="0214 1", handback_after_minutes=60
)


class More(TypedDict, total=False):
    """What a message may have beside its text."""

    event_id: str
    sender: str
    name: str
    visibility: str
    location: list[float]
    choice: str
    reference: str
    files: tuple[RawFile, ...]
    below: str


@dataclass(slots=True)
class Town:
    """A town on a database. Everything in it lives by `clock`."""

    database: Database
    clock: Clock
    platform: Platform
    connectors: Platforms
    channel_id: int
    user_id: int
    colleague_id: int
    words: Words
    bells: Bells
    _numbers: "itertools.count[int]"

    def worker(
        self,
        owner: str = "worker",
        *,
        understander: Understander | None = None,
        understander_for: Callable[[Knowledge], Understander] | None = None,
        decide: Decide = dialogue.decide,
    ) -> Worker:
        return Worker(
            self.database,
            self.connectors,
            self.bells,
            understander_for or (lambda _: understander or self.words),
            owner=owner,
            base_url=URL,
            decide=decide,
            now=self.clock.now,
        )

    def sender(
        self,
        owner: str = "sender",
        *,
        chance: float = 0.5,
        is_ours: Callable[[], bool] = lambda: True,
        stopping: Event | None = None,
    ) -> Sender:
        return Sender(
            self.database,
            Here(self.connectors, self.platform, self.channel_id, is_ours=is_ours),
            self.connectors,
            self.bells,
            owner=owner,
            chance=lambda: chance,
            channel_id=self.channel_id,
            stopping=stopping,
            now=self.clock.now,
        )

    def store(self, *items: RawItem, urgent: bool = False) -> list[Stored]:
        arrivals = [Arrival(self.channel_id, item, urgent) for item in items]
        with self.database.unit_of_work() as session:
            return inbound.store(session, arrivals, now=self.clock.now())

    def says(self, thread: str, *texts: str, **more: Unpack[More]) -> list[str]:
        """Store messages of a thread, an item each; return their native ids."""
        ids = [f"m{next(self._numbers)}" for _ in texts]
        for native_id, text in zip(ids, texts, strict=True):
            self.store(item(native_id, thread, text, **more))
        return ids

    def work(self, *, worker: Worker | None = None, after: float = 6) -> int:
        """Let the quiet window pass and the worker work until nothing is due."""
        self.clock.advance(after)
        worker, done = worker or self.worker(), 0
        while claimed := worker.run_once():
            done += claimed
        return done

    def send(self, *, sender: Sender | None = None) -> None:
        sender = sender or self.sender()
        while sender.run_once(Lane.OUTBOUND):
            pass

    def turn(self, thread: str, *texts: str, **more: Unpack[More]) -> str:
        """Let a citizen write, the worker work, and return the answer ("" for silence)."""
        last = self.last_id()
        self.says(thread, *texts, **more)
        self.work()
        answers = [answer for answer in self.answers(thread) if answer.id > last]
        assert len(answers) <= 1, "a turn gets at most one answer"
        return answers[0].text if answers else ""

    def last_id(self) -> int:
        with self.database.read() as session:
            return max(session.scalars(select(Message.id)), default=0)

    def answers(self, thread: str) -> Sequence[Message]:
        with self.database.read() as session:
            return session.scalars(
                select(Message)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(Conversation.thread == thread, Message.direction == Direction.OUTBOUND)
                .order_by(Message.id)
            ).all()

    def heard(self, thread: str) -> list[str]:
        """Return the citizens' texts in a thread, as they were stored."""
        with self.database.read() as session:
            return list(
                session.scalars(
                    select(Message.text)
                    .join(Conversation, Conversation.id == Message.conversation_id)
                    .where(Conversation.thread == thread, Message.direction == Direction.INBOUND)
                    .order_by(Message.id)
                )
            )

    def conversation(self, thread: str) -> Conversation:
        with self.database.read() as session:
            return session.scalars(select(Conversation).where(Conversation.thread == thread)).one()

    def deliveries(self) -> Sequence[Delivery]:
        with self.database.read() as session:
            return session.scalars(select(Delivery).order_by(Delivery.id)).all()


def build(database: Database, *, capabilities: Capabilities = CAPABILITIES) -> Town:
    clock = Clock()
    with database.unit_of_work() as session:
        _offices(session, clock)
        city.save(session, FACTS, actor=CLI, now=clock.now())
        slug, _ = channels.add(session, "api", "Fake", actor=CLI, now=clock.now())
        channel_id = session.scalars(select(Channel.id).where(Channel.slug == slug)).one()
        mira, ole = _colleague(session, "mira", clock), _colleague(session, "ole", clock)
    platform = Platform(replace(capabilities))
    return Town(
        database=database,
        clock=clock,
        platform=platform,
        connectors=Platforms(platform),
        channel_id=channel_id,
        user_id=mira,
        colleague_id=ole,
        words=Words(),
        bells=Bells(),
        _numbers=itertools.count(1),
    )


def item(native_id: str, thread: str, text: str, **more: Unpack[More]) -> RawItem:
    files, visibility = more.get("files", ()), more.get("visibility", "private")
    event: dict[str, object] = {
        "id": native_id,
        "thread": thread,
        "sender": more.get("sender", f"{thread}-person"),
        "visibility": visibility,
        "text": text,
        "files": len(files),
        "location": more.get("location"),
        "choice": more.get("choice"),
        "name": more.get("name"),
        "reference": more.get("reference"),
        "below": more.get("below"),
    }
    event_id = more.get("event_id", native_id)
    return raw(event_id, thread, event, visibility=visibility, files=files, about=native_id)


def awaiting(native_id: str, thread: str, text: str = "", **more: Unpack[More]) -> RawItem:
    """Return an item whose file was not to be had in time."""
    whole = item(native_id, thread, text, **more)
    [event] = cast("list[dict[str, object]]", whole.payload["events"])
    return replace(
        whole, payload={"events": [event | {"files": 1, "unread": AWAITED}]}, awaits=True
    )


def raw(
    event_id: str,
    thread: str,
    *events: Mapping[str, object],
    visibility: str = "private",
    files: tuple[RawFile, ...] = (),
    about: str | None = None,
) -> RawItem:
    return RawItem(event_id, f"{visibility}:{thread}", {"events": list(events)}, files, about=about)


def poison(event_id: str, thread: str) -> RawItem:
    return RawItem(event_id, f"private:{thread}", {"events": "none"})


def _colleague(session: Session, name: str, clock: Clock) -> int:
    user = User(
        username=name,
        display_name=name.title(),
        password_hash="-",
        role=Role.MANAGER,
        created_at=clock.now(),
    )
    session.add(user)
    session.flush()
    return user.id


def _offices(session: Session, clock: Clock) -> None:
    now = clock.now()
    roads = offices.put_office(session, "tbl", "Technik", OfficeKind.CITY, actor=CLI, now=now)
    lamps = offices.put_office(session, "evl", "Licht", OfficeKind.COMPANY, actor=CLI, now=now)
    for key, label, office in (
        ("street_light", "Straßenlicht", lamps.id),
        ("illegal_dumping", "Wilder Müll", roads.id),
        ("other", "Sonstiges", roads.id),
    ):
        new = offices.NewCategory(key, "group", label, label, label, office)
        offices.put_category(session, new, actor=CLI, now=now)
