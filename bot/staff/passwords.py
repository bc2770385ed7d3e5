"""Passwords: which are accepted, and Argon2id.

Length instead of composition rules, words that are guessed first, no expiry: NIST SP 800-63B-4
(which asks for 15 characters where the password is the only factor; here for everybody, so that a
second factor can be switched off at any time) and BSI IT-Grundschutz ORP.4.A8, A22, A23. A
password counts as guessed when little is left of it without these words, the words it is about
(user, city) and what is no letter; when it repeats itself; and when it runs along the alphabet or
the keyboard. All functions that hash take about 50 ms: never call them
inside a write transaction.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from threading import BoundedSemaphore
from typing import NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import InvalidError, StadtdrahtError

PasswordHash = NewType("PasswordHash", str)

MIN_LENGTH = 15
MAX_LENGTH = 256

# 46 MiB, one pass, one lane: OWASP Password Storage Cheat Sheet. Two at a time, so that a flood
# of log-ins costs 92 MiB and no more.
_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
_SLOTS = BoundedSemaphore(2)
_PATIENCE_S = 10

# Checked for user names that do not exist, so that they take as long. Nobody knows its password.
_DUMMY = PasswordHash(
    "$argon2id$v=19$m=47104,t=1,p=1$bWQqIdXPWPAE+aKTdYnprg$"
    "bUuU1QEB2SBciHw/SO5QBIGa5UnNQWt94BoiI5y51j4"
)

_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertzuiopüasdfghjklöäyxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
)
_COMMON = frozenset(
    {
        "admin",
        "administrator",
        "amt",
        "anmelden",
        "anmeldung",
        "berlin",
        "buergermeister",
        "bürger",
        "bürgerbüro",
        "bürgermeister",
        "changeme",
        "computer",
        "default",
        "demo",
        "deutschland",
        "dragon",
        "football",
        "frühling",
        "fussball",
        "fußball",
        "gast",
        "geheim",
        "gemeinde",
        "guest",
        "hallo",
        "herbst",
        "hund",
        "iloveyou",
        "internet",
        "katze",
        "kennwort",
        "koeln",
        "köln",
        "letmein",
        "login",
        "master",
        "monkey",
        "office",
        "passwd",
        "password",
        "passwort",
        "qwert",
        "qwerty",
        "qwertz",
        "rathaus",
        "root",
        "schatz",
        "schule",
        "secret",
        "server",
        "sommer",
        "sonne",
        "sonnenschein",
        "sparkasse",
        "stadt",
        "stadtdraht",
        "stadtrat",
        "stadtverwaltung",
        "standard",
        "start",
        "sunshine",
        "system",
        "telefon",
        "temp",
        "test",
        "trustno",
        "user",
        "verwaltung",
        "welcome",
        "willkommen",
        "winter",
        "zugang",
    }
)
_DISTINCT = 5
_OWN = 5


class WeakPasswordError(InvalidError):
    """The password is too short, too long, or among the first that are guessed."""

    code = "weak_password"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="password")


class BusyError(StadtdrahtError):
    """Too many passwords are being checked at this moment."""

    code = "busy"
    status = 503


def check(password: str, *, about: Iterable[str] = ()) -> None:
    """Refuse a weak password; `about` are words it must not consist of, such as the user name.

    Raises `WeakPasswordError`.
    """
    text = _normal(password)
    if len(text) < MIN_LENGTH:
        raise WeakPasswordError(f"The password needs at least {MIN_LENGTH} characters.")
    if len(text) > MAX_LENGTH:
        raise WeakPasswordError(f"The password may have at most {MAX_LENGTH} characters.")
    if _is_guessed_first(text.casefold(), about):
        raise WeakPasswordError("This password is among the first that attackers try.")


def hash_password(password: str, *, about: Iterable[str] = ()) -> PasswordHash:
    """Return the Argon2id hash of an acceptable password; raises `WeakPasswordError`."""
    check(password, about=about)
    return rehash(password)


def rehash(password: str) -> PasswordHash:
    """Return today's Argon2id hash of a password that was accepted before."""
    with _SLOTS:
        return PasswordHash(_HASHER.hash(_bytes(password)))


def verify(known: PasswordHash | None, password: str) -> bool:
    """Whether `password` belongs to `known`; without one it takes the same time and is False.

    Raises `BusyError` when no slot is free for seconds.
    """
    if not _SLOTS.acquire(timeout=_PATIENCE_S):
        raise BusyError("Too many log-ins at once. Please try again in a moment.")
    try:
        _HASHER.verify(known or _DUMMY, _bytes(password[: MAX_LENGTH + 1]))
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _SLOTS.release()
    return known is not None and len(password) <= MAX_LENGTH


def is_outdated(known: PasswordHash) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(known)


def generate() -> str:
    """Return a random password for a first log-in: 16 characters, 96 bits."""
    return secrets.token_urlsafe(12)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")


def _is_guessed_first(text: str, about: Iterable[str]) -> bool:
    if len(set(text)) < _DISTINCT or text in (text + text)[1:-1]:  # few letters, or one piece again
        return True
    if any(text in run * 2 or text in (run * 2)[::-1] for run in _RUNS):
        return True
    words = set(_COMMON)
    for phrase in about:
        words.update(word for word in re.findall(r"\w+", phrase.casefold()) if len(word) > 2)
    rest = text
    for word in sorted(words, key=lambda word: (-len(word), word)):
        rest = rest.replace(word, "")
    return len(re.sub(r"[\W\d_]+", "", rest)) < _OWN and rest != text
