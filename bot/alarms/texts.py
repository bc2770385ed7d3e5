"""What people read about an alarm, made from its kind and subject: German and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.alarms.states import AlarmKind, AlarmState, Subject, SubjectKind


@dataclass(frozen=True, slots=True)
class Words:
    """Title and advice for each kind, names for each subject; `{}` is the name or the key."""

    titles: Mapping[AlarmKind, str]
    advice: Mapping[AlarmKind, str]
    subjects: Mapping[SubjectKind, str]
    errors: Mapping[str, str]
    other_error: str
    unread_emergency: str
    alarms: str
    subject: str
    escalation: str
    letter: str
    otherwise: str
    over: str


_DE = Words(
    titles=MappingProxyType(
        {
            AlarmKind.EMERGENCY: "Notfall",
            AlarmKind.DELIVERY_FAILED: "Nicht zugestellt",
            AlarmKind.CHANNEL_SILENT: "Kanal antwortet nicht",
            AlarmKind.CHANNEL_LOGIN: "Kanal abgemeldet",
            AlarmKind.LOG_INS_FAILED: "Viele falsche Passwörter",
            AlarmKind.QUEUE_STUCK: "Warteschlange steht",
            AlarmKind.BACKUP_FAILED: "Datensicherung fehlgeschlagen",
            AlarmKind.DISK_FULL: "Speicher fast voll",
            AlarmKind.NEGATIVE_COMMENTS: "Viele kritische Kommentare",
            AlarmKind.PROCESS_GONE: "Prozess antwortet nicht",
            AlarmKind.TEST: "Probealarm",
        }
    ),
    advice=MappingProxyType(
        {
            AlarmKind.EMERGENCY: "Jemand beschreibt eine Gefahr. Die Notrufnummern wurden schon "
            "genannt. Bitte lesen Sie jetzt und übernehmen Sie.",
            AlarmKind.DELIVERY_FAILED: "Antworten sind nicht angekommen, oder es ist unklar. Bitte "
            "sehen Sie unter „Nicht zugestellt“ nach.",
            AlarmKind.CHANNEL_SILENT: "Die Plattform antwortet seit über fünf Minuten nicht. "
            "Nachrichten kommen später an: Stadtdraht holt sie nach.",
            AlarmKind.CHANNEL_LOGIN: "Die Plattform nimmt die Anmeldung nicht mehr an. Der Kanal "
            "ruht, bis sich jemand neu anmeldet.",
            AlarmKind.LOG_INS_FAILED: "Bei diesem Konto wurde oft ein falsches Passwort "
            "eingegeben. Bitte fragen Sie die Person, ob sie das war.",
            AlarmKind.QUEUE_STUCK: "Nachrichten warten länger, als sie sollten. Bitte prüfen Sie, "
            "ob alle Prozesse laufen.",
            AlarmKind.BACKUP_FAILED: "Die letzte Datensicherung ist nicht gelungen oder älter als "
            "zwei Tage. Der Grund steht im Protokoll des Auftrags.",
            AlarmKind.DISK_FULL: "Bitte schaffen Sie Platz. Ist der Speicher voll, nimmt "
            "Stadtdraht nichts mehr an.",
            AlarmKind.NEGATIVE_COMMENTS: "Unter einem Beitrag der Stadt äußern sich viele "
            "ablehnend. Bitte lesen Sie mit und überlegen Sie, ob die Stadt etwas dazu sagt.",
            AlarmKind.PROCESS_GONE: "Er ist abgestürzt, oder er hängt. Andere springen ein, soweit "
            "sie können. Bitte starten Sie ihn neu; fehlt er mit Absicht, genügt es zu bestätigen.",
            AlarmKind.TEST: "Alles in Ordnung: Jemand hat ausprobiert, ob Alarme ankommen.",
        }
    ),
    subjects=MappingProxyType(
        {
            SubjectKind.CONVERSATION: "Unterhaltung {}",
            SubjectKind.TICKET: "Vorgang {}",
            SubjectKind.CHANNEL: "{}",
            SubjectKind.USER: "Konto {}",
            SubjectKind.POST: "Unterhaltung {}",
            SubjectKind.INBOUND: "Eingang",
            SubjectKind.OUTBOUND: "Ausgang",
            SubjectKind.BULK: "Rundsendungen",
            SubjectKind.DATA_FOLDER: "Datenordner",
            SubjectKind.DATABASE_FOLDER: "Datenbank",
            SubjectKind.BACKUP: "",
            SubjectKind.CITY: "",
            SubjectKind.PROCESS_ALL: "Server",
            SubjectKind.PROCESS_WEB: "Seiten (web)",
            SubjectKind.PROCESS_WORKER: "Antworten (worker)",
            SubjectKind.PROCESS_CONNECTORS: "Plattformen (connectors)",
            SubjectKind.PROCESS_SCHEDULER: "Zeitplan (scheduler)",
        }
    ),
    errors=MappingProxyType(
        {
            "no_server": "Es ist kein Mailserver eingerichtet.",
            "no_address": "Für dieses Konto ist keine Adresse mehr hinterlegt.",
            "refused": "Der Mailserver hat die Nachricht abgelehnt.",
            "login_refused": "Der Mailserver nimmt die Anmeldung nicht an.",
            "no_encryption": "Der Mailserver bietet keine Verschlüsselung an.",
            "bad_certificate": "Das Zertifikat des Mailservers ist nicht gültig.",
            "no_connection": "Der Mailserver ist nicht zu erreichen.",
            "no_answer": "Der Mailserver antwortet nicht.",
            "too_late": "Zu spät: Zwei Stunden lang ließ sich nichts senden.",
        }
    ),
    other_error="Die Gegenstelle hat es nicht angenommen.",
    unread_emergency="Jemand beschreibt eine Gefahr und hat keine Antwort bekommen: Die Nachricht "
    "konnte nicht verarbeitet werden. Bitte lesen Sie sie jetzt unter „Unlesbar“.",
    alarms="Alarme",
    subject="[Stadtdraht {city}] {title}",
    escalation="Noch nicht bestätigt",
    letter="{title}\nseit {since} Uhr\n\n{advice}\n\nAnsehen und bestätigen:\n{link}\n",
    otherwise="\nBestätigt niemand, wird nach fünf Minuten weiter alarmiert.\n",
    over="Inzwischen erledigt.",
)
_EN = Words(
    titles=MappingProxyType(
        {
            AlarmKind.EMERGENCY: "Emergency",
            AlarmKind.DELIVERY_FAILED: "Not delivered",
            AlarmKind.CHANNEL_SILENT: "Channel does not answer",
            AlarmKind.CHANNEL_LOGIN: "Channel is logged out",
            AlarmKind.LOG_INS_FAILED: "Many wrong passwords",
            AlarmKind.QUEUE_STUCK: "Queue is stuck",
            AlarmKind.BACKUP_FAILED: "Backup failed",
            AlarmKind.DISK_FULL: "Disk nearly full",
            AlarmKind.NEGATIVE_COMMENTS: "Many critical comments",
            AlarmKind.PROCESS_GONE: "Process does not answer",
            AlarmKind.TEST: "Test alarm",
        }
    ),
    advice=MappingProxyType(
        {
            AlarmKind.EMERGENCY: "Somebody describes a danger. The emergency numbers have been "
            "given already. Please read it now and take over.",
            AlarmKind.DELIVERY_FAILED: "Answers did not arrive, or nobody knows. Please look at "
            "“Not delivered”.",
            AlarmKind.CHANNEL_SILENT: "The platform has not answered for more than five minutes. "
            "Messages arrive later: Stadtdraht catches up.",
            AlarmKind.CHANNEL_LOGIN: "The platform no longer accepts the log-in. The channel "
            "rests until somebody logs in again.",
            AlarmKind.LOG_INS_FAILED: "A wrong password was given many times for this account. "
            "Please ask the person whether it was them.",
            AlarmKind.QUEUE_STUCK: "Messages wait longer than they should. Please check that all "
            "processes run.",
            AlarmKind.BACKUP_FAILED: "The last backup did not succeed, or is older than two days. "
            "The log of its job says why.",
            AlarmKind.DISK_FULL: "Please make room. Once the disk is full, Stadtdraht takes "
            "nothing in any more.",
            AlarmKind.NEGATIVE_COMMENTS: "Many people disapprove below a post of the city's own. "
            "Please read along and consider whether the city should answer.",
            AlarmKind.PROCESS_GONE: "It has crashed, or it hangs. Others step in as far as they "
            "can. Please start it again; if it is gone on purpose, acknowledge and that is all.",
            AlarmKind.TEST: "All is well: somebody tried whether alarms arrive.",
        }
    ),
    subjects=MappingProxyType(
        {
            SubjectKind.CONVERSATION: "conversation {}",
            SubjectKind.TICKET: "ticket {}",
            SubjectKind.CHANNEL: "{}",
            SubjectKind.USER: "account {}",
            SubjectKind.POST: "conversation {}",
            SubjectKind.INBOUND: "incoming",
            SubjectKind.OUTBOUND: "outgoing",
            SubjectKind.BULK: "mailings",
            SubjectKind.DATA_FOLDER: "data folder",
            SubjectKind.DATABASE_FOLDER: "database",
            SubjectKind.BACKUP: "",
            SubjectKind.CITY: "",
            SubjectKind.PROCESS_ALL: "server",
            SubjectKind.PROCESS_WEB: "pages (web)",
            SubjectKind.PROCESS_WORKER: "answers (worker)",
            SubjectKind.PROCESS_CONNECTORS: "platforms (connectors)",
            SubjectKind.PROCESS_SCHEDULER: "sweeps (scheduler)",
        }
    ),
    errors=MappingProxyType(
        {
            "no_server": "No mail server is set up.",
            "no_address": "This account has no address any more.",
            "refused": "The mail server has refused the message.",
            "login_refused": "The mail server does not accept the log-in.",
            "no_encryption": "The mail server offers no encryption.",
            "bad_certificate": "The certificate of the mail server is not valid.",
            "no_connection": "The mail server cannot be reached.",
            "no_answer": "The mail server does not answer.",
            "too_late": "Too late: for two hours nothing could be sent.",
        }
    ),
    other_error="The other side did not accept it.",
    unread_emergency="Somebody describes a danger and got no answer: the message could not be "
    "processed. Please read it now under “Unreadable”.",
    alarms="alarms",
    subject="[Stadtdraht {city}] {title}",
    escalation="Not acknowledged yet",
    letter="{title}\nsince {since}\n\n{advice}\n\nLook at it and acknowledge:\n{link}\n",
    otherwise="\nIf nobody acknowledges, others are told after five minutes.\n",
    over="Over by now.",
)


def words(language: str) -> Words:
    """Return the words of a language of the staff; any other reads German."""
    return _EN if language == "en" else _DE


def title(kind: AlarmKind, subject: Subject, name: str | None, detail: str, language: str) -> str:
    """Return the line that names an alarm, such as "Kanal antwortet nicht: Matrix".

    `name` is the subject's, if it may be told here; otherwise its key stands for it.
    """
    spoken = words(language)
    about = spoken.subjects[subject.kind].format(name or subject.id)
    if kind is AlarmKind.DISK_FULL and detail:
        free = f"{detail} free" if language == "en" else f"noch {detail} frei"
        about = f"{about}, {free}"
    return f"{spoken.titles[kind]}: {about}" if about else spoken.titles[kind]


def advice(kind: AlarmKind, subject: SubjectKind, language: str) -> str:
    """Return what to do. An emergency on a channel is one that nobody could process."""
    spoken = words(language)
    unread = kind is AlarmKind.EMERGENCY and subject is SubjectKind.CHANNEL
    return spoken.unread_emergency if unread else spoken.advice[kind]


def many(kind: AlarmKind, number: int, language: str) -> str:
    """Return the line that names many alarms of a kind, such as "Notfall: 12 Alarme"."""
    spoken = words(language)
    return f"{spoken.titles[kind]}: {number} {spoken.alarms}"


def error(code: str | None, language: str) -> str:
    """Return why a notice did not arrive."""
    spoken = words(language)
    return spoken.errors.get(code or "", spoken.other_error)


def subject_line(title: str, city: str, language: str, *, escalated: bool) -> str:
    """Return the subject of a mail."""
    spoken = words(language)
    whole = f"{spoken.escalation}: {title}" if escalated else title
    return spoken.subject.format(city=city, title=whole)


def letter(
    title: str,
    kind: AlarmKind,
    subject: SubjectKind,
    link: str,
    since: datetime,
    language: str,
    *,
    escalated: bool,
    state: AlarmState,
) -> str:
    """Return the text of a mail; `since` is told in its own zone.

    What will happen otherwise is said while it still can.
    """
    spoken = words(language)
    over = state is AlarmState.RESOLVED
    told_to_do = spoken.over if over else advice(kind, subject, language)
    head = f"{spoken.escalation}: {title}" if escalated else title
    told = spoken.letter.format(
        title=head, since=f"{since:%d.%m.%Y, %H:%M}", advice=told_to_do, link=link
    )
    return told if escalated or state is not AlarmState.OPEN else told + spoken.otherwise
