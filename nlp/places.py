"""Streets, house numbers, crossings, districts, markets, landmarks, shops and goods."""

from collections import defaultdict

from rapidfuzz import fuzz, process

from nlp import house_numbers, street_shapes
from nlp.folding import Folded, fold_key
from nlp.place_relations import relate
from nlp.place_words import JOINED_NAMES, JOINED_STREETS, MARKET_WORD, NAMED_PLACE, NOT_MARKET
from nlp.street_names import StreetNames, join
from nlp.street_shapes import Shape, Token
from nlp.types import Entity, Gazetteer, Name

_LONGEST_NAME = 5
_SHORTEST_STREET = 5
_NAME_CUTOFF = 88.0
_KINDS = ("street", "market", "place", "district", "shop", "product")
_SURE = 0.9
_SHAPED = 0.6  # how sure a street is that the city does not list


class PlaceFinder:
    """Finds the names of one gazetteer, and what is shaped like a street, in folded texts."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._names: dict[str, list[tuple[str, Name]]] = defaultdict(list)
        self._streets = StreetNames(gazetteer.streets)
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
        for name in gazetteer.districts:
            for label in (name.label, *name.aliases):
                self._districts.setdefault(fold_key(label), name)
        self._longest = max(
            self._streets.longest, _LONGEST_NAME, *(key.count(" ") + 1 for key in self._names)
        )
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
        tokens = street_shapes.tokens(folded)
        found = _Found(folded)
        self._joined_streets(folded, found)
        shapes = street_shapes.find(folded, tokens)
        self._listed(tokens, shapes, found)
        self._misspelt(tokens, found)
        for start, end, name in shapes:
            found.add("street", start, end, name, _SHAPED)
        found.number_streets()
        self._fuzzy_districts(tokens, found)
        self._generic_places(folded, found)
        self._markets_meant(folded, found)
        return relate(folded, found.entities)

    def _joined_streets(self, folded: Folded, found: "_Found") -> None:
        """Resolve 'Goethe-/Schillerstraße' and 'Goethe- und Schillerstraße'."""
        for match in JOINED_STREETS.finditer(folded.text):
            for group in (1, 2):
                ending = "" if group == 2 else match.group(3)
                self._add_street(match.span(group), ending, found)
        for match in JOINED_NAMES.finditer(folded.text):
            listed = self._streets.named(match.group(1) + "strasse")
            if listed is not None and listed[1] >= _SURE and not found.taken(*match.span(1)):
                found.add("street", *match.span(1), *listed)
                self._add_street(match.span(2), "", found)

    def _add_street(self, span: tuple[int, int], ending: str, found: "_Found") -> None:
        """Add the street at `span` with the ending it shares, whether the city lists it or not."""
        written = found.written(*span) + ending
        named = self._streets.named(written) or (street_shapes.tidied(written), _SHAPED)
        found.add("street", *span, *named)

    def _listed(self, tokens: list[Token], shapes: list[Shape], found: "_Found") -> None:
        """Add the names of the gazetteer, longer ones first.

        No place ends the name of a street, and no district begins one ("Schlebuscher Weg").
        """
        hits: list[tuple[int, int, str, str, float]] = []
        for first in range(len(tokens)):
            writing = sounds = key = ""
            for last in range(first, min(first + self._longest, len(tokens))):
                token = tokens[last]
                writing += token.spelt
                sounds = join(sounds, token.sound)
                key = f"{key} {token.word}" if key else token.word
                street = self._streets.exact(writing, sounds)
                if street is not None and len(writing) >= _SHORTEST_STREET:
                    hits.append((first, last, "street", street[0].value, street[1]))
                elif key in self._names:
                    kind, name = min(self._names[key], key=lambda one: _KINDS.index(one[0]))
                    hits.append((first, last, kind, name.value, 1.0))
        for first, last, kind, value, score in sorted(hits, key=lambda hit: hit[0] - hit[1]):
            start, end = tokens[first].start, tokens[last].end
            if kind == "place" and any(s.start < start and end == s.end for s in shapes):
                continue
            if kind == "district" and any(s.start <= start and end < s.end for s in shapes):
                continue
            if found.add(kind, start, end, value, score) and kind == "market":
                self._districts_inside(tokens[first : last + 1], found)

    def _districts_inside(self, window: list[Token], found: "_Found") -> None:
        """Name the district, too, that stands inside a market's name."""
        for token in window:
            district = self._districts.get(token.word)
            if district is not None:
                first, last = found.folded.span(token.start, token.end)
                text = found.folded.original[first:last]
                found.entities.append(Entity("district", text, first, last, district.value))

    def _misspelt(self, tokens: list[Token], found: "_Found") -> None:
        """Add listed streets with a slip of the pen: by their ending, or the number behind."""
        for last, token in enumerate(tokens):
            is_candidate = street_shapes.ends_street(token) or (
                house_numbers.follows(found.folded.text, token.end) and token.word.isalpha()
            )
            if not is_candidate or found.taken(token.start, token.end):
                continue
            sounds = ""
            best: tuple[float, int, Name] | None = None
            for first in range(last, max(-1, last - _LONGEST_NAME), -1):
                if first < last and not found.in_one_name(tokens[first], tokens[first + 1]):
                    break
                sounds = join(tokens[first].sound, sounds) if sounds else tokens[first].sound
                close = self._streets.closest(sounds)
                if close is not None and (best is None or close[1] >= best[0]):
                    best = close[1], first, close[0]
            if best is not None:
                score, first, name = best
                found.add("street", tokens[first].start, token.end, name.value, score)

    def _fuzzy_districts(self, tokens: list[Token], found: "_Found") -> None:
        for word, start, end, *_ in tokens:
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
                found.add("place", start, end, found.written(start, end).strip(), 0.6)

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
        self._streets: list[tuple[int, int]] = []

    def taken(self, start: int, end: int) -> bool:
        return any(start < last and first < end for first, last in self._spans)

    def written(self, start: int, end: int) -> str:
        """Return a stretch of the folded text as it was written."""
        first, last = self.folded.span(start, end)
        return self.folded.original[first:last]

    def in_one_name(self, token: Token, following: Token) -> bool:
        """Tell whether nothing but spaces, hyphens and the dot of a short form part two words."""
        between = self.folded.text[token.end : following.start]
        return between.strip(" -") == "" or (between.strip(" -") == "." and len(token.word) < 4)

    def add(self, kind: str, start: int, end: int, value: str, score: float) -> bool:
        """Add an entity unless it lies across another one, and tell whether."""
        if self.taken(start, end):
            return False
        self._spans.append((start, end))
        first, last = self.folded.span(start, end)
        self.entities.append(Entity(kind, self.written(start, end), first, last, value, score))
        if kind == "street":
            self._streets.append((start, end))
        return True

    def number_streets(self) -> None:
        """Add the house number of each street."""
        streets = sorted(self._streets)
        until = [*(start for start, _ in streets), len(self.folded.text)]
        for (start, end), limit in zip(streets, until[1:], strict=True):
            number = house_numbers.beside(self.folded.text, start, end, limit)
            if number is not None:
                self.add("house_number", *number, 1.0)
