"""Facets count bytes; texts are read and written as people see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bluesky import facets
from tests.connectors.bluesky.support import piece

ME, OTHER = "did:plc:stadt", "did:plc:anna"
FAMILY = "👨‍👩‍👧"


def _facet(text: str, piece: str, **feature: str) -> dict[str, object]:
    start = text.encode().index(piece.encode())
    kind = "link" if "uri" in feature else "mention"
    return {
        "index": {"byteStart": start, "byteEnd": start + len(piece.encode())},
        "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **feature}],
    }


def _record(text: str, *found: dict[str, object]) -> dict[str, object]:
    return {"text": text, "facets": list(found)}


def test_a_shortened_link_is_read_as_a_whole() -> None:
    text = f"Grüße {FAMILY} siehe stadt.test/maer... bitte"
    link = _facet(text, "stadt.test/maer...", uri="https://stadt.test/maerkte/2026")
    whole = f"Grüße {FAMILY} siehe https://stadt.test/maerkte/2026 bitte"
    assert facets.readable(_record(text, link), ME) == whole


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("@stadt.test Moin", "Moin"),
        ("  @stadt.test: Moin", "Moin"),
        ("Moin @stadt.test!", "Moin @stadt.test!"),
        ("@stadt.test", ""),
        ("@stadt.test\n\nMoin", "Moin"),
    ],
)
def test_our_name_in_front_is_no_part_of_the_text(text: str, read: str) -> None:
    record = _record(text, _facet(text, "@stadt.test", did=ME))
    assert facets.readable(record, ME) == read
    assert facets.mentions(record, ME)
    assert not facets.mentions(record, OTHER)


def test_others_in_front_stay() -> None:
    text = "@anna.test @stadt.test Moin"
    both = (_facet(text, "@stadt.test", did=ME), _facet(text, "@anna.test", did=OTHER))
    assert facets.readable(_record(text, *both), ME) == text


@pytest.mark.parametrize(
    ("start", "end"), [(1, 3), (0, 99), (-1, 2), (3, 3), (4, 2), (None, 2), (0.5, 2), (True, 2)]
)
def test_facets_that_do_not_fit_the_text_are_passed_over(start: object, end: object) -> None:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": "https://boese.test"}
    index = {"byteStart": start, "byteEnd": end}
    facet: dict[str, object] = {"index": index, "features": [feature]}
    assert facets.readable(_record("äöü", facet), ME) == "äöü"


@given(st.text(), st.integers(-5, 60), st.integers(-5, 60), st.integers(-5, 60))
def test_no_facets_make_a_text_unreadable(text: str, one: int, two: int, three: int) -> None:
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://x.test"}
    me = {"$type": "app.bsky.richtext.facet#mention", "did": ME}
    pairs = (((one, two), link), ((two, three), me), ((one, three), link))
    found = [
        {"index": {"byteStart": start, "byteEnd": end}, "features": [feature, 5]}
        for (start, end), feature in pairs
    ]
    record: dict[str, object] = {"text": text, "facets": [*found, None]}
    facets.readable(record, ME).encode("utf-8", "replace")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["", ".", ")", "!", "”"]))
def test_what_is_written_stands_where_its_facet_says(before: str, after: str) -> None:
    text = f"{before} https://stadt.test/a(b)?c={FAMILY}{after} @Anna.test"
    found = facets.written(text, {"anna.test": OTHER})
    pieces = [piece(text, one) for one in found]
    assert f"https://stadt.test/a(b)?c={FAMILY}" in {one.rstrip(")") for one in pieces}
    assert pieces[-1] == "@Anna.test"
