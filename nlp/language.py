"""Which language a message is in: de, en, tr, uk, or und (another one: a person reads it).

Scripts and words tell it mostly; where they do not, a model is asked if there is one. Needs neither
spaCy nor NumPy.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from nlp import data

KNOWN = ("de", "en", "tr", "uk")
UNKNOWN = "und"
OTHERS = ("ar", "es", "fa", "fr", "hr", "hu", "it", "pl", "pt", "ro", "ru", "sq")
_SHORT = 12
_TOO_SHORT = 3  # letters; "no" and "on" and "bu" are words of too many languages
_SAMPLE = 600
_SAMPLE_OF_PLACE = 60
_NOISE = re.compile(r"https?://\S+|\S+@\S+|[@#]\w+|<[^>\n]{0,80}>|[\d_]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_FOREIGN_SCRIPT = re.compile(
    r"[\u0370-\u03ff\u0530-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff\u1100-\u11ff"
    r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_LATIN = re.compile(r"[A-Za-zÀ-ž]")
_WORDS = re.compile(r"[^\W\d_]+")
_STREET = re.compile(
    r"(?i)(?<![\w-])(?:(?:[a-zäöüß]{3,}(?:er|en)|alte|neue|[a-zäöüß-]+-)[ -])?"
    r"[a-zäöüß-]*(?:stra(?:ß|ss)e|str\.?|platz|allee|gasse|chaussee|ring|weg|damm|ufer)(?![\w-])"
)
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")
_RUSSIAN = re.compile(r"[ыэъёЫЭЪЁ]")
_TURKISH = re.compile(r"[ğışĞİŞ]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLACE_WORDS = _words(
    "am im an in der dem den zum zur auf vor bei beim ecke nr haus hausnummer alte alten bahnhof"
    " rathaus friedhof spielplatz busbahnhof haltestelle bushaltestelle kreuzung und höhe hinter"
    " neben gegenüber von vom"
)
_RUSSIAN_WORDS = _words(
    "и что как это не́т нет где когда пожалуйста здравствуйте спасибо здесь мне мой"
    " привет сегодня работает нужно есть улице уже или только очень рынок помощь если"
)

_FUNCTION_WORDS = {
    "de": _words(
        "der die das dem den des und ist nicht ich ein eine einen einem einer auf mit zu im in von"
        " wir sie es für bei wann wo wie was warum wer bitte kein keine seit auch noch aber oder"
        " hat haben sind war wird kann man mein meine unser unsere ihr ihre hallo moin danke guten"
        " tag morgen heute gestern markt straße strasse kaputt müll hier da schon immer wieder"
        " isch nöd ned gsi hät chan mir uf au ond dä s d het het's dat wat et op nit un ming uns"
        " gibt gibts defekt laterne lampe meldung ja nein jo nee servus grüezi tschüss alles klar"
        " am um zum zur aus nach vor über unter an so dass wenn weil doch mal sehr nur geht"
        " möchte will müssen muss soll brauche antrag stadt bürgerbüro termin"
    ),
    "en": _words(
        "the is are was a an and of to in on at my our your i you we it there this that not no yes"
        " please when where what how why who does do can could would hello hi thanks thank you for"
        " with has have been from by near street road light broken market today tomorrow open"
        " want need like will be it's don't i'm about any some they he she still out help"
        " agent human"
        " lamp bin rubbish trash pothole person speak there's next open opening"
    ),
    "tr": _words(
        "ve bir bu ne için ile da de var yok mı mi mu mü ne nerede nasıl merhaba teşekkürler"
        " teşekkür ederim lütfen çok sokak pazar bugün yarın değil ben biz siz istiyorum zaman"
        " selam günaydın evet hayır sokakta lamba bozuk çöp numaralı yanmıyor acil"
    ),
}


@lru_cache(maxsize=1)
def _telling() -> Mapping[str, frozenset[str]]:
    """Return the words by which each language is told, in Latin letters."""
    listed = data.table(data.read("", "language_words.yaml"))
    return {
        language: _FUNCTION_WORDS.get(language, frozenset()) | _words(str(listed[language]))
        for language in KNOWN
    }


Rank = Callable[[str], Mapping[str, float]]  # a text to its languages, each 0 to 1


def detect(text: str, prior: str | None, rank: Rank | None = None) -> str:
    """Return the language of `text`; `prior` is the conversation's, for what is too short.

    `rank` is asked where words do not tell.
    """
    sample = _NOISE.sub(" ", text[:_SAMPLE])
    latin = len(_LATIN.findall(sample))
    cyrillic = len(_CYRILLIC.findall(sample))
    foreign = len(_FOREIGN_SCRIPT.findall(sample))
    fallback = prior if prior in KNOWN else "de"
    if foreign > latin and foreign > cyrillic:
        return UNKNOWN
    if cyrillic > latin:
        return _cyrillic(sample)
    if latin < _TOO_SHORT:
        return fallback
    return _latin(sample, latin, prior, rank)


def _cyrillic(sample: str) -> str:
    if _UKRAINIAN.search(sample):
        return "uk"
    words = {word.casefold() for word in _WORDS.findall(sample)}
    if _RUSSIAN.search(sample) or words & _RUSSIAN_WORDS:
        return UNKNOWN
    return "uk"


def _of_place(sample: str, prior: str | None) -> str | None:
    """Return the language of a short text with a German street in it; None where words tell it."""
    rest, streets = _STREET.subn(" ", sample)
    words = [word.casefold() for word in _WORDS.findall(rest)]
    if streets:
        foreign = {
            language
            for language in ("en", "tr")
            if any(word in _telling()[language] - _telling()["de"] for word in words)
        }
        german = any(word in _telling()["de"] for word in words)
        if len(foreign) == 1 and not german:
            return foreign.pop()
    named = streets or any(word in _PLACE_WORDS for word in words)
    unknown = [word for word in words if word not in _PLACE_WORDS]
    told = any(word in listed for word in unknown for listed in _telling().values())
    if prior in KNOWN and named and not told and len(unknown) <= 1:
        return prior
    return None


def _latin(sample: str, letters: int, prior: str | None, rank: Rank | None) -> str:
    fallback = prior if prior in KNOWN else "de"
    if len(sample) <= _SAMPLE_OF_PLACE:
        place = _of_place(sample, prior)
        if place is not None:
            return place
    words = [word.casefold() for word in _WORDS.findall(sample)]
    counts = {
        language: sum(word in listed for word in words) for language, listed in _telling().items()
    }
    best = max(counts, key=lambda language: (counts[language], language == fallback))
    runner_up = max(count for language, count in counts.items() if language != best)
    if counts[best] >= 1 and counts[best] > runner_up and counts[best] * 5 >= len(words):
        return best
    if rank is None and _TURKISH.search(sample):
        return "tr"
    if letters < _SHORT or rank is None:
        return best if counts[best] > runner_up else fallback
    ranked = rank(sample)
    known = {language: ranked.get(language, 0.0) for language in KNOWN}
    known["uk"] = 0.0
    if prior in known:
        known[prior] *= 1.5
    known["de"] *= 1.2
    guess = max(known, key=lambda language: (known[language], language == fallback))
    other = max(ranked.get(language, 0.0) for language in OTHERS)
    if other > 0.8 and counts[guess] * 8 < len(words) and letters >= 2 * _SHORT:
        return UNKNOWN
    if other > 0.95 and counts[best] == 0:
        return UNKNOWN
    return guess
