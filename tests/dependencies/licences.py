"""The licences of everything that is shipped, against a list of those that go with EUPL-1.2."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "requirements/product.txt"
VENDORED = ROOT / "dashboard/static/vendor/lock.json"

# Permissive ones; weak copyleft of libraries that are used as they are (MPL, LGPL); the product's
# own. GPL and AGPL would demand that everything around them carries them too.
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache Software License",
        "Apache-2.0",
        "BSD License",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "CNRI-Python",
        "EUPL-1.2",
        "ISC",
        "ISC License (ISCL)",
        "Internet Systems Consortium license",
        "LGPL-3.0-only",
        "MIT",
        "MIT License",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "Mozilla Public License 2.0 (MPL 2.0)",
        "OFL-1.1",
        "PSF-2.0",
        "Python Software Foundation License",
        "Unlicense",
        "Zlib",
    }
)
UNKNOWN = "UNKNOWN"
_PIN = re.compile(r"^([a-z0-9._-]+(?:\[[a-z,]+\])?==[^\\\n]+)", re.MULTILINE)
_SPACE = re.compile(r"\s+")
_TEXTS = {  # how a licence begins, where a package brings only its text
    "permission is hereby granted, free of charge, to any person": "MIT",
    "permission to use, copy, modify, and/or distribute this software for any purpose": "ISC",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is shipped."""

    name: str
    version: str
    licence: str

    @property
    def is_allowed(self) -> bool:
        """Whether its licence goes with the product's."""
        return allows(self.licence)


def allows(expression: str) -> bool:
    """Whether a licence, or an expression of several, goes with EUPL-1.2."""
    every = re.split(r" AND |;", expression.replace("(MPL 2.0)", "").strip())
    return all(any(one.strip(" ()") in _NAMES for one in part.split(" OR ")) for part in every)


_NAMES = frozenset(name.replace("(MPL 2.0)", "").strip(" ()") for name in ALLOWED)


def locked(text: str) -> Iterator[Requirement]:
    """Return the requirements of a lock file that are for this system."""
    for pinned in _PIN.findall(text):
        requirement = Requirement(pinned.strip())
        if requirement.marker is None or requirement.marker.evaluate():
            yield requirement


def packages() -> list[Part]:
    """Return the locked packages of the product as pip-licenses sees them installed."""
    names = sorted({requirement.name for requirement in locked(PRODUCT.read_text("utf-8"))})
    tool = Path(sys.executable).with_name("pip-licenses")
    command = [str(tool), "--format=json", "--from=mixed", "--with-system", "--packages", *names]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found = [
        Part(row["Name"], row["Version"], _named(row["Name"], row["License"]))
        for row in json.loads(answer.stdout)
    ]
    missing = {_plain(name) for name in names} - {_plain(part.name) for part in found}
    return found + [Part(name, "not installed", UNKNOWN) for name in sorted(missing)]


def vendored() -> list[Part]:
    """Return what is shipped with the pages."""
    return [
        Part(package["name"], package["version"], package["license"])
        for package in json.loads(VENDORED.read_text("utf-8"))["packages"]
    ]


def recognised(text: str) -> str:
    """Return the licence that a text is, `UNKNOWN` for any other."""
    plain = _SPACE.sub(" ", text).lower()
    return next((name for words, name in _TEXTS.items() if words in plain), UNKNOWN)


def _named(name: str, licence: str) -> str:
    if licence != UNKNOWN:
        return recognised(licence) if "\n" in licence else licence
    files = metadata.distribution(name).files or []
    texts = [file.read_text() for file in files if file.stem.upper() == "LICENSE"]
    return recognised(texts[0]) if texts else UNKNOWN


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
