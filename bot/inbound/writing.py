"""Deciding and writing a batch of turns, in sets, in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from itertools import compress

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.alarms import comments
from bot.alarms import service as alarms
from bot.alarms.states import AlarmKind, Subject, SubjectKind
from bot.audit import service as audit
from bot.audit.service import Actor, ActorKind
from bot.channels import service as channels
from bot.channels.queries import ChannelInfo, Connectors
from bot.contacts import service as contacts
from bot.contacts.service import Known
from bot.db.bulk import insert
from bot.dialogue import introduction
from bot.dialogue.service import MOST, WITHIN, Standing
from bot.dialogue.texts import supported
from bot.dialogue.turn import Outcome, Question, Turn
from bot.events import service as events
from bot.events.service import Change
from bot.inbound import aside, cries, files, offences, remarks
from bot.inbound.aside import Asides
from bot.inbound.models import RawItem
from bot.inbound.reading import Burst, Reading
from bot.inbound.states import RawState
from bot.inbox import batch as inbox
from bot.inbox import moderation, revisions
from bot.inbox.batch import PREVIEW, Open
from bot.inbox.models import TurnUnderstanding
from bot.inbox.revisions import Revised
from bot.inbox.states import AuthorKind, ConversationStatus, Direction, Handler
from bot.learning import rules as learning
from bot.outbox import service as outbox
from bot.outbox.service import Outgoing
from bot.skills.base import Surroundings
from bot.work import service as work
from connectors.base import AWAITED
from nlp.types import Category, Entity, Evidence, Intent, Understanding

Decide = Callable[[Turn, Standing, Surroundings], Outcome]


@dataclass(frozen=True, slots=True)
class Tools:
    """What writing a batch needs beside the batch."""

    connectors: Connectors
    channels: Mapping[int, ChannelInfo]
    decide: Decide


@dataclass(frozen=True, slots=True)
class _Decided:
    """A burst with all that was found and decided for it."""

    burst: Burst
    identity: Known
    conversation: Open
    message_ids: tuple[int, ...]
    outcome: Outcome
    text: str
    introduced: bool


def write(
    session: Session, reading: Reading, surroundings: Surroundings, tools: Tools, *, now: datetime
) -> None:
    """Write what is still ours of `reading`: inbox, decisions, outbox, and the end of the work."""
    held = work.hold(session, reading.claims)
    bursts = [burst for burst in reading.bursts if burst.claim.id in held]
    decided, asides = _decide_all(session, bursts, surroundings, tools, now)
    withheld = _answer(session, decided, tools, now)
    opened = asides.write(session, tools.connectors, tools.channels, now=now)
    touched = {one.id: one for one in (*(one.conversation for one in decided), *opened)}
    inbox.save(session, list(touched.values()))
    introduced = [
        one.identity.id
        for one in decided
        if one.introduced and (one.outcome.aside or one.conversation.id not in withheld)
    ]
    contacts.introduce(session, introduced, now=now)
    _explain(session, decided, now)
    _close_items(session, reading, held, now)  # before a deletion empties one of them
    revised = revisions.revise(
        session,
        [(claim.channel_id, event) for claim, event in reading.revisions if claim.id in held],
        now=now,
    )
    alarmed = cries.answer(revised, reading.reworded, surroundings, tools.connectors, now=now)
    offences.look_again(session, revised, reading.reworded, now=now)
    alarmed |= {one.conversation.id for one in decided if one.outcome.emergency}
    _report(session, decided, revised, alarmed, now)
    _alarm(session, alarmed, now)
    comments.note(session, remarks.criticised(bursts), now=now)
    channels.note_arrivals(session, {burst.key[0] for burst in bursts}, now=now)
    mine = [claim for claim in reading.claims if claim.id in held]
    if reading.truncated:
        work.postpone(session, [(claim, now) for claim in mine])
    else:
        work.finish(session, mine)


def _decide_all(
    session: Session,
    bursts: Sequence[Burst],
    surroundings: Surroundings,
    tools: Tools,
    now: datetime,
) -> tuple[list[_Decided], Asides]:
    people = {(burst.key[0], burst.key[3]): burst.sender.name for burst in bursts}
    identities = contacts.identify(session, people, now=now)
    places = {
        burst.key: (*burst.key[:3], identities[burst.key[0], burst.key[3]].contact_id)
        for burst in bursts
    }
    beside = aside.places(bursts, identities, tools.connectors, tools.channels)
    conversations = inbox.open_conversations(
        session, places.values(), beside=beside.values(), now=now
    )
    busy = frozenset(places.values())
    asides = Asides(aside.reached(session, beside, conversations, busy), conversations, busy)
    opened = [conversations[places[burst.key]] for burst in bursts]
    foreign = [one for one in conversations.values() if not _is_own(tools, one.channel_id)]
    exhausted = inbox.answered_often(session, foreign, times=MOST, since=now - WITHIN)
    ids = iter(inbox.add_messages(session, _message_rows(bursts, opened, now)))
    warned = offences.warned(session, bursts, opened)
    decided = []
    greeted: set[int] = set()
    for burst, conversation in zip(bursts, opened, strict=True):
        identity = identities[burst.key[0], burst.key[3]]
        message_ids = tuple(next(ids) for _ in burst.messages)
        _attach(session, burst, message_ids)
        turn = _turn(burst, conversation, now, reachable=burst.key in asides.places)
        standing = _standing(
            conversation,
            exhausted=conversation.id in exhausted,
            warned=conversation.id in warned,
        )
        outcome = tools.decide(turn, standing, surroundings)
        language = outcome.language or turn.language
        is_aside = bool(outcome.aside) and asides.is_due(burst.key)
        # Where it goes on in private the notices stand there: in public it is one sentence.
        speaks = is_aside if outcome.aside else bool(outcome.text)
        first = speaks and not identity.introduced and identity.id not in greeted
        complete = partial(introduction.complete, language=language, surroundings=surroundings)
        if speaks:
            greeted.add(identity.id)
        if is_aside:
            asides.say(burst.key, complete(outcome.aside, first=first), language)
        text = outcome.text
        if text:
            text = complete(text, first=first and not outcome.aside)
        _change(conversation, burst, turn, outcome, now)
        decided.append(_Decided(burst, identity, conversation, message_ids, outcome, text, first))
    return decided, asides


def _message_rows(
    bursts: Sequence[Burst], conversations: Sequence[Open], now: datetime
) -> list[dict[str, object]]:
    return [
        {
            "conversation_id": conversation.id,
            "channel_id": conversation.channel_id,
            "direction": Direction.INBOUND,
            "author_kind": AuthorKind.CONTACT,
            "native_id": message.native_id,
            "text": message.text,
            "lat": message.location.lat if message.location else None,
            "lon": message.location.lon if message.location else None,
            "unread": message.unread,
            "sent_at": message.sent_at,
            "created_at": now,
            **remarks.columns(burst, message),
            **moderation.columns(suspicion),
        }
        for burst, conversation in zip(bursts, conversations, strict=True)
        for message, suspicion in zip(burst.messages, offences.of_burst(burst), strict=True)
    ]


def _attach(session: Session, burst: Burst, message_ids: Sequence[int]) -> None:
    for message_id, message in zip(message_ids, burst.messages, strict=True):
        for place, file in enumerate(burst.files.get(message.native_id, ())):
            files.attach(session, message_id, place, file)


def _turn(burst: Burst, conversation: Open, now: datetime, *, reachable: bool) -> Turn:
    understood = burst.understanding
    if understood is None:
        raise ValueError("a burst must be understood before it is written")
    last = burst.messages[-1]
    located = [message.location for message in burst.messages if message.location]
    language = understood.language if understood.language != "und" else conversation.language
    return Turn(
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        visibility=conversation.visibility,
        text=burst.text,
        language=supported(language),
        location=located[-1] if located else None,
        files=sum(message.files for message in burst.messages),
        choice=last.choice,
        understanding=understood,
        now=now,
        unread=any(message.unread not in {None, AWAITED} for message in burst.messages),
        spoken=any(message.spoken for message in burst.messages),
        automatic=all(message.automatic for message in burst.messages),
        reachable=reachable,
    )


def _is_own(tools: Tools, channel_id: int) -> bool:
    """Tell whether we know who talks there: on other platforms programs may answer programs."""
    return tools.connectors.of(tools.channels[channel_id]).capabilities.own


def _standing(conversation: Open, *, exhausted: bool, warned: bool) -> Standing:
    dialogue = conversation.dialogue
    return Standing(
        question=Question.from_json(dialogue) if dialogue else None,
        taken=conversation.handler is Handler.STAFF,
        alarmed=conversation.emergency_at is not None,
        waiting=conversation.waiting_since is not None,
        exhausted=exhausted,
        warned=warned,
    )


def _change(conversation: Open, burst: Burst, turn: Turn, outcome: Outcome, now: datetime) -> None:
    """Change the conversation as the turn and its outcome demand."""
    conversation.status = ConversationStatus.OPEN
    if burst.matter is not None and not conversation.version:
        conversation.ticket_id = burst.matter.ticket_id
        conversation.office_id = burst.matter.office_id
    conversation.version += len(burst.messages) + (1 if outcome.text else 0)
    conversation.unread += len(burst.messages)
    conversation.language = turn.language
    conversation.preview = (turn.text or "📎")[:PREVIEW]
    conversation.last_message_at = conversation.last_inbound_at = now
    conversation.dialogue = outcome.question.to_json() if outcome.question else None
    if outcome.emergency:
        conversation.emergency_at = now
    # Only a person can tell whether somebody who answers from elsewhere has to do with a ticket.
    foreign = burst.matter is not None and not turn.automatic
    if (outcome.hand_over or foreign) and conversation.waiting_since is None:
        conversation.waiting_since = now
    if outcome.opened is not None:
        conversation.ticket_id = outcome.opened.ticket_id
        conversation.office_id = outcome.opened.office_id


def _answer(session: Session, decided: Sequence[_Decided], tools: Tools, now: datetime) -> set[int]:
    """Put the answers out; return the conversations in which the guard let none of them pass."""
    speaking = [one for one in decided if one.text]
    ids = inbox.add_messages(
        session,
        [
            {
                "conversation_id": one.conversation.id,
                "channel_id": one.conversation.channel_id,
                "direction": Direction.OUTBOUND,
                "author_kind": AuthorKind.ASSISTANT,
                "text": one.text,
                "buttons": [asdict(button) for button in one.outcome.buttons] or None,
                "reply_to_id": one.message_ids[-1],
                "created_at": now,
            }
            for one in speaking
        ],
    )
    withheld = outbox.enqueue(
        session,
        [
            Outgoing(
                message_id=message_id,
                channel_id=one.conversation.channel_id,
                visibility=one.conversation.visibility,
                thread=one.conversation.thread,
                text=one.text,
                capabilities=tools.connectors.of(
                    tools.channels[one.conversation.channel_id]
                ).capabilities,
                buttons=one.outcome.buttons,
                in_reply_to=one.burst.messages[-1].native_id,
            )
            for message_id, one in zip(ids, speaking, strict=True)
        ],
        now=now,
    )
    stopped = [one.conversation for one in compress(speaking, map(withheld.__contains__, ids))]
    for conversation in stopped:
        conversation.waiting_since = conversation.waiting_since or now
        conversation.dialogue = None
    return {conversation.id for conversation in stopped}


def _explain(session: Session, decided: Sequence[_Decided], now: datetime) -> None:
    """Keep why the bot decided as it did."""
    rows = []
    for one in decided:
        understood = one.burst.understanding
        if understood is not None:
            rows.append(
                {
                    "conversation_id": one.conversation.id,
                    "message_id": one.message_ids[-1],
                    "language": understood.language,
                    "intents": _as_rows(understood.intents),
                    "category": _as_rows(understood.category),
                    "entities": _as_rows(understood.entities),
                    "evidence": _as_rows(understood.evidence),
                    "flags": list(understood.flags),
                    "decision": understood.decision,
                    "model": understood.model,
                    "outcome": one.outcome.name,
                    "created_at": now,
                    "doubt": _doubt(one.burst, understood),
                }
            )
    if rows:
        session.execute(insert(session, TurnUnderstanding), rows)


def _doubt(burst: Burst, understood: Understanding) -> float | None:
    """Return how unsure the model was; nobody is asked about what is empty, or a program wrote."""
    if not burst.text.strip() or all(message.automatic for message in burst.messages):
        return None
    return learning.doubt(understood)


def _as_rows(found: Sequence[Intent | Category | Entity | Evidence]) -> list[dict[str, object]]:
    """Return flat values for JSON; `dataclasses.asdict` copies deeply, which is slow here."""
    return [{name: getattr(one, name) for name in one.__dataclass_fields__} for one in found]


def _close_items(session: Session, reading: Reading, held: set[int], now: datetime) -> None:
    done = [item for claim, item in reading.done if claim.id in held]
    session.execute(
        update(RawItem)
        .where(RawItem.id.in_(done))
        .values(state=RawState.DONE, done_at=now, error=None)
        .execution_options(synchronize_session=False)
    )
    for claim, item, error in reading.poison:
        if claim.id in held:
            quarantine(session, [item], error, now=now)


def quarantine(session: Session, items: Iterable[int], error: str, *, now: datetime) -> None:
    """Set items aside that cannot be read; the desk shows them with their error and a retry."""
    session.execute(
        update(RawItem)
        .where(RawItem.id.in_(list(items)))
        .values(state=RawState.QUARANTINED, error=error[:2000], attempts=RawItem.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    events.publish(session, [Change("item.quarantined")], now=now)


def _alarm(session: Session, alarmed: Iterable[int], now: datetime) -> None:
    """Raise an alarm for each emergency; in one order, so that two batches never deadlock."""
    for key in sorted(alarmed):
        subject = Subject(SubjectKind.CONVERSATION, key)
        alarms.raise_alarm(session, AlarmKind.EMERGENCY, subject, now=now)


def _report(
    session: Session,
    decided: Sequence[_Decided],
    revised: Sequence[Revised],
    alarmed: Iterable[int],
    now: datetime,
) -> None:
    changes = [Change("message.received", one.conversation.id) for one in decided]
    changes += [Change("conversation.alarmed", key) for key in sorted(alarmed)]
    changes += [Change("message.revised", one.conversation_id) for one in revised]
    events.publish(session, changes, now=now)
    entries = []
    for one in decided:
        contact = Actor(ActorKind.CONTACT, one.conversation.contact_id)
        subject = ("conversation", one.conversation.id)
        entries.append(audit.Entry(contact, "message.received", *subject))
        if one.text:
            entries.append(audit.Entry(audit.ASSISTANT, "message.answered", *subject))
    audit.record(session, entries, now=now)
