"""How an instance counts, and how far our counting is on the safe side."""

import pytest
from hypothesis import given, strategies

from connectors.mastodon import measure
from connectors.mastodon.connector import CONNECTOR
from connectors.text import graphemes, split
from tests.fakes.mastodon_town import Town

FAMILY = "👨‍👩‍👧‍👦"
LINK = "https://stadt.de/" + "a" * 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("Straße", 6),
        (FAMILY * 3, 3),
        ("e\u0301", 1),
        ("🇩🇪", 1),
        ("a\nb", 3),
        (LINK, 23),
        (f"Siehe {LINK}.", 6 + 23 + 1),
        ("http://a.de", 23),
        (f"({LINK})", 25),
        ("@anna@anderswo.test hallo", len("@anna hallo")),
        ("@anna hallo", len("@anna hallo")),
        ("mail@anderswo.test", len("mail@anderswo.test")),
    ],
)
def test_a_text_is_counted_as_an_instance_counts_it(text: str, expected: int) -> None:
    assert measure.length(text) == expected
    assert Town().count(text) == expected


@pytest.mark.parametrize(
    "text", ["https://a.nirgendwo/" + "b" * 40, "https://münchen.de/" + "b" * 40, f"x{LINK}"]
)
def test_where_nobody_is_sure_of_a_link_it_counts_in_full(text: str) -> None:
    assert measure.length(text) >= len(text)


PIECES = strategies.sampled_from(
    [LINK, FAMILY, "ä", " ", "\n", "@anna@b.test", "http://a.de", ".", "wort", "https://", "@"]
)


@given(strategies.lists(PIECES, max_size=30).map("".join))
def test_we_never_count_less_than_an_instance(text: str) -> None:
    assert measure.length(text) >= Town().count(text)


@given(strategies.lists(PIECES, max_size=200).map("".join))
def test_parts_fit_and_lose_nothing(text: str) -> None:
    limit = CONNECTOR.capabilities.max_text
    parts = split(text, limit, measure.length)
    assert all(measure.length(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "text", ["@anna", "Frag @anna@b.test!", "(@anna)", ".@anna", "@a @b", "#@anna", "„@anna“"]
)
def test_a_quiet_text_addresses_nobody(text: str) -> None:
    town = Town()
    for name in ("anna", "a", "b"):
        town.join(name)
        town.join(name, "b.test")
    assert town.named(text)
    assert not town.named(measure.quiet(text))
    assert measure.quiet(text).replace("\u2060", "") == text


def test_a_mail_address_stays_as_it_is() -> None:
    assert measure.quiet("amt@stadt.de, bürgeramt@stadt.de") == "amt@stadt.de, bürgeramt@stadt.de"


def test_a_warning_is_shortened_between_characters() -> None:
    assert measure.shortened("Politik", 7) == "Politik"
    assert measure.shortened(FAMILY * 9, 4) == FAMILY * 3 + "…"
    assert graphemes(measure.shortened("abc " * 90, 20)) <= 20
    assert measure.shortened("Politik", 0) == ""
