"""Going on in private with who wrote in public, where their platform allows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.channels.queries import ChannelInfo, Connectors
from bot.contacts.service import Handle, Known
from bot.events import service as events
from bot.events.service import Change
from bot.inbound.reading import Burst, Key
from bot.inbox import batch as inbox
from bot.inbox import unreached
from bot.inbox.batch import PREVIEW, Open, Place
from bot.inbox.states import AuthorKind, Direction, Handler
from bot.outbox import service as outbox
from bot.outbox.service import Outgoing
from connectors.capabilities import Visibility


@dataclass(slots=True)
class Asides:
    """The private places behind public turns, and what is to be said there."""

    places: Mapping[Key, Place]
    conversations: dict[Place, Open]
    busy: frozenset[Place]  # where the batch answers anyway
    _texts: dict[Place, tuple[str, str]] = field(default_factory=dict)

    def is_due(self, key: Key) -> bool:
        """Tell whether something is to be said there.

        Not while it waits for the citizen, whoever of us wrote last; nor where a colleague speaks.
        """
        place = self.places[key]
        known = self.conversations.get(place)
        if place in self._texts or place in self.busy:
            return False
        if known is None or not known.version:
            return True
        answered = known.last_inbound_at and known.last_inbound_at >= known.last_message_at
        return bool(answered) and known.handler is Handler.ASSISTANT

    def say(self, key: Key, text: str, language: str) -> None:
        """Keep what is to be said, and in which language."""
        self._texts[self.places[key]] = text, language

    def write(
        self,
        session: Session,
        connectors: Connectors,
        channels: Mapping[int, ChannelInfo],
        *,
        now: datetime,
    ) -> list[Open]:
        """Put the texts out, and return their conversations, changed and yet to be saved."""
        if not self._texts:
            return []
        missing = [place for place in self._texts if place not in self.conversations]
        self.conversations |= inbox.open_conversations(session, missing, now=now)
        said = [(self.conversations[place], *text) for place, text in self._texts.items()]
        ids = inbox.add_messages(session, [_row(one, text, now) for one, text, _ in said])
        outbox.enqueue(
            session,
            [
                Outgoing(
                    message_id=message_id,
                    channel_id=one.channel_id,
                    visibility=one.visibility,
                    thread=one.thread,
                    text=text,
                    capabilities=connectors.of(channels[one.channel_id]).capabilities,
                )
                for message_id, (one, text, _) in zip(ids, said, strict=True)
            ],
            now=now,
        )
        for one, text, language in said:
            one.version += 1
            one.last_message_at = now
            one.language = one.language or language
            one.preview = one.preview or text[:PREVIEW]
        opened = [one for one, *_ in said]
        events.publish(session, [Change("message.sent", one.id) for one in opened], now=now)
        audit.record(
            session,
            [
                audit.Entry(audit.ASSISTANT, "message.answered", "conversation", one.id)
                for one in opened
            ],
            now=now,
        )
        return opened


def places(
    bursts: Sequence[Burst],
    identities: Mapping[Handle, Known],
    connectors: Connectors,
    channels: Mapping[int, ChannelInfo],
) -> dict[Key, Place]:
    """Return where those who wrote in public may be answered in private."""
    found = {}
    for burst in bursts:
        channel_id, visibility, _, sender = burst.key
        if visibility is Visibility.PUBLIC:
            thread = connectors.of(channels[channel_id]).private_thread(sender)
            if thread is not None:
                contact_id = identities[channel_id, sender].contact_id
                found[burst.key] = (channel_id, Visibility.PRIVATE, thread, contact_id)
    return found


def reached(
    session: Session,
    places: Mapping[Key, Place],
    conversations: Mapping[Place, Open],
    busy: frozenset[Place],
) -> dict[Key, Place]:
    """Return the `places` without those where nobody ever wrote and our last words were refused.

    Closed to us, or blocked: that we have written there must not be said.
    """
    silent = {
        place: conversations[place].id
        for place in {*places.values()} - busy
        if place in conversations and conversations[place].last_inbound_at is None
    }
    refused = unreached.refused(session, silent.values())
    return {key: place for key, place in places.items() if silent.get(place) not in refused}


def _row(conversation: Open, text: str, now: datetime) -> dict[str, object]:
    return {
        "conversation_id": conversation.id,
        "channel_id": conversation.channel_id,
        "direction": Direction.OUTBOUND,
        "author_kind": AuthorKind.ASSISTANT,
        "text": text,
        "created_at": now,
    }
