"""Which kinds of channels the city allows: the switch for whoever decides about data protection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.channels import kinds
from bot.channels.kinds import DecidedError, Decision, Kind
from bot.errors import InvalidError
from bot.staff import permissions
from bot.staff.permissions import Permission, StaffUser
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import new_router
from dashboard.desk.words import FORMER, Words
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

Token = Annotated[str, Form(alias=csrf.FIELD)]

KINDS = "/desk/channel-kinds"
ALLOWED_BY = "Zugelassen von %(name)s"
FORBIDDEN_BY = "Nicht zugelassen von %(name)s"
BY_COMMAND = "der Administration, per Befehl"
UNDECIDED = "Noch nicht entschieden: Die Konten waren schon da"
DECIDED = "Inzwischen hat jemand anderes entschieden. Bitte sehen Sie nach, was jetzt gilt."
TOO_LONG = "Das ist zu lang: höchstens %(most)s Zeichen."


@dataclass(frozen=True, slots=True)
class Line:
    """A decision in words."""

    text: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """A kind as pages show it."""

    row: Kind
    label: str
    about: str
    address: str
    decision: Line | None


@router.get("/channel-kinds")
def show_list(request: Request) -> Response:
    """List the kinds, and which of them may be used."""
    user = access.current(request)
    permissions.require(user, Permission.CHANNELS_READ)
    words = Words(user.language)
    with web_of(request).app.database.read() as session:
        items = [_item(one, words) for one in kinds.kinds(session)]
    return page(request, user, "desk/permits.html", kinds=items)


@router.get("/channel-kinds/{kind}")
def show(request: Request, kind: str) -> Response:
    """Show what was decided about a kind, with the form to decide anew."""
    user = access.current(request)
    permissions.require(user, Permission.CHANNELS_READ)
    return _show(request, user, kind)


@router.post("/channel-kinds/{kind}")
def decide(
    request: Request,
    kind: str,
    allowed: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    last: Annotated[int, Form(ge=-1, lt=2**63)] = -1,
    token: Token = "",
) -> Response:
    """Allow a kind (`allowed=yes`) or forbid it (`no`); 409 where somebody was faster."""
    user = access.entitled(request, Permission.CHANNELS_PERMIT, token)
    if allowed not in {"yes", "no"}:
        raise InvalidError("It is either allowed or not.", field="allowed")
    web = web_of(request)
    try:
        with web.app.database.unit_of_work() as session:
            kinds.decide(
                session,
                kind,
                is_allowed=allowed == "yes",
                reason=reason,
                actor=Actor(ActorKind.USER, user.id),
                now=clock.now(),
                seen=last,
            )
    except DecidedError:
        decided = ("warn", Words(user.language).say(DECIDED))
        return _show(request, user, kind, status=409, reason=reason, flash=decided)
    except InvalidError as error:
        if error.field != "reason":
            raise
        words = Words(user.language)
        told = words.say(TOO_LONG, most=kinds.REASON)
        return _show(request, user, kind, status=422, reason=reason, errors={"reason": told})
    web.app.bells.events.ring()
    web.app.bells.outbound.ring()
    done = "kind_allowed" if allowed == "yes" else "kind_forbidden"
    return see_other(f"{KINDS}/{kind}?done={done}")


def _show(
    request: Request,
    user: StaffUser,
    name: str,
    *,
    status: int = 200,
    reason: str = "",
    errors: Mapping[str, str] | None = None,
    flash: tuple[str, str] | None = None,
) -> Response:
    words = Words(user.language)
    with web_of(request).app.database.read() as session:
        shown = _item(kinds.kind(session, name), words)
        history = [_line(one, words) for one in kinds.history(session, name)]
    return page(
        request,
        user,
        "desk/permit.html",
        status=status,
        flash=flash,
        kind=shown,
        history=history,
        may_decide=permissions.allows(user, Permission.CHANNELS_PERMIT) and not shown.row.is_own,
        reason=reason,
        errors=errors or {},
    )


def _item(row: Kind, words: Words) -> Item:
    return Item(
        row=row,
        label=words.channel_kind(row.name),
        about=words.channel_about(row.name),
        address=f"{KINDS}/{row.name}",
        decision=_line(row.decision, words) if row.decision else None,
    )


def _line(decision: Decision, words: Words) -> Line:
    if decision.actor_kind == ActorKind.SYSTEM:
        return Line(words.say(UNDECIDED), decision.reason, decision.decided_at)
    nameless = BY_COMMAND if decision.actor_kind == ActorKind.CLI else FORMER
    name = decision.decided_by or words.say(nameless)
    text = words.say(ALLOWED_BY if decision.is_allowed else FORBIDDEN_BY, name=name)
    return Line(text, decision.reason, decision.decided_at)
