"""What is shipped may be shipped, and an audit that could not ask is not called a clean one."""

import json
import os
from pathlib import Path

import pytest

from tests.dependencies import licences, vulnerabilities
from tests.dependencies.vulnerabilities import Verdict


def test_every_shipped_licence_goes_with_ours() -> None:
    parts = licences.packages() + licences.vendored()
    assert len(parts) > 80
    assert [part for part in parts if not part.is_allowed] == []


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("LGPL-3.0-only", True),
        ("MPL-2.0 AND MIT", True),
        ("Mozilla Public License 2.0 (MPL 2.0)", True),
        ("GPL-3.0-only OR MIT", True),
        ("(Apache-2.0 OR BSD-3-Clause) AND MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-or-later", False),
        ("MIT License; GNU General Public License v3 (GPLv3)", False),
        ("AGPL-3.0-only", False),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_only_what_is_on_the_list_is_allowed(
    expression: str,
    allowed: bool,  # noqa: FBT001
) -> None:
    assert licences.allows(expression) is allowed


def test_a_licence_text_is_recognised_and_any_other_is_not() -> None:
    mit = "Copyright 2010\n\nPermission is hereby  granted, free\nof charge, to any person"
    assert licences.recognised(mit) == "MIT"
    assert licences.recognised("GNU GENERAL PUBLIC LICENSE") == "UNKNOWN"


def test_what_is_for_another_system_is_not_looked_for() -> None:
    lock = "a==1 \\\n    --hash=sha256:0\nb==2 ; sys_platform == 'nowhere' \\\nc[x]==3\n"
    assert [one.name for one in licences.locked(lock)] == ["a", "c"]


def answer(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


CLEAN: dict[str, object] = {"name": "a", "version": "1", "vulns": []}
SKIPPED: dict[str, object] = {"name": "b", "skip_reason": "not found"}
BAD: dict[str, object] = {
    "name": "c",
    "version": "2",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": [], "description": ""}],
}


@pytest.mark.parametrize(
    ("output", "verdict"),
    [
        (answer(CLEAN), Verdict.CLEAN),
        (answer(CLEAN, BAD), Verdict.VULNERABLE),
        (answer(BAD, SKIPPED), Verdict.VULNERABLE),
        (answer(CLEAN, SKIPPED), Verdict.NOT_CHECKED),
        (answer(), Verdict.NOT_CHECKED),
        ("", Verdict.NOT_CHECKED),
        ("null", Verdict.NOT_CHECKED),
        ("[]", Verdict.NOT_CHECKED),
    ],
)
def test_only_a_whole_answer_is_a_clean_one(output: str, verdict: Verdict) -> None:
    assert vulnerabilities.judge(output).verdict is verdict


def test_a_vulnerability_is_named_with_its_cure() -> None:
    assert vulnerabilities.judge(answer(BAD)).lines == ("c 2: PYSEC-1, better from 2.1",)


def test_without_a_network_nothing_is_called_clean(tmp_path: Path) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    report = vulnerabilities.ask(tmp_path, dict(os.environ) | nowhere)
    assert report.verdict is Verdict.NOT_CHECKED
