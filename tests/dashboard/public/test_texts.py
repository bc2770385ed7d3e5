"""The pages that only read: start, markets, texts, and the small files around them."""

import pytest

from bot import clock
from bot.audit.service import CLI
from bot.knowledge import service as knowledge
from tests.dashboard.public.browser import Browser, visible
from tests.support.city import City

PAGES = (
    "/",
    "/chat",
    "/chat?embed=1",
    "/t",
    "/maerkte",
    "/maerkte/opladen",
    "/maerkte/schlebusch-bauernmarkt",
    "/datenschutz",
    "/impressum",
    "/barrierefreiheit",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_it_is_a_demo_in_both_languages(city: City, path: str) -> None:
    browser = Browser(city)
    german = browser.get(path)
    assert german.status_code == 200
    assert '<html lang="de"' in german.text or 'lang="de"' in german.text
    assert "Demo, kein Angebot der Stadt Leverkusen" in visible(german.text)
    mark = "&" if "?" in path else "?"
    english = browser.get(f"{path}{mark}lang=en")
    assert 'lang="en"' in english.text
    assert "Demo, not a service of the City of Leverkusen" in visible(english.text)
    assert 'lang="en"' in browser.get(path).text  # it is remembered


@pytest.mark.parametrize("path", [path for path in PAGES if "embed" not in path])
def test_every_page_can_be_skipped_into(city: City, path: str) -> None:
    page = Browser(city).get(path).text
    assert 'href="#main"' in page
    assert page.count("<h1") == 1
    assert 'style="' not in page
    assert "<script>" not in page


def test_the_start_page_leads_on(city: City) -> None:
    page = Browser(city).get("/").text
    for address in ("/chat", "/t", "/maerkte", "/barrierefreiheit#melden"):
        assert f'href="{address}"' in page


def test_markets_carry_their_marks(city: City) -> None:
    browser = Browser(city)
    for path in ("/maerkte", "/maerkte/opladen"):
        words = visible(browser.get(path).text)
        assert "Ungeprüfte Angaben" in words
        assert "Stand 2023" in words
        assert "Beispielregel" in words
        assert "Kölner Stadt-Anzeiger" in words
    unknown = visible(browser.get("/maerkte/schlebusch-bauernmarkt").text)
    assert "Uhrzeit nicht bekannt" in unknown
    assert "None" not in unknown


@pytest.mark.parametrize("path", ["/maerkte/atlantis", "/gibt-es-nicht", "/maerkte/%00"])
def test_what_is_not_there_is_a_page_in_plain_words(city: City, path: str) -> None:
    answer = Browser(city).get(path)
    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in visible(answer.text)


def test_a_text_of_the_city_cannot_do_anything(city: City) -> None:
    with city.database.unit_of_work() as session:
        knowledge.save_page(
            session,
            "impressum",
            "en",
            "Imprint <script>",
            "# Hello\n\n<script>alert(1)</script> [x](javascript:alert(1))",
            actor=CLI,
            now=clock.now(),
        )
    page = Browser(city, language="en").get("/impressum").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert 'href="javascript' not in page


def test_the_widget_can_be_loaded_from_anywhere(city: City) -> None:
    answer = Browser(city).get("/widget.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize("path", [*PAGES, "/robots.txt"])
def test_the_head_of_a_page_is_told(city: City, path: str) -> None:
    browser = Browser(city)
    answer = browser.client.head(path)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-type"] == browser.get(path).headers["content-type"]


def test_a_stream_and_a_post_have_no_head(city: City) -> None:
    for path in ("/chat/events", "/report"):
        assert Browser(city).client.head(path).status_code == 405


def test_small_files(city: City) -> None:
    browser = Browser(city)
    assert "Disallow: /t/" in browser.get("/robots.txt").text
    icon = browser.get("/favicon.ico")
    assert icon.status_code == 307
    assert browser.get(icon.headers["location"]).headers["content-type"] == "image/svg+xml"
