"""How places of one text belong together: crossings, landmarks with their name, other homes."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from nlp.folding import Folded
from nlp.place_words import HOME_AFTER, HOME_BEFORE, LANDMARK, NOT_A_NAME, OTHERS_HOME, ROAD
from nlp.types import Entity

DOUBTFUL = 0.3  # a place that is named, but not where the matter is
_CORNER = re.compile(
    r"[\s,.(]*(?:/|\\|\becke\b|\bkreuzung\b|\beinmuendung\b|\bcorner (?:of|with)\b|\bx\b"
    r"|\bam eck\b)"
    r"[\s,./]*(?:(?:ecke|zur|zum|der|die|the|mit|in)\b[\s./]*){0,2}"
)
_AND = re.compile(
    r"[\s,.]*(?:\bund\b|\bu\b|&|\band\b|\bmit\b|\bzur\b|\bzum\b|\bin(?= d)|\bve\b|\bile\b|\bта\b"
    r"|\bі\b|-)[\s,.]*(?:(?:der|die"
    r"|the)\s+)?"
)
_ANNOUNCED = re.compile(
    r"\b(?:kreuzung\w*|ecke|einmuendung|crossing|corner|intersection|junction|ampel\w*|kavsag\w*"
    r"|kose\w*|koese\w*|перехрест\w*|рог\w*|ріг|розі)(?![^\W\d_])[^.!?;\n]{0,14}$"
)
_AT_THE_CORNER = re.compile(r"\b(?:kreuzung|ecke|corner|crossing)(?: of| von)?\s+$")
_WHERE = re.compile(r"\b(?:wo|where)\b(?: sich)?(?: die| der| das| the)?\s+$")
_INTO = re.compile(
    r"\s+(?:(?:auf|in|an|und|von|meets|joins|crosses)\s+)?(?:(?:die|der|den|das|the)\s+)?"
)
_MORE_AFTER = re.compile(r"(?:'?\w{1,4})?\s+(?:kesisim\w*|kavsag\w*|koese\w*|kose\w*)\b")
_JOIN = re.compile(
    r"\s+(?:(?:am|an der|an den|an|im|in der|in den|in|beim|bei der|auf dem|auf der|hinter dem"
    r"|hinter der|vor dem|vor der|vom|von der|zum|zur|neben dem|neben der|at the|in the|near the"
    r"|unter der|unter dem)\s+)?(?=\w)"
)
_WORD_NAME = re.compile(r"(?:[a-z]{3,}er\s+)?[a-z][a-z-]{3,}(?:\s+(?:der|des|am|im)\s+[a-z-]{4,})?")


def relate(folded: Folded, entities: Iterable[Entity]) -> list[Entity]:
    """Return `entities` with crossings and landmarks added, and others' homes made doubtful."""
    known = sorted(entities, key=lambda entity: (entity.start, entity.type))
    known = _with_landmarks(folded, known)
    known += _roads(folded, known)
    crossings = _crossings(folded, known)
    known = _homes(folded, known + crossings)
    return sorted(known, key=lambda entity: (entity.start, entity.type))


def _folded_end(folded: Folded, entity: Entity) -> int:
    """Return where `entity` ends in the folded text."""
    return bisect_left(folded.starts, entity.end)


def _folded_start(folded: Folded, entity: Entity) -> int:
    """Return where `entity` begins in the folded text."""
    return bisect_left(folded.starts, entity.start)


def _crossings(folded: Folded, known: list[Entity]) -> list[Entity]:
    streets = [entity for entity in known if entity.type == "street"]
    numbers = [entity for entity in known if entity.type == "house_number"]
    found = []
    for first, second in pairwise(streets):
        begin = max([first.end, *(n.end for n in numbers if first.end <= n.start < second.start)])
        if second.start < begin or second.start - begin > 30:
            continue
        low = _folded_end(folded, replace(first, end=begin))
        between = folded.text[low : _folded_start(folded, second)]
        before = folded.text[
            max(0, _folded_start(folded, first) - 30) : _folded_start(folded, first)
        ]
        after = _MORE_AFTER.match(folded.text, _folded_end(folded, second))
        between = re.sub(r"^(?:\s*(?:str|strasse|strase)?\.?(?=[\s/])|-)", "", between)
        joined = "/" in between and not between.strip(" -/").strip()
        announced = _ANNOUNCED.search(before) is not None or after is not None
        side_by_side = not between.strip() and (
            _AT_THE_CORNER.search(before) is not None or after is not None
        )
        meeting = _WHERE.search(before) is not None and _INTO.fullmatch(between) is not None
        if (
            joined
            or side_by_side
            or meeting
            or _CORNER.fullmatch(between)
            or (announced and _AND.fullmatch(between))
        ):
            text = folded.original[first.start : second.end]
            value = f"{first.value} / {second.value}"
            found.append(Entity("crossing", text, first.start, second.end, value))
    return found


def _with_landmarks(folded: Folded, known: list[Entity]) -> list[Entity]:
    """Join a kind of place with the name that belongs to it: 'Spielplatz am Ophovener Weiher'."""
    starts = {_folded_start(folded, entity): entity for entity in known}
    for match in LANDMARK.finditer(folded.text):
        join = _JOIN.match(folded.text, match.end())
        if join is None:
            continue
        named = starts.get(join.end())
        plain = not join.group().strip()
        if named is not None and named.type in {"district", "place"}:
            end = _folded_end(folded, named)
        else:
            word = None if plain or named is not None else _WORD_NAME.match(folded.text, join.end())
            if word is None or any(part in NOT_A_NAME for part in word.group().split()):
                continue
            end = join.end() + len(word.group().split()[0])
            two = re.match(r"[a-z]{3,}er\s+[a-z-]{4,}", word.group())
            if two and _capital(folded, join.end() + two.group().rindex(" ") + 1):
                end = join.end() + two.end()
            if not _capital(folded, join.end()) and two is None:
                continue
        first, last = folded.span(match.start(1), end)
        text = folded.original[first:last]
        inside = [e for e in known if first <= e.start and e.end <= last and e.type == "place"]
        across = any(
            e.start < last and first < e.end and not (first <= e.start and e.end <= last)
            for e in known
        )
        if not across:
            known = [entity for entity in known if entity not in inside]
            known.append(Entity("place", text, first, last, " ".join(text.split()), 0.7))
    return known


def _capital(folded: Folded, place: int) -> bool:
    """Tell whether the word at `place` is written with a capital, or nothing in the text is."""
    written = folded.original
    return written[folded.starts[place]].isupper() or written == written.lower()


def _roads(folded: Folded, known: list[Entity]) -> list[Entity]:
    found = []
    for match in ROAD.finditer(folded.original):
        start, end = match.span()
        across = [entity for entity in known if entity.start < end and start < entity.end]
        if all(entity.type == "district" for entity in across):
            value = " ".join(match.group().split())
            found.append(Entity("place", match.group(), start, end, value, 0.7))
    return found


def _homes(folded: Folded, known: list[Entity]) -> list[Entity]:
    """Make the streets doubtful where somebody lives, while the matter is elsewhere."""
    streets = [entity for entity in known if entity.type == "street"]
    accused, homes = set(), set()
    for street in streets:
        start = _folded_start(folded, street)
        before = folded.text[max(0, start - 70) : start]
        end = _folded_end(folded, street)
        if OTHERS_HOME.search(before):
            accused.add(street.start)
        elif HOME_BEFORE.search(before) or HOME_AFTER.match(folded.text[end : end + 40]):
            homes.add(street.start)
    elsewhere = len(homes) < len(streets) or any(entity.type == "place" for entity in known)
    doubtful = accused | homes if elsewhere else accused
    result: list[Entity] = []
    owner = -1
    for entity in sorted(known, key=lambda entity: (entity.start, entity.type != "street")):
        if entity.type == "street":
            owner = entity.start
        own = entity.type in {"street", "house_number"}
        result.append(replace(entity, score=DOUBTFUL) if own and owner in doubtful else entity)
    return result
