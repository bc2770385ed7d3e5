"""Fetching what is new: back from the newest to where we were, then handed on oldest first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.base import PlatformError, RawItem, Trouble
from connectors.details import Detail
from connectors.shapes import Object, at, listing, number, obj, text
from connectors.x import costs, items
from connectors.x.http import Refused
from connectors.x.session import Session
from connectors.x.settings import Intake
from connectors.x.shapes import identity

_SAFETY = 600.0  # seconds between two looks where X tells by itself
_MENTIONS_EVERY = 30.0  # seconds, for as long as X has named no limit
_MESSAGES_EVERY = 60.0
_A_PAGE = "100"  # mentions: only new ones come, and only these are paid for
_FIRST_LOOK = "5"  # the fewest that X hands out
# Direct messages have no "since": what is asked for again is paid for again once a day. So the
# first look is at the newest alone, and each further page of the way back is larger.
_LOOKS = ("1", "5", "20", "100")
_FOR_BOTH = frozenset({Trouble.LOGIN, Trouble.UNREACHABLE})  # what the other would meet as well
_DM_FIELDS = {
    "event_types": "MessageCreate",
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,text",
    "expansions": "sender_id,attachments.media_keys",
    "user.fields": "name,username",
    "media.fields": "media_key,type,url",
}


@dataclass(frozen=True, slots=True)
class Cursor:
    """The newest ids that were handed on; None: nobody has looked yet."""

    mentions: str | None = None
    messages: str | None = None


def read(stored: str | None) -> Cursor | None:
    """Return a stored cursor, None for what is none of ours."""
    if stored is None:
        return Cursor()
    try:
        found = json.loads(stored)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    places = [found.get("mentions"), found.get("messages")]
    if any(place is not None and identity(place) is None for place in places):
        return None
    return Cursor(*map(identity, places))


def write(cursor: Cursor) -> str:
    """Return a cursor as it is stored."""
    return json.dumps({"mentions": cursor.mentions, "messages": cursor.messages})


@dataclass(slots=True)
class _Way:
    """How far we have come back from the newest; kept when a page fails, so that it ends some day.

    `values` are newest first, each with what its page told beside it.
    """

    since: str
    token: str | None = None
    values: list[tuple[Object, Object]] = field(default_factory=list)
    pages: int = 0


@dataclass(slots=True)
class _Timeline:
    """A list of X's that is looked at from time to time."""

    due: float = 0.0
    way: _Way | None = None


class Reader:
    """Looks at mentions and direct messages, each at the pace that X allows."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._mentions = _Timeline()
        self._messages = _Timeline()

    @property
    def due(self) -> float:
        """When there is something to look at, on the clock of `step`."""
        return min(self._mentions.due, self._messages.due)

    async def step(self, cursor: Cursor, now: float) -> tuple[list[RawItem], Cursor]:
        """Look at what is due, `now` in seconds; return what is new and the place behind it.

        Raises `PlatformError`; where one of the two fails, the other still gets its turn.
        """
        self._session.ledger.demand()
        found: list[RawItem] = []
        mentions, messages = cursor.mentions, cursor.messages
        trouble: PlatformError | None = None
        for timeline in sorted((self._mentions, self._messages), key=lambda one: one.due):
            if timeline.due > now:
                continue
            try:
                if timeline is self._mentions:
                    fresh, mentions = await self._look_at_mentions(mentions, now)
                else:
                    fresh, messages = await self._look_at_messages(messages, now)
            except PlatformError as error:
                trouble = error
                if error.trouble in _FOR_BOTH:
                    break
            else:
                found += fresh
        after = Cursor(mentions, messages)
        if trouble is not None and after == cursor:
            raise trouble
        return found, after

    async def _look_at_mentions(
        self, since: str | None, now: float
    ) -> tuple[list[RawItem], str | None]:
        me = await self._session.me()
        path = f"/2/users/{me.id}/mentions"
        try:
            if since is None:
                return [], await self._newest_mention(path)
            way = self._way(self._mentions, since)
            while True:
                query = {"max_results": _A_PAGE, "since_id": since, **_onward(way)}
                try:
                    answer = await self._session.ask_posts(path, query)
                except Refused as refusal:
                    raise _given_up(self._mentions, refusal) from None
                values = _take(way, answer)
                await self._session.ledger.note("post", _ids(values), self._of_a_mention())
                if way.token is None:
                    break
        finally:
            self._mentions.due = now + self._pause(path, _MENTIONS_EVERY)
        self._mentions.way = None
        fresh = [
            item for post, includes in _in_order(way) for item in items.of_post(post, includes, me)
        ]
        return fresh, _latest(since, way)

    async def _look_at_messages(
        self, since: str | None, now: float
    ) -> tuple[list[RawItem], str | None]:
        me = await self._session.me()
        path = "/2/dm_events"
        try:
            way = self._way(self._messages, since or "0")
            while True:
                most = _LOOKS[min(way.pages, len(_LOOKS) - 1)]
                query = {"max_results": most, **_DM_FIELDS, **_onward(way)}
                try:
                    answer = await self._session.ask("GET", path, query=query)
                except Refused as refusal:
                    raise _given_up(self._messages, refusal) from None
                values = _take(way, answer)
                # X puts a price on each event of a page, those that we know already included.
                await self._session.ledger.note("dm", _ids(values), self._of_a_message())
                if since is None or way.token is None or _reaches(values, since):
                    break
        finally:
            self._messages.due = now + self._pause(path, _MESSAGES_EVERY)
        self._messages.way = None
        if since is None:
            return [], _latest("0", way)
        fresh = [
            item
            for event, includes in _in_order(way)
            if _is_behind(event, since)
            for item in items.of_message(event, includes, me)
        ]
        return fresh, _latest(since, way)

    async def _newest_mention(self, path: str) -> str:
        """Return the id behind which everything is new."""
        try:
            answer = await self._session.ask_posts(path, {"max_results": _FIRST_LOOK})
        except Refused as refusal:
            raise refusal.trouble() from None
        ids = _ids([obj(one) for one in listing(answer.get("data"))])
        await self._session.ledger.note("post", ids, costs.MENTION_READ)
        return max(ids, key=int, default="1")

    def _way(self, timeline: _Timeline, since: str) -> _Way:
        if timeline.way is None or timeline.way.since != since:
            timeline.way = _Way(since)
        return timeline.way

    def _pause(self, path: str, usual: float) -> float:
        pace = self._session.door.pace(path, usual)
        return max(pace, _SAFETY) if self._is_told else pace

    def _of_a_mention(self) -> int:
        """Return what a mention costs; where X tells by itself, its telling is paid for too."""
        return costs.MENTION_READ + (costs.PUSHED_POST if self._is_told else 0)

    def _of_a_message(self) -> int:
        """Return what a direct message costs, in the same way."""
        return costs.MESSAGE_READ + (costs.PUSHED_MESSAGE if self._is_told else 0)

    @property
    def _is_told(self) -> bool:
        return self._session.settings.intake is Intake.WEBHOOK


def _given_up(timeline: _Timeline, refusal: Refused) -> PlatformError:
    """Return the trouble of a page; a way whose next page X does not know any more begins anew."""
    if refusal.status == 400:
        timeline.way = None
    return refusal.trouble()


def _onward(way: _Way) -> Mapping[str, str]:
    return {"pagination_token": way.token} if way.token else {}


def _take(way: _Way, answer: Object) -> list[Object]:
    """Add a page to the way; raises `PlatformError` where X walks in circles."""
    values = [obj(one) for one in listing(answer.get("data"))]
    includes = obj(answer.get("includes"))
    way.values += [(value, includes) for value in values]
    way.pages += 1
    token = text(at(answer, "meta", "next_token"))
    if token and token == way.token:
        way.token = None
        raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
    way.token = token if values or number(at(answer, "meta", "result_count")) else None
    return values


def _in_order(way: _Way) -> list[tuple[Object, Object]]:
    """Return what was found, oldest first, each once; what has no id comes where it was found."""
    found: dict[str, tuple[Object, Object]] = {}
    for place, (value, includes) in enumerate(reversed(way.values)):
        found[identity(value.get("id")) or f"unnamed {place}"] = (value, includes)
    named = {name: one for name, one in found.items() if identity(name)}
    rest = [one for name, one in found.items() if name not in named]
    return [*(named[name] for name in sorted(named, key=int)), *rest]


def _ids(values: Sequence[Object]) -> list[str]:
    return [name for name in (identity(one.get("id")) for one in values) if name]


def _latest(since: str, way: _Way) -> str:
    return max([since, *_ids([value for value, _ in way.values])], key=int)


def _reaches(values: Sequence[Object], since: str) -> bool:
    return any(int(name) <= int(since) for name in _ids(values))


def _is_behind(event: Object, since: str) -> bool:
    name = identity(event.get("id"))
    return name is None or int(name) > int(since)
