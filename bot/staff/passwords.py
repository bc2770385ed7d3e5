"""Passwords: which are accepted, and Argon2id.

Length instead of composition rules, words that are guessed first, no expiry: NIST SP 800-63B-4
(which asks for 15 characters where the password is the only factor; here for everybody, so that a
second factor can be switched off at any time) and BSI IT-Grundschutz ORP.4.A8, A22, A23. A
password counts as guessed when little is left of it without these words and the words it is about
(user, city), with each repetition taken once and each run along alphabet or keyboard as its first
character. All functions that hash take about 50 ms: never call them inside a write transaction.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
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


def _woven(first: str, second: str) -> tuple[str, str]:
    """Return both ways to go along two rows at once: `1q2w3e`, `q1w2e3`."""
    pairs = list(zip(first, second, strict=False))
    return "".join(a + b for a, b in pairs), "".join(b + a for a, b in pairs)


_ALPHABET, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "1234567890"
_GERMAN = ("qwertzuiopü", "asdfghjklöä", "yxcvbnm")
_AMERICAN = ("qwertyuiop", "asdfghjkl;", "zxcvbnm")
_KEYBOARDS = (
    (_DIGITS, *_GERMAN),
    ('!"§$%&/()=', *_GERMAN),
    (_DIGITS, *_AMERICAN),
    ("!@#$%^&*()", *_AMERICAN),
)
_ONE_WAY = (
    _ALPHABET * 2,
    _DIGITS * 2,
    *_woven(_ALPHABET, _DIGITS),
    *("147", "258", "369", "159", "357"),  # across the number pad
    *("qweasdyxc", "qweasdzxc"),
    *(row for rows in _KEYBOARDS for row in rows),
    *("".join(column) for rows in _KEYBOARDS for column in zip(*rows, strict=False)),
    *(way for rows in _KEYBOARDS for two in pairwise(rows) for way in _woven(*two)),
)
_RUNS = frozenset({*_ONE_WAY, *(run[::-1] for run in _ONE_WAY)})
_SHORTEST = 4  # shorter ones are parts of words, except of digits
_SHORTEST_OF_DIGITS = 3
_AGAIN = re.compile(r"(.{3,})(?=.*\1)", re.DOTALL)  # a piece that comes again later
_DOUBLED = re.compile(r"(.+?)\1+", re.DOTALL)
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
        "ichliebe",
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
_OWN = 7  # characters that nobody can foresee
_REST = 5  # fewer characters than that behind a repetition do not save it
_OWN_LETTERS = 5  # beside a known word, to which years and signs are added first


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
    if len(set(text)) < _DISTINCT or any(_repeats(text[: len(text) - n]) for n in range(_REST)):
        return True
    words = set(_COMMON)
    for phrase in about:
        words.update(word for word in re.findall(r"\w+", phrase.casefold()) if len(word) > 2)
    rest = text
    for word in sorted(words, key=lambda word: (-len(word), word)):
        rest = rest.replace(word, "")
    own = _own(rest)
    if rest != text:
        return len(re.sub(r"[\W\d_]+", "", own)) < _OWN_LETTERS
    return len(own) < _OWN


def _repeats(text: str) -> bool:
    return text in (text + text)[1:-1]


def _own(text: str) -> str:
    """Return what is left when repetitions count once and runs as their first character.

    Again and again, because what is left may be a run itself, as `123` of `112233`.
    """
    while True:
        shorter = _DOUBLED.sub(r"\1", _AGAIN.sub("", _without_runs(text)))
        if shorter == text:
            return text
        text = shorter


def _without_runs(text: str) -> str:
    kept, at = "", 0
    while at < len(text):
        kept += text[at]
        at += _run_length(text[at:])
    return kept


def _run_length(text: str) -> int:
    """Return how long the run is with which `text` begins; 1 when it is none."""
    least = _SHORTEST_OF_DIGITS if text[:_SHORTEST_OF_DIGITS].isdigit() else _SHORTEST
    length = least
    while length <= len(text) and any(text[:length] in run for run in _RUNS):
        length += 1
    return length - 1 if length > least else 1
