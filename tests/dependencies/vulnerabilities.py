"""What is known against the locked packages of the product, as pip-audit asks the registry.

pip-audit calls a package that it could not ask about "skipped" and ends well. Here that is no
answer: without one for every package, the result is "not checked".
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tests.dependencies.licences import PRODUCT


class Verdict(IntEnum):
    """How it ended; the exit code of the command."""

    CLEAN = 0
    VULNERABLE = 1
    NOT_CHECKED = 3


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; `lines` say it for people."""

    verdict: Verdict
    lines: tuple[str, ...]


def ask(folder: Path, environment: Mapping[str, str]) -> Report:
    """Ask about every locked package; `folder` takes the cache of the answers."""
    tool = Path(sys.executable).with_name("pip-audit")
    command = [str(tool), "--requirement", str(PRODUCT), "--require-hashes", "--disable-pip"]
    options = ["--format=json", "--progress-spinner=off", "--cache-dir", str(folder)]
    answer = subprocess.run(
        [*command, *options], check=False, capture_output=True, text=True, env=environment
    )
    return judge(answer.stdout)


def judge(output: str) -> Report:
    """Return what pip-audit's answer means; one that is no answer means nothing was checked."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Report(Verdict.NOT_CHECKED, ("The registry of vulnerabilities did not answer.",))
    known = [
        f"{package['name']} {package['version']}: {found['id']}, better from "
        f"{', '.join(found['fix_versions']) or 'no version yet'}"
        for package in packages
        for found in package.get("vulns", [])
    ]
    unasked = sorted(package["name"] for package in packages if "skip_reason" in package)
    lines = [*known]
    if unasked or not packages:
        lines.append(f"Nothing is known about {len(unasked)} of {len(packages)} packages.")
    if known:
        return Report(Verdict.VULNERABLE, tuple(lines))
    if unasked or not packages:
        return Report(Verdict.NOT_CHECKED, tuple(lines))
    return Report(Verdict.CLEAN, (f"No vulnerability is known in {len(packages)} packages.",))
