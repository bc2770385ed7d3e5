"""What was wrong in particular with an account: codes, which the core says in words."""

from enum import StrEnum


class Detail(StrEnum):
    """What was wrong in particular; each has a sentence, behind which stands what is technical.

    A detail is one of these, or one and a colon and the technical words, or these alone.
    """

    NO_ANSWER = "no_answer"
    NO_CONNECTION = "no_connection"
    NO_SUCH_HOST = "no_such_host"
    CERTIFICATE = "certificate"  # nobody whom we trust has signed it
    PROXY = "proxy"
    BROKEN_OFF = "broken_off"
    BAD_ADDRESS = "bad_address"
    ELSEWHERE = "elsewhere"  # the server points to another address
    NOT_THE_PLATFORM = "not_the_platform"  # something else answers there
    UNREADABLE = "unreadable"
    TOO_BIG = "too_big"
    ROOM_SILENT = "room_silent"
    NOT_READY = "not_ready"  # encryption is still being prepared
    KEYS_LOST = "keys_lost"  # and there is no password to become a new device with
    KEYS_LOCKED = "keys_locked"  # their store cannot be opened at the moment
    NOT_INSTALLED = "not_installed"
    BAD_SETTINGS = "bad_settings"
    NO_LOGIN = "no_login"
    LOGIN_ENDED = "login_ended"  # and there is no password to log in anew with
    OTHER_ACCOUNT = "other_account"
    NO_DEVICE = "no_device"  # of which the token would be
    BUDGET_SPENT = "budget_spent"  # what the city allows for a month
    CREDIT_SPENT = "credit_spent"  # what was paid to the platform beforehand
    NO_FOLDER = "no_folder"  # of this name in the mailbox
    NO_RIGHTS = "no_rights"  # the app may not do what a channel does
