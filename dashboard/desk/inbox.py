"""The inbox: the list, and a conversation beside it."""

from fastapi import Request, Response

from bot import clock
from bot.errors import PermissionDeniedError
from bot.events import service as events
from bot.events.service import Change
from bot.inbox import service as inbox
from dashboard.desk import access, listing, opened
from dashboard.desk.page import page, part
from dashboard.desk.route import Key, new_router
from dashboard.web import is_fragment, see_other, web_of

router = new_router()


@router.get("")
def show_list(request: Request) -> Response:
    """Show the list; `selected` names the conversation that stands beside it.

    Who may not read conversations starts with the tickets.
    """
    user = access.current(request)
    selected = request.query_params.get("selected", "")
    selected_id = int(selected) if selected.isdecimal() and len(selected) < 19 else None
    try:
        with web_of(request).app.database.read() as session:
            found = listing.listing(session, request, user, selected_id=selected_id)
    except PermissionDeniedError:
        if is_fragment(request) or user.must_change_password:
            raise
        return see_other("/desk/tickets")
    if is_fragment(request):
        beside = selected_id is not None
        variables = found.context() | {"conversation": beside}
        return part(request, user, "desk/_list.html", status=200, **variables)
    variables = found.context() | {"conversation": None}
    return page(request, user, "desk/inbox.html", status=200, flash=None, **variables)


@router.get("/conversations/{conversation_id}")
def show_conversation(request: Request, conversation_id: Key) -> Response:
    """Show a conversation; who can answer it has read it then."""
    user = access.current(request)
    web = web_of(request)
    with web.app.database.read() as session:
        row = access.conversation(session, user, conversation_id)
    if row.unread and access.may(user, row).reply and _is_looked_at(request):
        with web.app.database.unit_of_work() as session:
            inbox.mark_read(session, conversation_id)
            change = Change("conversation.read", conversation_id)
            events.publish(session, [change], now=clock.now())
        web.app.bells.events.ring()
    return opened.show(request, user, conversation_id)


def _is_looked_at(request: Request) -> bool:
    """Tell whether a person sees it: a live update in a hidden tab is no reading."""
    headers = request.headers
    return not is_fragment(request) or "hx-target" in headers or headers.get("desk-seen") == "1"
