"""Answering with a conversation: as a page, as the part a script asks for, or as a conflict."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from bot.inbox import thread as messages
from bot.inbox.states import DraftMode
from bot.staff.permissions import StaffUser
from dashboard.desk import access, listing, thread
from dashboard.desk.listing import chosen
from dashboard.desk.page import page, part
from dashboard.desk.thread import ShownMessage
from dashboard.desk.words import Words
from dashboard.render import link
from dashboard.web import is_fragment, see_other, web_of

_NEWEST = 20


@dataclass(frozen=True, slots=True)
class Typed:
    """A text that was not taken, and why, per field."""

    mode: DraftMode
    text: str
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both texts of a stale reply."""

    mode: str
    yours: str
    theirs: list[ShownMessage]


def show(
    request: Request,
    user: StaffUser,
    conversation_id: int,
    *,
    typed: Typed | None = None,
    status: int = 200,
) -> Response:
    """Show the conversation: beside the list, or alone to a script."""
    alone = is_fragment(request)
    with web_of(request).app.database.read() as session:
        row = access.conversation(session, user, conversation_id)
        found = thread.read(session, request, user, row)
        beside = (
            None if alone else listing.listing(session, request, user, selected_id=conversation_id)
        )
    if typed:
        found = found.with_text(typed.mode, typed.text, typed.errors)
    if beside is None:
        return part(request, user, "desk/_conversation.html", status=status, **found.context())
    variables = beside.context() | found.context()
    return page(request, user, "desk/inbox.html", status=status, flash=None, **variables)


def after_change(request: Request, user: StaffUser, conversation_id: int) -> Response:
    """Answer to a form that has changed the conversation: a script gets it at once."""
    if is_fragment(request):
        return show(request, user, conversation_id)
    address = f"/desk/conversations/{conversation_id}"
    return see_other(link(address, **chosen(request).query))


def refuse(request: Request, user: StaffUser, conversation_id: int, typed: Typed) -> Response:
    """Say what is wrong with a text (422), which stays where it was typed."""
    if not is_fragment(request):
        return show(request, user, conversation_id, typed=typed, status=422)
    [text] = typed.errors.values()
    return part(request, user, "desk/_alert.html", status=422, text=text, kind="other")


def conflict(
    request: Request, user: StaffUser, conversation_id: int, typed: Typed, *, seen: int
) -> Response:
    """Show what came since version `seen`, beside the text that was not sent (409)."""
    words = Words(user.language)
    with web_of(request).app.database.read() as session:
        row = access.conversation(session, user, conversation_id)
        newer = min(max(row.version - seen, 1), _NEWEST)
        entries, _ = messages.entries(session, conversation_id, limit=newer)
    conversation = thread.shown(row, words)
    both = Conflict(
        mode=typed.mode.value,
        yours=typed.text,
        theirs=[thread.message(entry, conversation.name, words) for entry in entries],
    )
    show_it = part if is_fragment(request) else page
    template = "desk/_conflict.html" if is_fragment(request) else "desk/conflict.html"
    return show_it(request, user, template, status=409, conversation=conversation, conflict=both)
