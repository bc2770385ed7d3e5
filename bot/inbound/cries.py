"""Messages that became emergencies by an edit: answered and told as new ones would be."""

from collections.abc import Sequence
from datetime import datetime

from bot.channels.queries import Connectors
from bot.dialogue import introduction
from bot.inbox import service as inbox
from bot.inbox.revisions import Revised
from bot.inbox.states import ConversationStatus
from bot.skills import emergency as skill
from bot.skills.base import Surroundings
from nlp import emergency, language


def answer(
    revised: Sequence[Revised], surroundings: Surroundings, connectors: Connectors, *, now: datetime
) -> set[int]:
    """Say where help is and put these conversations before a person; return which they are.

    What was an emergency before the edit too has been answered.
    """
    cries = {}
    for one in revised:
        evidence = emergency.detect(one.text)
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
