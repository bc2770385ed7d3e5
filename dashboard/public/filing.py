"""What is asked of citizens' forms before they become tickets: not too many, sound pictures."""

from collections.abc import Sequence
from datetime import timedelta

from fastapi import Request

from bot import clock
from bot.attachments import rules as attachments
from bot.audit.service import Actor, ActorKind
from bot.staff import limits
from bot.tickets.photos import Picture
from connectors.base import RawFile
from dashboard.public import words
from dashboard.public.forms import MAX_PHOTOS, Posted
from dashboard.reports import filing
from dashboard.security import csrf
from dashboard.security.bodies import MEBIBYTE
from dashboard.speech import say
from dashboard.web import sender_address, web_of

CITIZEN = Actor(ActorKind.CONTACT)
_TOLD = ("place", "district", "name", "contact")  # lines that make a report another one
_HOUR = timedelta(hours=1)
_REPORTS_PER_HOUR = 20
_PICTURES_PER_HOUR = 60  # forms with pictures from one address


def token_of(request: Request, posted: Posted) -> str:
    """Return the token of the ticket that this form becomes: the same form, the same ticket."""
    lines = (posted.line(name) for name in _TOLD)
    return filing.token_of(
        request, posted.text(csrf.FIELD), posted.key, posted.text("text"), *lines
    )


def may_report(request: Request) -> int | None:
    """Count a report of this address; return the seconds to wait when there were too many."""
    web = web_of(request)
    now = clock.now()
    key = f"report:{limits.network(sender_address(request))}"
    with web.app.database.unit_of_work() as session:
        if limits.hit(session, key, limit=_REPORTS_PER_HOUR, window=_HOUR, now=now, secret=web.key):
            return None
    return limits.retry_after(_HOUR, now)


def _may_send_pictures(request: Request) -> bool:
    web = web_of(request)
    key = f"pictures:{limits.network(sender_address(request))}"
    with web.app.database.unit_of_work() as session:
        return limits.hit(
            session, key, limit=_PICTURES_PER_HOUR, window=_HOUR, now=clock.now(), secret=web.key
        )


def examine(
    request: Request, files: Sequence[RawFile], *, language: str
) -> tuple[tuple[Picture, ...], str | None]:
    """Return the pictures that may be kept, or what is wrong with the first that may not.

    Decoding is the dearest thing that a stranger can ask for, so forms with pictures are counted
    before it, also those that turn out to be wrong.
    """
    if len(files) > MAX_PHOTOS:
        return (), say(language, words.TOO_MANY_PHOTOS, most=MAX_PHOTOS)
    if files and not _may_send_pictures(request):
        return (), say(language, words.TOO_FAST)
    max_mb = web_of(request).app.settings.max_upload_mb
    found = []
    for given in files:
        if len(given.content) > max_mb * MEBIBYTE:
            return (), say(language, words.PHOTO_TOO_LARGE, name=given.name, most=max_mb)
        examined = attachments.examine(given.content, max_bytes=max_mb * MEBIBYTE)
        if examined.content is None or not examined.media_type.startswith("image/"):
            return (), say(language, words.PHOTO_BROKEN, name=given.name)
        found.append(Picture(given.name, examined))
    return tuple(found), None
