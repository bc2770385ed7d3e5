"""The commands around the audit trail."""

import json
import re
import sys
from dataclasses import asdict

import click

from bot.audit import verification
from bot.audit.verification import Damage, Finding, Progress, Report
from bot.config import Settings
from bot.console import open_database

_HEAD = re.compile(r"[0-9]{1,18}:[0-9a-f]{64}")
_SENTENCES = {
    Damage.ROW_ALTERED: "Row {row} was altered (seal {seal}).",
    Damage.ROW_DELETED: "Row {row} was deleted (seal {seal}).",
    Damage.ROW_INSERTED: "Row {row} was put in later (seal {seal}).",
    Damage.SEAL_ALTERED: "Seal {seal} was altered, or another secret.key made it.",
    Damage.SEALS_REMOVED: "Seals from {seal} on were removed: nothing vouches for their rows.",
    Damage.LINK_BROKEN: "Seal {seal} does not follow the seal before it.",
    Damage.CUT_OFF: "Seal {seal} is not the one that was noted down: the end was cut off.",
}


class ChainBrokenError(click.ClickException):
    """The trail is not as it was written."""


@click.group()
def audit() -> None:
    """Check the audit trail."""


@audit.command()
@click.option("--head", help="NUMBER:DIGEST from a log line audit.sealed; must still be there.")
@click.option("--json", "as_json", is_flag=True)
def verify(head: str | None, *, as_json: bool) -> None:
    """Check the chain of the audit trail; exit code 1 when something was changed."""
    if head is not None and not _HEAD.fullmatch(head):
        raise click.UsageError("--head is NUMBER:DIGEST, as the log line audit.sealed says it.")
    with open_database() as database:
        report = verification.verify(database, key=Settings().key, head=head, progress=_progress())
    if as_json:
        click.echo(json.dumps({"ok": not report.findings} | asdict(report)))
    else:
        _tell(report)
    if report.findings:
        count = len(report.findings)
        raise ChainBrokenError(f"The audit trail was changed: {count} findings.")


def _progress() -> Progress:
    """Return what counts on a terminal, and keeps quiet for a program."""
    shown = sys.stderr.isatty()

    def tell(done: int, total: int) -> None:
        if shown:
            click.echo(f"\rseal {done} of {total}", nl=done >= total, err=True)

    return tell


def _tell(report: Report) -> None:
    for finding in report.findings:
        click.echo(_sentence(finding))
    click.echo(f"Checked: {report.rows} rows under {report.seals} seals.")
    click.echo(f"Not sealed yet: {report.unsealed} rows.")
    if report.head:
        click.echo(f"Head: {report.head}")


def _sentence(finding: Finding) -> str:
    return _SENTENCES[finding.damage].format(row=finding.row, seal=finding.seal)
