"""Streets, house numbers, crossings, districts, markets, landmarks, shops and goods."""

import re
from collections import defaultdict
from itertools import pairwise

from rapidfuzz import fuzz, process

from nlp.folding import Folded, fold_key
from nlp.place_relations import relate
from nlp.place_words import (
    BEFORE_NUMBER,
    HOUSE_NUMBER,
    JOINED_NAMES,
    JOINED_STREETS,
    MARKET_WORD,
    NAMED_PLACE,
    NOT_A_STREET,
    NOT_MARKET,
    NUMBERED_STREET,
    SHAPED_STREET,
    SHAPED_WORD,
)
from nlp.types import Entity, Gazetteer, Name

_LONGEST_NAME = 5
_STREET_CUTOFF = 86.0
_NAME_CUTOFF = 88.0
_KINDS = ("street", "market", "place", "district", "shop", "product")


def _street_key(text: str) -> str:
    """Return the comparison key of a street: folded, `str.` spelt out, without spaces."""
    words = fold_key(text).split()
    tidy = [re.sub(r"(?:str|strase|strassse)$", "strasse", word) for word in words]
    return "".join(tidy)


class PlaceFinder:
    """Finds the names of one gazetteer, and what is shaped like a street, in folded texts."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._names: dict[str, list[tuple[str, Name]]] = defaultdict(list)
        self._streets: dict[str, Name] = {}
        self._districts: dict[str, Name] = {}
        groups = {
            "market": gazetteer.markets,
            "place": gazetteer.places,
            "district": gazetteer.districts,
            "shop": gazetteer.shops,
            "product": gazetteer.products,
        }
        for kind, names in groups.items():
            for name in names:
                for label in (name.label, *name.aliases):
                    self._names[fold_key(label)].append((kind, name))
        for name in gazetteer.streets:
            for label in (name.label, *name.aliases):
                self._streets.setdefault(_street_key(label), name)
        for name in gazetteer.districts:
            for label in (name.label, *name.aliases):
                self._districts.setdefault(fold_key(label), name)
        self._street_keys = tuple(self._streets)
        self._district_keys = tuple(key for key in self._districts if len(key) >= 6)
        self._market_of = self._markets_by_district()

    def _markets_by_district(self) -> dict[str, str]:
        """Return district value to the market a plain 'Markt in X' means: its own slug first."""
        chosen: dict[str, str] = {}
        for district in self.gazetteer.districts:
            slugs = [market.value for market in self.gazetteer.markets]
            labels = {market.value: fold_key(market.label) for market in self.gazetteer.markets}
            key = fold_key(district.label)
            fitting = [slug for slug in slugs if slug == district.value]
            fitting += [slug for slug in slugs if slug.startswith(f"{district.value}-")]
            fitting += [slug for slug in slugs if key in labels[slug]]
            if fitting:
                chosen[district.value] = fitting[0]
        return chosen

    def find(self, folded: Folded) -> list[Entity]:
        """Return the places in `folded`, in the order of the text, streets with their numbers."""
        tokens = _tokens(folded)
        found = _Found(folded)
        self._joined_streets(folded, found)
        self._exact(tokens, found)
        self._shaped(folded, found)
        self._fuzzy_streets(tokens, found)
        self._fuzzy_districts(tokens, found)
        self._generic_places(folded, found)
        self._markets_meant(folded, found)
        return relate(folded, found.entities)

    def _joined_streets(self, folded: Folded, found: "_Found") -> None:
        """Resolve 'Goethe-/Schillerstraße' and 'Goethe- und Schillerstraße'."""
        for match in JOINED_STREETS.finditer(folded.text):
            for group in (1, 2):
                written = match.group(group)
                whole = written if group == 2 else written + match.group(3)
                name, score = self._street(whole)
                found.add("street", *match.span(group), name or _title(whole), score)
        for match in JOINED_NAMES.finditer(folded.text):
            listed = self._streets.get(_street_key(match.group(1) + "strasse"))
            if listed is not None and not found.taken(*match.span(1)):
                name, score = self._street(match.group(2))
                found.add("street", *match.span(1), listed.value, 1.0)
                found.add("street", *match.span(2), name or _title(match.group(2)), score)

    def _street(self, written: str) -> tuple[str | None, float]:
        """Return the canonical name for `written` and how sure; None when it is not listed."""
        key = _street_key(written)
        exact = self._streets.get(key)
        if exact is not None:
            return exact.value, 1.0
        if len(key) < 6 or not self._street_keys:
            return None, 0.6
        best = process.extractOne(
            key, self._street_keys, scorer=fuzz.ratio, score_cutoff=_STREET_CUTOFF
        )
        if best is None or best[0][0] != key[0]:
            return None, 0.6
        stem = re.sub(r"(?:strasse|weg|platz|allee)$", "", best[0])
        own = re.sub(r"(?:strasse|weg|platz|allee)$", "", key)
        if fuzz.ratio(stem, own) < 75:
            return None, 0.6
        return self._streets[best[0]].value, round(best[1] / 100, 2)

    def _exact(self, tokens: list[tuple[str, int, int]], found: "_Found") -> None:
        for length in range(_LONGEST_NAME, 0, -1):
            for first in range(len(tokens) - length + 1):
                window = tokens[first : first + length]
                start, end = window[0][1], window[-1][2]
                if found.taken(start, end):
                    continue
                key = " ".join(word for word, _, _ in window)
                street = self._streets.get(_street_key(key)) if len(key) >= 5 else None
                if street is not None:
                    found.add("street", start, end, street.value, 1.0)
                    continue
                owners = self._names.get(key)
                if owners:
                    kind, name = min(owners, key=lambda owner: _KINDS.index(owner[0]))
                    found.add(kind, start, end, name.value, 1.0)
                    if kind == "market":
                        self._districts_inside(window, found)

    def _districts_inside(self, window: list[tuple[str, int, int]], found: "_Found") -> None:
        """Name the district, too, that stands inside a market's name."""
        for word, start, end in window:
            district = self._districts.get(word)
            if district is not None:
                first, last = found.folded.span(start, end)
                text = found.folded.original[first:last]
                found.entities.append(Entity("district", text, first, last, district.value))

    def _shaped(self, folded: Folded, found: "_Found") -> None:
        for pattern in (SHAPED_STREET, NUMBERED_STREET, SHAPED_WORD):
            for match in pattern.finditer(folded.text):
                start, end = match.span(1)
                written = match.group(1)
                if found.taken(start, end) or fold_key(written) in NOT_A_STREET:
                    continue
                last_word = fold_key(written).split()[-1]
                if last_word in NOT_A_STREET and pattern is SHAPED_WORD:
                    continue
                if pattern is NUMBERED_STREET and _street_key(written) not in self._streets:
                    rest = _PREPOSED.sub("", written)
                    if SHAPED_WORD.fullmatch(rest):
                        start, written = end - len(rest), rest
                name, score = self._street(written)
                found.add("street", start, end, name or _title_of(folded, start, end), score)

    def _fuzzy_streets(self, tokens: list[tuple[str, int, int]], found: "_Found") -> None:
        """Recognise misspelt streets by the house number that follows them."""
        for (word, start, end), (following, _, _) in pairwise(tokens):
            if len(word) < 7 or not following[0].isdigit() or found.taken(start, end):
                continue
            name, score = self._street(word)
            if name is not None:
                found.add("street", start, end, name, score)

    def _fuzzy_districts(self, tokens: list[tuple[str, int, int]], found: "_Found") -> None:
        for word, start, end in tokens:
            if len(word) < 6 or found.taken(start, end):
                continue
            base = word.removesuffix("er") if word.endswith("er") and len(word) > 8 else word
            best = process.extractOne(
                base, self._district_keys, scorer=fuzz.ratio, score_cutoff=_NAME_CUTOFF
            )
            if best is not None and best[0][0] == word[0]:
                value = self._districts[best[0]].value
                found.add("district", start, end, value, round(best[1] / 100, 2))

    def _generic_places(self, folded: Folded, found: "_Found") -> None:
        for match in NAMED_PLACE.finditer(folded.text):
            start, end = match.span(1)
            if not found.taken(start, end):
                first, last = folded.span(start, end)
                found.add("place", start, end, folded.original[first:last].strip(), 0.6)

    def _markets_meant(self, folded: Folded, found: "_Found") -> None:
        """Add the market a district stands for, where the text is about a market."""
        words = [match.group() for match in MARKET_WORD.finditer(folded.text)]
        if not any(NOT_MARKET.search(word) is None for word in words):
            return
        if any(entity.type == "market" for entity in found.entities):
            return
        for entity in [entity for entity in found.entities if entity.type == "district"]:
            slug = self._market_of.get(entity.value)
            if slug is not None:
                found.entities.append(
                    Entity("market", entity.text, entity.start, entity.end, slug, 0.8)
                )


class _Found:
    """The entities so far, with the folded stretches they take."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.entities: list[Entity] = []
        self._spans: list[tuple[int, int]] = []

    def taken(self, start: int, end: int) -> bool:
        return any(start < last and first < end for first, last in self._spans)

    def add(self, kind: str, start: int, end: int, value: str, score: float) -> None:
        if self.taken(start, end):
            return
        self._spans.append((start, end))
        first, last = self.folded.span(start, end)
        text = self.folded.original[first:last]
        self.entities.append(Entity(kind, text, first, last, value, score))
        if kind == "street":
            self._house_number(start, end)

    def _house_number(self, before: int, after: int) -> None:
        match = HOUSE_NUMBER.match(self.folded.text, after)
        if match is None:
            match = BEFORE_NUMBER.search(self.folded.text, max(0, before - 40), before)
        if match is None or self.taken(*match.span(1)):
            return
        start, end = match.span(1)
        self._spans.append((start, end))
        first, last = self.folded.span(start, end)
        text = self.folded.original[first:last]
        value = re.sub(r"\s+", "", match.group(1))
        self.entities.append(Entity("house_number", text, first, last, value))


_PREPOSED = re.compile(
    r"^(?:in der|in den|auf der|auf dem|auf'm|an der|an den|hinter der|unter den|vor dem|im|am"
    r"|zum|zur)\s+"
)
_TOKEN = re.compile(r"[^\W_]+")


def _tokens(folded: Folded) -> list[tuple[str, int, int]]:
    return [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(folded.text)]


def _title(folded_name: str) -> str:
    return folded_name.strip().title().replace("strasse", "straße").replace("Strasse", "Straße")


def _title_of(folded: Folded, start: int, end: int) -> str:
    """Return an unlisted street as written, capitalised, `str.` spelt out."""
    first, last = folded.span(start, end)
    written = " ".join(folded.original[first:last].split())
    tidy = re.sub(r"(?i)(?<=\w)str\.?$", "straße", written)
    tidy = re.sub(r"(?i)\bstr\.?$", "Straße", tidy)
    return tidy[:1].upper() + tidy[1:]
