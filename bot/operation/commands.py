"""The commands of operation: back up, restore, upgrade."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from bot import clock
from bot.config import Settings
from bot.db.engine import Database

_JSON = click.option("--json", "as_json", is_flag=True, help="Answer for another program.")
_QUIET = click.option("--quiet", is_flag=True, help="Say nothing while it works.")
_HOLDS = (
    "It holds the city's key and personal data: whoever has it can read and act as the city does."
)
_NOT_HERE = (
    "Warning: {slug} is bound to the data folder of {host}, which is not in this backup: make it "
    "there, or encrypted chats cannot be read after a restore."
)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_QUIET
@_JSON
def backup_command(file: Path, *, quiet: bool, as_json: bool) -> None:
    """Write everything that the city needs to go on into FILE, while it runs.

    FILE holds the database with attachments, the secret key and the accounts' folders: whoever has
    it can read and act as the city does. With STADTDRAHT_BACKUP_RECIPIENT it is encrypted.
    A damaged file of an account is left out, named, and makes the exit code 1.
    """
    from bot.operation import backup

    if str(file) == "-":
        raise click.UsageError("FILE is the name of a file: a backup appears when it is whole.")
    settings = Settings()
    database = Database(settings.url)
    try:
        tell = _nothing if quiet or as_json else _progress
        made = backup.run(settings, database, file, tell=tell, now=clock.now())
    finally:
        database.close()
    for slug, host in made.missing:
        click.echo(_NOT_HERE.format(slug=slug, host=host), err=True)
    if as_json:
        answer = {
            "file": str(made.path),
            "bytes": made.size,
            "rows": made.rows,
            "encrypted": made.encrypted,
            "missing_accounts": [slug for slug, _ in made.missing],
            "left_out": made.left_out,
        }
        click.echo(json.dumps(answer))
    else:
        click.echo(f"{made.path}: {made.rows} rows, {made.size} bytes.")
        click.echo("It is encrypted; keep its private key elsewhere." if made.encrypted else _HOLDS)
    if made.left_out:
        names = ", ".join(made.left_out)
        raise click.ClickException(f"The backup is made without what cannot be read: {names}.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the private key (age) of an encrypted backup.",
)
@_JSON
def restore_command(file: Path, identity: Path | None, *, as_json: bool) -> None:
    """Restore FILE into an empty database and an empty data folder.

    FILE is read to its end before anything is written; then all of it is restored, or nothing.
    """
    from bot.operation import restore, sealing

    keys = sealing.identities(identity) if identity else []
    done = restore.run(Settings(), file, keys, now=clock.now())
    if as_json:
        click.echo(json.dumps({"made_at": done.created_at, "rows": done.rows}))
        return
    click.echo(f"Restored {done.rows} rows from the backup of {done.created_at}.")
    click.echo("Do not let the old city run beside this one: both would answer.")


@click.command("upgrade")
@_QUIET
def upgrade_command(*, quiet: bool) -> None:
    """Back up, bring the database to this version, and keep the old one where that fails."""
    from bot.operation import upgrade

    tell = _nothing if quiet else _progress
    done = upgrade.run(Settings(), tell=tell, now=clock.now())
    if not done.changed:
        click.echo("The database is up to date.")
        return
    click.echo("The database is upgraded.")
    if done.backup:
        click.echo(f"The state before is in {done.backup}.")


def _nothing(_: str) -> None:
    """Keep silent."""


def _progress(line: str) -> None:
    """Tell a person who is watching."""
    if sys.stderr.isatty():
        click.echo(line, err=True)


@click.command("doctor")
@_JSON
def doctor_command(*, as_json: bool) -> None:
    """Look for the usual mistakes and say the cure; exit code 1 where something is wrong."""
    from bot.operation import doctor, findings

    found = list(doctor.examine(now=clock.now()))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    for finding in [] if as_json else found:
        click.echo(f"{finding.level:8} {finding.check:16} {finding.text}")
        if finding.cure:
            click.echo(f"{'':26}-> {finding.cure}")
    if not findings.is_well(found):
        sys.exit(1)
