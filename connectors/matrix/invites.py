"""Invitations: followed or declined by policy, a few at a time, however many there are."""

from collections import deque
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote

from connectors.asking import Refused, Unreachable
from connectors.base import PlatformError, Trouble
from connectors.matrix.cursors import Cursor, Invite
from connectors.matrix.session import Session
from connectors.matrix.settings import Invites

REMEMBERED = 500  # invitations in the cursor; the rest stays with the server
_PER_PULL = 5
_PER_MINUTE = 30
_MINUTE = 60.0
_JOIN_WITHIN = 12.0  # seconds; another server may have to be asked
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Answered:
    """An invitation with its answer; `joined` is None while there is none."""

    invite: Invite
    joined: bool | None


class Door:
    """Answers invitations; `ticks` counts seconds."""

    def __init__(self, session: Session, policy: Invites, ticks: Callable[[], float]) -> None:
        self._session = session
        self._policy = policy
        self._ticks = ticks
        self._recent: deque[float] = deque()
        self._closed_until = 0.0
        self._tries: dict[str, int] = {}

    def is_open(self) -> bool:
        """Tell whether an invitation can be answered now."""
        now = self._ticks()
        while self._recent and self._recent[0] <= now - _MINUTE:
            self._recent.popleft()
        return now >= self._closed_until and len(self._recent) < _PER_MINUTE

    async def answer(self, cursor: Cursor, successors: Container[str | None]) -> Cursor:
        """Answer the first few invitations; return the cursor without them.

        Into the `successors` of our rooms whoever invites us may: we are wanted there already.
        Answering again what was answered before a crash changes nothing. Raises `PlatformError`
        only for a lost log-in.
        """
        joining, waiting = set(cursor.joining), list(cursor.invites)
        began = self._ticks()
        for invite in cursor.invites[:_PER_PULL]:
            if not self.is_open() or self._ticks() > began + _JOIN_WITHIN:
                break
            self._recent.append(self._ticks())
            welcome = invite.room_id in successors or self._welcome(invite)
            answered = await self._answer(invite, welcome=welcome)
            if answered.joined is None:
                waiting.remove(invite)
                waiting.append(invite)  # the others first
                continue
            self._tries.pop(invite.room_id, None)
            waiting.remove(invite)
            if answered.joined:
                joining.add(invite.room_id)
        return replace(cursor, invites=tuple(waiting), joining=frozenset(joining))

    async def leave(self, room_id: str) -> bool:
        """Leave a room or decline its invitation; one that cannot be left is let be.

        False: the homeserver has not heard of it, or asks for patience.
        """
        try:
            await self._session.ask("POST", f"/rooms/{quote(room_id, safe='')}/leave", body={})
        except (Refused, PlatformError) as error:
            return not self._unheard(error)
        return True

    async def _answer(self, invite: Invite, *, welcome: bool) -> _Answered:
        if not welcome:
            left = await self.leave(invite.room_id)
            return _Answered(invite, joined=False if left else None)
        path = f"/join/{quote(invite.room_id, safe='')}"
        query = None
        if invite.via:
            query = {"server_name": invite.via, "via": invite.via}
        tried = self._tries[invite.room_id] = self._tries.get(invite.room_id, 0) + 1
        try:
            await self._session.ask("POST", path, query=query, body={}, within=_JOIN_WITHIN)
        except (Refused, PlatformError) as error:
            if self._unheard(error):
                self._tries[invite.room_id] -= 1
                return _Answered(invite, joined=None)
            if isinstance(error, PlatformError) and tried < _TRIES:
                return _Answered(invite, joined=None)
        else:
            return _Answered(invite, joined=True)
        await self.leave(invite.room_id)
        return _Answered(invite, joined=False)

    def _welcome(self, invite: Invite) -> bool:
        if self._policy is Invites.ALL or invite.via:
            return True
        ours = self._session.user_id.partition(":")[2]
        theirs = invite.inviter.partition(":")[2]
        return self._policy is Invites.OWN_SERVER and theirs == ours

    def _unheard(self, error: Refused | PlatformError) -> bool:
        """Tell whether nothing came of it and asking later will help; raises a lost log-in."""
        trouble = error.trouble() if isinstance(error, Refused) else error
        if trouble.trouble is Trouble.LOGIN:
            raise trouble
        unreached = isinstance(trouble, Unreachable) and not trouble.left
        if not unreached and trouble.trouble is not Trouble.RATE:
            return False
        wait = trouble.retry_after or timedelta(seconds=_MINUTE)
        self._closed_until = self._ticks() + wait.total_seconds()
        return True
