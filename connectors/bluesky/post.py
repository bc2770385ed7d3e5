"""The way out: a part becomes a record under a key of its own, once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from connectors.asking import Refused, Unreachable
from connectors.base import OutboundPart, PlatformError, RawFile, Trouble
from connectors.bluesky import posts, render, tid, xrpc
from connectors.bluesky.items import POST, post_of
from connectors.bluesky.session import Session
from connectors.capabilities import Act, Visibility
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
from connectors.shapes import Object, at, identifier, listing, obj, text

_WITHIN = 10.0  # seconds
_LANGUAGE = "de"
_UPLOADS = 3  # tries of an image at which the server breaks: it does so for ever at a broken one
_HIDDEN = 300  # answers of one thread
_TAKEN = "InvalidSwap"
_CODES = {"BlockedActor": Refusal.BLOCKED, xrpc.TOO_BIG: Refusal.TOO_LARGE}


class _NotToBe(Exception):  # noqa: N818 (a result on its way)
    """A part that will never be posted as it is."""

    def __init__(self, code: Refusal, why: str) -> None:
        super().__init__(why)
        self.result = Permanent(code, why)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Where an answer stands, in which language it was asked, and whom it may name."""

    reply: Object | None = None
    language: str = _LANGUAGE
    people: dict[str, str] = field(default_factory=dict)


class Post:
    """Sends for an account."""

    def __init__(self, session: Session, now: Callable[[], datetime]) -> None:
        self._session = session
        self._now = now
        self._broken: Counter[str] = Counter()

    async def send(self, part: OutboundPart, key: str) -> SendResult:
        """Send a part; the same key is the same record, for ever."""
        if part.act is Act.DELETE:
            return await self._delete(part)
        if part.act in {Act.HIDE, Act.SHOW}:
            return await self._hide(part)
        if part.act is not Act.POST:
            return Permanent(Refusal.UNSUPPORTED, part.act)
        if part.visibility is not Visibility.PUBLIC:
            return Permanent(Refusal.NOT_PRIVATE, "all posts are public")
        try:
            await self._session.ready()
            answer = await self._answer(part)
            embed = await self._attached(part.file, key) if part.file else None
        except _NotToBe as refused:
            return refused.result
        except (Refused, PlatformError) as error:
            return of_failure(error, left=False, codes=_CODES)
        record = render.post(
            part.text,
            self._now(),
            reply=answer.reply,
            language=part.language or answer.language,
            people=answer.people,
            automatic=part.automatic,
            embed=embed,
        )
        return await self._put(record, key)

    async def find_sent(self, key: str) -> str | None:
        """Look for the record of a key."""
        try:
            await self._session.ready()
            found = await self._record(POST, tid.of_key(key))
        except (Refused, PlatformError):
            return None
        return identifier(found.get("uri")) if found else None

    async def _put(self, record: Object, key: str) -> SendResult:
        """Write a new record; one that is there already is looked at, never written over."""
        rkey = tid.of_key(key)
        try:
            answer = await self._write(POST, rkey, record, None)
        except Refused as refusal:
            if refusal.code != _TAKEN:
                return of_failure(refusal, left=True, codes=_CODES)
        except PlatformError as error:
            return of_failure(error, left=True, codes=_CODES)
        else:
            uri = identifier(answer.get("uri"))
            return Sent(uri) if uri else Unknown("an answer without a record")
        try:
            there = await self._record(POST, rkey) or {}
        except (Refused, PlatformError) as error:
            return of_failure(error, left=True, codes=_CODES)
        uri, value = identifier(there.get("uri")), obj(there.get("value"))
        if uri and value.get("text") == record["text"]:
            return Duplicate(uri)
        return Permanent(Refusal.REFUSED, "another post has this key")

    async def _answer(self, part: OutboundPart) -> _Answer:
        """Look up what is answered; raises `_NotToBe`, `PlatformError` and `Refused`."""
        if posts.place(part.thread) is None:
            return _Answer()  # a post of its own
        root, parent = part.thread, post_of(part.in_reply_to or part.thread)
        views = await posts.views(self._session, [parent, root])
        if parent not in views:
            raise await self._unseen(parent)
        answered = views[parent]
        if at(answered, "viewer", "replyDisabled") is True:
            raise _NotToBe(Refusal.FORBIDDEN, "who may answer there is limited")
        # A root that is gone still names the thread, as the answered post names it.
        named = obj(at(answered, "record", "reply", "root"))
        start = _reference(views[root]) if root in views else {**named}
        if not start.get("cid") or start.get("uri") != root:
            raise _NotToBe(Refusal.REFUSED, "the post that began the thread is gone")
        languages = listing(at(answered, "record", "langs"))
        author = obj(answered.get("author"))
        handle, did = text(author.get("handle")), identifier(author.get("did"))
        return _Answer(
            {"root": start, "parent": _reference(answered)},
            (text(languages[0]) if languages else None) or _LANGUAGE,
            {handle.lower(): did} if handle and did else {},
        )

    async def _unseen(self, uri: str) -> _NotToBe:
        """Tell why we are not shown a post: they block us, or it is gone."""
        who = (posts.place(uri) or ("", "", ""))[0]
        try:
            query = urlencode({"actor": who})
            profile = await self._session.ask("GET", "app.bsky.actor.getProfile", query=query)
        except Refused as refusal:
            if refusal.trouble().trouble is not Trouble.SETTINGS:
                raise
            profile = {}
        if at(profile, "viewer", "blockedBy") is True:
            return _NotToBe(Refusal.BLOCKED, "the author blocks us")
        return _NotToBe(Refusal.REFUSED, "what is answered is gone")

    async def _attached(self, file: RawFile, key: str) -> Object:
        """Hand in an image; raises `_NotToBe`, `PlatformError` and `Refused`.

        At an image that it cannot read a server breaks (HTTP 500), each time.
        """
        try:
            answer = await self._session.upload(file.content, file.declared_type, within=_WITHIN)
        except Unreachable as error:
            if not error.detail.startswith("HTTP 5"):
                raise
            self._broken[key] += 1
            if self._broken[key] < _UPLOADS:
                raise
            del self._broken[key]
            raise _NotToBe(Refusal.REFUSED, f"the image: {error.detail}") from None
        self._broken.pop(key, None)
        blob = obj(answer.get("blob"))
        if not blob:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        return render.image(blob, file.description)

    async def _delete(self, part: OutboundPart) -> SendResult:
        try:
            await self._session.ready()
            found = posts.place(part.target or "")
            if found is None or found[:2] != (self._session.did, POST):
                return Permanent(Refusal.FORBIDDEN, "not a post of ours")
            body = {"repo": found[0], "collection": found[1], "rkey": found[2]}
            await self._session.ask(
                "POST", "com.atproto.repo.deleteRecord", body=body, within=_WITHIN
            )
        except (Refused, PlatformError) as error:
            return of_failure(error, left=False, codes=_CODES)  # twice is once
        return Sent(part.target or "")

    async def _hide(self, part: OutboundPart) -> SendResult:
        """Hide an answer below a post of ours, or show it again (app.bsky.feed.threadgate)."""
        target = post_of(part.target or "")
        try:
            await self._session.ready()
            root = posts.place(part.thread)
            if root is None or root[0] != self._session.did or posts.place(target) is None:
                return Permanent(Refusal.FORBIDDEN, "not a thread of ours")
            there = await self._record(render.GATE, root[2]) or {}
            gate = obj(there.get("value")) or render.gate(part.thread, self._now())
            hidden = listing(gate.get("hiddenReplies"))
            wanted = [one for one in hidden if one != target]
            if part.act is Act.HIDE:
                wanted.append(target)
            if len(wanted) == len(hidden):
                return Sent(target)  # it is as it should be
            if len(wanted) > _HIDDEN:
                return Permanent(Refusal.REFUSED, "no more answers can be hidden in this thread")
            fresh = {**gate, "hiddenReplies": wanted}
            await self._write(render.GATE, root[2], fresh, text(there.get("cid")))
        except (Refused, PlatformError) as error:
            if isinstance(error, Refused) and error.code == _TAKEN:
                return Transient("the thread has been changed meanwhile", Scope.CHAT)
            return of_failure(error, left=False, codes=_CODES)  # twice is once
        return Sent(target)

    async def _record(self, collection: str, rkey: str) -> Object | None:
        """Return a record of ours, None where there is none; raises `PlatformError`, `Refused`."""
        query = urlencode({"repo": self._session.did, "collection": collection, "rkey": rkey})
        try:
            return await self._session.ask("GET", "com.atproto.repo.getRecord", query=query)
        except Refused as refusal:
            if refusal.code != "RecordNotFound":
                raise
            return None

    async def _write(
        self, collection: str, rkey: str, record: Object, instead_of: str | None
    ) -> Object:
        """Write a record instead of that with this CID, or where there is none yet."""
        body = {
            "repo": self._session.did,
            "collection": collection,
            "rkey": rkey,
            "record": record,
            "swapRecord": instead_of,
        }
        return await self._session.ask(
            "POST", "com.atproto.repo.putRecord", body=body, within=_WITHIN
        )


def _reference(view: Object) -> dict[str, object]:
    """Return what names a version of a post (com.atproto.repo.strongRef)."""
    return {"uri": view.get("uri"), "cid": view.get("cid")}
