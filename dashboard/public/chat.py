"""The web chat: its page and frame, and what a visitor sends."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from bot import clock
from bot.channels.queries import ChannelInfo
from bot.inbound.service import Arrival
from bot.inbox import thread
from bot.staff import limits
from connectors.base import RawFile, RawItem
from connectors.webchat.parse import MAX_TEXT, WebChatMessage
from dashboard.public import forms, stream, talk, words
from dashboard.public.forms import MAX_PHOTOS, Form, Posted
from dashboard.public.talk import NoChatError
from dashboard.reports import fields
from dashboard.security.bodies import MEBIBYTE
from dashboard.security.cookies import VISITOR, VISITOR_AGE, Visitor
from dashboard.speech import say
from dashboard.web import Web, language_of, render, see_other, sender_address, web_of
from nlp import emergency

router = APIRouter()
_ANSWER_WITHIN = 3.0  # seconds that a browser without scripts waits for its answer
_LOOK_EVERY = 0.5
_MESSAGES, _MINUTE = 120, timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was filled in."""

    text: str = field(default="", repr=False)
    place: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """What a visitor wants to say: a text, maybe a pressed button, maybe a position."""

    text: str = field(repr=False)
    choice: str | None = None
    position: tuple[float, float] | None = None


@router.get("/chat")
def chat(request: Request) -> Response:
    """Show the conversation; the visitor is a signed cookie."""
    return _page(request, talk.visitor_of(request), Typed(), {}, fields.new_key())


@router.post("/chat")
async def post_message(request: Request, posted: Form) -> Response:
    """Take a message; answered only after it is stored. The same form posted twice is one."""
    web, visitor, language = web_of(request), talk.visitor_of(request), language_of(request)
    if not forms.is_own(request, posted):
        errors = {"text": say(language, words.FORM_EXPIRED)}
        return await _refuse(request, visitor, posted, errors, status=403)
    try:
        here = await web.app.database.run(lambda: _channel(web))
    except NoChatError:
        return await _refuse(request, visitor, posted, {}, status=503)
    said, errors = await _read(web, visitor, posted, language)
    errors |= _check_files(web, here, posted.files, language)
    if errors:
        return await _refuse(request, visitor, posted, errors, status=422)
    if (wait := await web.app.database.run(lambda: _may_write(request))) is not None:
        errors = {"text": say(language, words.TOO_FAST)}
        return await _refuse(request, visitor, posted, errors, status=429, retry_after=wait)
    message = _message(visitor, posted, said)
    item = RawItem(
        event_id=talk.native_id(visitor.id, posted.key),
        order_key=talk.order_key(visitor.id),
        payload=message.model_dump(mode="json"),
        files=posted.files,
    )
    arrival = Arrival(here.id, item, urgent=bool(emergency.detect(said.text)))
    await web.app.intake.put([arrival])
    if _wants_json(request):
        own = talk.own(message, [one.name for one in posted.files], message.sent_at)
        [html] = await web.app.database.run(lambda: stream.html_of(web, [own], language))
        response: Response = JSONResponse({"messages": [{"id": own.id, "html": html}]})
    else:
        await _wait_for_answer(web, here, item.event_id)
        frame = f"?embed=1&lang={language}" if _is_frame(request) else ""
        response = see_other(f"/chat{frame}#end")
    _remember(request, response, visitor)
    return response


async def _read(
    web: Web, visitor: Visitor, posted: Posted, language: str
) -> tuple[Said, dict[str, str]]:
    """Return what is said, and what is wrong with it."""
    if choice := posted.line("choice"):
        label = await web.app.database.run(lambda: _label(web, visitor, choice, posted.key))
        if label is None:
            return Said(""), {"text": say(language, words.OLD_CHOICE)}
        return Said(label, choice), {}
    if suggestion := posted.line("suggestion"):
        return _checked(Said(suggestion), posted, language)
    position = _position(posted)
    place, text = posted.line("place"), posted.text("text")
    if place and not (position and place == say(language, words.OWN_LOCATION)):
        text = f"{text}\n{say(language, words.PLACE_LINE, place=place)}".strip()
    return _checked(Said(text, position=position), posted, language)


def _checked(said: Said, posted: Posted, language: str) -> tuple[Said, dict[str, str]]:
    if len(said.text) > MAX_TEXT:
        return said, {"text": say(language, fields.TOO_LONG, most=MAX_TEXT)}
    if not said.text and not posted.files and said.position is None:
        return said, {"text": say(language, words.EMPTY_MESSAGE)}
    return said, {}


def _label(web: Web, visitor: Visitor, choice: str, key: str) -> str | None:
    """Return what stands on the button `choice` of the newest message; older ones are history.

    The form `key` posted again says again what it has said.
    """
    with web.app.database.read() as session:
        found = talk.read(session, visitor.id)
        messages = talk.with_unread(session, visitor.id, found.messages)
    again = (message.text for message in messages if message.id == talk.own_id(key))
    buttons = (button for message in messages[-1:] for button in message.buttons)
    labels = (button.label for button in buttons if button.id == choice)
    return next(again, None) or next(labels, None)


def _position(posted: Posted) -> tuple[float, float] | None:
    try:
        lat, lon = float(posted.line("lat")), float(posted.line("lon"))
    except ValueError:
        return None
    sound = math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180
    return (lat, lon) if sound else None


def _check_files(
    web: Web, here: ChannelInfo, files: Sequence[RawFile], language: str
) -> dict[str, str]:
    if len(files) > MAX_PHOTOS:
        return {"photos": say(language, words.TOO_MANY_PHOTOS, most=MAX_PHOTOS)}
    most = web.app.connectors.of(here).capabilities.max_media_bytes
    for one in files:
        if len(one.content) > most:
            problem = say(language, words.PHOTO_TOO_LARGE, name=one.name, most=most // MEBIBYTE)
            return {"photos": problem}
    return {}


def _message(visitor: Visitor, posted: Posted, said: Said) -> WebChatMessage:
    lat, lon = said.position or (None, None)
    return WebChatMessage(
        id=posted.key,
        visitor=visitor.id,
        text=said.text,
        choice=said.choice,
        sent_at=clock.now(),
        lat=lat,
        lon=lon,
        files=len(posted.files),
    )


def _channel(web: Web) -> ChannelInfo:
    with web.app.database.read() as session:
        return talk.channel(session)


def _may_write(request: Request) -> int | None:
    """Count a message of this address; return the seconds to wait when there were too many."""
    web, now = web_of(request), clock.now()
    key = f"chat:{limits.network(sender_address(request))}"
    with web.app.database.unit_of_work() as session:
        if limits.hit(session, key, limit=_MESSAGES, window=_MINUTE, now=now, secret=web.key):
            return None
    return limits.retry_after(_MINUTE, now)


async def _wait_for_answer(web: Web, here: ChannelInfo, native_id: str) -> None:
    """Wait a little for the answer, so that a page without scripts shows it at once."""

    def is_answered() -> bool:
        with web.app.database.read() as session:
            return thread.is_answered(session, here.id, native_id)

    loop, bell = asyncio.get_running_loop(), web.app.bells.events
    deadline = loop.time() + _ANSWER_WITHIN
    while (left := deadline - loop.time()) > 0:
        rung = bell.rung
        if await web.app.database.run(is_answered):
            return
        await bell.wait_async(rung, min(left, _LOOK_EVERY))


async def _refuse(
    request: Request,
    visitor: Visitor,
    posted: Posted,
    errors: dict[str, str],
    *,
    status: int,
    retry_after: int | None = None,
) -> Response:
    """Say what is wrong, with the text kept."""
    if _wants_json(request):
        if status == NoChatError.status:
            errors = {"text": say(language_of(request), words.NO_CHAT)}
        response: Response = JSONResponse({"errors": errors}, status_code=status)
    else:
        typed = Typed(posted.text("text"), posted.line("place"))
        errors = forms.lost_photos(posted, language_of(request)) | errors
        response = await web_of(request).app.database.run(
            lambda: _page(request, visitor, typed, errors, posted.key, status=status)
        )
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _page(
    request: Request,
    visitor: Visitor,
    typed: Typed,
    errors: dict[str, str],
    key: str,
    *,
    status: int = 200,
) -> Response:
    web, language, framed = web_of(request), language_of(request), _is_frame(request)
    try:
        with web.app.database.read() as session:
            found = talk.read(session, visitor.id)
            messages = talk.with_unread(session, visitor.id, found.messages)
    except NoChatError as error:
        detail = say(language, words.NO_CHAT)
        return render(
            request, "city/error.html", status=error.status, detail=detail, reference=None
        )
    pair = forms.token(request)
    page = render(
        request,
        "city/chat_frame.html" if framed else "city/chat.html",
        status=status,
        csrf=pair.field,
        key=key,
        messages=messages,
        form=typed,
        errors=errors,
        embed=framed,
        events=f"/chat/events?after={found.cursor}&lang={language}",
    )
    page.headers["Cache-Control"] = "no-store"
    forms.keep(request, page, pair, embedded=framed)
    _remember(request, page, replace(visitor, is_new=True))
    return page


def _remember(request: Request, response: Response, visitor: Visitor) -> None:
    if visitor.is_new:
        web_of(request).cookies.put(
            response, VISITOR, visitor.cookie, age=VISITOR_AGE, embedded=_is_frame(request)
        )


def _is_frame(request: Request) -> bool:
    return request.query_params.get("embed") == "1"


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
