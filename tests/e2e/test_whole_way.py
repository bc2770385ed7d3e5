"""The whole way in a real browser: a lamp is reported, understood, answered, followed.

With `STADTDRAHT_SCREENSHOTS=docs/images` the pictures of the documentation are taken anew.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import CHROMIUM, chromium, log_in, window
from tests.support.server import Server

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
_PICTURES = os.environ.get("STADTDRAHT_SCREENSHOTS")
_NUMBER = re.compile(r"LEV-\d{4}-\d{6}")
_REPORT = "Guten Abend, vor der Dhünnstraße 14 ist seit gestern die Laterne aus."
_REPLY = "Danke für den Hinweis! Die EVL schickt morgen jemanden vorbei."


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    server = Server(database_url, tmp_path)
    server.load_demo()
    server.start()
    yield server
    server.stop()


def _picture(page: Page, name: str) -> None:
    if _PICTURES:
        page.screenshot(path=str(Path(_PICTURES) / f"{name}.png"))


def test_from_the_lamp_to_the_answer(server: Server) -> None:
    with (
        chromium() as browser,
        window(browser, server.url, width=1200, height=860) as (_, citizen, seen_by_citizen),
        window(browser, server.url) as (_, manager, seen_by_manager),
    ):
        log_in(manager, server.password)
        manager.goto("/desk?status=open")

        citizen.goto("/")
        _picture(citizen, "1-city-page")
        citizen.goto("/chat")
        citizen.get_by_label("Ihre Nachricht").fill(_REPORT)
        citizen.get_by_role("button", name="Senden").click()
        answer = citizen.locator(".chat-staff", has_text=_NUMBER)
        expect(answer).to_be_visible()
        number = _NUMBER.search(answer.inner_text())
        assert number
        expect(answer).to_contain_text("automatische Assistent")
        expect(answer).to_contain_text("Demo, kein Angebot der Stadt Leverkusen")
        _picture(citizen, "2-chat")

        row = manager.locator("#row-list li", has_text=number[0])
        expect(row).to_be_visible()  # live, nobody has loaded the page anew
        row.get_by_role("link").first.click()
        expect(manager.get_by_text(_REPORT).last).to_be_visible()
        manager.locator("#reply textarea").fill(_REPLY)
        _picture(manager, "3-desk")
        manager.keyboard.press("Control+Enter")
        expect(manager.locator(".msg-out", has_text=_REPLY)).to_be_visible()

        expect(citizen.locator(".chat-staff", has_text=_REPLY)).to_be_visible()
        _picture(citizen, "4-reply")

        citizen.goto(answer.get_by_role("link", name="/t/").get_attribute("href") or "")
        expect(citizen.get_by_text(number[0]).first).to_be_visible()
        expect(citizen.get_by_text("Eingegangen").first).to_be_visible()
        expect(citizen.get_by_text(_REPORT)).to_be_visible()
        _picture(citizen, "5-status-page")

        assert seen_by_citizen.console == seen_by_manager.console == []
        assert seen_by_citizen.foreign == seen_by_manager.foreign == []


def test_a_returning_visitor_finds_the_conversation_again(server: Server) -> None:
    with (
        chromium() as browser,
        window(browser, server.url) as (context, page, _),
    ):
        page.goto("/chat")
        page.get_by_label("Ihre Nachricht").fill("Hallo")
        page.get_by_role("button", name="Senden").click()
        expect(page.locator(".chat-staff", has_text="Wie kann ich Ihnen helfen")).to_be_visible()
        page.close()
        server.kill()
        server.start()

        again = context.new_page()
        again.goto("/chat")
        expect(again.locator(".chat-own", has_text="Hallo")).to_be_visible()
        expect(again.locator(".chat-staff", has_text="Wie kann ich")).to_be_visible()
