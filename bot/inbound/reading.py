"""From raw items to understood turns: parsing, examining files, understanding; no transaction."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.queries import ChannelInfo, Connectors
from bot.contacts.models import Identity
from bot.contacts.service import Handle
from bot.db.bulk import one_of
from bot.errors import StoppingError
from bot.inbound import quarantine
from bot.inbound.files import File
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox import batch as inbox
from bot.inbox.models import Conversation
from bot.inbox.revisions import Revision
from bot.tickets.references import Matter
from bot.understanding.process import LanguageBusyError
from bot.work.service import Claim
from connectors.base import InboundEdit, InboundMessage, ParseError, Sender
from connectors.capabilities import Visibility
from nlp import emergency, language, moderation, tone
from nlp.folding import fold
from nlp.reading import ANALYSED
from nlp.types import Category, Context, Decision, Evidence, Flag, Intent, Understanding

_log = structlog.get_logger()
_ITEMS = 1000

Name = tuple[int, str]  # channel, native id of a message
Key = tuple[int, Visibility, str, str]  # channel, visibility, thread, external id of the sender


class Understander(Protocol):
    """Whatever understands texts; `nlp.pipeline` in the product."""

    def understand(self, text: str, context: Context) -> Understanding:
        """Understand one turn."""
        ...


@dataclass(frozen=True, slots=True)
class Raw:
    """A stored raw item, as it is read."""

    id: int
    channel_id: int
    order_key: str
    payload: str


@dataclass(slots=True)
class Burst:
    """What one sender wrote in one thread since the last look: a turn of the dialogue.

    `reference` names the ticket that it is about. `matter` is that ticket where somebody else than
    its own contact writes.
    """

    key: Key
    sender: Sender
    claim: Claim
    messages: list[InboundMessage] = field(default_factory=list)
    files: dict[str, list[File]] = field(default_factory=lambda: defaultdict(list))
    understanding: Understanding | None = None
    reference: str | None = None
    matter: Matter | None = None

    @property
    def text(self) -> str:
        """The texts of the turn, a line each."""
        return "\n".join(message.text for message in self.messages if message.text)


@dataclass(frozen=True, slots=True)
class Reworded:
    """What the rules find in the new words of an edited message. `negative`: they disapprove."""

    cry: Sequence[Evidence]
    offences: Sequence[Evidence]
    negative: bool


@dataclass(slots=True)
class Reading:
    """A batch, read: what to write for it. `truncated`: there is more in these threads.

    `reworded` is by the text of an edit.
    """

    claims: Sequence[Claim]
    bursts: list[Burst] = field(default_factory=list)
    revisions: list[tuple[Claim, Revision]] = field(default_factory=list)
    reworded: dict[str, Reworded] = field(default_factory=dict)
    done: list[tuple[Claim, int]] = field(default_factory=list)
    poison: list[tuple[Claim, int, str]] = field(default_factory=list)
    truncated: bool = False


def load(session: Session, claims: Sequence[Claim]) -> list[Raw]:
    """Return the waiting items of the claimed threads, oldest first."""
    threads = [(claim.channel_id, claim.order_key) for claim in claims]
    rows = session.execute(
        select(RawItem.id, RawItem.channel_id, RawItem.order_key, RawItem.payload)
        .where(
            one_of((RawItem.channel_id, RawItem.order_key), threads),
            RawItem.state == RawState.NEW,
            RawItem.done_at.is_(None),  # for the index
        )
        .order_by(RawItem.id)
        .limit(_ITEMS)
    )
    return [Raw(*row) for row in rows]


def parse(
    claims: Sequence[Claim],
    items: Iterable[Raw],
    channels: Mapping[int, ChannelInfo],
    connectors: Connectors,
    files: Mapping[int, Sequence[File]],
) -> Reading:
    """Parse `items` into bursts; what cannot be read is poison and never blocks the next."""
    reading = Reading(claims)
    holders = {(claim.channel_id, claim.order_key): claim for claim in claims}
    bursts: dict[Key, Burst] = {}
    count = 0
    for item in items:
        count += 1
        claim = holders[item.channel_id, item.order_key]
        try:
            events = connectors.of(channels[item.channel_id]).parse(json.loads(item.payload))
        except ParseError as error:
            reading.poison.append((claim, item.id, quarantine.reason(error)))
            continue
        except Exception as error:  # noqa: BLE001 (a connector's mistake must not stop the rest)
            _log.error("inbound.parse_failed", raw_item=item.id, error=type(error).__name__)
            reading.poison.append((claim, item.id, f"{type(error).__name__} while reading"))
            continue
        reading.done.append((claim, item.id))
        waiting = list(files.get(item.id, ()))
        for event in events:
            if not isinstance(event, InboundMessage):
                reading.revisions.append((claim, event))
                continue
            key = item.channel_id, event.visibility, event.thread, event.sender.id
            burst = bursts.setdefault(key, Burst(key, event.sender, claim))
            burst.messages.append(event)
            burst.reference = event.reference or burst.reference
            burst.files[event.native_id].extend(waiting[: event.files])
            del waiting[: event.files]
    reading.bursts = list(bursts.values())
    reading.truncated = count == _ITEMS
    return reading


def comments(session: Session, reading: Reading) -> set[Name]:
    """Return which of the edited messages are comments below a post of the city's own."""
    edited = {
        (claim.channel_id, event.native_id)
        for claim, event in reading.revisions
        if isinstance(event, InboundEdit)
    }
    fresh = {
        (burst.key[0], message.native_id)
        for burst in reading.bursts
        for message in burst.messages
        if message.below is not None
    }
    return inbox.comments(session, edited) | (edited & fresh)


def reread(reading: Reading, commented: Collection[Name], keep: Callable[[], None]) -> None:
    """Read the new words of edited messages; only of comments it is asked if they disapprove."""
    edits = [
        (claim.channel_id, event)
        for claim, event in reading.revisions
        if isinstance(event, InboundEdit)
    ]
    below = {event.text for channel, event in edits if (channel, event.native_id) in commented}
    for text in {event.text for _, event in edits}:
        keep()
        cry = emergency.detect(text)
        found = () if cry else moderation.find(text)
        negative = text in below and tone.is_negative(fold(text[:ANALYSED]))
        reading.reworded[text] = Reworded(cry, found, negative)


def drop_known(session: Session, reading: Reading) -> None:
    """Take out messages that are in the inbox already, so that no turn is answered twice."""
    natives = [
        (burst.key[0], message.native_id) for burst in reading.bursts for message in burst.messages
    ]
    known = inbox.known_natives(session, natives)
    for burst in reading.bursts:
        fresh = []
        for message in burst.messages:
            native = burst.key[0], message.native_id
            if native not in known:
                known.add(native)
                fresh.append(message)
        burst.messages = fresh
    reading.bursts = [burst for burst in reading.bursts if burst.messages]


def languages(session: Session, bursts: Sequence[Burst]) -> dict[Key, str | None]:
    """Return the language that each conversation has had so far."""
    handles: dict[Handle, None] = {(burst.key[0], burst.key[3]): None for burst in bursts}
    threads = {burst.key[2] for burst in bursts}
    if not handles:
        return {}
    rows = session.execute(
        select(
            Conversation.channel_id,
            Conversation.visibility,
            Conversation.thread,
            Identity.external_id,
            Conversation.language,
        )
        .join(Identity, Identity.contact_id == Conversation.contact_id)
        .where(
            Identity.channel_id == Conversation.channel_id,
            Conversation.thread.in_(threads),
            one_of((Identity.channel_id, Identity.external_id), list(handles)),
        )
    )
    return {(channel, vis, thread, who): language for channel, vis, thread, who, language in rows}


def understand(
    understander: Understander,
    bursts: Iterable[Burst],
    known_languages: Mapping[Key, str | None],
    now: datetime,
    keep: Callable[[], None],
) -> None:
    """Understand each burst; what breaks the understander goes to a person, never lost.

    `keep` is called before each try: it keeps the threads ours meanwhile.
    """
    for burst in bursts:
        sent_at = burst.messages[-1].sent_at
        context = Context(min(sent_at or now, now), known_languages.get(burst.key))
        burst.understanding = _understood(understander, burst.text, context, keep)


def _understood(
    understander: Understander, text: str, context: Context, keep: Callable[[], None]
) -> Understanding:
    """Understand a text; whoever is busy is asked again, unless it is an emergency."""
    while True:
        keep()
        try:
            return understander.understand(text, context)
        except StoppingError:
            raise
        except LanguageBusyError:
            if not emergency.detect(text):
                continue
        except Exception as error:  # noqa: BLE001 (a text that breaks it is for a person)
            _log.error("inbound.understanding_failed", error=type(error).__name__)
        return _not_understood(text, context.language)


def _not_understood(text: str, spoken: str | None) -> Understanding:
    """Return what is known without the language process: emergency detection never sleeps."""
    evidence = emergency.detect(text)
    intents = (Intent("emergency", 1.0),) if evidence else (Intent("off_topic", 0.0),)
    return Understanding(
        language=language.detect(text, spoken) if evidence else language.UNKNOWN,
        intents=intents,
        category=(Category("other", "other", 0.0),),
        entities=(),
        decision=Decision.HAND_OVER,
        flags=(Flag.EMERGENCY,) if evidence else (),
        evidence=evidence,
        model="none",
    )
