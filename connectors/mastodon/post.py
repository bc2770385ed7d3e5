"""The way out: a part becomes a status under its key, for whom it is meant and for nobody else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from connectors.asking import Refused
from connectors.base import OutboundPart, PlatformError
from connectors.capabilities import Act, Visibility
from connectors.mastodon import measure, statuses
from connectors.mastodon.http import UNASKED
from connectors.mastodon.roots import Roots
from connectors.mastodon.session import Session
from connectors.mastodon.uploads import Uploads
from connectors.outcomes import of_failure
from connectors.results import (
    Duplicate,
    Permanent,
    Refusal,
    RetryAfter,
    Scope,
    SendResult,
    Sent,
    Transient,
    Unknown,
)
from connectors.shapes import Object, at, listing, text
from connectors.text import clean, graphemes

_LOOK_UP_WITHIN = 3.0  # seconds
_SEND_WITHIN = 5.0
_SETTLED = 60.0  # seconds after which even a busy instance has done what was asked
_CODES = {UNASKED: Refusal.NOT_PRIVATE}
_DIRECT = "direct"
_OPEN = frozenset({"public", "unlisted"})
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class _Answered:
    """The status that is answered: nothing of the answer is seen by more people than it."""

    id: str
    visibility: str
    warning: str


class _GoneError(Exception):
    """A status is not there any more, or not for us."""


class Post:
    """Sends for an account."""

    def __init__(
        self,
        session: Session,
        roots: Roots,
        uploads: Uploads,
        *,
        ticks: Callable[[], float],
    ) -> None:
        self._session = session
        self._roots = roots
        self._uploads = uploads
        self._ticks = ticks
        self._doubtful: dict[str, float] = {}

    async def send(self, part: OutboundPart, key: str) -> SendResult:
        """Send a part; the same key is the same status, for an hour."""
        if part.act is not Act.POST:  # without a key: done twice, it is done once
            return await self._sent(part, key)
        # An instance notes a key behind the status: who asks again at once gets a second one.
        doubted_at = self._doubtful.get(key)
        if doubted_at is not None:
            rest = doubted_at + _SETTLED - self._ticks()
            if rest > 0:
                return RetryAfter(timedelta(seconds=rest), Scope.CHAT)
            del self._doubtful[key]
        result = await self._sent(part, key)
        if isinstance(result, Unknown):
            self._doubtful[key] = self._ticks()
        return result

    async def _sent(self, part: OutboundPart, key: str) -> SendResult:
        try:
            await self._session.ready()
            if part.act is Act.POST:
                return await self._post(part, key)
            if not statuses.is_id(part.target):
                return Permanent(Refusal.UNSUPPORTED, part.act)
            if part.act is Act.EDIT:
                return await self._edit(part, str(part.target))
            if part.act is Act.DELETE:
                return await self._delete(str(part.target))
        except _GoneError:
            return Permanent(Refusal.REFUSED, "it was taken back")
        except (Refused, PlatformError) as error:
            return of_failure(error, left=False, codes=_CODES)
        return Permanent(Refusal.UNSUPPORTED, part.act)

    async def _post(self, part: OutboundPart, key: str) -> SendResult:
        """Post a status; raises `_GoneError`, and what asking raises before anything has left."""
        body = _refusal(part) or await self._written(part)
        if not isinstance(body, dict):
            return body
        if part.file is not None:
            media_id = await self._uploads.ready(part.file, key)
            if not isinstance(media_id, str):
                return media_id
            body["media_ids"] = [media_id]
        try:
            found = await self._leave("POST", "/api/v1/statuses", body, key)
        except _GoneError:
            if "in_reply_to_id" not in body:
                return Permanent(Refusal.REFUSED, "the instance has no place for it")
            return Transient("what is answered was taken back meanwhile", Scope.CHAT)
        return await self._posted(part, found, body) if isinstance(found, dict) else found

    async def _written(self, part: OutboundPart) -> dict[str, object] | SendResult:
        """Return what is posted, a file aside, or why it cannot be."""
        recipient = statuses.person(part.thread) or part.recipient
        answered = await self._answered(part)
        visibility = _visibility(part, answered)
        if visibility == _DIRECT and recipient is None:
            return Permanent(Refusal.FORBIDDEN, "nobody is named whom it is for")
        loud = visibility != _DIRECT and not part.automatic
        said = _worded(await self._name(recipient), part.text, loud=loud)
        warning = self._warning(answered, said)
        if self._is_too_long(warning, said):
            return Permanent(Refusal.TOO_LARGE, f"{measure.length(said)} characters")
        body: dict[str, object] = {"status": said, "visibility": visibility}
        if part.language:
            body["language"] = part.language
        if warning:
            body |= {"spoiler_text": warning, "sensitive": True}
        if visibility == _DIRECT:
            body["allowed_mentions"] = [recipient]
        return body | ({"in_reply_to_id": answered.id} if answered else {})

    async def _posted(self, part: OutboundPart, status: Object, body: Object) -> SendResult:
        """Judge the instance's answer; what reaches somebody else, or nobody, is taken back."""
        status_id = statuses.identifier(status.get("id"))
        if status_id is None:
            return Unknown("an answer without a status")
        meant = frozenset(map(str, listing(body.get("allowed_mentions"))))
        if meant:
            reached = statuses.mentioned(status) - {self._session.me.id}
            if reached - meant or status.get("visibility") != _DIRECT:
                found = "the instance addressed others as well"
                return await self._taken_back(status_id, Refusal.NOT_PRIVATE, found)
            if not reached:
                found = "the instance does not know whom it is for"
                return await self._taken_back(status_id, Refusal.BLOCKED, found)
        elif part.visibility is Visibility.PUBLIC:
            root = part.thread if statuses.is_id(part.thread) else status_id
            self._roots.learn(status_id, root)
        return Sent(status_id)

    async def _taken_back(self, status_id: str, why: Refusal, found: str) -> SendResult:
        """Take a status back that should not be there, and tell where that did not work out."""
        if not isinstance(await self._delete(status_id), Sent | Duplicate):
            found = f"{found}, and it still stands: status {status_id} has to be deleted by hand"
        return Permanent(why, found)

    async def _edit(self, part: OutboundPart, target: str) -> SendResult:
        """Give one of our statuses another text; whom it is for, files and warning stay."""
        now = await self._seen(target)
        if statuses.author(now) != self._session.me.id:
            return Permanent(Refusal.FORBIDDEN, "the status is not ours")
        direct = now.get("visibility") == _DIRECT
        addressed = statuses.mentioned(now) - {self._session.me.id}
        recipient = statuses.person(part.thread) or part.recipient
        if part.visibility is Visibility.PRIVATE and not (direct and addressed <= {recipient}):
            return Permanent(Refusal.NOT_PRIVATE, "others read this status")
        if recipient is None and len(addressed) == 1:
            recipient = next(iter(addressed))
        loud = not direct and not part.automatic
        said = _worded(await self._name(recipient), part.text, loud=loud)
        warning = text(now.get("spoiler_text")) or ""
        if self._is_too_long(warning, said):
            return Permanent(Refusal.TOO_LARGE, f"{measure.length(said)} characters")
        body = {
            "status": said,
            "spoiler_text": warning,
            "sensitive": bool(now.get("sensitive")),
            "media_ids": [at(one, "id") for one in listing(now.get("media_attachments"))],
        } | ({"language": part.language} if part.language else {})
        found = await self._leave("PUT", f"/api/v1/statuses/{target}", body)
        return Sent(target) if isinstance(found, dict) else found

    async def _delete(self, target: str) -> SendResult:
        try:
            found = await self._leave("DELETE", f"/api/v1/statuses/{target}", None)
        except _GoneError:
            return Duplicate(target)  # nobody sees it any more
        return Sent(target) if isinstance(found, dict) else found

    async def _leave(
        self, method: str, path: str, body: object, key: str | None = None
    ) -> dict[str, object] | SendResult:
        """Ask for what cannot be taken back, and judge a failure; raises `_GoneError`."""
        try:
            found = await self._session.ask(method, path, body=body, key=key, within=_SEND_WITHIN)
        except (Refused, PlatformError) as error:
            if isinstance(error, Refused) and error.status in _GONE:
                raise _GoneError from None
            codes = _CODES
            if isinstance(error, Refused) and error.status == 403:
                codes = {error.code: Refusal.FORBIDDEN}
            return of_failure(error, left=True, codes=codes)
        return dict(found)

    async def _seen(self, status_id: str) -> Object:
        """Return a status; raises `_GoneError`, and what asking raises."""
        path = f"/api/v1/statuses/{status_id}"
        try:
            return await self._session.ask("GET", path, within=_LOOK_UP_WITHIN)
        except Refused as refusal:
            if refusal.status in _GONE:
                raise _GoneError from None
            raise

    async def _answered(self, part: OutboundPart) -> _Answered | None:
        """Return what a part answers; raises `_GoneError` where that is nowhere to be seen."""
        private = part.visibility is Visibility.PRIVATE
        named = (part.in_reply_to or "").partition("/")[0]
        place = named or ("" if private else part.thread)
        if not statuses.is_id(place):
            return None
        try:
            found = await self._seen(place)
        except _GoneError:
            if private:  # who asked in private gets the answer all the same
                return None
            raise
        return _Answered(
            place,
            text(found.get("visibility")) or "",
            clean(text(found.get("spoiler_text")) or "").replace("\n", " "),
        )

    async def _name(self, account_id: str | None) -> str | None:
        if account_id is None:
            return None
        if not statuses.is_id(account_id):
            raise Refused(404, "no account of this instance")
        return await self._session.name_of(account_id, within=_LOOK_UP_WITHIN)

    def _is_too_long(self, warning: str, said: str) -> bool:
        return graphemes(warning) + measure.length(said) > self._session.limits.characters

    def _warning(self, answered: _Answered | None, said: str) -> str:
        """Return the content warning of an answer: that of what is answered, as far as it fits."""
        room = self._session.limits.characters - measure.length(said)
        return measure.shortened(answered.warning, room) if answered else ""


def _refusal(part: OutboundPart) -> SendResult | None:
    """Tell why a part may not leave, whatever the instance says."""
    partner = statuses.person(part.thread)
    if part.visibility is not Visibility.PRIVATE:
        found = "a public text for a private thread"
        return Permanent(Refusal.REFUSED, found) if partner else None
    if partner is None or part.recipient not in {None, partner}:
        return Permanent(Refusal.NOT_PRIVATE, "others read along in this thread")
    return None


def _visibility(part: OutboundPart, answered: _Answered | None) -> str:
    """Return who sees a part: nobody who does not see what it answers."""
    if part.visibility is Visibility.PRIVATE:
        return _DIRECT
    if answered is None:
        return "public"
    return answered.visibility if answered.visibility in _OPEN else _DIRECT


def _worded(name: str | None, said: str, *, loud: bool) -> str:
    """Return a text with whom it addresses before it; only a loud one may address others."""
    said = said if loud else measure.quiet(said)
    return f"@{name} {said}".rstrip() if name else said
