"""The desk's words for codes: German here, English in the catalogue."""

from collections.abc import Mapping, Sequence

from bot.channels.states import Condition
from bot.guard.rules import Finding, Kind
from bot.inbox.queries import COUNTED
from bot.staff.states import Role
from bot.tickets import texts
from bot.tickets.states import TicketEventKind, TicketOrigin, TicketStatus
from connectors import base
from connectors.base import Lost
from connectors.results import Refusal
from dashboard.speech import say

FORMER = "einer ehemaligen Kollegin oder einem ehemaligen Kollegen"  # whose name is gone
INTENTS: Mapping[str, str] = {
    "emergency": "Notfall",
    "report_defect": "Mangel melden",
    "complaint": "Beschwerde an die Verwaltung",
    "suggestion": "Anregung, Idee, Lob",
    "ticket_status": "Stand meiner Meldung",
    "market_hours": "Wochenmarkt: wann, wo",
    "market_product": "Wochenmarkt: was gibt es",
    "shop_search": "Laden, Öffnungszeit",
    "product_question": "Ware, Reservierung, Abholung",
    "bulky_waste_booking": "Sperrmüll",
    "appointment": "Termin Bürgerbüro",
    "letter_question": "Brief, Bescheid",
    "city_info": "Auskunft",
    "data_request": "Datenschutz: Auskunft, Löschung, Widerspruch",
    "subscribe": "Ankündigungen an",
    "unsubscribe": "Ankündigungen ab",
    "human_handoff": "Mit einem Menschen sprechen",
    "context_reply": "Antwort ohne offene Frage",
    "greeting": "Gruß",
    "thanks": "Dank",
    "abuse": "Beleidigung",
    "spam": "Spam",
    "off_topic": "anderes",
}
SYSTEM_LINES: Mapping[str, str] = {
    "conversation.taken": "%(name)s hat die Unterhaltung übernommen",
    "conversation.handed_back": "%(name)s hat die Unterhaltung an den Assistenten zurückgegeben",
    "conversation.assigned": "%(name)s hat die Unterhaltung an %(whom)s übergeben",
    "conversation.unassigned": "%(name)s hat die Zuweisung aufgehoben",
    "conversation.closed": "%(name)s hat die Unterhaltung geschlossen",
    "conversation.reopened": "%(name)s hat die Unterhaltung wieder geöffnet",
}
EVENTS: Mapping[TicketEventKind, str] = {
    TicketEventKind.CREATED: "Angelegt",
    TicketEventKind.STATUS: "Stand: %(status)s",
    TicketEventKind.MESSAGE: "Nachricht der Bürgerin oder des Bürgers",
    TicketEventKind.NOTE: "Notiz",
    TicketEventKind.ASSIGNED: "Übergeben an %(office)s",
}
ORIGINS: Mapping[TicketOrigin, str] = {
    TicketOrigin.CONVERSATION: "Unterhaltung",
    TicketOrigin.FORM: "Formular der Stadt",
    TicketOrigin.PHONE: "Telefon",
    TicketOrigin.COUNTER: "Schalter",
}
LANGUAGES: Mapping[str, str] = {
    "de": "Deutsch",
    "en": "Englisch",
    "tr": "Türkisch",
    "uk": "Ukrainisch",
}
ROLES: Mapping[Role, str] = {
    Role.ADMIN: "Administration",
    Role.MANAGER: "Community-Management",
    Role.OFFICE: "Amt",
    Role.VIEWER: "Nur lesen",
}
FAILURES: Mapping[str, str] = {
    "retry_after": "Die Plattform hat zu lange um Geduld gebeten.",
    "transient": "Die Plattform war nicht zu erreichen.",
    "unknown": "Die Verbindung brach beim Senden ab.",
    "channel_removed": "Der Kanal wurde entfernt.",
    "login": "Die Plattform nimmt die Anmeldung des Kontos nicht an. Bitte melden Sie den Kanal "
    "neu an und senden Sie dann erneut.",
    Refusal.NOT_PRIVATE: "Nicht gesendet: In diesem Raum lesen andere mit. Bitte antworten Sie auf "
    "einem anderen Weg.",
    Refusal.ENCRYPTED: "Nicht gesendet: Der Raum ist verschlüsselt, und hier fehlt die "
    "Verschlüsselung. Bitte wenden Sie sich an die Administration.",
    Refusal.FORBIDDEN: "Das Konto darf in diesem Raum nicht schreiben. Erst wenn es neu eingeladen "
    "wird, können Sie erneut senden.",
    Refusal.TOO_LARGE: "Die Nachricht ist für die Plattform zu groß. Bitte kürzen oder teilen Sie "
    "sie.",
    Refusal.UNSUPPORTED: "Das gibt es auf dieser Plattform nicht.",
    Refusal.NOT_SUMMONED: "Nicht gesendet: Öffentlich antworten darf die Stadt hier nur, wenn sie "
    "in der Nachricht erwähnt ist.",
    Refusal.BLOCKED: "Nicht gesendet: Diese Person nimmt von der Stadt keine Nachrichten an.",
    Refusal.TOO_EXPENSIVE: "Nicht gesendet: Das Monatsbudget des Kanals oder das Guthaben bei der "
    "Plattform ist verbraucht. Bitte wenden Sie sich an die Administration.",
    Refusal.FILE_MISSING: "Nicht gesendet: Die Datei ist hier nicht mehr gespeichert.",
    Refusal.REFUSED: "Die Plattform hat die Nachricht abgelehnt.",
}
UNREAD: Mapping[str, tuple[str, str]] = {
    "sticker": ("Sticker", "Ein Bildchen, das hier nicht zu sehen ist."),
    "poll": ("Umfrage", "Abstimmen geht nur auf der Plattform selbst."),
    "bounce": (
        "Nicht zugestellt",
        "Die Nachricht kam nicht an. Bitte versuchen Sie es auf einem anderen Weg.",
    ),
    "video": ("Video", "Es ist hier nicht zu sehen. Bitte sehen Sie auf der Plattform nach."),
    "call": ("Anruf", "Stadtdraht nimmt keine Anrufe an. Bitte antworten Sie schriftlich."),
    "encrypted": (
        "Verschlüsselte Nachricht",
        "Hier fehlt der Schlüssel dazu. Bitten Sie darum, sie noch einmal zu schreiben.",
    ),
    "location": ("Standort", "Er ist nicht zu lesen. Bitten Sie um eine Adresse."),
    base.AWAITED: (
        "Eine Datei fehlt noch",
        "Die Plattform hat sie noch nicht herausgegeben. Stadtdraht holt sie nach.",
    ),
    base.MISSING: (
        "Eine Datei fehlt",
        "Die Plattform gibt sie nicht heraus. Bitten Sie darum, sie noch einmal zu schicken.",
    ),
    base.TOO_LARGE: (
        "Datei zu groß",
        "Bitten Sie um eine kleinere, zum Beispiel um ein Foto mit weniger Auflösung.",
    ),
}
OTHER_UNREAD = (
    "Unbekannter Inhalt",
    "Er lässt sich hier nicht anzeigen. Bitte sehen Sie auf der Plattform nach.",
)
NOT_FOR_PUBLIC = (
    "Nicht gesendet: Diese Antwort können alle lesen. Bitte nehmen Sie heraus: %(found)s. "
    "Ihr Text ist noch da. Persönliches geht nur in einer privaten Unterhaltung."
)
FOUND: Mapping[Kind, str] = {
    Kind.LINK: "geheimer Zugang zu einem Vorgang („%(words)s“)",
    Kind.EMAIL: "E-Mail-Adresse („%(words)s“)",
    Kind.IBAN: "IBAN („%(words)s“)",
    Kind.PHONE: "Telefonnummer („%(words)s“)",
    Kind.NAME: "Name („%(words)s“)",
    Kind.TICKET: "Inhalt eines Vorgangs („%(words)s“)",
}
LOST: Mapping[str, str] = {
    Lost.MONSTROUS: "Eine Nachricht war zu groß, um sie zu speichern.",
    Lost.UNREADABLE: "Die Plattform hat etwas geschickt, das keine Nachricht ist.",
    Lost.UNREACHABLE: "Der Raum war lange nicht zu erreichen. Ein Teil des Verlaufs fehlt.",
    Lost.LONG_HISTORY: "Vor dem Beitritt wurde mehr geschrieben, als Stadtdraht nachlesen kann. "
    "Der ältere Teil fehlt.",
    Lost.REFUSED: "Die Plattform gibt einen Teil des Verlaufs nicht heraus.",
    Lost.OVERSIZE: "Ein Teil des Verlaufs war zu groß, um ihn zu übernehmen.",
    Lost.PLACE_LOST: "Bis wohin gelesen war, ist nicht mehr bekannt. Was davor noch ungelesen war, "
    "fehlt.",
}
OTHER_LOST = "Etwas konnte nicht übernommen werden."
UNREADABLE = "Diese Nachricht hat eine Form, die Stadtdraht nicht kennt."
CHANNEL_KINDS: Mapping[str, str] = {
    "api": "Anderes System",
    "webchat": "Web-Chat",
    "matrix": "Matrix",
    "telegram": "Telegram",
    "mastodon": "Mastodon",
    "email": "E-Mail",
    "bluesky": "Bluesky",
    "x": "X (Twitter)",
}
CHANNEL_ABOUT: Mapping[str, str] = {
    "api": "Eine App oder ein anderes System schickt und holt Nachrichten mit einem Token.",
    "webchat": "Der Chat auf den Seiten Ihrer Stadt. Er braucht kein Konto.",
    "matrix": "Direktchats und Räume auf einem Matrix-Server, auf dem Ihre Stadt ein Konto hat.",
    "telegram": "Ein Bot bei Telegram: private Chats, Gruppen und Ihr Kanal für Ankündigungen.",
    "mastodon": "Erwähnungen und private Nachrichten an ein Konto Ihrer Stadt im Fediverse.",
    "email": "Ein Postfach Ihrer Stadt. Antworten kommen von derselben Adresse.",
    "bluesky": "Erwähnungen und Antworten auf Bluesky. Alles dort ist öffentlich.",
    "x": "Erwähnungen und Direktnachrichten eines Kontos bei X. Jeder Abruf und jeder Beitrag "
    "kostet Geld.",
}
CONDITIONS: Mapping[Condition, str] = {
    Condition.OK: "in Ordnung",
    Condition.SLOW: "verzögert",
    Condition.TROUBLE: "gestört",
    Condition.PAUSED: "pausiert",
    Condition.FORBIDDEN: "nicht zugelassen",
}
OTHER_FAILURE = FAILURES[Refusal.REFUSED]
GUEST = "Gast %(number)s"
CITY_TEAM = "Stadtdraht"
OTHER_BROWSER = "Anderer Browser"
UNKNOWN_LANGUAGE = "unbekannt"
_TONES: Mapping[TicketStatus, str] = {
    TicketStatus.RESOLVED: "ok",
    TicketStatus.DUPLICATE: "ok",
    TicketStatus.WITHDRAWN: "ok",
    TicketStatus.WAITING_FOR_CITIZEN: "warn",
    TicketStatus.NOT_RESPONSIBLE: "bad",
    TicketStatus.NOT_SOLVABLE: "bad",
}


class Words:
    """The words in one language of the staff."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, text: str, **values: object) -> str:
        """Return a German text in this language, its `%(name)s` filled in."""
        return say(self.language, text, **values)

    def contact(self, name: str | None, contact_id: int) -> str:
        """Return a contact's name, or a number for one who gave none: Gast 4711."""
        return name or self.say(GUEST, number=contact_id)

    def intent(self, code: str) -> str:
        """Return what a citizen wants, such as "Mangel melden"."""
        return self.say(INTENTS.get(code, code))

    def system_line(self, stored: str, name: str | None) -> str:
        """Return the line that a change of hands leaves in a conversation."""
        action, _, whom = stored.partition(" ")
        line = SYSTEM_LINES.get(action)
        return self.say(line, name=name or CITY_TEAM, whom=whom) if line else stored

    def status(self, status: TicketStatus) -> str:
        """Return the staff's word for a ticket's status."""
        return self.say(texts.STAFF_LABELS[status])

    def origin(self, origin: TicketOrigin) -> str:
        """Return how a ticket came in."""
        return self.say(ORIGINS[origin])

    def spoken(self, code: str | None) -> str:
        """Return the name of a citizen's language."""
        return self.say(LANGUAGES.get(code or "", UNKNOWN_LANGUAGE))

    def channel_kind(self, kind: str) -> str:
        """Return what a kind of channel is called."""
        return self.say(CHANNEL_KINDS.get(kind, kind))

    def channel_about(self, kind: str) -> str:
        """Return what a kind of channel is for."""
        return self.say(CHANNEL_ABOUT.get(kind, ""))

    def condition(self, condition: Condition) -> str:
        """Return how a channel does, in a word."""
        return self.say(CONDITIONS[condition])

    def failure(self, code: str | None) -> str:
        """Return why a part could not be delivered."""
        return self.say(FAILURES.get(code or "", OTHER_FAILURE))

    def unread(self, code: str) -> tuple[str, str]:
        """Return what a content is that nobody can read here, and what to do about it."""
        kind, hint = UNREAD.get(code, OTHER_UNREAD)
        return self.say(kind), self.say(hint)

    def not_for_public(self, findings: Sequence[Finding]) -> str:
        """Return why a public text was not sent: everything that was found in it."""
        found = dict.fromkeys(self.say(FOUND[one.kind], words=one.words) for one in findings)
        return self.say(NOT_FOR_PUBLIC, found=", ".join(found))

    def lost(self, code: str) -> str:
        """Return what could not be taken in."""
        return self.say(LOST.get(code, OTHER_LOST))


def shown(count: int) -> int | str:
    """Return a count as it is shown: those that stop at 100 read "99+"."""
    return count if count < COUNTED else f"{COUNTED - 1}+"


def tone(status: TicketStatus) -> str:
    """Return the colour of a ticket's status: active, ok, warn or bad."""
    return _TONES.get(status, "active")
