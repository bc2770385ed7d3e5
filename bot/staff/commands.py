"""The commands around accounts that somebody can no longer open."""

import click
from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import CLI
from bot.console import open_database, show
from bot.staff import passwords, queries, second_factor, service
from bot.staff.queries import UserRow


@click.command("reset-password")
@click.argument("username")
@click.option("--json", "as_json", is_flag=True)
def reset_password(username: str, *, as_json: bool) -> None:
    """Give a user a new first password, shown once; it ends the user's sessions."""
    password = passwords.generate()
    password_hash = passwords.hash_password(password)
    with open_database() as database, database.unit_of_work() as session:
        found = _user(session, username)
        service.set_password(
            session, CLI, found.id, password_hash, now=clock.now(), must_change=True
        )
    show({"username": found.username, "password": password}, as_json=as_json)


@click.command("reset-totp")
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


@click.command("sign-out")
@click.argument("username")
def sign_out(username: str) -> None:
    """End every session of a user."""
    with open_database() as database, database.unit_of_work() as session:
        found = _user(session, username)
        count = service.revoke_all(session, CLI, found.id, now=clock.now())
    click.echo(f"Sessions ended: {count}")


def _user(session: Session, username: str) -> UserRow:
    found = queries.find_user(session, username)
    if found is None:
        raise click.ClickException(f"There is no user {username}.")
    return found
