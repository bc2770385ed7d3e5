"""The rooms of an account, as far as they must be known: who reads along, and what is encrypted."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.matrix.shapes import Object, at, identifier, number, obj, text

_BY_INVITATION = frozenset({"invite", "private", "knock"})
_NAMES = 500  # display names kept of a room


@dataclass(slots=True)
class Room:
    """A room that we are in. Counts are None until the server has told them."""

    id: str
    joined: int | None = None
    invited: int | None = None
    join_rule: str | None = None
    world_readable: bool = False
    encrypted: bool = False
    names: dict[str, str] = field(default_factory=dict)

    @property
    def private(self) -> bool:
        """Whether one person and we are alone here, and nobody else can come in or read along."""
        people = None if self.joined is None else self.joined + (self.invited or 0)
        return people == 2 and self.join_rule in _BY_INVITATION and not self.world_readable

    @property
    def deserted(self) -> bool:
        """Whether nobody but us is left."""
        return self.joined == 1 and not self.invited

    def note_summary(self, summary: Object) -> None:
        """Take over the numbers of members."""
        joined = number(summary.get("m.joined_member_count"))
        invited = number(summary.get("m.invited_member_count"))
        self.joined = self.joined if joined is None else joined
        self.invited = self.invited if invited is None else invited

    def note_state(self, events: Iterable[Object]) -> None:
        """Take over what state events say."""
        for event in events:
            if "state_key" in event:
                self._note(event)

    def name_of(self, user_id: str) -> str | None:
        """Return a member's display name, if it is known."""
        return self.names.get(user_id)

    def _note(self, event: Object) -> None:
        content = obj(event.get("content"))
        match event.get("type"):
            case "m.room.encryption":
                self.encrypted = True  # for ever: nobody can switch it off
            case "m.room.join_rules":
                self.join_rule = text(content.get("join_rule"))
            case "m.room.history_visibility":
                self.world_readable = content.get("history_visibility") == "world_readable"
            case "m.room.member":
                user_id = identifier(event.get("state_key"))
                name = text(content.get("displayname"))
                if user_id and name and (user_id in self.names or len(self.names) < _NAMES):
                    self.names[user_id] = name[:200]


@dataclass(frozen=True, slots=True)
class RoomNews:
    """What an answer tells of a room. `broken`: parts of it cannot be read."""

    room_id: str
    state: tuple[Object, ...]
    timeline: tuple[object, ...]
    limited: bool
    summary: Object
    broken: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """An answer to a sync, checked as far as anything depends on it."""

    next_batch: str
    rooms: tuple[RoomNews, ...]
    invited: tuple[tuple[str, str], ...]  # room, inviter
    left: tuple[str, ...]


def read_news(answer: Object, me: str) -> News | None:
    """Read a sync answer; None where it has no place to go on from.

    What a single room got wrong is that room's alone.
    """
    next_batch = text(answer.get("next_batch"))
    if not next_batch:
        return None
    rooms = answer.get("rooms")
    if rooms is not None and not isinstance(rooms, dict):
        return None
    return News(
        next_batch,
        tuple(
            _read_room(room_id, part)
            for room_id, part in obj(at(rooms, "join")).items()
            if identifier(room_id)
        ),
        tuple(
            (room_id, _inviter(part, me))
            for room_id, part in obj(at(rooms, "invite")).items()
            if identifier(room_id)
        ),
        tuple(room_id for room_id in obj(at(rooms, "leave")) if identifier(room_id)),
    )


def _read_room(room_id: str, part: object) -> RoomNews:
    state = at(part, "state", "events")
    timeline = at(part, "timeline")
    events = at(timeline, "events")
    readable = (
        isinstance(part, dict)
        and isinstance(state, list | None)
        and isinstance(timeline, dict | None)
        and isinstance(events, list | None)
    )
    return RoomNews(
        room_id,
        tuple(event for event in _list(state) if isinstance(event, dict)),
        tuple(_list(events)),
        at(timeline, "limited") is True,
        obj(at(part, "summary")),
        broken=not readable,
    )


def _inviter(part: object, me: str) -> str:
    for event in _list(at(part, "invite_state", "events")):
        if at(event, "type") == "m.room.member" and at(event, "state_key") == me:
            return identifier(at(event, "sender")) or ""
    return ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
