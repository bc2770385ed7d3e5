"""X at its edge: a small server that keeps its rules, written from docs.x.com.

It signs nothing for anybody: each request is checked against RFC 5849 by code of its own. It speaks
one of X's two dialects (tweets or posts) and refuses the words of the other one, as X does.
"""

import base64
import hashlib
import hmac
import html
import json
import re
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit

CONSUMER_KEY, CONSUMER_SECRET = "fake-consumer-key", "fake-consumer-secret"
ACCESS_TOKEN, ACCESS_SECRET = "7000-fake-access-token", "fake-access-secret"
US, HANDLE = "7000", "stadt_test"

_LINK = re.compile(r"https?://[^\s]+")
_FIRST_ID = 1_990_000_000_000_000_000
_PAGES = {
    "mentions": (5, 100, "since_id"),
    "tweets": (5, 100, "since_id"),
    "dm_events": (1, 100, "event_types"),
}
_POST_WORDS = {
    "tweet": {
        "tweet.fields": "attachments author_id conversation_id created_at edit_history_tweet_ids "
        "entities in_reply_to_user_id note_tweet referenced_tweets",
        "expansions": "author_id attachments.media_keys referenced_tweets.id",
    },
    "post": {
        "post.fields": "attachments conversation_id created_at entities note_post",
        "expansions": "author_id attachments.media_keys edit_history_post_ids "
        "in_reply_to_user_id referenced_posts",
    },
}
_MESSAGE_WORDS = {
    "dm_event.fields": "attachments created_at dm_conversation_id entities event_type id text",
    "expansions": "sender_id attachments.media_keys",
}
_COMMON = ("user.fields", "media.fields")

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
    _last: int = _FIRST_ID
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, method: str, end: str) -> int:
        return sum(m == method and path.endswith(end) for m, path in self.asked)

    def person(self, name: str) -> str:
        """Return the id of somebody, who joins where they are new."""
        with self._lock:
            for account, handle in self.people.items():
                if handle == name:
                    return account
            account = str(8000 + len(self.people))
            self.people[account] = name
            return account

    def next_id(self) -> int:
        with self._lock:
            self._last += 4096
            return self._last

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
        with self._lock:
            before = self.find(reply_to) if reply_to else None
            post_id = self.next_id()
            root = before.conversation if before else str(post_id)
            post = Post(post_id, self.person(name), text, root, reply_to, quoted, media)
            post.history, post.at = (post_id,), self.now()
            self.posts.append(post)
            return post_id

    def change(self, post_id: int, text: str) -> int:
        """Change a post, which becomes another one."""
        with self._lock:
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
        with self._lock:
            sender = self.person(name)
            two = "-".join(sorted((sender, US), key=int))
            event_id = self.next_id()
            event = Post(event_id, sender, text, group or two, media=media, at=self.now())
            self.messages.append(event)
            return event_id

    def photo(self, content: bytes, kind: str = "photo", end: str = "jpg") -> str:
        """Keep a file; return its media key."""
        with self._lock:
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

    def told(self, post: Post) -> Object:
        """Return the body of a webhook about a post."""
        return {
            "data": {
                "event_uuid": str(self.next_id()),
                "filter": {"user_id": US},
                "event_type": "post.mention.create",
                "payload": self.shown(post),
                "includes": {"users": [self._user(post.author)]},
            }
        }

    def told_directly(self, event: Post) -> Object:
        """Return the body of a webhook about a direct message, in its older shape."""
        users = {one: {"data": self._user(one)} for one in (event.author, US)}
        created: Object = {
            "type": "message_create",
            "id": str(event.id),
            "created_timestamp": str(int(event.at * 1000)),
            "message_create": {
                "target": {"recipient_id": US},
                "sender_id": event.author,
                "message_data": {"text": event.text, "entities": {"urls": []}},
            },
        }
        return {
            "data": {
                "event_uuid": str(self.next_id()),
                "filter": {"user_id": US},
                "event_type": "dm.received",
                "payload": {"direct_message_events": [created], "users": users},
            }
        }

    def answer(
        self, method: str, path: str, query: Mapping[str, str], body: object
    ) -> tuple[int, object]:
        """Answer a request that is signed well; raises `Refusal`."""
        parts = path.strip("/").split("/")[1:]
        said = body if isinstance(body, dict) else {}
        found = (
            self._listed(parts, query) if method == "GET" else self._written(method, parts, said)
        )
        if found is not None:
            return 201 if method == "POST" and parts[0] != "media" else 200, found
        raise problem(404, f"Nothing at {path}.", "https://api.x.com/2/problems/resource-not-found")

    def _listed(self, parts: list[str], query: Mapping[str, str]) -> Object | None:
        match parts:
            case ["users", "me"]:
                return {"data": self._user(US)}
            case ["users", _, "mentions"]:
                return self._page("mentions", query, list(filter(self._names_us, self.posts)))
            case ["users", _, "tweets"]:
                ours = [post for post in self.posts if post.author == US]
                return self._page("tweets", query, ours)
            case ["dm_events"]:
                return self._page("dm_events", query, self.messages)
            case ["dm_conversations", *place, "dm_events"]:
                two = "-".join(sorted((place[-1], US), key=int)) if len(place) > 1 else place[0]
                there = [event for event in self.messages if event.conversation == two]
                return self._page("dm_events", query, there)
        return None

    def _written(self, method: str, parts: list[str], said: Object) -> Object | None:
        match method, *parts:
            case "POST", "tweets":
                return self._posted(said)
            case "DELETE", "tweets", name:
                return self._deleted(self.posts, name)
            case "DELETE", "dm_events", name:
                return self._deleted(self.messages, name)
            case "PUT", "tweets", name, "hidden":
                return self._hidden(name, said)
            case "POST", "dm_conversations", "with", other, "messages":
                if other in self.closed_to_us or other not in self.people:
                    raise problem(403, "You cannot send messages to this user.")
                return self._sent("-".join(sorted((other, US), key=int)), said)
            case "POST", "dm_conversations", group, "messages":
                return self._sent(group, said)
            case "POST", "media", "upload":
                return self._uploaded(said)
            case "POST", "media", "metadata":
                return self._described(said)
        return None

    def _described(self, said: Object) -> Object:
        metadata = said["metadata"]
        assert isinstance(metadata, dict)
        self.described[str(said["id"])] = metadata["alt_text"]["text"]
        return {"data": {"id": said["id"], "associated_metadata": {}}}

    def shown(self, post: Post) -> Object:
        """Return a post as X shows it: short links, escaped signs, in its dialect."""
        if post.broken is not None:
            return post.broken
        text, urls = self._shortened(post.text)
        mentions = [
            {"start": at.start(), "end": at.end(), "username": at[1], "id": account}
            for at in re.finditer(r"@(\w+)", text)
            for account, handle in self.people.items()
            if handle.lower() == at[1].lower()
        ]
        refers = [("replied_to", post.replied_to), ("quoted", post.quoted)]
        referenced = [{"type": kind, "id": str(one)} for kind, one in refers if one]
        answered = self.find(post.replied_to)
        found: Object = {
            "id": str(post.id),
            "text": text,
            "author_id": post.author,
            "conversation_id": post.conversation,
            "created_at": _as_time(post.at),
            f"edit_history_{self.dialect}_ids": [str(one) for one in post.history],
            "entities": {"urls": urls, "mentions": mentions},
        }
        if referenced:
            found[f"referenced_{self.dialect}s"] = referenced
        if answered:
            found["in_reply_to_user_id"] = answered.author
        if post.media:
            found["attachments"] = {"media_keys": list(post.media)}
        return found

    def _shown_message(self, event: Post) -> Object:
        if event.broken is not None:
            return event.broken
        text, urls = self._shortened(event.text)
        found: Object = {
            "id": str(event.id),
            "event_type": "MessageCreate",
            "text": text,
            "sender_id": event.author,
            "dm_conversation_id": event.conversation,
            "created_at": _as_time(event.at),
            "entities": {"urls": urls},
        }
        return found | ({"attachments": {"media_keys": list(event.media)}} if event.media else {})

    def _shortened(self, text: str) -> tuple[str, list[Object]]:
        """Escape a text and shorten its links."""
        urls: list[Object] = []

        def short(found: re.Match[str]) -> str:
            name = hashlib.sha256(found[0].encode()).hexdigest()[:10]
            url = f"https://t.co/{name}"
            full = html.unescape(found[0])
            urls.append(
                {"start": found.start(), "end": found.start() + len(url), "url": url}
                | {"expanded_url": full, "display_url": full.partition("://")[2][:30]}
            )
            return url

        return _LINK.sub(short, html.escape(text, quote=False)), urls

    def _names_us(self, post: Post) -> bool:
        if post.broken is not None:
            return True
        answered, quoted = self.find(post.replied_to), self.find(post.quoted)
        return (
            re.search(rf"@{HANDLE}\b", post.text, re.IGNORECASE) is not None
            or (answered is not None and answered.author == US != post.author)
            or (quoted is not None and quoted.author == US != post.author)
        )

    def _user(self, account: str) -> Object:
        handle = self.people[account]
        return {"id": account, "name": handle.title(), "username": handle}

    def _page(self, kind: str, query: Mapping[str, str], found: list[Post]) -> Object:
        least, most, other = _PAGES[kind]
        is_message = kind == "dm_events"
        known = _MESSAGE_WORDS if is_message else _POST_WORDS[self.dialect]
        for name, value in query.items():
            if name in known:
                wrong = set(value.split(",")) - set(known[name].split())
            else:
                usual = {"max_results", "pagination_token", other, *_COMMON}
                wrong = set() if name in usual else {name}
            if wrong:
                raise problem(
                    400,
                    f"The query parameter or value [{','.join(sorted(wrong))}] is not valid.",
                    "https://api.x.com/2/problems/invalid-request",
                    "Invalid Request",
                )
        size = int(query.get("max_results", "10"))
        if not least <= size <= most:
            raise problem(
                400,
                "max_results",
                "https://api.x.com/2/problems/invalid-request",
                "Invalid Request",
            )
        since, token = int(query.get("since_id", "0")), query.get("pagination_token", "")
        before = int(token.removeprefix("fake-page-")) if token else self._last + 1
        newest = sorted(
            (post for post in found if since < post.id < before),
            key=lambda post: post.id,
            reverse=True,
        )
        page = newest[:size]
        meta: Object = {"result_count": len(page)}
        if page and not is_message:
            meta |= {"newest_id": str(page[0].id), "oldest_id": str(page[-1].id)}
        if len(newest) > size:
            meta["next_token"] = f"fake-page-{page[-1].id}"
        if not page:
            return {"meta": meta}
        keys = [key for post in page for key in post.media]
        includes: Object = {"users": [self._user(one) for one in {post.author for post in page}]}
        if media := [self.media[key] for key in dict.fromkeys(keys) if key in self.media]:
            includes["media"] = media
        about = [self.find(one) for post in page for one in (post.replied_to, post.quoted)]
        if others := {post.id: post for post in about if post}:
            includes[f"{self.dialect}s"] = [self.shown(post) for post in others.values()]
        show = self._shown_message if is_message else self.shown
        return {"data": [show(post) for post in page], "includes": includes, "meta": meta}

    def _posted(self, said: Object) -> Object:
        text = str(said.get("text", ""))
        reply, media = said.get("reply"), said.get("media")
        target = int(reply["in_reply_to_tweet_id"]) if isinstance(reply, dict) else None
        keys = tuple(map(str, media["media_ids"])) if isinstance(media, dict) else ()
        if not text and not keys:
            raise problem(400, "text", "https://api.x.com/2/problems/invalid-request")
        if _weight(text) > 280:
            raise problem(403, "Your Tweet text is too long. For more information ...")
        if target:
            self._demand_summons(target)
        if not keys and any(
            (post.author, post.text, post.replied_to) == (US, text, target) for post in self.posts
        ):
            raise problem(403, "You are not allowed to create a Tweet with duplicate content.")
        name = self.write(HANDLE, text, reply_to=target, media=keys)
        return {"data": {"id": str(name), "text": text}}

    def _demand_summons(self, target: int) -> None:
        answered = self.find(target)
        if answered is None:
            raise problem(403, "You attempted to reply to a Tweet that is deleted or not visible.")
        quoted = self.find(answered.quoted)
        if answered.author == US or re.search(rf"@{HANDLE}\b", answered.text, re.IGNORECASE):
            return
        if quoted is not None and quoted.author == US:
            return
        raise problem(
            403,
            "Reply to this conversation is not allowed because you have not been mentioned or "
            "otherwise engaged by the author of the post you are replying to.",
        )

    def _deleted(self, among: list[Post], name: str) -> Object:
        mine = [one for one in among if str(one.id) == name and one.author == US]
        if not mine:
            raise problem(
                404, "Not found.", "https://api.x.com/2/problems/resource-not-found", "Not Found"
            )
        among.remove(mine[0])
        return {"data": {"deleted": True}}

    def _hidden(self, name: str, said: Object) -> Object:
        post = self.find(int(name))
        root = self.find(int(post.conversation)) if post else None
        if post is None or root is None or root.author != US:
            raise problem(403, "You are not the author of the conversation.")
        post.hidden = said.get("hidden") is True
        return {"data": {"hidden": post.hidden}}

    def _sent(self, conversation: str, said: Object) -> Object:
        attachments = said.get("attachments")
        keys = [one["media_id"] for one in attachments] if isinstance(attachments, list) else []
        event_id = self.next_id()
        text = str(said.get("text", ""))
        event = Post(event_id, US, text, conversation, media=tuple(keys), at=self.now())
        self.messages.append(event)
        return {"data": {"dm_conversation_id": conversation, "dm_event_id": str(event_id)}}

    def _uploaded(self, said: Object) -> Object:
        content = base64.b64decode(str(said["media"]), validate=True)
        if said["media_category"] not in {"tweet_image", "dm_image"} or not content:
            raise problem(400, "media", "https://api.x.com/2/problems/invalid-request")
        name = str(self.next_id())
        self.files[f"/media/{name}.jpg"] = content
        self.media[name] = {
            "media_key": name,
            "type": "photo",
            "url": f"{self.url}/media/{name}.jpg",
        }
        return {"data": {"id": name, "media_key": f"3_{name}", "size": len(content)}}


@contextmanager
def serving(x: X) -> Iterator[X]:
    """Run X."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            _serve(self, x)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (the library's names)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Clients that hang up are no news here."""

    server = Server(("127.0.0.1", 0), Handler)
    x.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield x
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _serve(request: BaseHTTPRequestHandler, x: X) -> None:
    url = urlsplit(request.path)
    content = request.rfile.read(int(request.headers.get("Content-Length", "0")))
    with x._lock:
        if url.path in x.files:
            _write(request, 200, x.files[url.path], "image/jpeg")
            return
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        x.asked.append((request.command, url.path))
        headers: dict[str, str] = {}
        try:
            if not x.logged_in or not _is_signed(request, url.path, query):
                raise problem(401, "Unauthorized", title="Unauthorized")
            if x.refusals:
                raise x.refusals.pop(0)
            if refusal := x.refuse(request.command, url.path):
                raise refusal
            body = json.loads(content) if content else None
            status, answer = x.answer(request.command, url.path, query, body)
            x.exchanges.append((request.command, url.path, body, answer))
            headers["x-rate-limit-limit"] = str(x.a_window)
            if request.command == "POST" and x.cut_after:
                x.cut_after -= 1
                request.close_connection = True
                return
        except Refusal as no:
            status, answer = no.status, no.said
            headers |= {name.replace("_", "-"): value for name, value in no.headers.items()}
    _write(request, status, json.dumps(answer).encode(), "application/json", headers)


def _write(
    request: BaseHTTPRequestHandler,
    status: int,
    content: bytes,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", media_type)
    request.send_header("Content-Length", str(len(content)))
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(content)


def _is_signed(request: BaseHTTPRequestHandler, path: str, query: Mapping[str, str]) -> bool:
    """Check a signature (RFC 5849, 3.4.2), over the address under which the request came."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    given = {
        unquote(name): unquote(value.strip('"'))
        for name, _, value in (one.strip().partition("=") for one in rest.split(","))
    }
    signature = given.pop("oauth_signature", "")
    if scheme != "OAuth" or given.get("oauth_consumer_key") != CONSUMER_KEY:
        return False
    if given.get("oauth_token") != ACCESS_TOKEN:
        return False
    scheme_seen = request.headers.get("X-Forwarded-Proto", "http")
    pairs = sorted((_escape(name), _escape(value)) for name, value in {**given, **query}.items())
    base = "&".join(
        map(
            _escape,
            (
                request.command,
                f"{scheme_seen}://{request.headers['Host']}{path}",
                "&".join(f"{name}={value}" for name, value in pairs),
            ),
        )
    )
    key = f"{_escape(CONSUMER_SECRET)}&{_escape(ACCESS_SECRET)}".encode()
    wanted = base64.b64encode(hmac.new(key, base.encode(), hashlib.sha1).digest()).decode()
    return hmac.compare_digest(wanted, signature)


def _escape(value: str) -> str:
    return quote(value, safe="-._~")


def _as_time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + "000Z"


def _weight(text: str) -> int:
    """Count roughly as X does: enough to notice a text that is far too long."""
    text = _LINK.sub("x" * 23, unicodedata.normalize("NFC", text))
    return len(re.sub("[\u200d\ufe0f\U0001f3fb-\U0001f3ff]", "", text))
