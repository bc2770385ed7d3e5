"""Debian's Chromium through Playwright, with an eye on console, foreign hosts and axe."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent.parent / "vendor/axe-core-4.14.1/axe.min.js"
_WAIT = 60_000  # ms: two cores, three test runs, a browser and its servers
_MOST_TABS = 100
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=_WAIT)
_RUN_AXE = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a',
  'wcag21aa', 'wcag22aa', 'best-practice']})).violations.map(
  (found) => `${found.id}: ${found.nodes.map((node) => node.target).join(' | ')}`)"""


@dataclass
class Witness:
    """What a context's pages said and asked for."""

    host: str
    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note every console message, script error and request of a page."""
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.netloc != self.host:
            self.foreign.append(request.url)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus."""
    for _ in range(_MOST_TABS):
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(_ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def window(
    browser: Browser,
    url: str,
    *,
    width: int = 1440,
    height: int = 900,
    dark: bool = False,
    script: bool = True,
    bypass_csp: bool = False,
    language: str = "de-DE",
) -> Iterator[tuple[BrowserContext, Page, Witness]]:
    """Open a window of its own: cookies, size, colours, with or without JavaScript."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        bypass_csp=bypass_csp,
        locale=language,
        timezone_id="Europe/Berlin",
    )
    witness = Witness(urlsplit(url).netloc)
    context.on("page", witness.watch)
    page = context.new_page()
    try:
        yield context, page, witness
    finally:
        context.close()


def enter(page: Page, url: str, client: httpx.Client) -> None:
    """Go on as who has logged in with `client`."""
    token = client.cookies["session"]
    page.context.add_cookies([{"name": "session", "value": token, "url": url}])


def log_in(page: Page, password: str) -> None:
    """Log the demo city's admin in at the desk."""
    page.goto("/desk")
    page.get_by_label("Benutzername").fill("admin")
    page.get_by_label("Passwort").fill(password)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Posteingang")).to_be_visible()


def axe(page: Page) -> list[str]:
    """Return axe's findings on the open page; its context must bypass the CSP."""
    page.add_script_tag(path=str(AXE))
    found: list[str] = page.evaluate(_RUN_AXE)
    return found
