"""What was wrong in particular with an account, in a sentence of both languages."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.channels.texts import Said
from connectors.details import Detail

SENTENCES: Mapping[str, Said] = MappingProxyType(
    {
        Detail.NO_ANSWER: Said("Es kam keine Antwort.", "There was no answer in time."),
        Detail.NO_CONNECTION: Said(
            "Es kommt keine Verbindung zustande.", "No connection could be made."
        ),
        Detail.NO_SUCH_HOST: Said(
            "Einen Server dieses Namens gibt es nicht.", "There is no server of this name."
        ),
        Detail.CERTIFICATE: Said(
            "Dem Zertifikat des Servers vertraut hier niemand. Eine eigene Zertifizierungsstelle "
            "nennen Sie mit STADTDRAHT_CA_FILE.",
            "Nobody here trusts the server's certificate. An authority of your own is named with "
            "STADTDRAHT_CA_FILE.",
        ),
        Detail.PROXY: Said(
            "Der Proxy lässt die Verbindung nicht zu.", "The proxy refuses the connection."
        ),
        Detail.BROKEN_OFF: Said("Die Verbindung brach ab.", "The connection broke off."),
        Detail.BAD_ADDRESS: Said(
            "Die Adresse ist unvollständig oder falsch geschrieben.",
            "The address is incomplete or misspelt.",
        ),
        Detail.ELSEWHERE: Said(
            "Der Server verweist auf eine andere Adresse. Bitte tragen Sie diese ein.",
            "The server points to another address. Please enter that one.",
        ),
        Detail.NOT_THE_PLATFORM: Said(
            "Dort antwortet etwas anderes als die Plattform.",
            "Something else than the platform answers there.",
        ),
        Detail.UNREADABLE: Said("Die Antwort ist nicht zu lesen.", "The answer cannot be read."),
        Detail.TOO_BIG: Said("Die Antwort ist zu groß.", "The answer is too large."),
        Detail.ROOM_SILENT: Said("Ein Raum antwortet nicht.", "A room does not answer."),
        Detail.NOT_READY: Said(
            "Die Verschlüsselung wird noch vorbereitet.", "Encryption is still being prepared."
        ),
        Detail.KEYS_LOST: Said(
            "Die Schlüssel dieses Geräts sind verloren. Mit dem Passwort meldet sich Stadtdraht "
            "als neues Gerät an.",
            "The keys of this device are lost. With the password Stadtdraht logs in as a new "
            "device.",
        ),
        Detail.KEYS_LOCKED: Said(
            "Die Ablage der Schlüssel lässt sich gerade nicht öffnen.",
            "The store of keys cannot be opened at the moment.",
        ),
        Detail.NOT_INSTALLED: Said(
            "Auf dem Server von Stadtdraht fehlt ein Programmpaket.",
            "A package is not installed on Stadtdraht's server.",
        ),
        Detail.BAD_SETTINGS: Said(
            "Die gespeicherten Angaben passen nicht. Bitte speichern Sie sie neu.",
            "The stored settings do not fit. Please save them anew.",
        ),
        Detail.NO_LOGIN: Said("Es gibt noch keine Anmeldung.", "There is no session yet."),
        Detail.LOGIN_ENDED: Said(
            "Das Zugangstoken gilt nicht, und es ist kein Passwort gespeichert.",
            "The access token is not valid, and no password is stored.",
        ),
        Detail.OTHER_ACCOUNT: Said(
            "Das Zugangstoken gehört zu einem anderen Konto.",
            "The access token belongs to another account.",
        ),
        Detail.NO_DEVICE: Said(
            "Das Zugangstoken gehört zu keinem Gerät. Bitte geben Sie das Passwort ein, oder ein "
            "Token aus einer Anmeldung.",
            "The access token belongs to no device. Please enter the password, or a token that "
            "comes from a log-in.",
        ),
        Detail.BUDGET_SPENT: Said(
            "Das Monatsbudget des Kanals ist verbraucht. Am Monatsersten geht es von selbst "
            "weiter, oder Sie erhöhen das Budget.",
            "The channel's budget for the month is spent. It goes on by itself on the first of "
            "the month, or you raise the budget.",
        ),
        Detail.CREDIT_SPENT: Said(
            "Das Guthaben bei der Plattform ist aufgebraucht. Bitte laden Sie es dort auf.",
            "The credit with the platform is spent. Please top it up there.",
        ),
        Detail.NO_FOLDER: Said(
            "Diesen Ordner gibt es im Postfach nicht.", "There is no such folder in the mailbox."
        ),
        Detail.NO_RIGHTS: Said(
            "Der App fehlen Rechte auf der Plattform. Welche sie braucht, steht in der Anleitung "
            "des Kanals.",
            "The app lacks rights on the platform. The channel's page says which it needs.",
        ),
    }
)


def to(detail: str, language: str) -> str:
    """Return a detail in words, what is technical in brackets; what is nothing else stays."""
    code, _, technical = detail.partition(": ")
    sentence = SENTENCES.get(code)
    if sentence is None:
        return detail
    said = sentence.to(language)
    return f"{said} ({technical})" if technical else said
