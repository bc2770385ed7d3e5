"""The commands around staff accounts: adding, closing, and opening them again."""

import json

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import CLI
from bot.console import open_database, show
from bot.offices.models import Office
from bot.staff import passwords, queries, second_factor, service
from bot.staff.queries import UserRow
from bot.staff.states import Role


@click.group()
def user() -> None:
    """Staff accounts."""


@user.command("add")
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="manager")
@click.option("--office", help="The short name of the office; the role office needs one.")
@click.option("--name", help="The name that colleagues and citizens see.")
@click.option("--email", help="Where alarms are sent to.")
@click.option("--json", "as_json", is_flag=True)
def add(
    username: str,
    role: str,
    office: str | None,
    name: str | None,
    email: str | None,
    *,
    as_json: bool,
) -> None:
    """Add a user; the password is shown once and has to be changed at the first log-in."""
    password = passwords.generate()
    password_hash = passwords.hash_password(password)
    with open_database() as database, database.unit_of_work() as session:
        service.create_user(
            session,
            CLI,
            username=username,
            display_name=name or username,
            role=Role(role),
            office_id=_office(session, office) if office else None,
            email=email,
            password_hash=password_hash,
            must_change_password=True,
            now=clock.now(),
        )
    show({"username": username, "password": password}, as_json=as_json)


@user.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_users(*, as_json: bool) -> None:
    """List the users."""
    with open_database() as database, database.read() as session:
        rows = [
            {
                "username": row.username,
                "name": row.display_name,
                "role": row.role,
                "office": row.office_name,
                "active": row.active,
            }
            for row in queries.list_users(session)
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    for one in [] if as_json else rows:
        state = "" if one["active"] else "deactivated"
        words = (one["username"], one["role"], one["office"], one["name"], state)
        click.echo("  ".join(str(word) for word in words if word))


@user.command("email")
@click.argument("username")
@click.argument("address", required=False)
def email(username: str, address: str | None) -> None:
    """Set where a user's alarms are sent to; without ADDRESS, nowhere."""
    with open_database() as database, database.unit_of_work() as session:
        service.set_email(session, CLI, _user(session, username).id, address, now=clock.now())


@user.command("token")
@click.argument("username")
@click.option("--name", default="cli", help="What the token is for.")
@click.option("--json", "as_json", is_flag=True)
def token(username: str, name: str, *, as_json: bool) -> None:
    """Make an API token for a user; it is shown once. `sign-out` ends it."""
    with open_database() as database, database.unit_of_work() as session:
        found = _user(session, username)
        made = service.create_api_token(session, CLI, found.id, name=name, now=clock.now())
    show({"token": made}, as_json=as_json)


@user.command("deactivate")
@click.argument("username")
def deactivate(username: str) -> None:
    """Lock a user out at once: sessions and API tokens end."""
    _set_active(username, active=False)
    click.echo(f"{username} can no longer log in.")


@user.command("activate")
@click.argument("username")
def activate(username: str) -> None:
    """Let a deactivated user log in again; sessions and API tokens stay ended."""
    _set_active(username, active=True)
    click.echo(f"{username} can log in again.")


def _set_active(username: str, *, active: bool) -> None:
    with open_database() as database, database.unit_of_work() as session:
        service.set_active(
            session, CLI, _user(session, username).id, active=active, now=clock.now()
        )


@user.command("reset-password")
@click.argument("username")
@click.option("--json", "as_json", is_flag=True)
def reset_password(username: str, *, as_json: bool) -> None:
    """Give a user a new first password, shown once; it ends sessions and API tokens."""
    password = passwords.generate()
    password_hash = passwords.hash_password(password)
    with open_database() as database, database.unit_of_work() as session:
        found = _user(session, username)
        service.set_password(
            session, CLI, found.id, password_hash, now=clock.now(), must_change=True
        )
        service.revoke_tokens(session, CLI, found.id, clock.now())
    show({"username": found.username, "password": password}, as_json=as_json)


@user.command("reset-totp")
@click.argument("username")
def reset_totp(username: str) -> None:
    """Switch off a user's second factor, when app and recovery codes are lost.

    Make sure first who asks: whoever has the password is in then. Ends all sessions.
    """
    with open_database() as database, database.unit_of_work() as session:
        found = _user(session, username)
        if not second_factor.remove(session, CLI, found.id, now=clock.now()):
            raise click.ClickException(f"{found.username} has no second factor.")
    click.echo(f"{found.username} logs in with the password alone now.")


@user.command("sign-out")
@click.argument("username")
def sign_out(username: str) -> None:
    """End every session and API token of a user."""
    with open_database() as database, database.unit_of_work() as session:
        found = _user(session, username)
        count = service.revoke_all(session, CLI, found.id, now=clock.now())
        service.revoke_tokens(session, CLI, found.id, clock.now())
    click.echo(f"Sessions ended: {count}")


def _user(session: Session, username: str) -> UserRow:
    found = queries.find_user(session, username)
    if found is None:
        raise click.ClickException(f"There is no user {username}.")
    return found


def _office(session: Session, slug: str) -> int:
    found = session.scalar(select(Office.id).where(Office.slug == slug))
    if found is None:
        known = ", ".join(session.scalars(select(Office.slug).order_by(Office.slug)))
        raise click.ClickException(f"There is no office {slug}. Known: {known or 'none'}.")
    return found
