"""Where conversations begin: statuses know only what they answer, so we walk up."""

from collections.abc import Iterable

from connectors.asking import Refused
from connectors.base import Trouble
from connectors.mastodon import statuses
from connectors.mastodon.session import Session, remember
from connectors.shapes import Object

_HIGHEST = 20  # steps; what is deeper begins there


class Roots:
    """Finds the first status of each conversation, and remembers it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, str] = {}
        self._ours: dict[str, str] = {}

    def learn(self, status_id: str, root: str) -> None:
        """Remember where a status belongs."""
        remember(self._known, status_id, root)

    def is_ours(self, status_id: str) -> bool:
        """Tell whether a status that others answer is known to be ours."""
        return status_id in self._ours

    async def of(self, found: Iterable[Object]) -> dict[str, str]:
        """Return the root of each of these statuses, by its id.

        All climb together, so that a page costs a few requests. What was taken away, or is not for
        us, still names the conversation. Raises `PlatformError`.
        """
        places: dict[str, str] = {}
        for status in found:
            self._note(status)
            if status_id := statuses.identifier(status.get("id")):
                places[status_id] = statuses.identifier(status.get("in_reply_to_id")) or status_id
        roots: dict[str, str] = {}
        climbing = places
        for _ in range(_HIGHEST):
            arrived = {
                one: self._known.get(place, place)
                for one, place in climbing.items()
                if place in self._known or place == one
            }
            roots |= arrived
            climbing = {one: place for one, place in climbing.items() if one not in arrived}
            if not climbing:
                break
            above = await self._above(sorted(set(climbing.values())))
            higher = {one: above.get(place, place) for one, place in climbing.items()}
            roots |= {one: place for one, place in climbing.items() if higher[one] == place}
            climbing = {one: place for one, place in higher.items() if one not in roots}
        roots |= climbing
        for status_id, root in roots.items():
            self.learn(status_id, root)
        return roots

    async def _above(self, ids: list[str]) -> dict[str, str]:
        """Return what each of the statuses answers; what answers nothing stays out."""
        try:
            found = await self._session.statuses(ids)
        except Refused as refusal:
            trouble = refusal.trouble()
            if trouble.trouble is Trouble.SETTINGS:
                return {}
            raise trouble from None
        for status in found.values():
            self._note(status)
        answered = {
            one: statuses.identifier(status.get("in_reply_to_id")) for one, status in found.items()
        }
        return {one: place for one, place in answered.items() if place}

    def _note(self, status: Object) -> None:
        """Remember the status that this one answers, where that is ours."""
        answered = statuses.identifier(status.get("in_reply_to_id"))
        if answered and status.get("in_reply_to_account_id") == self._session.me.id:
            remember(self._ours, answered, answered)
