"""Pages: saved, read with fallbacks, and rendered so that nothing in them acts."""

import datetime as dt
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit import service as audit
from bot.db.engine import Database
from bot.errors import InvalidError
from bot.knowledge import queries, service

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)


def save(
    database: Database,
    *,
    slug: str = "impressum",
    language: str = "de",
    title: str = "Impressum",
    body: str = "Text",
    now: dt.datetime = NOW,
) -> None:
    with database.unit_of_work() as session:
        service.save_page(session, slug, language, title, body, actor=audit.CLI, now=now)


def test_a_page_is_saved_and_replaced(database: Database) -> None:
    save(database)
    save(database, title="Neu", body="**Neu**", now=LATER)
    with database.read() as session:
        page = queries.page(session, "impressum")
        assert (page.title, page.body, page.updated_at) == ("Neu", "**Neu**", LATER)
        assert len(queries.pages(session)) == 1


def test_a_missing_language_reads_german(database: Database) -> None:
    save(database)
    with database.read() as session:
        assert queries.page(session, "impressum", "tr").language == "de"
    save(database, language="en", title="Legal notice")
    with database.read() as session:
        assert queries.page(session, "impressum", "en").title == "Legal notice"


def test_an_unwritten_page_says_so(database: Database) -> None:
    german, english = (
        "Diese Seite muss die Stadt noch ausfüllen.",
        "The city has yet to fill in this page.",
    )
    with database.read() as session:
        for slug in ("datenschutz", "impressum", "barrierefreiheit"):
            for language, spoken, words in (
                ("de", "de", german),
                ("en", "en", english),
                ("uk", "de", german),
            ):
                page = queries.page(session, slug, language)
                assert (page.language, page.updated_at) == (spoken, None)
                assert words in page.body
                assert "<li>" in queries.render_markdown(page.body)


def test_any_other_page_is_not_there(database: Database) -> None:
    with pytest.raises(queries.PageNotFoundError), database.read() as session:
        queries.page(session, "geheim")


def test_what_is_no_page_is_refused(database: Database) -> None:
    for slug, language, title, body, field in (
        ("Impressum!", "de", "T", "B", "slug"),
        ("impressum", "deutsch", "T", "B", "language"),
        ("impressum", "de", " ", "B", "title"),
        ("impressum", "de", "T", "", "body"),
    ):
        with pytest.raises(InvalidError) as caught:
            save(database, slug=slug, language=language, title=title, body=body)
        assert caught.value.field == field


def test_markdown_becomes_html() -> None:
    assert queries.render_markdown("## Titel\n\n- **a** [b](https://stadt.example)") == (
        "<h2>Titel</h2>\n<ul>\n<li><strong>a</strong> "
        '<a href="https://stadt.example" rel="noopener noreferrer">b</a></li>\n</ul>\n'
    )


ATTACKS = (
    "<script>alert(1)</script>",
    "a <img src=x onerror=alert(1)> b",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](//evil.example)",
    "[a](/\\evil.example)",
    "[a](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    '[a](https://x.example "onmouseover=alert(1)")',
    '[a](https://x.example/"onmouseover="alert(1))',
    "[a]: javascript:alert(1)\n\n[a]",
    "```html\n<script>alert(1)</script>\n```",
    "<!-- <script> -->",
    "<iframe src='https://evil.example'></iframe>",
    "# <b onclick=alert(1)>x</b>",
)
ALLOWED = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "a", "strong", "em"),
    *("code", "pre", "blockquote", "hr", "br"),
}
SAFE_TARGET = re.compile(r"(https?://|mailto:|tel:|#|/(?![/\\]))", re.IGNORECASE)


class _Strict(HTMLParser):
    """Fails on every element, attribute and link target that could act."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        values = dict(attrs)
        assert set(values) <= {"href", "rel", "title", "class", "start"}
        if tag == "a":
            assert SAFE_TARGET.match(values.get("href") or "#")  # an empty one is this page
            assert "noopener" in (values.get("rel") or "")

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_in_a_page_acts(text: str) -> None:
    _Strict().feed(queries.render_markdown(text))


@settings(deadline=None)
@given(st.lists(st.sampled_from([*ATTACKS, "[", "](", ")", "<", ">", "`", '"', "\n", "&", "*"])))
def test_no_mixture_acts_either(parts: list[str]) -> None:
    _Strict().feed(queries.render_markdown("".join(parts)))
