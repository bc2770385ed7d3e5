"""The rooms of an account, as far as they must be known: who reads along, and what is encrypted."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from connectors.shapes import Object, at, identifier, number, obj, text

_BY_INVITATION = frozenset({"invite", "private", "knock"})
_HERE = frozenset({"join", "invite"})
_NAMES = 500  # display names kept of a room


@dataclass(frozen=True, slots=True)
class Scene:
    """Who hears what is said in a room at one moment, us included.

    Counts are None until the server has told them. Each event is judged by the scene before it.
    """

    joined: int | None = None
    invited: int = 0
    join_rule: str | None = None
    world_readable: bool = False

    @property
    def private(self) -> bool:
        """Whether one person and we are alone here, and nobody else can come in or read along."""
        people = None if self.joined is None else self.joined + self.invited
        return people == 2 and self.join_rule in _BY_INVITATION and not self.world_readable

    @property
    def alone(self) -> bool:
        """Whether one person speaks to us and to nobody else, whoever may come in or read along."""
        return self.joined == 2

    def after(self, event: Object, me: str) -> "Scene":
        """Return the scene after an event of others; we count as being here all the time."""
        if event.get("type") == "m.room.member" and event.get("state_key") != me:
            return self._moved(_membership(_before(event)), _membership(_content(event)))
        return _ruled(self, event, _content(event))

    def before(self, event: Object, me: str) -> "Scene":
        """Return the scene before an event; what the server does not tell counts as company."""
        if event.get("type") == "m.room.member" and event.get("state_key") != me:
            was, became = _membership(_before(event)), _membership(_content(event))
            if was is None and became not in _HERE:
                was = "join"
            return self._moved(became, was)
        return _ruled(self, event, _before(event))

    def _moved(self, was: str | None, becomes: str | None) -> "Scene":
        if self.joined is None:
            return self
        joined = self.joined + (becomes == "join") - (was == "join")
        invited = self.invited + (becomes == "invite") - (was == "invite")
        return replace(self, joined=max(joined, 0), invited=max(invited, 0))


@dataclass(slots=True)
class Room:
    """A room that we are in, as it is now.

    `people` are those who are joined or invited, us included, where that is known: a private part
    goes to the one that it is for, not to any two. `moves` counts what changes them.
    `successor`: the room that took the place of this one.
    """

    id: str
    scene: Scene = Scene()
    encrypted: bool = False
    people: frozenset[str] | None = None
    moves: int = 0
    successor: str | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def deserted(self) -> bool:
        """Whether nobody but us is left."""
        return self.scene.joined == 1 and not self.scene.invited

    def note(self, news: "RoomNews") -> None:
        """Take over what an answer tells."""
        if news.limited:
            self.moves += 1
            self.people = None  # who came and went in between was left out
        for event in (*news.state, *news.timeline):
            if isinstance(event, dict) and "state_key" in event:
                self._note(event)
        joined = number(news.summary.get("m.joined_member_count"))
        invited = number(news.summary.get("m.invited_member_count"))
        self.scene = replace(
            self.scene,
            joined=self.scene.joined if joined is None else joined,
            invited=self.scene.invited if invited is None else invited,
        )

    def note_names(self, events: Iterable[Object]) -> None:
        """Take over the names from members' events of any time."""
        for event in events:
            if event.get("type") == "m.room.member":
                self._note_name(event)

    def name_of(self, user_id: str) -> str | None:
        """Return a member's display name, if it is known."""
        return self.names.get(user_id)

    def _note(self, event: Object) -> None:
        match event.get("type"):
            case "m.room.encryption":
                self.encrypted = True  # for ever: nobody can switch it off
            case "m.room.member":
                self._note_member(event)
            case "m.room.tombstone":
                self.successor = _successor(event)
            case _:
                self.scene = _ruled(self.scene, event, _content(event))

    def _note_member(self, event: Object) -> None:
        self._note_name(event)
        self.moves += 1
        user_id = identifier(event.get("state_key"))
        if self.people is not None and user_id:
            is_here = _membership(_content(event)) in _HERE
            self.people = self.people | {user_id} if is_here else self.people - {user_id}

    def _note_name(self, event: Object) -> None:
        user_id = identifier(event.get("state_key"))
        name = text(_content(event).get("displayname"))
        if user_id and name and (user_id in self.names or len(self.names) < _NAMES):
            self.names[user_id] = name[:200]


def scene_before(scene: Scene, events: Iterable[object], me: str) -> Scene:
    """Return the scene before `events`, which stand newest first and end in `scene`."""
    for event in events:
        if isinstance(event, dict) and "state_key" in event:
            scene = scene.before(event, me)
    return scene


def members(events: Iterable[object]) -> dict[str, str]:
    """Return who is joined or invited, from the events of a list of members."""
    found = {}
    for event in events:
        user_id, how = identifier(at(event, "state_key")), _membership(obj(at(event, "content")))
        if user_id and how in _HERE:
            found[user_id] = how
    return found


@dataclass(frozen=True, slots=True)
class RoomNews:
    """What an answer tells of a room. `broken`: parts of it cannot be read."""

    room_id: str
    state: tuple[Object, ...]
    timeline: tuple[object, ...]
    limited: bool
    summary: Object
    broken: bool = False

    def were_in(self, me: str) -> bool:
        """Tell whether we were in a room that we are out of; an invitation is no room of ours."""
        ours = [
            event
            for event in (*self.state, *self.timeline)
            if at(event, "type") == "m.room.member" and at(event, "state_key") == me
        ]
        return bool(ours) and _membership(_before(obj(ours[-1]))) == "join"


@dataclass(frozen=True, slots=True)
class News:
    """An answer to a sync, checked as far as anything depends on it."""

    next_batch: str
    rooms: tuple[RoomNews, ...]
    invited: tuple[tuple[str, str], ...]  # room, inviter
    left: tuple[RoomNews, ...]  # what was said before we left, or were put out

    def successors(self) -> Iterable[tuple[str, str]]:
        """Return the rooms that took the place of others, and who says so."""
        for event in (event for one in self.rooms for event in (*one.state, *one.timeline)):
            if at(event, "type") == "m.room.tombstone" and (room_id := _successor(obj(event))):
                yield room_id, identifier(at(event, "sender")) or ""


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
        tuple(
            _read_room(room_id, part)
            for room_id, part in obj(at(rooms, "leave")).items()
            if identifier(room_id)
        ),
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


def _successor(event: Object) -> str | None:
    """Return the room that a tombstone names."""
    room_id = identifier(at(event, "content", "replacement_room"))
    named = event.get("state_key") == "" and room_id and room_id.startswith("!")
    return room_id if named else None


def _ruled(scene: Scene, event: Object, content: Object) -> Scene:
    """Return a scene under the rules that a state event's content sets."""
    match event.get("type"):
        case "m.room.join_rules":
            return replace(scene, join_rule=text(content.get("join_rule")))
        case "m.room.history_visibility":
            visible = content.get("history_visibility") == "world_readable"
            return replace(scene, world_readable=visible)
    return scene


def _content(event: Object) -> Object:
    return obj(event.get("content"))


def _before(event: Object) -> Object:
    """Return what stood there before a state event."""
    return obj(at(event, "unsigned", "prev_content"))


def _membership(content: Object) -> str | None:
    return text(content.get("membership"))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
