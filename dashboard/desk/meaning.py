"""What a message really meant: a colleague says so, and the next training learns from it."""

from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.errors import InvalidError
from bot.learning import queries
from bot.learning import service as learning
from bot.learning.queries import Turn
from bot.learning.rules import Meaning
from bot.learning.service import RewordedError, TurnNotFoundError
from bot.staff.permissions import Permission, StaffUser
from dashboard.desk import access, reasons
from dashboard.desk.page import page
from dashboard.desk.reasons import Labels
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import INTENTS, Words
from dashboard.render import link
from dashboard.security import csrf
from dashboard.web import see_other, web_of
from nlp import taxonomy

router = new_router()

QUEUE = "/desk/learning"
FIRST = "first"  # the beginning of the queue, as a form brings it back
NOT_CHOSEN = "Bitte wählen Sie mindestens ein Anliegen."
REWORDED = "Die Nachricht wurde inzwischen geändert. Bitte lesen Sie sie noch einmal."


@router.get("/conversations/{conversation_id}/messages/{message_id}/meaning")
def show(request: Request, conversation_id: Key, message_id: Key, back: str = "") -> Response:
    """Show a message with everything that it can mean."""
    return _page(request, access.current(request), conversation_id, message_id, back=back)


@router.post("/conversations/{conversation_id}/messages/{message_id}/meaning")
def judge(
    request: Request,
    conversation_id: Key,
    message_id: Key,
    intents: Annotated[list[str] | None, Form()] = None,
    category: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Keep what it meant; whoever has read other words reads them again (409)."""
    user = access.poster(request, token)
    app = web_of(request).app
    meant = Meaning(tuple(intents or ()), category or None)
    try:
        with app.database.unit_of_work() as session:
            access.conversation(session, user, conversation_id, Permission.UNDERSTANDING_JUDGE)
            turn = queries.turn(session, message_id)
            _require(turn, conversation_id)
            learning.judge(session, message_id, meant, seen=seen, user_id=user.id, now=clock.now())
    except InvalidError:
        return _page(request, user, conversation_id, message_id, 422, chosen=meant, back=back)
    except RewordedError:
        return _page(request, user, conversation_id, message_id, 409, back=back)
    app.bells.events.ring()
    if back:
        place = "" if back == FIRST else back
        query = {"after": place} if place else {}
        judged = f"{conversation_id}-{message_id}"
        return see_other(link(QUEUE, done="understood", judged=judged, **query))
    return see_other(f"/desk/conversations/{conversation_id}#message-{message_id}")


def _require(turn: Turn | None, conversation_id: int) -> Turn:
    """Return a turn of this conversation; raises `TurnNotFoundError`."""
    if turn is None or turn.conversation_id != conversation_id:
        raise TurnNotFoundError("No turn of this conversation ends with this message.")
    return turn


def _learnable(labels: Labels) -> list[tuple[str, str]]:
    """Return the city's categories that the model knows."""
    known = taxonomy.categories()
    return [(code, label) for code, label in labels.categories.items() if code in known]


def _page(
    request: Request,
    user: StaffUser,
    conversation_id: int,
    message_id: int,
    status: int = 200,
    *,
    chosen: Meaning | None = None,
    back: str = "",
) -> Response:
    words = Words(user.language)
    with web_of(request).app.database.read() as session:
        access.conversation(session, user, conversation_id, Permission.UNDERSTANDING_JUDGE)
        turn = _require(queries.turn(session, message_id), conversation_id)
        labels = Labels(session, words)
    meant = chosen or (turn.judged.meaning if turn.judged else turn.said)
    told = {409: REWORDED}.get(status, "")
    return page(
        request,
        user,
        "desk/meaning.html",
        status=status,
        here=f"/desk/conversations/{conversation_id}#message-{message_id}",
        why=reasons.of(turn, labels),
        text=turn.text,
        intents=[(code, words.intent(code)) for code in INTENTS],
        categories=[("", words.say(reasons.NO_CATEGORY)), *_learnable(labels)],
        chosen=meant,
        back=back,
        told=words.say(told) if told else "",
        errors={"intents": words.say(NOT_CHOSEN)} if status == 422 else {},
    )
