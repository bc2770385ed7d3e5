"""Sending: posts, answers, direct messages, and what is done to them afterwards."""

import base64
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.base import OutboundPart, PlatformError, RawFile, RawItem, Trouble
from connectors.capabilities import Act, Capabilities, Visibility
from connectors.details import Detail
from connectors.outcomes import of_failure
from connectors.results import (
    Duplicate,
    Permanent,
    Refusal,
    Scope,
    SendResult,
    Sent,
    Transient,
    Unknown,
)
from connectors.shapes import Object, at, listing, obj, text
from connectors.x import costs
from connectors.x.http import Refused
from connectors.x.session import Session
from connectors.x.shapes import identity, instant, references, same

_SEND_WITHIN = 6.0  # seconds
_UPLOAD_WITHIN = 12.0
_LATEST = "20"  # of our own posts or messages, in which one is looked for
_SKEW = timedelta(minutes=2)  # between X's clock and ours
_REMEMBERED = 5000  # posts of which is known whether they address us
_ALT = 1000  # letters of a description

_CODES: Mapping[str, Refusal] = {
    "credits": Refusal.TOO_EXPENSIVE,
    "not-summoned": Refusal.NOT_SUMMONED,
    "closed": Refusal.BLOCKED,
    "rights": Refusal.FORBIDDEN,
    "not-authorized": Refusal.FORBIDDEN,
    "too-long": Refusal.TOO_LARGE,
}


class _SaidAlreadyError(Exception):
    """X takes no text that the account has posted a short while ago."""


class Post:
    """Sends for an account, within its budget."""

    def __init__(self, session: Session, limits: Capabilities) -> None:
        self._session = session
        self._limits = limits
        self._summoned: OrderedDict[str, bool] = OrderedDict()
        # The last post of somebody in a thread that has addressed us, and of anybody ("").
        self._last: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._answering: dict[str, str | None] = {}  # by key, until the end is known

    def learn(self, found: list[RawItem]) -> None:
        """Remember of posts that came in whether they address us."""
        for item in found:
            summoned = item.payload.get("summoned")
            if not item.about or not isinstance(summoned, bool):
                continue
            self._summoned[item.about] = summoned
            if summoned:
                author = identity(at(item.payload, "post", "author_id")) or ""
                self._last[item.order_key, author] = item.about
                self._last[item.order_key, ""] = item.about
        for known in (self._summoned, self._last):
            while len(known) > _REMEMBERED:
                known.popitem(last=False)

    async def send(self, part: OutboundPart, key: str) -> SendResult:
        """Send a part, or do to a message what it asks for."""
        if part.act is not Act.POST:
            return await self._act(part)
        if refusal := self._refusal(part):
            return refusal
        if name := self._session.ledger.posted(key):
            return Duplicate(name)
        answers = self._answered(part)
        cost = self._cost(part, answers)
        try:
            if not await self._session.ledger.begin(key, cost):
                return Permanent(Refusal.TOO_EXPENSIVE, "the month's budget is spent")
        except PlatformError as error:
            return of_failure(error, left=False, codes=_CODES)
        self._answering[key] = answers
        try:
            result = await self._sent(part, answers)
        except _SaidAlreadyError as error:  # perhaps by an attempt of which nobody had heard
            found = await self.find_sent(part, key)
            result = Duplicate(found) if found else Permanent(Refusal.REFUSED, str(error))
        if not isinstance(result, Unknown):
            self._answering.pop(key, None)
            name = result.native_id if isinstance(result, Sent | Duplicate) else None
            await self._session.ledger.end(key, name)
        return result

    async def find_sent(self, part: OutboundPart, key: str) -> str | None:
        """Look for what was said in the time since a part was first tried."""
        if name := self._session.ledger.posted(key):
            return name
        began_at = self._session.ledger.began_at(key)
        if began_at is None or part.act is not Act.POST:
            return None
        try:
            if part.visibility is Visibility.PRIVATE or part.thread.startswith("group:"):
                found = await self._find_message(part, began_at - _SKEW)
            else:
                answers = self._answering.get(key, self._answered(part))
                found = await self._find_post(part, answers, began_at - _SKEW)
        except (Refused, PlatformError):
            return None
        if found:
            self._answering.pop(key, None)
            await self._session.ledger.end(key, found)
        return found

    def _answered(self, part: OutboundPart) -> str | None:
        """Return the post that is answered: what is named, else the last one that addressed us.

        Where none is known it is the one with which the conversation began. A thread without a
        name is the account's own timeline: a new post.
        """
        if part.thread.startswith(("dm:", "group:")):
            return None
        named = identity((part.in_reply_to or "").partition("/")[0])
        last = self._last.get((part.thread, part.recipient or ""))
        return named or last or identity(part.thread)

    def _refusal(self, part: OutboundPart) -> SendResult | None:
        """Tell why a part may not leave, before anything is paid for."""
        if part.visibility is Visibility.PRIVATE:
            to = part.recipient
            if not to or not identity(to) or part.thread != f"dm:{to}":
                return Permanent(Refusal.NOT_PRIVATE, "not a conversation with this person alone")
        elif part.thread.startswith("dm:"):
            return Permanent(Refusal.FORBIDDEN, "nothing public is said in a private conversation")
        elif self._summoned.get(self._answered(part) or "") is False:
            return Permanent(Refusal.NOT_SUMMONED, "its author has not addressed us")
        if part.file is None:
            return None
        if part.file.declared_type not in self._limits.media_types:
            return Permanent(Refusal.UNSUPPORTED, part.file.declared_type)
        if len(part.file.content) > self._limits.max_media_bytes:
            return Permanent(Refusal.TOO_LARGE, "a file")
        return None

    def _cost(self, part: OutboundPart, answers: str | None) -> int:
        described = costs.DESCRIPTION if part.file and part.file.description else 0
        if part.thread.startswith(("dm:", "group:")):
            return costs.MESSAGE + described
        return (costs.REPLY if answers else costs.price(part.text)) + described

    async def _sent(self, part: OutboundPart, answers: str | None) -> SendResult:
        """Send it; raises `_SaidAlreadyError`."""
        try:
            media = await self._hand_in(part) if part.file else None
        except (Refused, PlatformError) as error:
            return of_failure(error, left=False, codes=_CODES)
        if part.thread.startswith("group:"):
            group = part.thread.removeprefix("group:")
            path, body = f"/2/dm_conversations/{group}/messages", _message(part, media)
        elif part.visibility is Visibility.PRIVATE:
            path = f"/2/dm_conversations/with/{part.recipient}/messages"
            body = _message(part, media)
        else:
            path, body = "/2/tweets", _post(part, answers, media)
        try:
            answer = await self._session.ask("POST", path, body=body, within=_SEND_WITHIN)
        except (Refused, PlatformError) as error:
            return self._failed(part, error)
        event = identity(at(answer, "data", "dm_event_id"))
        name = f"dm:{event}" if event else identity(at(answer, "data", "id"))
        return Sent(name) if name else Unknown("an answer without an id")

    def _failed(self, part: OutboundPart, error: Refused | PlatformError) -> SendResult:
        if isinstance(error, Refused) and error.code == "duplicate":
            raise _SaidAlreadyError(str(error))
        if isinstance(error, Refused) and not error.code and error.status == 403:
            # X says no to a message without a reason where somebody takes none from us.
            if part.visibility is Visibility.PRIVATE:
                return Permanent(Refusal.BLOCKED, str(error))
            return Permanent(Refusal.FORBIDDEN, str(error))
        return of_failure(error, left=True, codes=_CODES)

    async def _hand_in(self, part: OutboundPart) -> str:
        """Upload a picture and return its id; raises `Refused` and `PlatformError`."""
        file = part.file or RawFile("", "", b"")
        is_message = part.thread.startswith(("dm:", "group:"))
        body = {
            "media": base64.b64encode(file.content).decode(),
            "media_category": "dm_image" if is_message else "tweet_image",
        }
        answer = await self._session.ask(
            "POST", "/2/media/upload", body=body, within=_UPLOAD_WITHIN
        )
        name = identity(at(answer, "data", "id"))
        if name is None:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        if file.description:
            alt = {"alt_text": {"text": file.description[:_ALT]}}
            described = {"id": name, "metadata": alt}
            await self._session.ask("POST", "/2/media/metadata", body=described)
        return name

    async def _act(self, part: OutboundPart) -> SendResult:
        target = part.target or ""
        message = identity(target.removeprefix("dm:")) if target.startswith("dm:") else None
        post = identity(target.partition("/")[0])  # each further picture is a message of its own
        try:
            if part.act is Act.DELETE and message:
                await self._session.ask("DELETE", f"/2/dm_events/{message}")
            elif part.act is Act.DELETE and post:
                await self._session.ask("DELETE", f"/2/tweets/{post}")
            elif part.act in {Act.HIDE, Act.SHOW} and post:
                hidden = {"hidden": part.act is Act.HIDE}
                await self._session.ask("PUT", f"/2/tweets/{post}/hidden", body=hidden)
            else:
                return Permanent(Refusal.UNSUPPORTED, part.act)
        except Refused as error:
            if error.status == 404 and part.act is Act.DELETE:
                return Duplicate(target)  # it is gone already
            return self._again(of_failure(error, left=True, codes=_CODES))
        except PlatformError as error:
            return self._again(of_failure(error, left=True, codes=_CODES))
        return Sent(target)

    def _again(self, result: SendResult) -> SendResult:
        """Return what to do after a failed act: doing it twice is doing it once."""
        return Transient(result.error, Scope.CHAT) if isinstance(result, Unknown) else result

    async def _find_post(
        self, part: OutboundPart, answers: str | None, since: datetime
    ) -> str | None:
        me = await self._session.me()
        answer = await self._session.ask_posts(f"/2/users/{me.id}/tweets", {"max_results": _LATEST})
        posts = [obj(one) for one in listing(answer.get("data"))]
        ids = [name for name in map(identity, (one.get("id") for one in posts)) if name]
        await self._session.ledger.note("post", ids, costs.MENTION_READ)
        posts = [one for one in posts if references(one).get("replied_to") == answers]
        return self._found(posts, part, since, "")

    async def _find_message(self, part: OutboundPart, since: datetime) -> str | None:
        me = await self._session.me()
        group = part.thread.removeprefix("group:")
        place = group if group != part.thread else f"with/{part.recipient}"
        answer = await self._session.ask(
            "GET",
            f"/2/dm_conversations/{place}/dm_events",
            query={
                "max_results": _LATEST,
                "event_types": "MessageCreate",
                "dm_event.fields": "attachments,created_at,id,text",
                "expansions": "sender_id",
            },
        )
        events = [obj(one) for one in listing(answer.get("data"))]
        ids = [name for name in map(identity, (one.get("id") for one in events)) if name]
        await self._session.ledger.note("dm", ids, costs.MESSAGE_READ)
        ours = [one for one in events if one.get("sender_id") == me.id]
        return self._found(ours, part, since, "dm:")

    def _found(
        self, posted: list[Object], part: OutboundPart, since: datetime, prefix: str
    ) -> str | None:
        """Return what says the same as a part, since then, and is not known to be another part."""
        for one in posted:
            name, at_time = identity(one.get("id")), instant(one.get("created_at"))
            has_file = bool(listing(at(one, "attachments", "media_keys")))
            if not name or at_time is None or at_time < since:
                continue
            if has_file != (part.file is not None):
                continue
            is_other = self._session.ledger.is_taken(prefix + name)
            if not is_other and same(part.text, _said(one)):
                return prefix + name
        return None


def _post(part: OutboundPart, answers: str | None, media: str | None) -> Mapping[str, object]:
    body: dict[str, object] = {"text": part.text} if part.text else {}
    if answers:
        body["reply"] = {"in_reply_to_tweet_id": answers}
    if media:
        body["media"] = {"media_ids": [media]}
    return body


def _message(part: OutboundPart, media: str | None) -> Mapping[str, object]:
    body: dict[str, object] = {"text": part.text} if part.text else {}
    return body | ({"attachments": [{"media_id": media}]} if media else {})


def _said(post: Object) -> str:
    """Return a text as X shows it, without the link to a file of the post itself."""
    said = text(at(post, "note_tweet", "text")) or text(at(post, "note_post", "text"))
    said = said or text(post.get("text")) or ""
    for url in map(obj, listing(at(post, "entities", "urls"))):
        short = text(url.get("url"))
        if short and url.get("media_key") is not None:
            said = said.replace(short, "")
    return said
