"""From the HTML of the Fediverse to plain text."""

import pytest

from connectors.mastodon import content

OURS = frozenset({"https://stadt.test/@stadt", "https://stadt.test/users/stadt"})
US = (
    '<span class="h-card" translate="no"><a href="https://stadt.test/@stadt" '
    'class="u-url mention">@<span>stadt</span></a></span>'
)
ANNA = (
    '<span class="h-card"><a href="https://b.test/@anna" class="u-url mention">'
    "@<span>anna</span></a></span>"
)
SHORTENED = (
    '<p>Siehe <a href="https://stadt.test/ein/langer/weg?x=1&amp;y=2">'
    '<span class="invisible">https://</span><span class="ellipsis">stadt.test/ein/l</span>'
    '<span class="invisible">anger/weg?x=1&amp;y=2</span></a>.</p>'
)


def text(html: str) -> str:
    return content.read(html, OURS, "stadt").text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Eins<br>zwei<br />drei</p><p>vier</p>", "Eins\nzwei\ndrei\n\nvier"),
        ("<p>3 &lt; 5 &amp; &quot;ä&quot; &#128512;</p>", '3 < 5 & "ä" 😀'),
        ("<ul><li>Eimer</li><li>Bank</li></ul>", "- Eimer\n- Bank"),
        (
            SHORTENED,
            "Siehe https://stadt.test/ein/langer/weg?x=1&y=2.",
        ),
        ('<a href="https://b.test/x">hier</a>', "hier (https://b.test/x)"),
        ('<a href="javascript:alert(1)">hier</a>', "hier"),
        ('<a href="https://b.test/x"></a>', "https://b.test/x"),
        ('<a href="https://b.test/x">offen', "offen (https://b.test/x)"),
        (
            '<a href="https://b.test/loch" class="mention hashtag">#<span>Loch</span></a>',
            "#Loch",
        ),
        ("<script>alert(1)</script><style>p{}</style>da", "da"),
        ("<p onclick='x'>a<img src=x onerror=y>b</p>", "ab"),
        ("<p>a\u202eb\x00c</p>", "abc"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, expected: str) -> None:
    assert text(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<p>{US} Hallo</p>", "Hallo"),
        (f"<p>{ANNA} {US} Hallo {US}!</p>", "@anna Hallo @stadt!"),
        (f"<p>Hallo {US}</p>", "Hallo @stadt"),
        (f"<p>{US}</p><p>Hallo</p>", "Hallo"),
        (f"<p>{US}, hallo</p>", "@stadt, hallo"),
        (f"<p>{US}</p>", ""),
    ],
)
def test_our_own_name_before_the_text_is_no_part_of_it(html: str, expected: str) -> None:
    assert text(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a" + " " * 3_000_000 + "b \t</p>", "a" + " " * 3_000_000 + "b"),
        ("<!--" * 500_000, "<!--" * 500_000),
        ("<a " * 500_000, ("<a " * 500_000).strip()),
        ("<p>a \t<br>b</p>", "a\nb"),
    ],
    ids=["spaces", "comments", "tags", "ends of lines"],
)
def test_what_has_no_end_keeps_nobody_waiting(html: str, expected: str) -> None:
    assert text(html) == expected


def test_whoever_is_addressed_is_told() -> None:
    found = content.read(f"{US} {ANNA}", OURS, "stadt")
    assert found.addressed == {"https://stadt.test/@stadt", "https://b.test/@anna"}


def test_nobody_can_write_our_name_for_us() -> None:
    assert text("<p>\ufdd0 Hallo</p>") == "Hallo"
