"""Emergencies beside the plain way: in items as they come, by an edit, in quarantine."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from bot.channels.queries import Connectors
from bot.dialogue import introduction
from bot.inbound import service as inbound
from bot.inbound.reading import Reworded
from bot.inbound.service import Arrival
from bot.inbox import service as inbox
from bot.inbox.revisions import Revised
from bot.inbox.states import ConversationStatus
from bot.skills import emergency as skill
from bot.skills.base import Surroundings
from connectors.base import Connector, InboundEdit, InboundMessage, ParseError, RawItem
from nlp import emergency, language

_log = structlog.get_logger()


def arrivals(channel_id: int, connector: Connector, items: Iterable[RawItem]) -> list[Arrival]:
    """Return items as they are stored, urgent where they hold an emergency.

    Reading what strangers send may take long: call it where nobody else has to wait.
    """
    return [
        Arrival(channel_id, inbound.storable(item), urgent=is_in(connector, item.payload))
        for item in items
    ]


def is_in(connector: Connector, payload: Mapping[str, object]) -> bool:
    """Tell whether an item holds an emergency; what cannot be read is found out in its turn."""
    try:
        events = connector.parse(payload)
    except ParseError:
        return False
    except Exception as error:  # noqa: BLE001 (a connector's mistake must not stop the others)
        _log.error("cries.parse_failed", error=type(error).__name__)
        return False
    return any(
        isinstance(event, InboundMessage | InboundEdit) and bool(emergency.detect(event.text))
        for event in events
    )


def answer(
    revised: Sequence[Revised],
    reworded: Mapping[str, Reworded],
    surroundings: Surroundings,
    connectors: Connectors,
    *,
    now: datetime,
) -> set[int]:
    """Say where help is and put these conversations before a person; return which they are.

    What was an emergency before the edit too has been answered.
    """
    cries = {}
    for one in revised:
        evidence = reworded[one.text].cry if one.message_id is not None else ()
        if evidence and not emergency.detect(one.before):
            cries[one.conversation_id] = one.text, evidence
    for conversation_id, (text, evidence) in sorted(cries.items()):
        conversation = inbox.get(surroundings.session, conversation_id)
        conversation.status = ConversationStatus.OPEN
        conversation.unread += 1
        conversation.dialogue = None
        conversation.emergency_at = now
        conversation.waiting_since = conversation.waiting_since or now
        spoken = language.detect(text, conversation.language)
        told = skill.reply(evidence, spoken, surroundings.facts.city)
        told = introduction.complete(told, spoken, surroundings, first=False)
        inbox.tell(surroundings.session, conversation_id, told, connectors=connectors, now=now)
    return set(cries)
