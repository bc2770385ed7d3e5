"""Every setting is explained in the example, and deploy/ names no setting that there is not."""

import re

import pytest
from pydantic import ValidationError

from bot.config import Settings
from tests.deploy.files import DEPLOY, environment, texts

EXAMPLE = DEPLOY / "stadtdraht.env.example"
KNOWN = {f"STADTDRAHT_{name.upper()}" for name in Settings.model_fields}


def test_the_example_has_every_setting_and_no_other() -> None:
    lines = re.findall(r"^#?(STADTDRAHT_\w+)=", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    assert len(lines) == len(set(lines))
    assert set(lines) == KNOWN


def test_every_setting_of_the_example_has_an_explanation_above_it() -> None:
    blocks = EXAMPLE.read_text("utf-8").split("\n\n")
    for block in (block for block in blocks if re.search(r"^#?STADTDRAHT_", block, re.MULTILINE)):
        assert re.match(r"# [A-Z`].{20,}", block), block


def test_the_examples_are_values_that_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in EXAMPLE.read_text("utf-8").splitlines():
        found = re.fullmatch(r"#?(STADTDRAHT_\w+)=(.*)", line)
        if found and found[1] not in {"STADTDRAHT_CA_FILE", "STADTDRAHT_BACKUP_RECIPIENT"}:
            monkeypatch.setenv(found[1], found[2])
    settings = Settings()
    assert settings.is_https
    assert settings.trusted_proxies == ("127.0.0.1", "::1")
    monkeypatch.setenv("STADTDRAHT_TRUSTED_PROXIES", "127.0.0.1, ::1")
    assert Settings().trusted_proxies == ("127.0.0.1", "::1")
    monkeypatch.setenv("STADTDRAHT_TRUSTED_PROXIES", "localhost")
    with pytest.raises(ValidationError):
        Settings()


def test_what_a_city_copies_sets_only_what_it_must() -> None:
    assert set(environment(EXAMPLE)) == {"STADTDRAHT_BASE_URL"}


def test_no_file_names_an_unknown_setting() -> None:
    unknown = {
        (path.name, name)
        for path, text in texts()
        for name in re.findall(r"\bSTADTDRAHT_[A-Z_]+\b", text)
        if name not in KNOWN
    }
    assert not unknown


def test_no_file_holds_a_password_or_a_key() -> None:
    for path, text in texts():
        urls = re.findall(r"\w+://\w+:([^@\s'\"]+)@", text)
        assert set(urls) <= {"PASSWORD", "%s"}, path
        assert "PRIVATE KEY" not in text, path
