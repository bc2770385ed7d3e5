"""What of a room is for us: what one person says to us alone, in a group only what addresses us.

What is not for us is not stored at all. What has to be known of earlier events (who wrote what is
answered here, who takes part in this thread) is remembered for a while, or asked of the server.
"""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from connectors.base import PlatformError
from connectors.matrix.backlog import OF_A_ROOM
from connectors.matrix.items import bare_redaction
from connectors.matrix.rooms import Room, Scene
from connectors.matrix.shapes import relation, replaced, replied_to, thread_root
from connectors.shapes import Object, at, identifier, listing, obj, text

Look = Callable[[Room, str], Awaitable[Object | None]]  # an event of a room, by its id

_Place = tuple[str, str | None]  # room, sender
_MEMORY = 5000
Value = TypeVar("Value")


class Memory(Generic[Value]):
    """The last things that were seen, by their names."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, Value] = OrderedDict()

    def keep(self, name: str, value: Value) -> None:
        """Remember `value`; the oldest is forgotten when there are too many."""
        self._seen[name] = value
        self._seen.move_to_end(name)
        if len(self._seen) > _MEMORY:
            self._seen.popitem(last=False)

    def find(self, name: str) -> Value | None:
        """Return what was remembered."""
        return self._seen.get(name)


class Ear:
    """Hears for the account `me`; `look` asks the server for an event."""

    def __init__(self, me: str, look: Look) -> None:
        self._me = me
        self._look = look
        self._ours: Memory[bool] = Memory()
        self._threads: Memory[bool] = Memory()
        self._taken: Memory[_Place] = Memory()
        self._roots: Memory[str] = Memory()
        self._called = _calls(me, None)

    def answer_to(self, name: str | None) -> None:
        """Listen to this display name as well."""
        self._called = _calls(self._me, name)

    def root_of(self, event_id: str | None) -> str | None:
        """Return the thread in which an event that was taken in stands."""
        return self._roots.find(event_id) if event_id else None

    def has_heard(self, event_id: str) -> bool:
        """Tell whether it is remembered that an event was taken in."""
        return self._taken.find(event_id) is not None

    async def hear(self, room: Room, scene: Scene, event: Object) -> Object | None:
        """Return what is to be taken in of an event, or None; `scene` is the one before it.

        Raises `PlatformError`.
        """
        event_id = identifier(event.get("event_id"))
        content = obj(event.get("content"))
        if event.get("type") == "m.room.redaction":
            return bare_redaction(event)
        if event.get("sender") == self._me:
            self._note_own(event_id, content)
            return None
        if "state_key" in event or at(event, "unsigned", "redacted_because") is not None:
            return None
        if not scene.private and not scene.alone and not await self._addressed(room, event):
            return None
        root = thread_root(content)
        if event_id:
            self._taken.keep(event_id, _place(room, event))
            if root:
                self._roots.keep(event_id, root)
        if root:
            self._threads.keep(root, True)
        return event

    async def post_above(self, room: Room, event: Object) -> str | None:
        """Return the root of the thread in which an event stands, where we began that thread.

        None too where the room does not tell: what was heard is not lost for that. Raises
        `PlatformError` for trouble that is not the room's alone.
        """
        root = thread_root(obj(event.get("content")))
        try:
            return root if root and await self._is_ours(room, root) else None
        except PlatformError as error:
            if error.trouble not in OF_A_ROOM:
                raise
            return None

    def _note_own(self, event_id: str | None, content: Object) -> None:
        if event_id:
            self._ours.keep(event_id, True)
        root = thread_root(content)
        if root:
            self._threads.keep(root, True)

    async def _addressed(self, room: Room, event: Object, *, again: bool = True) -> bool:
        content = obj(event.get("content"))
        if event.get("type") == "m.reaction":
            return await self._concerns_us(room, identifier(relation(content).get("event_id")))
        original = replaced(content)
        if original:
            taken = self._taken.find(original)
            if taken is not None:
                return taken == _place(room, event)
            before = await self._look(room, original) if again else None
            return (
                before is not None
                and before.get("sender") != self._me
                and before.get("room_id", room.id) == room.id
                and before.get("sender") == event.get("sender")
                and await self._addressed(room, before, again=False)
            )
        if self._mentioned(content):
            return True
        answered = replied_to(content)
        if answered and await self._is_ours(room, answered):
            return True
        root = thread_root(content)
        return root is not None and await self._takes_part(room, root)

    def _mentioned(self, content: Object) -> bool:
        if self._me in listing(at(content, "m.mentions", "user_ids")):
            return True
        pill = text(content.get("formatted_body")) or ""
        if f"matrix.to/#/{self._me}" in pill.replace("%40", "@").replace("%3A", ":"):
            return True
        return self._called.search(text(content.get("body")) or "") is not None

    async def _concerns_us(self, room: Room, event_id: str | None) -> bool:
        if event_id is None:
            return False
        taken = self._taken.find(event_id)
        return (taken is not None and taken[0] == room.id) or await self._is_ours(room, event_id)

    async def _is_ours(self, room: Room, event_id: str) -> bool:
        known = self._ours.find(event_id)
        if known is None:
            found = await self._look(room, event_id)
            known = found is not None and found.get("sender") == self._me
            self._ours.keep(event_id, known)
        return known

    async def _takes_part(self, room: Room, root: str) -> bool:
        known = self._threads.find(root)
        if known is None:
            found = await self._look(room, root) or {}
            if found:
                self._ours.keep(root, found.get("sender") == self._me)
            thread = at(found, "unsigned", "m.relations", "m.thread")
            known = (
                found.get("sender") == self._me
                or at(thread, "current_user_participated") is True
                or self._mentioned(obj(found.get("content")))
            )
            self._threads.keep(root, known)
        return known


def _place(room: Room, event: Object) -> _Place:
    """Return where an event stands and whose it is: whoever edits it must be the same, there."""
    return room.id, identifier(event.get("sender"))


def _calls(me: str, name: str | None) -> re.Pattern[str]:
    """Return what addresses us in a plain text: our full name, "@name", or "name:" in front."""
    names = {me[1:].partition(":")[0], *((name,) if name else ())}
    either = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.compile(
        rf"{re.escape(me)}(?!\w)|(?<!\w)@(?:{either})(?!\w)|\A\s*(?:{either})\s*[:,]", re.IGNORECASE
    )
