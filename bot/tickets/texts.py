"""What citizens read about a ticket: German, English and plain German ("Einfache Sprache")."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.tickets.states import CitizenState, TicketKind, TicketStatus

LANGUAGES = ("de", "en", "plain")
DEFAULT_LANGUAGE = "de"


@dataclass(frozen=True, slots=True)
class StatusText:
    """One status in one language; `{thing}` stands for report, complaint and so on.

    `sentence` says why, `next_step` what comes and whether the citizen has to do something,
    `headline` names the change in the history.
    """

    sentence: str
    next_step: str
    headline: str


@dataclass(frozen=True, slots=True)
class Words:
    """Everything around the status in one language."""

    things: Mapping[TicketKind, str]
    states: Mapping[CitizenState, str]
    statuses: Mapping[TicketStatus, StatusText]
    office: str  # {office}
    office_changed: str
    own_message: str
    note: str
    news: str  # {thing} {number} {state}
    link: str  # {link}


_S = TicketStatus
_WAIT_DE = "Sie müssen nichts tun. Neues steht immer auf dieser Seite."
_WAIT_EN = "You do not have to do anything. News is always on this page."
_WAIT_PLAIN = "Sie müssen nichts tun. Neues steht immer auf dieser Seite."
_END_DE = "Sie müssen nichts mehr tun. Stimmt etwas nicht? Dann öffnen Sie den Vorgang wieder."
_END_EN = "There is nothing left for you to do. Is something wrong? Then reopen it."
_END_PLAIN = "Sie müssen nichts mehr tun. Ist etwas falsch? Dann schreiben Sie uns bitte."

_GERMAN = Words(
    things={
        TicketKind.REPORT: "Meldung",
        TicketKind.COMPLAINT: "Beschwerde",
        TicketKind.SUGGESTION: "Anregung",
        TicketKind.DATA_REQUEST: "Anfrage",
    },
    states={
        CitizenState.RECEIVED: "Eingegangen",
        CitizenState.WITH_OFFICE: "Beim Amt",
        CitizenState.IN_PROGRESS: "In Bearbeitung",
        CitizenState.NEEDS_YOU: "Wir brauchen etwas von Ihnen",
        CitizenState.DONE: "Erledigt",
        CitizenState.MERGED: "Zusammengelegt",
    },
    statuses={
        _S.RECEIVED: StatusText(
            "Ihre {thing} ist bei uns angekommen.",
            f"Wir geben sie an die zuständige Stelle weiter. {_WAIT_DE}",
            "Ihre {thing} ist eingegangen",
        ),
        _S.ASSIGNED: StatusText(
            "Ihre {thing} liegt jetzt bei der zuständigen Stelle.",
            f"Dort sieht sie sich jemand an. {_WAIT_DE}",
            "An die zuständige Stelle übergeben",
        ),
        _S.IN_PROGRESS: StatusText(
            "Die zuständige Stelle kümmert sich gerade um Ihre {thing}.",
            _WAIT_DE,
            "In Bearbeitung",
        ),
        _S.PLANNED: StatusText(
            "Was zu tun ist, steht fest und ist eingeplant.",
            _WAIT_DE,
            "Eingeplant",
        ),
        _S.WAITING_FOR_CITIZEN: StatusText(
            "Uns fehlt noch etwas, damit es weitergehen kann.",
            "Bitte antworten Sie uns. Danach geht es weiter.",
            "Wir haben eine Frage an Sie",
        ),
        _S.FORWARDED_EXTERNAL: StatusText(
            "Zuständig ist eine Stelle außerhalb der Stadt, dort liegt Ihre {thing} jetzt.",
            f"Wir warten auf die Antwort. {_WAIT_DE}",
            "An eine andere Stelle weitergegeben",
        ),
        _S.RESOLVED: StatusText(
            "Ihre {thing} ist erledigt. Vielen Dank!",
            _END_DE,
            "Erledigt",
        ),
        _S.NOT_RESPONSIBLE: StatusText(
            "Die Stadt ist hierfür nicht zuständig und kann deshalb nicht selbst handeln.",
            _END_DE,
            "Die Stadt ist nicht zuständig",
        ),
        _S.NOT_SOLVABLE: StatusText(
            "Das können wir leider nicht lösen.",
            _END_DE,
            "Leider nicht lösbar",
        ),
        _S.DUPLICATE: StatusText(
            "Das hat schon jemand gemeldet, wir bearbeiten beides zusammen.",
            "Sie müssen nichts mehr tun.",
            "Mit einer anderen Meldung zusammengelegt",
        ),
        _S.WITHDRAWN: StatusText(
            "Ihre {thing} wurde zurückgezogen, wir bearbeiten sie nicht weiter.",
            "Sie müssen nichts mehr tun. Bei Bedarf öffnen Sie den Vorgang wieder.",
            "Zurückgezogen",
        ),
        _S.REOPENED: StatusText(
            "Ihre {thing} ist wieder geöffnet, wir sehen sie uns noch einmal an.",
            _WAIT_DE,
            "Wieder geöffnet",
        ),
    },
    office="Zuständig: {office}",
    office_changed="Jetzt ist eine andere Stelle zuständig",
    own_message="Ihre Nachricht",
    note="Nachricht der Stadt",
    news="Neuer Stand zu Ihrer {thing} {number}: {state}",
    link="Alles dazu: {link}",
)

_ENGLISH = Words(
    things={
        TicketKind.REPORT: "report",
        TicketKind.COMPLAINT: "complaint",
        TicketKind.SUGGESTION: "suggestion",
        TicketKind.DATA_REQUEST: "request",
    },
    states={
        CitizenState.RECEIVED: "Received",
        CitizenState.WITH_OFFICE: "With the office in charge",
        CitizenState.IN_PROGRESS: "In progress",
        CitizenState.NEEDS_YOU: "We need something from you",
        CitizenState.DONE: "Done",
        CitizenState.MERGED: "Merged",
    },
    statuses={
        _S.RECEIVED: StatusText(
            "Your {thing} has reached us.",
            f"We will pass it on to the office in charge. {_WAIT_EN}",
            "We have received your {thing}",
        ),
        _S.ASSIGNED: StatusText(
            "Your {thing} is now with the office in charge.",
            f"Somebody there will look at it. {_WAIT_EN}",
            "Passed on to the office in charge",
        ),
        _S.IN_PROGRESS: StatusText(
            "The office in charge is working on your {thing}.",
            _WAIT_EN,
            "In progress",
        ),
        _S.PLANNED: StatusText(
            "We know what has to be done, and it is scheduled.",
            _WAIT_EN,
            "Scheduled",
        ),
        _S.WAITING_FOR_CITIZEN: StatusText(
            "Something is missing before we can go on.",
            "Please answer us. Then we will continue.",
            "We have a question for you",
        ),
        _S.FORWARDED_EXTERNAL: StatusText(
            "An organisation outside the city is in charge and has your {thing} now.",
            f"We are waiting for its answer. {_WAIT_EN}",
            "Passed on to another organisation",
        ),
        _S.RESOLVED: StatusText(
            "Your {thing} is done. Thank you!",
            _END_EN,
            "Done",
        ),
        _S.NOT_RESPONSIBLE: StatusText(
            "The city is not in charge of this and so cannot act itself.",
            _END_EN,
            "The city is not in charge",
        ),
        _S.NOT_SOLVABLE: StatusText(
            "Unfortunately we cannot solve this.",
            _END_EN,
            "Unfortunately not possible",
        ),
        _S.DUPLICATE: StatusText(
            "Somebody has told us about this before, and we handle both together.",
            "There is nothing left for you to do.",
            "Merged with another report",
        ),
        _S.WITHDRAWN: StatusText(
            "Your {thing} was withdrawn, and we no longer work on it.",
            "There is nothing left for you to do. You can reopen it if you need to.",
            "Withdrawn",
        ),
        _S.REOPENED: StatusText(
            "Your {thing} is open again, and we will take another look.",
            _WAIT_EN,
            "Reopened",
        ),
    },
    office="In charge: {office}",
    office_changed="Another office is in charge now",
    own_message="Your message",
    note="Message from the city",
    news="News about your {thing} {number}: {state}",
    link="Everything about it: {link}",
)

_PLAIN = Words(
    things=_GERMAN.things,
    states=_GERMAN.states,
    statuses={
        _S.RECEIVED: StatusText(
            "Ihre {thing} ist da.",
            f"Wir suchen jetzt das richtige Amt. {_WAIT_PLAIN}",
            "Ihre {thing} ist da",
        ),
        _S.ASSIGNED: StatusText(
            "Das richtige Amt hat jetzt Ihre {thing}.",
            _WAIT_PLAIN,
            "Das Amt hat Ihre {thing}",
        ),
        _S.IN_PROGRESS: StatusText(
            "Das Amt arbeitet daran.",
            _WAIT_PLAIN,
            "Das Amt arbeitet daran",
        ),
        _S.PLANNED: StatusText(
            "Das Amt weiß, was zu tun ist. Es gibt einen Plan.",
            _WAIT_PLAIN,
            "Es gibt einen Plan",
        ),
        _S.WAITING_FOR_CITIZEN: StatusText(
            "Wir müssen noch etwas wissen.",
            "Bitte antworten Sie uns.",
            "Wir haben eine Frage",
        ),
        _S.FORWARDED_EXTERNAL: StatusText(
            "Die Stadt kann das nicht selbst machen. Eine andere Stelle hat jetzt Ihre {thing}.",
            _WAIT_PLAIN,
            "Eine andere Stelle kümmert sich darum",
        ),
        _S.RESOLVED: StatusText(
            "Ihre {thing} ist fertig bearbeitet. Vielen Dank!",
            _END_PLAIN,
            "Fertig",
        ),
        _S.NOT_RESPONSIBLE: StatusText(
            "Die Stadt darf das nicht selbst machen.",
            _END_PLAIN,
            "Die Stadt darf das nicht machen",
        ),
        _S.NOT_SOLVABLE: StatusText(
            "Das geht leider nicht.",
            _END_PLAIN,
            "Das geht leider nicht",
        ),
        _S.DUPLICATE: StatusText(
            "Das hat uns schon jemand gesagt. Wir machen beides zusammen.",
            "Sie müssen nichts mehr tun.",
            "Beides gehört zusammen",
        ),
        _S.WITHDRAWN: StatusText(
            "Die {thing} ist zurückgenommen. Wir arbeiten nicht weiter daran.",
            "Sie müssen nichts mehr tun.",
            "Zurückgenommen",
        ),
        _S.REOPENED: StatusText(
            "Ihre {thing} ist wieder offen. Wir sehen noch einmal nach.",
            _WAIT_PLAIN,
            "Wieder offen",
        ),
    },
    office="Dieses Amt kümmert sich: {office}",
    office_changed="Ein anderes Amt kümmert sich jetzt",
    own_message="Ihre Nachricht",
    note="Nachricht der Stadt",
    news="Es gibt etwas Neues zu Ihrer {thing} {number}: {state}",
    link="Hier steht alles: {link}",
)

_WORDS = {"de": _GERMAN, "en": _ENGLISH, "plain": _PLAIN}

STAFF_LABELS: Mapping[TicketStatus, str] = {
    _S.RECEIVED: "eingegangen",
    _S.ASSIGNED: "zugewiesen",
    _S.IN_PROGRESS: "in Bearbeitung",
    _S.PLANNED: "geplant",
    _S.WAITING_FOR_CITIZEN: "Rückfrage",
    _S.FORWARDED_EXTERNAL: "extern weitergeleitet",
    _S.RESOLVED: "erledigt",
    _S.NOT_RESPONSIBLE: "nicht zuständig",
    _S.NOT_SOLVABLE: "nicht lösbar",
    _S.DUPLICATE: "Duplikat",
    _S.WITHDRAWN: "zurückgezogen",
    _S.REOPENED: "wieder geöffnet",
}


def words(language: str | None) -> Words:
    """Return the words of `language`; any other than `LANGUAGES` reads German."""
    return _WORDS.get(language or DEFAULT_LANGUAGE, _GERMAN)


def state_word(state: CitizenState, language: str | None) -> str:
    """Return the citizen's word for a state, such as "In Bearbeitung"."""
    return words(language).states[state]


def status_text(status: TicketStatus, kind: TicketKind, language: str | None) -> StatusText:
    """Return a status's three texts with the kind of the ticket filled in."""
    chosen = words(language)
    text, thing = chosen.statuses[status], chosen.things[kind]
    return StatusText(
        text.sentence.format(thing=thing),
        text.next_step,
        text.headline.format(thing=thing),
    )
