"""How much a text weighs, against what twitter-text 3 says of it."""

import pytest

from connectors.text import split
from connectors.x.weight import LIMIT, links, weigh

# Counted with the package twitter-text-parser 3.0.0, November 2026.
COUNTED = [
    ("Hallo ä 😀", 10),
    ("https://example.org/abc", 23),
    ("👨\u200d👩\u200d👧", 2),
    ("x.de", 23),
    ("z.B. u.a.", 9),
    ("stadt.de/abc", 23),
    ("heute.In der", 27),
    ("©", 2),
    ("1\ufe0f\u20e3", 2),
    ("🇩🇪", 2),
    ("Mitarbeiter.innen", 17),
    ("mail@stadt.de", 13),
    ("„Ja“ – nein …", 14),
    ("日本", 4),
    ("e\u0301", 1),
    ("#\ufe0f\u20e3 *", 4),
    ("https://münchen.de/ä", 23),
    ("(https://stadt.de/x_(y)).", 26),
    ("https://stadt", 13),
    ("stadt.berlin", 23),
    ("a.gmbh!", 24),
    ("Siehe:stadt.de", 29),
    ("@stadt.de", 9),
    ("https://stadt.de,", 24),
    ("\u200b", 1),
    ("❤", 2),
    ("☎\ufe0f", 2),
    ("ß€", 3),
]


@pytest.mark.parametrize(("text", "weight"), COUNTED)
def test_a_text_weighs_what_x_says(text: str, weight: int) -> None:
    assert weigh(text) == weight


@pytest.mark.parametrize(("text", "weight"), COUNTED)
def test_the_limit_is_kept_to_the_letter(text: str, weight: int) -> None:
    filled = f"{'ä' * (LIMIT - weight - 1)} {text}"
    assert weigh(filled) == LIMIT
    assert split(filled, LIMIT, weigh) == [filled]
    assert len(split(f"ä{filled}", LIMIT, weigh)) == 2


def test_a_long_text_is_cut_between_words_and_no_link_is_cut() -> None:
    link = "https://stadt.test/" + "pfad/" * 80
    text = " ".join(["Der Wochenmarkt zieht um 🎪."] * 20 + [link] + ["Bis Samstag!"] * 30)
    parts = split(text, LIMIT, weigh)
    assert " ".join(parts) == text
    assert all(weigh(part) <= LIMIT for part in parts)
    assert sum(link in part for part in parts) == 1


def test_a_thousand_dots_take_no_time() -> None:
    assert links("a." * 5000) == []
    assert links("https://" + "-" * 5000) == []
    assert weigh("stadt.de" + ")" * 3000) == 3023
