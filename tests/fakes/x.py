"""X at its edge: what it knows, its moods, and the people who write there.

What it shows is in `x_shown`, what it does when it is asked in `x_api`, its door in `x_server`;
all of it written from docs.x.com. It speaks one of X's two dialects (tweets or posts).
"""

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

CONSUMER_KEY, CONSUMER_SECRET = "fake-consumer-key", "fake-consumer-secret"
ACCESS_TOKEN, ACCESS_SECRET = "7000-fake-access-token", "fake-access-secret"
US, HANDLE = "7000", "stadt_test"

_FIRST_ID = 1_990_000_000_000_000_000

Object = dict[str, object]


@dataclass
class Post:
    """A post or a direct message (`conversation` of two or of a group), as X keeps it."""

    id: int
    author: str
    text: str
    conversation: str
    replied_to: int | None = None
    quoted: int | None = None
    media: tuple[str, ...] = ()
    history: tuple[int, ...] = ()
    at: float = field(default_factory=time.time)
    broken: Object | None = None
    hidden: bool = False


class Refusal(Exception):  # noqa: N818 (an answer)
    """An answer that says no."""

    def __init__(self, status: int, said: Object, **headers: str) -> None:
        super().__init__(str(status))
        self.status = status
        self.said = said
        self.headers = headers


def problem(status: int, detail: str, kind: str = "about:blank", title: str = "") -> Refusal:
    """Return a refusal as X words it."""
    said: Object = {"detail": detail, "type": kind, "title": title or "Forbidden", "status": status}
    return Refusal(status, said)


@dataclass
class X:
    """What X knows, and its moods; `asked` is what came, as method and path."""

    dialect: str = "tweet"
    a_window: int = 90_000  # requests that each path allows in a quarter of an hour
    now: Callable[[], float] = time.time
    people: dict[str, str] = field(default_factory=lambda: {US: HANDLE})
    posts: list[Post] = field(default_factory=list)
    messages: list[Post] = field(default_factory=list)
    media: dict[str, Object] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    closed_to_us: set[str] = field(default_factory=set)  # who takes no messages from us
    refusals: list[Refusal] = field(default_factory=list)  # what the next requests are answered
    refuse: Callable[[str, str], Refusal | None] = lambda _method, _path: None
    cut_after: int = 0  # posts of which the answer is lost
    logged_in: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    exchanges: list[tuple[str, str, object, object]] = field(default_factory=list)
    port: int = 0
    last: int = _FIRST_ID
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, method: str, end: str) -> int:
        return sum(m == method and path.endswith(end) for m, path in self.asked)

    def person(self, name: str) -> str:
        """Return the id of somebody, who joins where they are new."""
        with self.lock:
            for account, handle in self.people.items():
                if handle == name:
                    return account
            account = str(8000 + len(self.people))
            self.people[account] = name
            return account

    def next_id(self) -> int:
        with self.lock:
            self.last += 4096
            return self.last

    def write(
        self,
        name: str,
        text: str,
        *,
        reply_to: int | None = None,
        quoted: int | None = None,
        media: tuple[str, ...] = (),
    ) -> int:
        """Post as somebody."""
        with self.lock:
            before = self.find(reply_to) if reply_to else None
            post_id = self.next_id()
            root = before.conversation if before else str(post_id)
            post = Post(post_id, self.person(name), text, root, reply_to, quoted, media)
            post.history, post.at = (post_id,), self.now()
            self.posts.append(post)
            return post_id

    def change(self, post_id: int, text: str) -> int:
        """Change a post, which becomes another one."""
        with self.lock:
            old = self.find(post_id)
            assert old is not None
            new = self.write(self.people[old.author], text, reply_to=old.replied_to)
            fresh = self.find(new)
            assert fresh is not None
            fresh.conversation = old.conversation
            fresh.history = (*old.history, new)
            self.posts.remove(old)
            return new

    def message(
        self, name: str, text: str, *, group: str | None = None, media: tuple[str, ...] = ()
    ) -> int:
        """Write to the account directly, or into a group that it is in."""
        with self.lock:
            sender = self.person(name)
            two = "-".join(sorted((sender, US), key=int))
            event_id = self.next_id()
            event = Post(event_id, sender, text, group or two, media=media, at=self.now())
            self.messages.append(event)
            return event_id

    def photo(self, content: bytes, kind: str = "photo", end: str = "jpg") -> str:
        """Keep a file; return its media key."""
        with self.lock:
            key = f"3_{self.next_id()}"
            self.files[f"/media/{key}.{end}"] = content
            url = f"{self.url}/media/{key}.{end}"
            self.media[key] = {"media_key": key, "type": kind, "url": url}
            return key

    def find(self, post_id: int | None) -> Post | None:
        return next((post for post in self.posts if post.id == post_id), None)

    def ours(self) -> list[Post]:
        """Return what the account has said and what still stands, oldest first."""
        found = [one for one in (*self.posts, *self.messages) if one.author == US]
        return sorted(found, key=lambda one: one.id)

    def sign(self, body: bytes) -> str:
        """Sign a webhook's body."""
        digest = hmac.new(CONSUMER_SECRET.encode(), body, hashlib.sha256).digest()
        return "sha256=" + base64.b64encode(digest).decode()
