"""What the guard knows of a public message: its people, their tickets, the city's own words."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.city import queries as city
from bot.city.rules import CityFacts
from bot.clock import BERLIN
from bot.contacts.models import Contact, Identity
from bot.dialogue.facts import names as city_names
from bot.dialogue.texts import emergencies
from bot.guard import rules
from bot.guard.rules import Finding, Published, Secrets
from bot.inbox.models import Conversation, Message
from bot.inbox.states import AuthorKind
from bot.knowledge import queries as knowledge
from bot.knowledge.rules import for_citizens
from bot.markets import queries as markets
from bot.offices.models import Office
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.numbers import normalise_number

_NUMBER = re.compile(r"\b[A-Za-z]{1,8}[-\u2010-\u2015 ]?(?:19|20)\d\d[-\u2010-\u2015 ]?\d{1,9}\b")


@dataclass(frozen=True, slots=True)
class Screened:
    """A public message that must not go out as it is."""

    message_id: int
    conversation_id: int
    author: AuthorKind
    language: str | None
    findings: tuple[Finding, ...]
    emergency: str  # what of it is a fixed text, and goes out whatever else it says


@dataclass(frozen=True, slots=True)
class _Public:
    """A public message with what its people and their tickets are known by."""

    message_id: int
    author: AuthorKind
    conversation_id: int
    contact_id: int
    ticket_id: int | None
    language: str | None
    text: str
    names: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)

    def findings(self, published: Published) -> tuple[Finding, ...]:
        """Return what it must not say."""
        known = (self.names, self.texts, self.places, self.keys, self.emails, self.phones)
        return rules.findings(self.text, Secrets(*map(frozenset, known)), published)

    def is_about(self, ticket: Ticket) -> bool:
        """Tell whether it is theirs, or named here."""
        return (
            ticket.contact_id == self.contact_id
            or ticket.conversation_id == self.conversation_id
            or ticket.id == self.ticket_id
            or ticket.number in _numbers(self.text)
        )


def screen(session: Session, said: Mapping[int, str], *, now: datetime) -> list[Screened]:
    """Return which of these public texts, by message, say what must not be said."""
    if not said:
        return []
    messages = _load(session, said)
    facts = city.facts(session)
    fixed = emergencies(facts.emergency)
    published = Published(fixed, _contacts(facts), _names(facts))
    doubtful = [one for one in messages if one.findings(published)]
    if doubtful:  # much more to read, and nearly never needed
        published = _all_published(session, facts, now.astimezone(BERLIN).date())
    return [
        Screened(
            one.message_id,
            one.conversation_id,
            one.author,
            one.language,
            found,
            rules.fixed_part(one.text, fixed),
        )
        for one in doubtful
        if (found := one.findings(published))
    ]


def _load(session: Session, said: Mapping[int, str]) -> list[_Public]:
    rows = session.execute(
        select(
            Message.id,
            Message.author_kind,
            Conversation.id,
            Conversation.contact_id,
            Conversation.ticket_id,
            Conversation.language,
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id.in_(said))
        .order_by(Message.id)
    )
    messages = [_Public(*row, said[row[0]]) for row in rows]
    _add_names(session, messages)
    _add_tickets(session, messages)
    return messages


def _add_names(session: Session, messages: Sequence[_Public]) -> None:
    rows = session.execute(
        select(Contact.id, Contact.name, Identity.name)
        .outerjoin(Identity, Identity.contact_id == Contact.id)
        .where(Contact.id.in_({one.contact_id for one in messages}))
    )
    names: dict[int, set[str]] = defaultdict(set)
    for contact_id, *given in rows:
        names[contact_id].update(name for name in given if name)
    for one in messages:
        one.names.update(names[one.contact_id])


def _add_tickets(session: Session, messages: Sequence[_Public]) -> None:
    """Add the tickets of the contact and the conversation, and those whose number is said."""
    tickets = session.scalars(
        select(Ticket).where(
            or_(
                Ticket.contact_id.in_({one.contact_id for one in messages}),
                Ticket.conversation_id.in_({one.conversation_id for one in messages}),
                Ticket.id.in_({one.ticket_id for one in messages if one.ticket_id is not None}),
                Ticket.number.in_({number for one in messages for number in _numbers(one.text)}),
            )
        )
    ).all()
    if not tickets:
        return
    told: dict[int, set[str]] = defaultdict(set)
    for ticket_id, *texts in session.execute(
        select(TicketEvent.ticket_id, TicketEvent.internal_note, TicketEvent.citizen_text).where(
            TicketEvent.ticket_id.in_([ticket.id for ticket in tickets])
        )
    ):
        told[ticket_id].update(text for text in texts if text)
    for one in messages:
        for ticket in filter(one.is_about, tickets):
            one.texts.update(told[ticket.id] | {ticket.description})
            one.places.add(ticket.place)
            one.keys.update({ticket.token, ticket.check_code})
            if ticket.reporter_name:
                one.names.add(ticket.reporter_name)
            if ticket.reporter_email:
                one.emails.add(ticket.reporter_email.strip())
            if ticket.reporter_phone:
                one.phones.add(ticket.reporter_phone)


def _numbers(text: str) -> set[str]:
    return {normalise_number(found) for found in _NUMBER.findall(text)}


def _contacts(facts: CityFacts) -> tuple[str, ...]:
    emergency = facts.emergency
    numbers = (emergency.rescue, emergency.police, emergency.crisis_line)
    services = (emergency.gas_fault, emergency.on_call)
    own = (facts.phone, facts.email, facts.address, facts.alternative_contact)
    return tuple(text for text in (*numbers, *services, *own) if text)


def _names(facts: CityFacts) -> tuple[str, ...]:
    return tuple(name for name in (facts.name, facts.address) if name)


def _all_published(session: Session, facts: CityFacts, today: date) -> Published:
    """Return everything that the city says about itself: pages, articles and markets as well."""
    told = for_citizens(knowledge.articles(session), today)
    written = [page.body for page in knowledge.pages(session)]
    written += [wording.body for article in told for wording in article.wordings.values()]
    calendar = markets.all_facts(session)
    notes = [note.note for market in calendar for note in market.exceptions if note.note]
    about = [text for market in calendar for text in (market.operator, market.source) if text]
    places = [text for market in calendar for text in (market.name, market.place)]
    moved = [note.place for market in calendar for note in market.exceptions if note.place]
    districts = [market.district for market in calendar]
    offices = session.scalars(select(Office.name)).all()
    known = city_names(facts, calendar)
    on_the_map = [name.label for name in (*known.streets, *known.districts, *known.places)]
    return Published(
        fixed=emergencies(facts.emergency),
        contacts=(*_contacts(facts), *notes, *about, *written),
        names=(*_names(facts), *places, *moved, *about, *districts, *offices, *on_the_map),
    )
