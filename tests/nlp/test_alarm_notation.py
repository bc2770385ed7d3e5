"""Every term of the tables of alarms can match, and what alarms is suspected by its words."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import zip_longest

import pytest

from nlp import alarm_tables, alarm_terms, data
from nlp.alarm_notation import Concept, concepts
from nlp.alarm_terms import Copy
from nlp.folding import fold

TABLES = [
    *(("emergencies", name) for name in ("german", "english", "turkish", "ukrainian", "others")),
    *(("offences", name) for name in ("abuse", "spam")),
]
_CHOICE = re.compile(r"(\([^()]*\)\+?)")


def written(folder: str, name: str) -> dict[str, str]:
    """Return the terms of a table's concepts as they stand in its files."""
    first = data.table(data.table(data.read(folder, f"{name}.yaml"))["concepts"])
    others = [one for one in data.names(folder) if one.startswith(f"{name}_")]
    tables = [first, *(data.table(data.read(folder, other)) for other in others)]
    return {concept: str(terms) for table in tables for concept, terms in table.items()}


def texts(term: str, names: Mapping[str, str]) -> Iterator[str]:
    """Yield texts that a term is meant for: each member of each of its choices is in one."""
    choices = [list(members(part, names)) for part in _CHOICE.split(term)]
    for chosen in zip_longest(*choices):
        pairs = zip(chosen, choices, strict=True)
        said = "".join(choice[-1] if one is None else one for one, choice in pairs)
        short = re.sub(r"[_~-]", " ", said)
        yield re.sub(r"(?<!\S)\*(?!\S)", "wort", short).replace("*", "")
        yield re.sub(r"[_-]", " ", said).replace("*", "q").replace("~", " eins zwei drei vier ")


def members(part: str, names: Mapping[str, str]) -> Iterator[str]:
    if part.endswith("+"):
        yield ""
    for member in part.strip("()+").split("|") if part.startswith("(") else [part]:
        if member.startswith("{"):
            family = names[member.strip("{}")].split()
            for term in (family[0], family[-1]):
                yield next(texts(term, names))
        else:
            yield member.strip("^$")


@cache
def copies(folder: str, name: str) -> dict[str, list[tuple[str, list[Copy]]]]:
    """Return copies of texts for each term of each concept of a table."""
    names = written(folder, name)
    return {
        concept: [
            (term, [alarm_terms.copy(fold(text)) for text in texts(term, names)])
            for term in terms.split()
        ]
        for concept, terms in names.items()
    }


@pytest.mark.parametrize(("folder", "name"), TABLES)
def test_every_member_of_every_term_matches_what_it_says(folder: str, name: str) -> None:
    found = alarm_tables.read(folder, name).concepts
    dead = []
    for concept, terms in copies(folder, name).items():
        for (term, said), folded in zip(terms, found[concept].terms, strict=True):
            pattern = Concept((folded,)).pattern
            dead += [(concept, term, one.text) for one in said if not pattern.search(one.text)]
    assert dead == []


@pytest.mark.parametrize(("folder", "name"), TABLES)
def test_what_alarms_is_suspected(folder: str, name: str) -> None:
    table = alarm_tables.read(folder, name)
    said = copies(folder, name)
    missed = [
        (concept, term, copy.text)
        for concept in dict.fromkeys([*(rule.needs[0] for rule in table.rules), *table.grave])
        for term, some in said[concept]
        for copy in some
        if concept not in table.suspected(frozenset(copy.words))
    ]
    assert missed == []


@pytest.mark.parametrize(
    "term",
    [
        *("brennt~", "brennt_", "_brennt", "da_ist_~_drin", "a__b"),
        *("a(b", "a)b", "(a|(b|c))", "(a|b_)c", "(a_|b)+c", "(a_|b_)*c", "a_(b|)_c", "a_(b|$)"),
        *("70%_off", "hilfe!", "bit.ly", "eier?", "18_+", "a_'_b", "a_^b", "a$_b", "{other}_a"),
    ],
)
def test_a_term_that_could_never_match_is_refused(term: str) -> None:
    with pytest.raises(data.DataError) as refused:
        concepts({"other": ("some.yaml", "x y"), "one": ("some.yaml", f"good {term}")})
    assert str(refused.value) == f"some.yaml: one: {term} can never match"


def test_a_name_of_no_concept_is_refused() -> None:
    with pytest.raises(data.DataError, match=r"some\.yaml: one: unknown concept 'two'"):
        concepts({"one": ("some.yaml", "({two})_a")})


@pytest.mark.parametrize("term", ["*", "~".join("**"), "*mitte*", "(der|*)"])
def test_a_term_without_a_word_raises_no_suspicion(term: str) -> None:
    with pytest.raises(data.DataError, match="nothing to suspect"):
        list(Concept((term,)).suspects(frozenset()))
