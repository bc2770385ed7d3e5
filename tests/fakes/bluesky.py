"""Bluesky in one process: accounts, records and notifications, as server and AppView tell them.

Written from the lexicons, and from what the real servers were seen to do: notifications are sorted
by the time that authors claim, pages begin before an instant, a record that is there is not put
again where none was expected, and nobody is told of what was deleted.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from threading import RLock

Object = dict[str, object]

POST, LIKE, REPOST = "app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.repost"
GATE = "app.bsky.feed.threadgate"
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_HEIGHT = 5  # so far up an answer is told of


class XrpcError(Exception):
    """What a server refuses, in its words."""

    def __init__(
        self, status: int, error: str, message: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "message": message or error}
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class Person:
    """An account; `is_bot` is what it says of itself."""

    name: str
    did: str
    handle: str
    password: str
    is_bot: bool = False


@dataclass
class Record:
    uri: str
    cid: str
    value: Object
    at: int  # milliseconds since 1970, as it is sorted

    @property
    def author(self) -> str:
        return self.uri.split("/")[2]


@dataclass(frozen=True)
class Notice:
    """A notification of `did`; `raw` is one that has no record."""

    did: str
    at: int
    number: int
    uri: str = ""
    reason: str = ""
    subject: str | None = None
    raw: Object | None = None


@dataclass
class Bluesky:
    """The network; `asked` is what came over the line, `answers` what was answered.

    `refusals` are what the next requests lead to, `refusals_of` those for a method; `broken_images`
    are no images to the server; `is_endless`: there is always another empty page.
    """

    now: Callable[[], datetime]
    asked: list[str] = field(default_factory=list)
    answers: list[tuple[str, Object]] = field(default_factory=list)
    posted: list[Object] = field(default_factory=list)
    refusals: list[XrpcError] = field(default_factory=list)
    refusals_of: dict[str, XrpcError] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    blobs: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    broken_images: set[bytes] = field(default_factory=set)
    blocks: set[tuple[str, str]] = field(default_factory=set)
    is_endless: bool = False
    closed: set[str] = field(default_factory=set)
    largest: int = 2_000_000
    people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lock = RLock()
        self.numbers = count(1)
        self._last = 0
        self.access: dict[str, str] = {}
        self.refresh: dict[str, str] = {}
        self.locked_out: set[str] = set()

    def person(self, name: str, *, is_bot: bool = False) -> Person:
        """Return the account of a name, made when it is used for the first time."""
        with self.lock:
            if name not in self.people:
                tail = base64.b32encode(hashlib.sha256(name.encode()).digest()).decode().lower()
                did = "did:plc:" + tail[:24]
                self.people[name] = Person(name, did, f"{name}.test", f"{name}-pass", is_bot)
            return self.people[name]

    def post(
        self,
        who: Person,
        text: str,
        *,
        mention: Person | None = None,
        reply_to: str | None = None,
        images: Iterable[tuple[str, bytes]] = (),
        created_at: datetime | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> str:
        """Publish a post, `mention` in front of its text; return its URI."""
        value: Object = {"$type": POST, "text": text, "createdAt": iso(self._at(created_at))}
        if mention:
            value["text"] = f"@{mention.handle} {text}"
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": mention.did}
            index = {"byteStart": 0, "byteEnd": len(mention.handle.encode()) + 1}
            value["facets"] = [{"index": index, "features": [feature]}]
        if reply_to:
            parent = self.records[reply_to]
            said = parent.value.get("reply")
            root = said["root"] if isinstance(said, dict) else _ref(parent)
            value["reply"] = {"root": root, "parent": _ref(parent)}
        if found := [self._image(media_type, content) for media_type, content in images]:
            value["embed"] = {"$type": "app.bsky.embed.images", "images": found}
        return self.publish(who, POST, value | dict(extra or {})).uri

    def sign(self, who: Person, collection: str, uri: str) -> str:
        """Like or repost a post."""
        subject = _ref(self.records[uri])
        value: Object = {"$type": collection, "subject": subject, "createdAt": iso(self._at())}
        return self.publish(who, collection, value).uri

    def publish(self, who: Person, collection: str, value: Object, rkey: str = "") -> Record:
        """Write a record, and tell those whom it concerns."""
        with self.lock:
            key = rkey or "3kfake" + _base32(next(self.numbers), 7)
            claimed = datetime.fromisoformat(str(value["createdAt"]))
            at = min(int(claimed.timestamp() * 1000), self._at())
            uri = f"at://{who.did}/{collection}/{key}"
            record = Record(
                uri, cid_of(json.dumps(value, sort_keys=True).encode(), 0x71), value, at
            )
            self.records[uri] = record
            for did, reason, subject in self._concerned(record):
                self.notify(did, uri, reason, subject)
            return record

    def notify(
        self, did: str, uri: str, reason: str, subject: str | None = None, raw: Object | None = None
    ) -> None:
        """Tell somebody of something."""
        with self.lock:
            at = self.records[uri].at if uri in self.records else self._at()
            self.notices.append(Notice(did, at, next(self.numbers), uri, reason, subject, raw))

    def remove(self, uri: str) -> None:
        with self.lock:
            self.records.pop(uri, None)

    def log_out(self, who: Person) -> None:
        """End an account's sessions, and take its password away."""
        with self.lock:
            self.end_sessions(who)
            self.locked_out.add(who.did)

    def log_in(self, who: Person) -> None:
        self.locked_out.discard(who.did)

    def expire(self, who: Person) -> None:
        """Let an account's access tokens end, as they do after two hours."""
        self.access = {token: did for token, did in self.access.items() if did != who.did}

    def end_sessions(self, who: Person) -> None:
        self.expire(who)
        self.refresh = {token: did for token, did in self.refresh.items() if did != who.did}

    def posts_of(self, who: Person) -> list[Record]:
        """Return what somebody has posted, oldest first."""
        with self.lock:
            mine = [one for one in self.records.values() if one.author == who.did]
        return sorted((r for r in mine if f"/{POST}/" in r.uri), key=lambda record: record.at)

    def hidden(self) -> set[str]:
        """Return the answers that the authors of their threads have hidden."""
        with self.lock:
            gates = [record for uri, record in self.records.items() if f"/{GATE}/" in uri]
        return {
            str(answer)
            for gate in gates
            for answer in _list(gate.value.get("hiddenReplies"))
            if gate.author == str(gate.value["post"]).split("/")[2]
        }

    def _concerned(self, record: Record) -> list[tuple[str, str, str | None]]:
        """Return who is told of a record, why, and of what of theirs it is about; each once."""
        value = record.value
        subject = value.get("subject")
        if isinstance(subject, dict):
            owner = str(subject["uri"]).split("/")[2]
            reason = "like" if f"/{LIKE}/" in record.uri else "repost"
            return [(owner, reason, str(subject["uri"]))] if owner != record.author else []
        found: dict[str, tuple[str, str | None]] = {}
        for facet in _list(value.get("facets")):
            for feature in _list(facet["features"]):
                if "did" in feature:
                    found.setdefault(str(feature["did"]), ("mention", None))
        embed = value.get("embed")
        if isinstance(embed, dict) and embed["$type"] == "app.bsky.embed.record":
            quoted = str(embed["record"]["uri"])
            found.setdefault(quoted.split("/")[2], ("quote", quoted))
        for above in self._above(value):
            found.setdefault(above.split("/")[2], ("reply", above))
        found.pop(record.author, None)
        return [(did, reason, about) for did, (reason, about) in found.items()]

    def _above(self, value: Object) -> list[str]:
        found: list[str] = []
        while len(found) < _HEIGHT and isinstance(reply := value.get("reply"), dict):
            found.append(str(reply["parent"]["uri"]))
            if found[-1] not in self.records:
                break
            value = self.records[found[-1]].value
        return found

    def _image(self, media_type: str, content: bytes) -> Object:
        return {"alt": "", "image": self.blob(media_type, content)}

    def blob(self, media_type: str, content: bytes) -> Object:
        link = cid_of(content, 0x55)
        self.blobs[link] = (media_type, content)
        ref = {"$link": link}
        return {"$type": "blob", "ref": ref, "mimeType": media_type, "size": len(content)}

    def by_did(self, did: str) -> Person:
        for one in self.people.values():
            if one.did == did:
                return one
        raise XrpcError(400, "InvalidRequest", "Profile not found")

    def _at(self, claimed: datetime | None = None) -> int:
        """Return an instant, each later than the one before where nothing else is claimed."""
        if claimed is not None:
            return int(claimed.timestamp() * 1000)
        self._last = max(self._last + 1, int(self.now().timestamp() * 1000))
        return self._last


def _list(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []


def _ref(record: Record) -> Object:
    return {"uri": record.uri, "cid": record.cid}


def cid_of(content: bytes, codec: int) -> str:
    """Return a CID (version 1, SHA-256), as a server would name the content."""
    whole = bytes((1, codec, 0x12, 0x20)) + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(whole).decode().lower().rstrip("=")


def _base32(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def iso(at: int) -> str:
    found = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return found.replace("+00:00", "Z")
