"""What the city itself needs: people who can log in, channels that work, backups."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.channels import details, texts
from bot.channels import queries as channels
from bot.channels.models import ChannelHealth
from bot.channels.queries import ChannelInfo
from bot.city import queries as city
from bot.config import Settings
from bot.operation import records
from bot.operation.checks.web import is_local
from bot.operation.findings import Finding, ok, warning, wrong
from bot.privacy import trust
from bot.staff.models import User
from bot.staff.states import Role
from bot.understanding import queries as understanding
from connectors import registry
from connectors.registry import UnknownKindError
from nlp import heads
from nlp.data import DataError
from nlp.types import Weights

_DRIFT = timedelta(hours=1)  # another machine's clock


def check(session: Session, settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Yield how the city stands."""
    active = select(func.count()).where(User.active)
    yield users(
        session.scalar(active) or 0, session.scalar(active.where(User.role == Role.ADMIN)) or 0
    )
    is_demo = city.facts(session).demo
    yield demo(settings.public_url, is_demo=is_demo)
    yield backups(records.last_made(session), is_demo=is_demo, now=now)
    yield forgetting(trust.standing(session))
    yield model(understanding.weights(session))
    known = channels.channels(session)
    yield from kinds(known)
    yield from _troubles(session, known)


def users(active: int, admins: int) -> Finding:
    """Judge who can log in."""
    if not active:
        return wrong("users", "Nobody can log in.", "Run `stadtdraht user add NAME --role admin`.")
    if not admins:
        text = "Nobody can change settings and accounts."
        return warning("users", text, "Run `stadtdraht user add NAME --role admin`.")
    return ok("users", f"{active} people can log in, {admins} of them as admin.")


def model(own: Weights | None) -> Finding:
    """Judge whether the city's own model fits this version."""
    if own is None:
        return ok("model", "The model of this version understands.")
    try:
        return ok("model", f"The city's own model {heads.read(own).name} understands.")
    except DataError as error:
        text = f"The model of this version understands, for {error}."
        cure = "Train yours anew with this version, or run `stadtdraht nlp use --shipped`."
        return warning("model", text, cure)


def demo(url: str, *, is_demo: bool) -> Finding:
    """Judge whether invented data is shown to real citizens."""
    if is_demo and not is_local(urlsplit(url).hostname or ""):
        text = f"{url} shows the demo city's invented data."
        return wrong("demo", text, "Begin a real city with an empty database.")
    return ok("demo", "This is the demo city." if is_demo else "This is a real city.")


def backups(last: datetime | None, *, is_demo: bool, now: datetime) -> Finding:
    """Judge the age of the newest backup."""
    cure = "Run `stadtdraht db backup FILE` every day, and keep the files on another machine."
    if last is None:
        text = "No backup was ever made."
        return warning("backup", text, cure) if is_demo else wrong("backup", text, cure)
    age = now - last
    if age < -_DRIFT:
        text = f"The newest backup is dated {last:%Y-%m-%d %H:%M} UTC, which is still to come."
        return wrong("backup", text, f"Put the clock right, then: {cure}")
    if age > records.OLD:
        text = f"The newest backup is {age.days} days old."
        return warning("backup", text, cure) if is_demo else wrong("backup", text, cure)
    return ok("backup", f"The newest backup was made {last:%Y-%m-%d %H:%M} UTC.")


def forgetting(standing: trust.Standing | None) -> Finding:
    """Judge whether citizens' data goes when its time is over."""
    if standing is None or standing.last is None or standing.proven is None:
        return ok("forgetting", "What is over is deleted.")
    ahead = standing.seen - standing.last
    text = f"The clock stands {ahead.days} days ahead of the last deletion of what is over."
    cure = (
        "If date and time are wrong, put them right within a day of running: then everything that "
        "is due by them is deleted. If the city was off for so long, do nothing."
    )
    return warning("forgetting", text, cure)


def kinds(known: Sequence[ChannelInfo]) -> Iterator[Finding]:
    """Look for channels that only another version knows."""
    for kind in sorted({channel.kind for channel in known}):
        try:
            registry.connector(kind)
        except UnknownKindError:
            cure = "Run the version that knows it, or remove these channels."
            yield wrong(f"kind:{kind}", "This version knows no channels of this kind.", cure)


def _troubles(session: Session, known: Sequence[ChannelInfo]) -> Iterator[Finding]:
    states = {row.channel_id: row for row in session.scalars(select(ChannelHealth))}
    for channel in known:
        state = states.get(channel.id)
        check = f"channel:{channel.slug}"
        if state and state.trouble:
            advice = texts.trouble(state.trouble, state.detail)
            cause = f" {details.to(state.detail, 'en')}" if state.detail else ""
            cure = advice.cure.en
            if advice is texts.NOT_INSTALLED:
                cure = f"Run `pip install 'stadtdraht[{channel.kind}]'`."
            yield wrong(check, f"{channel.name}: {advice.what.en}{cause}", cure)
        elif channel.last_error:
            text = f"{channel.name}: {channel.last_error}"
            yield wrong(check, text, "Look at the address of its callback, and who runs it.")
