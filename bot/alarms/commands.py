"""The commands `stadtdraht alarm`: see alarms, say who is told, try it, report a backup."""

import json
from collections.abc import Mapping, Sequence

import click

from bot import clock
from bot.alarms import queries, rules, texts
from bot.alarms import service as alarms
from bot.alarms.rules import Route
from bot.alarms.states import AlarmKind, Level, Subject, SubjectKind, Way
from bot.audit.service import CLI
from bot.config import Settings
from bot.console import open_database, show
from bot.operation import keys, records
from bot.staff.states import Role


@click.group("alarm")
def alarm() -> None:
    """Alarms: who is told, and whether it works."""


@alarm.command("list")
@click.option("--json", "as_json", is_flag=True)
def alarm_list(*, as_json: bool) -> None:
    """List the alarms that are not over."""
    with open_database() as database, database.read() as session:
        rows = queries.everything_standing(session)
    found = [
        {
            "id": row.id,
            "kind": row.kind,
            "subject": row.subject.kind,
            "subject_id": row.subject.id,
            "state": row.state,
            "count": row.count,
            "raised_at": row.raised_at.isoformat(timespec="seconds"),
            "text": texts.title(row.kind, row.subject, row.name, row.detail, "en"),
        }
        for row in rows
    ]
    _print(found, as_json=as_json)


@alarm.command("test")
def alarm_test() -> None:
    """Raise a test alarm: everybody is told who is told first; acknowledging it ends it."""
    with open_database() as database, database.unit_of_work() as session:
        subject = Subject(SubjectKind.CITY)
        alarm_id = alarms.raise_alarm(session, AlarmKind.TEST, subject, now=clock.now())
        told = queries.notices_of(session, alarm_id)
    mails = sum(notice.way is Way.EMAIL for notice in told)
    click.echo(f"The desk shows it. On their way: {mails} e-mails, {len(told) - mails} posts.")
    if mails and Settings().smtp_url is None:
        click.echo("No mail server is set up (STADTDRAHT_SMTP_URL): no e-mail will arrive.")


@alarm.command("backup")
@click.argument("outcome", type=click.Choice(["failed", "done"]))
def alarm_backup(outcome: str) -> None:
    """Report what became of a backup: a failed one raises an alarm, a done one ends it.

    `stadtdraht doctor` and the metrics count it as one of ours.
    """
    with open_database() as database, database.unit_of_work() as session:
        note = records.failed if outcome == "failed" else records.made
        note(session, now=clock.now())


@alarm.group("route")
def route() -> None:
    """Who is told of what, over which way."""


@route.command("list")
@click.option("--json", "as_json", is_flag=True)
def route_list(*, as_json: bool) -> None:
    """List the routes in force; those without a number are the defaults."""
    with open_database() as database, database.read() as session:
        own = {row.route: row.id for row in queries.routes(session)}
    found = [
        {
            "id": own.get(one),
            "way": one.way,
            "kind": one.kind,
            "role": one.role,
            "level": one.level,
            "url": one.url,
        }
        for one in rules.in_force(list(own))
    ]
    _print(found, as_json=as_json)


@route.command("add")
@click.argument("way", type=click.Choice([way.value for way in Way]))
@click.option("--role", type=click.Choice([role.value for role in Role]))
@click.option("--kind", type=click.Choice([kind.value for kind in AlarmKind]), help="Default: all.")
@click.option("--escalation", is_flag=True, help="Only when nobody has acknowledged in time.")
@click.option("--url", help="Where a webhook is posted.")
@click.option("--json", "as_json", is_flag=True)
def route_add(
    way: str,
    role: str | None,
    kind: str | None,
    url: str | None,
    *,
    escalation: bool,
    as_json: bool,
) -> None:
    """Tell a role over desk or e-mail, or an address by webhook, whose secret is shown.

    The first route of a way ends the defaults of this way.
    """
    wanted = Route(
        Way(way),
        Level.ESCALATION if escalation else Level.FIRST,
        Role(role) if role else None,
        AlarmKind(kind) if kind else None,
        url,
    )
    with open_database() as database:
        key = keys.of(Settings(), database) if url else b""
        with database.unit_of_work() as session:
            route_id = alarms.add_route(session, wanted, actor=CLI, now=clock.now())
    shown: dict[str, str | None] = {"id": str(route_id)}
    if url:
        shown["webhook_secret"] = alarms.webhook_secret(key, url)
    show(shown, as_json=as_json)


@route.command("remove")
@click.argument("route_id", type=int)
def route_remove(route_id: int) -> None:
    """Remove a route."""
    with open_database() as database, database.unit_of_work() as session:
        alarms.remove_route(session, route_id, actor=CLI, now=clock.now())


def _print(rows: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values() if value not in {None, ""}))
