"""Which kinds of channels the city allows: decided by a person, with a reason, for all accounts.

The decision is carried out in the channels' states, which every process follows already: what a
channel of a forbidden kind has in common with a paused one is that it is not active.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.service import Actor, ActorKind, Entry
from bot.channels import health
from bot.channels.models import Channel, ChannelHealth, KindDecision
from bot.channels.states import ChannelState
from bot.city import service as city
from bot.errors import InvalidError, NotFoundError, StadtdrahtError, StaleError
from bot.events import service as events
from bot.events.service import Change
from bot.staff.models import User
from connectors import registry
from connectors.base import Trouble
from connectors.capabilities import Capabilities
from connectors.registry import UnknownKindError
from connectors.text import clean

REASON = 300  # the longest reason, in characters


class KindForbiddenError(StadtdrahtError):
    """The city does not allow channels of this kind."""

    code = "kind_forbidden"
    status = 409


class DecidedError(StaleError):
    """Somebody has decided about the kind since it was read."""

    code = "kind_decided"


class KindNotFoundError(NotFoundError):
    """There is no such kind of channel."""

    code = "kind_not_found"


class OwnKindError(InvalidError):
    """The kind is part of the product: nothing of it leaves the house, so nobody forbids it."""

    code = "own_kind"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about a kind; `decided_by` is a colleague's name, None for who is none."""

    id: int
    is_allowed: bool
    reason: str | None
    actor_kind: str
    decided_by: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of channel: whether it may be used, and how many accounts there are of it."""

    name: str
    is_own: bool
    is_allowed: bool
    accounts: int
    decision: Decision | None

    @property
    def last(self) -> int:
        """The id of the decision that holds, 0 where there is none."""
        return self.decision.id if self.decision else 0


def kinds(session: Session) -> tuple[Kind, ...]:
    """Return every kind, with the decision that holds."""
    last = dict(_decisions(session))  # of each kind the last one stays
    forbidden = forbidden_kinds(session)
    accounts = _accounts(session)
    return tuple(
        Kind(name, _is_own(name), name not in forbidden, accounts.get(name, 0), last.get(name))
        for name in registry.kinds()
    )


def kind(session: Session, name: str) -> Kind:
    """Return one kind; raises `KindNotFoundError`."""
    found = next((one for one in kinds(session) if one.name == name), None)
    if found is None:
        known = ", ".join(registry.kinds())
        raise KindNotFoundError(f"There is no kind of channel named {name}. Known: {known}.")
    return found


def history(session: Session, name: str) -> Sequence[Decision]:
    """Return every decision about a kind, the newest first."""
    return [decision for kind, decision in _decisions(session) if kind == name][::-1]


def forbidden_kinds(session: Session) -> frozenset[str]:
    """Return the kinds that may not be used: what nobody has decided is as its connector says."""
    newest = select(func.max(KindDecision.id)).group_by(KindDecision.kind)
    decided = {
        row.kind: row.is_allowed
        for row in session.execute(
            select(KindDecision.kind, KindDecision.is_allowed).where(KindDecision.id.in_(newest))
        )
    }
    return frozenset(
        name for name in registry.kinds() if not decided.get(name, not _needs_consent(name))
    )


def demand(session: Session, name: str) -> None:
    """Let a kind pass that the city allows; raises `KindForbiddenError`."""
    if name in forbidden_kinds(session):
        raise KindForbiddenError(
            f"The city does not allow channels of the kind {name}. Whoever decides about data "
            f"protection can allow them: `stadtdraht channel allow {name}`, or in the desk."
        )


def hold(session: Session, name: str) -> None:
    """Let an allowed kind pass, and keep it allowed until the commit; errors as `demand`."""
    if not _is_own(name):
        city.hold(session)  # whoever forbids it waits here, then finds what we have written
        demand(session, name)


def decide(
    session: Session,
    name: str,
    *,
    is_allowed: bool,
    reason: str,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> None:
    """Allow or forbid a kind, and let its accounts go on or stop them.

    Those that somebody has paused stay paused. Those whose log-in was lost go on as well: whether
    it is still lost is asked again. Who repeats what was decided, with no other reason, decides
    nothing. `seen` is the decision that was read (`Kind.last`), None for who reads none. Raises
    `DecidedError`, `KindNotFoundError`, `OwnKindError`, and `InvalidError` for a reason that is too
    long.
    """
    if kind(session, name).is_own:
        raise OwnKindError(f"Channels of the kind {name} are part of Stadtdraht itself.")
    told = " ".join(clean(reason).split())
    if len(told) > REASON:
        raise InvalidError(f"A reason has {REASON} characters at most.", field="reason")
    # Channels before the city, as whoever resumes or changes one locks them.
    session.execute(
        select(Channel.id).where(Channel.kind == name).order_by(Channel.id).with_for_update()
    )
    city.hold(session)
    last = kind(session, name)
    if _repeats(last.decision, told, is_allowed=is_allowed):
        return
    if seen not in {None, last.last}:
        raise DecidedError("Somebody has decided about this kind meanwhile.")
    decision = KindDecision(
        kind=name,
        is_allowed=is_allowed,
        reason=told or None,
        actor_kind=actor.kind,
        actor_id=actor.id,
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    fields = ("is_allowed", "reason") if told else ("is_allowed",)
    action = "kind.allowed" if is_allowed else "kind.forbidden"
    audit.note(session, actor, action, "kind_decision", decision.id, *fields, now=now)
    state = ChannelState.ACTIVE if is_allowed else ChannelState.FORBIDDEN
    changed = _carry_out(session, name, state)
    for channel_id in changed:
        health.clear(session, channel_id, now=now)
    audit.record(
        session,
        [Entry(actor, f"channel.{state}", "channel", one, ("state",)) for one in changed],
        now=now,
    )
    events.publish(session, [Change("channel.changed")], now=now)


def _repeats(last: Decision | None, reason: str, *, is_allowed: bool) -> bool:
    """Whether a person has decided so already; what an upgrade has written decides nothing."""
    return (
        last is not None
        and last.actor_kind != ActorKind.SYSTEM
        and last.is_allowed == is_allowed
        and reason in {"", last.reason}
    )


def _carry_out(session: Session, name: str, state: ChannelState) -> Sequence[int]:
    """Give the accounts of a kind their state; return those that had another one."""
    if state is ChannelState.ACTIVE:
        waiting = Channel.state == ChannelState.FORBIDDEN
    else:
        lost = select(ChannelHealth.channel_id).where(ChannelHealth.trouble == Trouble.LOGIN)
        waiting = or_(
            Channel.state == ChannelState.ACTIVE,
            and_(Channel.state == ChannelState.PAUSED, Channel.id.in_(lost)),
        )
    changed = session.scalars(
        update(Channel)
        .where(Channel.kind == name, waiting)
        .values(state=state)
        .returning(Channel.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(changed)


def _decisions(session: Session) -> Sequence[tuple[str, Decision]]:
    """Return all decisions with their kinds, the oldest first."""
    is_user = and_(KindDecision.actor_kind == ActorKind.USER, User.id == KindDecision.actor_id)
    rows = session.execute(
        select(KindDecision, User.display_name).outerjoin(User, is_user).order_by(KindDecision.id)
    )
    return [
        (
            one.kind,
            Decision(one.id, one.is_allowed, one.reason, one.actor_kind, name, one.decided_at),
        )
        for one, name in rows
    ]


def _accounts(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Channel.kind, func.count().label("accounts"))
        .where(Channel.state != ChannelState.REMOVED)
        .group_by(Channel.kind)
    )
    return {row.kind: row.accounts for row in rows}


def _is_own(name: str) -> bool:
    can = _capabilities(name)
    return can is not None and can.own


def _needs_consent(name: str) -> bool:
    can = _capabilities(name)
    return can is not None and can.needs_consent


def _capabilities(name: str) -> Capabilities | None:
    """Return what a kind can do; None for one that only another version knows."""
    try:
        return registry.connector(name).capabilities
    except UnknownKindError:
        return None
