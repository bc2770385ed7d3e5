"""The documents say what the code has: settings, dependencies, languages of the texts."""

import re
import string
import tomllib
from pathlib import Path

from bot.config import Settings
from bot.dialogue import texts
from connectors import registry
from nlp import corpus, heads

ROOT = Path(__file__).parent.parent


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs/configuration.md").read_text("utf-8")
    documented = set(re.findall(r"`STADTDRAHT_([A-Z_]+)`", page))
    assert documented == {name.upper() for name in Settings.model_fields}


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.split(r"[\[<>=]", line)[0] for line in project["dependencies"]}
    page = (ROOT / "docs/dependencies.md").read_text("utf-8")
    told = set(re.findall(r"^\| ([a-z0-9-]+) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE))
    assert told - {"package"} == wanted
    extras = {
        (extra, re.split(r"[\[<>=]", line)[0])
        for extra, lines in project["optional-dependencies"].items()
        if extra != "dev"
        for line in lines
    }
    rows = re.findall(r"^\| ([a-z0-9-]+) \| ([a-z0-9-]+) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
    assert set(rows) - {("extra", "package")} == extras
    tools = {re.split(r"[\[<>=]", line)[0] for line in project["optional-dependencies"]["dev"]}
    assert all(tool in page for tool in tools)


def test_no_package_is_named_twice() -> None:
    page = (ROOT / "docs/dependencies.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z0-9-]+) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
    assert len(rows) == len(set(rows))


def test_the_readme_misses_no_channel_that_is_there() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    for missing in (
        page.partition("## What it does not do yet")[2].partition("\n## ")[0],
        page.partition("Noch nicht dabei:")[2].partition("\n\n")[0],
    ):
        assert missing
        named = set(re.findall(r"\w+", missing.casefold().replace("web chat", "webchat")))
        assert named & set(registry.kinds()) == set()


def test_the_readme_leads_to_every_document() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    documents = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")}
    wanted = {name for name in documents if not name.startswith("docs/adr/")}
    linked = set(re.findall(r"\]\(([\w./-]+\.md)\)", page))
    assert wanted - linked == set()
    assert {name for name in linked if not (ROOT / name).is_file()} == set()


def test_lock_files_hold_hashes_and_no_addresses() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text("utf-8")
        assert "://" not in text
        pinned = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==", text, re.MULTILINE)
        assert len(pinned) > 3
        assert text.count("--hash=sha256:") >= len(pinned)


def test_both_languages_say_the_same_things() -> None:
    german, english = texts.table("de"), texts.table("en")
    assert german.keys() == english.keys()
    for key, text in german.items():
        assert _fields(text) == _fields(english[key]), key


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_figures_are_those_of_the_shipped_model_and_corpus() -> None:
    """`make evaluation` writes both pages: who ships another model measures it first."""
    told = (ROOT / "docs/evaluation.md").read_text("utf-8")
    assert f"Model {heads.shipped().name}, " in told
    card = (ROOT / "docs/corpus.md").read_text("utf-8")
    counted = re.findall(r"^\| \w+ \| (?:de|en|tr|uk) \| ([\d,]+) \|", card, re.MULTILINE)
    assert sum(int(one.replace(",", "")) for one in counted) == len(corpus.templates())
