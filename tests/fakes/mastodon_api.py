"""What the API of an instance answers, written from docs.joinmastodon.org (version 4.3)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from connectors.base import RawFile
from tests.fakes.mastodon_town import (
    HOME,
    Account,
    Media,
    Notification,
    Refusal,
    Status,
    Town,
)

_SCOPES = ("read", "write:statuses", "write:media")
_WINDOW = timedelta(minutes=5)
_STATUSES = 20
_PICTURE = 16 * 1024 * 1024
Query = Mapping[str, list[str]]


@dataclass
class Instance:
    """A running instance. `asked` are method and path of our requests, in order.

    `limited` refuses the next requests as too fast, for so many seconds; `cut`: so many statuses
    are posted or changed, and the line is cut before the answer. `allowed`: requests in five
    minutes.
    """

    town: Town
    port: int = 0
    allowed: int = 7500
    scopes: tuple[str, ...] = _SCOPES
    logged_in: bool = True
    limited: list[int | None] = field(default_factory=list)
    cut: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    is_fork: bool = False  # that shows direct statuses to everybody, whoever asked for them
    frozen: bool = False  # nothing can be deleted at the moment
    hidden: set[str] = field(default_factory=set)  # statuses that lists leave out
    counted: int = 0
    anew_at: datetime | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def headers(self) -> dict[str, str]:
        """Count a request; return what every answer says of the limit."""
        now = self.town.now()
        if self.anew_at is None or now >= self.anew_at:
            self.counted, self.anew_at = 0, now + _WINDOW
        self.counted += 1
        return self._limits(max(0, self.allowed - self.counted), self.anew_at)

    def too_fast(self, seconds: int | None) -> Refusal:
        """Return the refusal of a request that came too fast; None: without a word of when."""
        refusal = Refusal(429, "Zu viele Anfragen")
        if seconds is not None:
            anew_at = self.town.now() + timedelta(seconds=seconds)
            refusal.headers = self._limits(0, anew_at)
        return refusal

    def _limits(self, left: int, anew_at: datetime) -> dict[str, str]:
        return {
            "Date": format_datetime(self.town.now(), usegmt=True),
            "X-RateLimit-Limit": str(self.allowed),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": _iso(anew_at),
        }

    # What the API says of things.

    def account(self, one: Account) -> dict[str, object]:
        picture = f"https://{HOME}/avatars/original/missing.png"
        return {
            "id": one.id,
            "username": one.username,
            "acct": one.acct,
            "display_name": one.name,
            "locked": False,
            "bot": one.bot,
            "discoverable": True,
            "indexable": False,
            "group": False,
            "noindex": False,
            "hide_collections": None,
            "created_at": "2024-01-01T00:00:00.000Z",
            "note": "<p>Über uns</p>",
            "url": one.url,
            "uri": f"https://{one.domain or HOME}/users/{one.username}",
            "avatar": picture,
            "avatar_static": picture,
            "header": picture,
            "header_static": picture,
            "followers_count": 0,
            "following_count": 0,
            "statuses_count": 0,
            "last_status_at": None,
            "emojis": [],
            "roles": [],
            "fields": [],
        } | ({"suspended": True} if one.id in self.town.suspended else {})

    def status(self, one: Status) -> dict[str, object]:
        place = f"https://{one.author.domain or HOME}"
        answered = self.town.statuses.get(one.answers or "")
        poll = None
        if one.poll:
            poll = {
                "id": one.id,
                "expires_at": None,
                "expired": False,
                "multiple": False,
                "votes_count": 0,
                "voters_count": 0,
                "voted": False,
                "own_votes": [],
                "options": [{"title": title, "votes_count": 0} for title in one.poll],
                "emojis": [],
            }
        return {
            "id": one.id,
            "created_at": _iso(one.created_at),
            "in_reply_to_id": one.answers,
            "in_reply_to_account_id": answered.author.id if answered else None,
            "sensitive": one.sensitive,
            "spoiler_text": one.warning,
            "visibility": one.visibility,
            "language": one.language,
            "uri": f"{place}/users/{one.author.username}/statuses/{one.id}",
            "url": f"{place}/@{one.author.username}/{one.id}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "quotes_count": 0,
            "edited_at": _iso(one.edited_at) if one.edited_at else None,
            "favourited": False,
            "reblogged": False,
            "muted": False,
            "bookmarked": False,
            "pinned": False,
            "content": self.town.written(one),
            "filtered": [],
            "reblog": None,
            "application": {"name": "Web", "website": None},
            "account": self.account(one.author),
            "media_attachments": [self.attachment(media) for media in one.media],
            "mentions": [
                {"id": who.id, "username": who.username, "url": who.url, "acct": who.acct}
                for who in one.mentions
            ],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": poll,
            "quote": None,
        }

    def attachment(self, media: Media) -> dict[str, object]:
        place = f"{self.url}/files/{media.id}/{media.file.name}"
        return {
            "id": media.id,
            "type": media.file.declared_type.partition("/")[0],
            "url": None if media.reading else place,
            "preview_url": place,
            "remote_url": None,
            "preview_remote_url": None,
            "text_url": None,
            "meta": {"original": {"width": 1, "height": 1, "size": "1x1", "aspect": 1.0}},
            "description": media.description,
            "blurhash": "UFBWY:8_0Jxv4mx]t8t64.%M-:IUWGWAt6M}",
        }

    def notification(self, one: Notification) -> dict[str, object]:
        found: dict[str, object] = {
            "id": one.id,
            "type": one.type,
            "created_at": _iso(one.created_at),
            "group_key": f"ungrouped-{one.id}",
            "account": self.account(one.account),
        }
        if one.raw is not None:
            return found | {"status": one.raw}
        return found | ({"status": self.status(one.status)} if one.status else {})

    # What can be asked.

    def answer(self, method: str, path: str, query: Query, body: Mapping[str, object]) -> object:
        """Answer a request of our account; raises `Refusal`."""
        with self.town.lock:
            if found := re.fullmatch(r"/api/v1/statuses/(\d+)", path):
                return self._one(method, found[1], body)
            if found := re.fullmatch(r"/api/v1/(accounts|media)/(\d+)", path):
                return self._thing(found[1], found[2])
            if method == "GET" and path in self._about:
                return self._about[path]()
            match method, path:
                case "GET", "/api/v1/notifications":
                    return self._news(query)
                case "GET", "/api/v1/accounts/relationships":
                    return self._relationships(query.get("id[]", []))
                case "GET", "/api/v1/statuses":
                    return self._some(query.get("id[]", []))
                case "POST", "/api/v1/statuses":
                    return self._post(body)
                case "POST", "/api/v2/media":
                    return self._take(body)
            raise Refusal(404, "Not Found")

    def _thing(self, kind: str, name: str) -> object:
        if kind == "accounts":
            if name not in self.town.accounts:
                raise Refusal(404, "Record not found")
            return self.account(self.town.accounts[name])
        media = self.town.media.get(name)
        if media is None:
            raise Refusal(404, "Record not found")
        found = self.attachment(media)
        media.reading = max(0, media.reading - 1)
        return found

    def _one(self, method: str, status_id: str, body: Mapping[str, object]) -> object:
        town = self.town
        if method == "GET":
            return self.status(town.seen(town.us, status_id))
        if method == "DELETE":
            if self.frozen:
                raise Refusal(503, "Der Dienst ist gerade nicht verfügbar")
            gone = town.delete(town.us, status_id)
            return self.status(gone) | {"text": gone.text}
        if method != "PUT":
            raise Refusal(404, "Not Found")
        changed = town.edit(
            town.us,
            status_id,
            str(body.get("status") or ""),
            warning=str(body.get("spoiler_text") or ""),
            sensitive=bool(body.get("sensitive")),
            media=self._files(body),
        )
        changed.language = str(body.get("language") or changed.language)
        return self.status(changed)

    def _post(self, body: Mapping[str, object]) -> object:
        allowed = body.get("allowed_mentions")
        answers = body.get("in_reply_to_id")
        posted = self.town.post(
            self.town.us,
            str(body.get("status") or ""),
            visibility="public" if self.is_fork else str(body.get("visibility") or "public"),
            answers=str(answers) if answers else None,
            warning=str(body.get("spoiler_text") or ""),
            sensitive=bool(body.get("sensitive")),
            media=self._files(body),
            key=str(body.get("Idempotency-Key") or "") or None,
            allowed=[str(one) for one in allowed] if isinstance(allowed, list) else None,
        )
        posted.language = str(body.get("language") or posted.language)
        return self.status(posted)

    def _files(self, body: Mapping[str, object]) -> list[Media]:
        ids = body.get("media_ids")
        found = [self.town.media.get(str(one)) for one in ids] if isinstance(ids, list) else []
        if len(found) > 4 or any(one is None or one.reading for one in found):
            raise Refusal(422, "Die Mediendateien können nicht angehängt werden")
        return [one for one in found if one is not None]

    def _take(self, body: Mapping[str, object]) -> object:
        file = body.get("file")
        if not isinstance(file, RawFile) or not file.content:
            raise Refusal(422, "Gültigkeitsprüfung ist fehlgeschlagen: Datei ist ungültig")
        media = self.town.upload(file, str(body.get("description") or "") or None)
        return self.attachment(media)

    def _news(self, query: Query) -> list[object]:
        limit = min(int(_first(query, "limit") or 40), 80)
        least, most = int(_first(query, "min_id") or -1), _first(query, "max_id")
        fitting = [
            one
            for one in self.town.notifications
            if int(one.id) > least and (not most or int(one.id) < int(most))
            if not one.filtered or _first(query, "include_filtered") == "true"
        ]
        # Upwards from `min_id`, downwards from the newest without; always newest first.
        page = fitting[:limit] if "min_id" in query else fitting[-limit:]
        return [self.notification(one) for one in reversed(page)]

    def _some(self, ids: list[str]) -> list[object]:
        if len(ids) > _STATUSES:
            raise Refusal(422, "Zu viele Beiträge")
        found = [self.town.statuses.get(one) for one in ids if one not in self.hidden]
        return [self.status(one) for one in found if one and self.town.sees(self.town.us, one)]

    def _relationships(self, ids: list[str]) -> list[object]:
        """Return how accounts stand to us; those that are suspended are left out."""
        if not {"read", "read:follows"} & set(self.scopes):
            raise Refusal(403, "Diese Aktion ist außerhalb der autorisierten Rechte")
        known = [one for one in ids if one in self.town.accounts and one not in self.town.suspended]
        return [
            {
                "id": one,
                "following": False,
                "showing_reblogs": False,
                "notifying": False,
                "followed_by": False,
                "blocking": False,
                "blocked_by": one in self.town.blocking,
                "muting": False,
                "muting_notifications": False,
                "requested": False,
                "requested_by": False,
                "domain_blocking": False,
                "endorsed": False,
                "note": "",
            }
            for one in known
        ]

    @property
    def _about(self) -> Mapping[str, Callable[[], object]]:
        return {
            "/api/v1/accounts/verify_credentials": lambda: self.account(self.town.us),
            "/api/v1/apps/verify_credentials": lambda: {"id": "1", "scopes": list(self.scopes)},
            "/api/v1/instance": lambda: {"uri": HOME, "title": "Stadt", "version": "4.3.0"},
            "/api/v2/instance": self._instance,
        }

    def _instance(self) -> dict[str, object]:
        return {
            "domain": HOME,
            "title": "Stadt",
            "version": "4.3.0",
            "api_versions": {"mastodon": 2},
            "source_url": "https://github.com/mastodon/mastodon",
            "description": "",
            "languages": ["de"],
            "usage": {"users": {"active_month": 1}},
            "configuration": {
                "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
                "statuses": {
                    "max_characters": self.town.characters,
                    "max_media_attachments": 4,
                    "characters_reserved_per_url": 23,
                },
                "media_attachments": {
                    "supported_mime_types": ["image/jpeg", "image/png", "image/webp"],
                    "image_size_limit": _PICTURE,
                    "image_matrix_limit": 33177600,
                    "video_size_limit": 103809024,
                    "video_frame_rate_limit": 120,
                    "video_matrix_limit": 8294400,
                },
                "urls": {"streaming": f"wss://{HOME}"},
                "translation": {"enabled": False},
            },
            "rules": [],
        }


def _first(query: Query, name: str) -> str | None:
    return query[name][0] if query.get(name) else None


def _iso(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
