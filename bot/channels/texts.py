"""What people are told about accounts, in both languages: troubles with their cure, and refusals.

German is for the desk, English for the desk in English and for the command.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.channels.states import Problem
from connectors.base import Trouble
from connectors.details import Detail

GERMAN = "de"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in both languages."""

    de: str
    en: str

    def to(self, language: str) -> str:
        """Return it in the language of whoever reads."""
        return self.de if language == GERMAN else self.en


@dataclass(frozen=True, slots=True)
class Advice:
    """What is wrong, and what to do about it."""

    what: Said
    cure: Said

    def to(self, language: str) -> str:
        """Return both, in one line."""
        return f"{self.what.to(language)} {self.cure.to(language)}"


TROUBLES: Mapping[Trouble, Advice] = MappingProxyType(
    {
        Trouble.LOGIN: Advice(
            Said(
                "Die Plattform nimmt die Anmeldung nicht an.",
                "The platform does not accept the log-in.",
            ),
            Said(
                "Bitte geben Sie Passwort oder Token neu ein.",
                "Please enter the password or token again.",
            ),
        ),
        Trouble.SETTINGS: Advice(
            Said(
                "Mit diesen Einstellungen funktioniert das Konto nicht.",
                "The account does not work with these settings.",
            ),
            Said(
                "Bitte prüfen Sie die Einstellungen und testen Sie dann erneut.",
                "Please check the settings, then test again.",
            ),
        ),
        Trouble.RATE: Advice(
            Said(
                "Die Plattform bittet um Geduld: Es waren zu viele Anfragen.",
                "The platform asks for patience: there were too many requests.",
            ),
            Said(
                "Sie müssen nichts tun: Ein laufender Kanal versucht es von selbst weiter.",
                "You need not do anything: a running channel keeps trying by itself.",
            ),
        ),
        Trouble.UNREACHABLE: Advice(
            Said("Die Plattform ist nicht zu erreichen.", "The platform cannot be reached."),
            Said(
                "Bitte prüfen Sie Adresse, Netz und Proxy. Ein laufender Kanal versucht es von "
                "selbst weiter.",
                "Please check the address, the network and the proxy. A running channel keeps "
                "trying by itself.",
            ),
        ),
        Trouble.GARBAGE: Advice(
            Said(
                "Die Plattform antwortet anders als erwartet.",
                "The platform answers in an unexpected way.",
            ),
            Said(
                "Oft ist das eine Wartungsseite und geht vorbei. Wenn nicht, prüfen Sie bitte die "
                "Adresse.",
                "Often that is a maintenance page and passes. If not, please check the address.",
            ),
        ),
        Trouble.COMPETING: Advice(
            Said(
                "Jemand anderes liest dieses Konto auch.",
                "Somebody else is reading this account as well.",
            ),
            Said(
                "Bitte beenden Sie das andere Programm, oder nehmen Sie ein eigenes Konto.",
                "Please stop the other program, or use an account of its own.",
            ),
        ),
    }
)
NOT_INSTALLED = Advice(
    Said(
        "Auf diesem Server kann der Kanal noch nicht laufen.",
        "The channel cannot run on this server yet.",
    ),
    Said("Die IT kann installieren, was fehlt.", "Your IT can install what is missing."),
)
CALLBACK = Advice(
    Said(
        "Antworten kommen bei der Rückruf-Adresse nicht an.",
        "Replies do not arrive at the callback address.",
    ),
    Said(
        "Stadtdraht versucht es weiter. Bitte prüfen Sie die Adresse und den Dienst dahinter.",
        "Stadtdraht keeps trying. Please check the address and the service behind it.",
    ),
)
FORBIDDEN = Advice(
    Said(
        "Ihre Stadt hat Kanäle dieser Art nicht zugelassen: Stadtdraht liest und sendet hier "
        "nichts.",
        "Your city does not allow channels of this kind: Stadtdraht reads and sends nothing here.",
    ),
    Said(
        "Was zu senden ist, wartet, bis sie unter „Zulassung“ wieder zugelassen werden.",
        "What is to be sent waits until they are allowed again under “Allowed kinds”.",
    ),
)
SILENT = Advice(
    Said(
        "Stadtdraht hat länger nicht nach neuen Nachrichten gesehen.",
        "Stadtdraht has not looked for new messages for some time.",
    ),
    Said(
        "Bitte prüfen Sie, ob ein Prozess läuft, der Kanäle betreut.",
        "Please check that a process is running that looks after channels.",
    ),
)
LATE = Advice(
    Said("Nachrichten kommen verspätet an.", "Messages arrive late."),
    Said(
        "Sie müssen nichts tun: Stadtdraht holt auf, was gewartet hat.",
        "You need not do anything: Stadtdraht is catching up with what has waited.",
    ),
)
PROBLEMS: Mapping[Problem, Said] = MappingProxyType(
    {
        Problem.MISSING: Said("Diese Angabe fehlt noch.", "is missing"),
        Problem.LONG: Said("Das ist zu lang.", "is too long"),
        Problem.SHORT: Said("Das ist zu kurz.", "is too short"),
        Problem.SHAPE: Said(
            "Das hat nicht die richtige Form. Der Hinweis zeigt, wie es aussieht.",
            "does not have the right form",
        ),
        Problem.ADDRESS: Said(
            "Das ist keine Adresse. Sie beginnt mit https://",
            "is no web address; it begins with https://",
        ),
        Problem.MAIL_SERVER: Said(
            "Das ist keine Adresse eines Mailservers. Der Hinweis zeigt, womit sie beginnt.",
            "is no address of a mail server; it begins with imaps:// or smtps://",
        ),
        Problem.CHOICE: Said("Bitte wählen Sie aus der Liste.", "is none of the choices"),
        Problem.NUMBER: Said(
            "Das ist keine Zahl, oder sie ist zu klein oder zu groß.",
            "is no number, or out of its range",
        ),
        Problem.UNKNOWN: Said("Diese Angabe gibt es hier nicht.", "is no setting of this kind"),
        Problem.UNSAFE: Said(
            "Über diese Adresse ginge das Passwort lesbar durchs Netz. Bitte nehmen Sie die mit "
            "https://, bei einem Mailserver eine ohne tls=none.",
            "would carry the password readably over the network; use the one with https://, for a "
            "mail server one without tls=none",
        ),
        Problem.LOGIN: Said(
            "Bitte geben Sie ein Passwort oder ein Token ein.", "or a password has to be given"
        ),
        Problem.TAKEN: Said(
            "Dieses Konto ist schon als Kanal angelegt. Zweimal angelegt, würde es jedem zweimal "
            "antworten.",
            "is the account of another channel already; added twice, it would answer everybody "
            "twice",
        ),
        Problem.TOGETHER: Said(
            "Diese Angaben reichen nicht oder passen nicht zusammen. Bitte lesen Sie die Hinweise "
            "bei den Feldern.",
            "are not enough, or do not go together",
        ),
        Problem.OTHER: Said("Das geht hier nicht.", "is not accepted"),
    }
)


def refusals(problems: Mapping[str, Problem]) -> str:
    """Return the problems in one line of English, for the command."""
    return "; ".join(f"{name or 'the settings'} {PROBLEMS[p].en}" for name, p in problems.items())


def trouble(kind: Trouble, detail: str | None) -> Advice:
    """Return what a trouble means; `detail` is what was wrong in particular."""
    is_missing = (detail or "").partition(":")[0] == Detail.NOT_INSTALLED
    return NOT_INSTALLED if is_missing else TROUBLES[kind]
