"""What is shipped to browsers: vendor files, sizes, texts, and what the CSP forbids."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract
from markupsafe import Markup

from dashboard import render

VENDORED = [render.STATIC / "vendor", Path(__file__).parents[1] / "vendor"]
PAGES = sorted(render.TEMPLATES.rglob("*.html"))
SCRIPTS = sorted(render.STATIC.glob("*.js"))
NOW = datetime(2026, 11, 20, 8, 44, tzinfo=UTC)


def packages() -> Iterator[tuple[Path, dict[str, str]]]:
    for folder in VENDORED:
        for package in json.loads((folder / "lock.json").read_text())["packages"]:
            yield folder / package["folder"], package["files"]


def gzipped(*names: str) -> int:
    return sum(len(gzip.compress((render.STATIC / name).read_bytes(), 9)) for name in names)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s", text))


def messages() -> set[tuple[str, ...]]:
    found: list[object] = []
    for page in PAGES:
        with page.open("rb") as file:
            options = {"trim_blocks": "true", "lstrip_blocks": "true"}
            calls = babel_extract(file, ("_", "ngettext"), [], options)
            found += [message for _, _, message, _ in calls]
    with Path(render.__file__).open("rb") as file:
        words = {"_": None, "gettext": None, "ngettext": (1, 2)}
        found += [message for _, message, _, _ in extract("python", file, words)]
    return {
        (message,) if isinstance(message, str) else tuple(str(part) for part in message if part)
        for message in found
        if isinstance(message, str | tuple)
    }


def rendered(template: str, language: str = "de") -> str:
    renderer = render.Renderer(city_name="Leverkusen", demo=True, clock=lambda: NOW)
    return renderer.render(
        template,
        language=language,
        request_path="//foreign.example/x?lang=de",
        status=404,
        detail="",
        reference=None,
    )


def test_vendored_files_are_the_locked_ones() -> None:
    for folder, files in packages():
        assert {path.name for path in folder.iterdir()} == set(files)
        for name, expected in files.items():
            digest = hashlib.sha384((folder / name).read_bytes()).digest()
            assert base64.b64encode(digest).decode() == expected, folder / name


def test_every_vendored_package_carries_its_licence() -> None:
    for folder, files in packages():
        assert any(name.startswith("LICENSE") for name in files), folder


def test_every_vendored_folder_is_locked() -> None:
    for vendored in VENDORED:
        locked = {folder for folder, _ in packages() if folder.parent == vendored}
        assert {path for path in vendored.iterdir() if path.is_dir()} == locked


@pytest.mark.parametrize(
    ("budget", "names"),
    [
        (
            35_000,
            ("vendor/htmx.org-4.0.1/htmx.min.js", "desk.js", "desk-composer.js", "desk-live.js"),
        ),
        (15_000, ("tokens.css", "desk.css", "desk-inbox.css")),
        (
            40_960,
            ("vendor/kern-ux-native-2.7.2/kern.min.css", "tokens.css", "city.css", "chat.css"),
        ),
        (8_000, ("tokens.css", "chat.css")),
        (5_000, ("chat.js",)),
        (4_000, ("widget.js",)),
    ],
)
def test_sizes_stay_within_their_budgets(budget: int, names: tuple[str, ...]) -> None:
    assert gzipped(*names) <= budget


def test_own_files_name_no_foreign_host() -> None:
    own = [*PAGES, *SCRIPTS, *render.STATIC.glob("*.css"), *render.STATIC.glob("*.svg")]
    for path in own:
        hosts = set(re.findall(r"//([\w.-]+\.\w+)", path.read_text()))
        assert hosts <= {"www.w3.org"}, path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_templates_hold_nothing_the_csp_forbids(page: Path) -> None:
    text = page.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|\|\s*safe\b", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_posting_form_carries_the_csrf_token(page: Path) -> None:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', page.read_text(), re.DOTALL):
        assert 'hidden("csrf"' in form


def test_named_static_files_and_icons_exist() -> None:
    text = "".join(page.read_text() for page in PAGES)
    for name in re.findall(r"static\('([^']+)'\)", text):
        assert render.static(name)
    icons = set(re.findall(r'<symbol id="([^"]+)"', (render.STATIC / "icons.svg").read_text()))
    assert set(re.findall(r'icon\("([a-z-]+)"', text)) <= icons


def test_every_text_has_an_english_translation_with_the_same_placeholders() -> None:
    with (render.LOCALE / "en.po").open("rb") as file:
        catalog = {
            (message.id,) if isinstance(message.id, str) else tuple(message.id): message.string
            for message in read_po(file, locale="en")
            if message.id
        }
    assert messages() <= set(catalog)
    for german, english in catalog.items():
        forms = (english,) if isinstance(english, str) else tuple(english or ())
        assert all(forms), german
        for form in forms:
            assert placeholders(form) == placeholders(german[0]), german


def test_pages_speak_both_languages_and_keep_links_on_this_host() -> None:
    german, english = rendered("city/error.html"), rendered("city/error.html", "en")
    assert "Diese Seite gibt es nicht" in german
    assert "This page does not exist" in english
    assert "Demo, kein Angebot der Stadt Leverkusen" in german
    assert 'href="/foreign.example/x?lang=en"' in german


def test_messages_are_escaped_and_only_web_addresses_become_links() -> None:
    html = render.rich('<b>"\nhttps://a.example/?x=1&y=2, javascript:alert(1)')
    assert html == Markup(
        "&lt;b&gt;&#34;<br>\n"
        '<a href="https://a.example/?x=1&amp;y=2" rel="nofollow noopener noreferrer"'
        ' target="_blank">https://a.example/?x=1&amp;y=2</a>, javascript:alert(1)'
    )


def test_times_are_told_as_people_of_the_city_read_them() -> None:
    times = render.Times(render.Texts("de"), lambda: NOW)
    yesterday = NOW - timedelta(days=1)
    assert (times.clock(NOW), times.short(NOW), times.short(yesterday)) == (
        "9:44",
        "9:44",
        "Gestern",
    )
    assert times.short(NOW - timedelta(days=400)) == "16.10.2025"
    assert times.when(yesterday) == "gestern, 9:44"
    assert times.long(NOW - timedelta(days=8)) == "12. November, 9:44 Uhr"
    assert times.day(NOW.date()) == "Freitag, 20. November 2026"
    assert times.due(NOW + timedelta(hours=2)) == render.Due("in 2 Std.", "soon")
    assert times.due(NOW - timedelta(hours=1)) == render.Due("1 Std. drüber", "late")
    assert times.due(NOW + timedelta(days=4)) == render.Due("in 4 Tagen", "calm")


def test_avatars_have_stable_initials_and_hues() -> None:
    assert [render.initials(name) for name in ("Ute Hansen", "@rad", "…")] == ["UH", "R", "?"]
    assert render.hue("Ute Hansen") == render.hue("Ute Hansen") in range(8)
