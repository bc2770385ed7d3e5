"""What becomes of public texts that say too much: refused to people, replaced for programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.city import queries as city
from bot.dialogue.texts import say
from bot.errors import InvalidError
from bot.guard import queries
from bot.guard.queries import Screened
from bot.guard.rules import Finding, Kind
from bot.inbox.models import Conversation, Message
from bot.inbox.states import AuthorKind

_log = structlog.get_logger()
_KINDS: Mapping[Kind, str] = {
    Kind.LINK: "a ticket's secret address or code",
    Kind.EMAIL: "an e-mail address",
    Kind.IBAN: "an IBAN",
    Kind.PHONE: "a telephone number",
    Kind.NAME: "a name",
    Kind.TICKET: "words of a ticket",
}


class PublicTextError(InvalidError):
    """A colleague's public text says what is not for everybody; nothing was written."""

    code = "not_for_public"

    def __init__(self, findings: Sequence[Finding]) -> None:
        said = "; ".join(f"{_KINDS[one.kind]} (“{one.words}”)" for one in findings)
        super().__init__(f"Not sent, because everybody can read it: {said}.", field="text")
        self.findings = tuple(findings)


def replacements(session: Session, said: Mapping[int, str], *, now: datetime) -> dict[int, str]:
    """Return, by message, what goes out instead of a public text that says too much.

    Of an emergency the fixed text stays. The stored message is changed as well, and its
    conversation goes to a person. Raises `PublicTextError` for a colleague's text.
    """
    blocked = queries.screen(session, said, now=now)
    for one in blocked:
        if one.author is AuthorKind.STAFF:
            raise PublicTextError(one.findings)
    return {one.message_id: _replace(session, one, now) for one in blocked}


def _replace(session: Session, one: Screened, now: datetime) -> str:
    language = one.language or "de"
    text = one.emergency or say("public_withheld", language)
    if city.facts(session).demo:
        text = f"{text}\n\n{say('demo', language)}"
    message = session.get_one(Message, one.message_id)
    message.text, message.buttons = text, None
    conversation = session.get_one(Conversation, one.conversation_id)
    conversation.waiting_since = conversation.waiting_since or now
    session.flush()
    subject = ("conversation", one.conversation_id)
    audit.note(session, audit.ASSISTANT, "message.withheld", *subject, now=now)
    kinds = sorted({str(found.kind) for found in one.findings})
    _log.warning("outbox.text_withheld", message=one.message_id, kinds=kinds)
    return text
