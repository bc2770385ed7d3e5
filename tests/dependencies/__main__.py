"""`make audit`: lists licences and known vulnerabilities.

Exit code 1 for a licence or vulnerability that must not be, 3 when vulnerabilities could not be
checked, 0 when everything was checked and is right.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.dependencies import licences, vulnerabilities
from tests.dependencies.vulnerabilities import Verdict


def main() -> int:
    """Print both lists and return the exit code."""
    parts = sorted(licences.packages() + licences.vendored(), key=lambda part: part.name.lower())
    for part in parts:
        mark = "" if part.is_allowed else "  <- NOT ALLOWED"
        print(f"{part.name:<28}{part.version:<16}{part.licence}{mark}")
    refused = [part for part in parts if not part.is_allowed]
    print(f"Licences: {len(parts)} parts, {len(refused)} not allowed.")
    with tempfile.TemporaryDirectory() as folder:
        report = vulnerabilities.ask(Path(folder), os.environ)
    for line in report.lines:
        print(line)
    print(f"Vulnerabilities: {report.verdict.name.replace('_', ' ').lower()}.")
    if refused:
        return Verdict.VULNERABLE
    return report.verdict


if __name__ == "__main__":
    sys.exit(main())
