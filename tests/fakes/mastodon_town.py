"""What an instance of Mastodon holds: accounts, statuses and notifications, by its own rules.

Written from docs.joinmastodon.org and the behaviour of PostStatusService: whoever is named in a
text is addressed, and only who may see a status is told that there is one.
"""

import html
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import regex

from connectors.base import RawFile

HOME = "stadt.test"
_NAMED = re.compile(r"(?<![=/\w])@([a-z0-9_]+)(?:@([\w.-]*\w))?", re.IGNORECASE)
_LINKED = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,:;!?)]")
_TAGGED = re.compile(r"(?<![&/\w])#(\w+)")
_KEY_LASTS = timedelta(hours=1)
_FIRST_STATUS = 115_000_000_000_000_000


class Refusal(Exception):  # noqa: N818 (what an instance answers)
    """An answer other than 200."""

    def __init__(self, status: int, error: str, **more: object) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, **more}
        self.headers: dict[str, str] = {}


@dataclass
class Account:
    id: str
    username: str
    domain: str | None = None
    name: str = ""
    bot: bool = False

    @property
    def acct(self) -> str:
        return f"{self.username}@{self.domain}" if self.domain else self.username

    @property
    def url(self) -> str:
        return f"https://{self.domain or HOME}/@{self.username}"


@dataclass
class Media:
    id: str
    file: RawFile
    description: str | None = None
    reading: int = 0  # how often it is still asked for in vain


@dataclass
class Status:
    id: str
    author: Account
    text: str
    visibility: str
    created_at: datetime
    answers: str | None = None
    warning: str = ""
    sensitive: bool = False
    media: list[Media] = field(default_factory=list)
    mentions: list[Account] = field(default_factory=list)
    edited_at: datetime | None = None
    poll: list[str] = field(default_factory=list)
    language: str = "de"
    html: str | None = None  # as another server wrote it


@dataclass
class Notification:
    id: str
    type: str
    account: Account
    status: Status | None
    created_at: datetime
    raw: object = None  # given out in the place of the status
    filtered: bool = False  # set aside, as a request


class Town:
    """An instance; `us` is the account that the tests are about. Safe for many threads."""

    def __init__(self, *, characters: int = 500, now: Callable[[], datetime] | None = None) -> None:
        self.lock = threading.RLock()
        self.characters = characters
        self.now = now or (lambda: datetime.now(UTC))
        self.accounts: dict[str, Account] = {}
        self.statuses: dict[str, Status] = {}
        self.media: dict[str, Media] = {}
        self.notifications: list[Notification] = []
        self.keys: dict[tuple[str, str], tuple[str, datetime]] = {}
        self.slow_media = 0
        self.blocking: set[str] = set()  # ids of accounts that block us
        self.suspended: set[str] = set()
        self._count = 0
        self.us = self.join("stadt")

    def join(
        self, username: str, domain: str | None = None, *, name: str = "", bot: bool = False
    ) -> Account:
        """Return the account of this name, made where there is none."""
        with self.lock:
            for account in self.accounts.values():
                if (account.username, account.domain) == (username, domain):
                    return account
            account = Account(str(1000 + len(self.accounts)), username, domain, name, bot)
            self.accounts[account.id] = account
            return account

    def post(
        self,
        author: Account,
        text: str,
        *,
        visibility: str = "public",
        answers: str | None = None,
        warning: str = "",
        sensitive: bool = False,
        media: Sequence[Media] = (),
        poll: Sequence[str] = (),
        html: str | None = None,
        key: str | None = None,
        allowed: Sequence[str] | None = None,
    ) -> Status:
        """Post a status, as PostStatusService does; raises `Refusal`."""
        with self.lock:
            if answers is not None and not self.sees(author, self.statuses.get(answers)):
                raise Refusal(404, "Der Beitrag, auf den du antworten möchtest, existiert nicht.")
            known, until = self.keys.get((author.id, key or ""), ("", self.now()))
            if key and known and self.now() < until:
                return self.seen(author, known)
            self._demand_fitting(author, text, warning, media)
            mentions = self.named(text)
            unexpected = [one for one in mentions if allowed is not None and one.id not in allowed]
            if unexpected:
                raise Refusal(422, "Unerwartete Erwähnung", unexpected_accounts=[])
            status = Status(
                str(_FIRST_STATUS + self._next()),
                author,
                text,
                visibility,
                self.now(),
                answers,
                warning,
                sensitive or bool(warning),
                list(media),
                mentions,
                poll=list(poll),
                html=html,
            )
            self.statuses[status.id] = status
            if key:
                self.keys[author.id, key] = status.id, self.now() + _KEY_LASTS
            if self.us in mentions and author is not self.us:
                self.notify("mention", author, status)
            return status

    def edit(
        self,
        author: Account,
        status_id: str,
        text: str,
        *,
        warning: str = "",
        sensitive: bool = False,
        media: Sequence[Media] | None = None,
    ) -> Status:
        """Give a status another text, as UpdateStatusService does; raises `Refusal`."""
        with self.lock:
            status = self.own(author, status_id)
            files = list(media or ())
            self._demand_fitting(author, text, warning, files)
            before = set(map(id, status.mentions))
            status.text, status.warning, status.html = text, warning, None
            status.sensitive = sensitive or bool(warning)
            status.media, status.mentions = files, self.named(text)
            status.edited_at = self.now()
            newly = [one for one in status.mentions if id(one) not in before]
            if self.us in newly and author is not self.us:
                self.notify("mention", author, status)
            return status

    def delete(self, author: Account, status_id: str) -> Status:
        """Take a status away; what answers it answers nothing then. Raises `Refusal`."""
        with self.lock:
            status = self.own(author, status_id)
            del self.statuses[status_id]
            for other in self.statuses.values():
                if other.answers == status_id:
                    other.answers = None
            self.notifications = [one for one in self.notifications if one.status is not status]
            return status

    def notify(
        self, kind: str, account: Account, status: Status | None, raw: object = None
    ) -> Notification:
        """Tell us of something."""
        with self.lock:
            found = Notification(str(self._next()), kind, account, status, self.now(), raw)
            found.filtered = status is not None and self._is_unasked(status)
            self.notifications.append(found)
            return found

    def _is_unasked(self, status: Status) -> bool:
        """Tell whether it is a private mention that we did not begin: by default they are filtered.

        Source: the defaults of NotificationPolicy.
        """
        before = self.statuses.get(status.answers or "")
        ours = before is not None and before.author is self.us and before.visibility == "direct"
        return status.visibility == "direct" and not ours

    def upload(self, file: RawFile, description: str | None) -> Media:
        """Take a file in."""
        with self.lock:
            found = Media(str(self._next()), file, description, self.slow_media)
            self.media[found.id] = found
            return found

    def sees(self, account: Account, status: Status | None) -> bool:
        """Tell whether somebody may see a status, as StatusPolicy does; nobody follows anybody."""
        if status is None or status.author.id in self.suspended:
            return False
        is_hidden = account is self.us and status.author.id in self.blocking
        is_open = status.visibility in {"public", "unlisted"} and not is_hidden
        named = account in status.mentions and status.visibility in {"private", "direct"}
        return is_open or status.author is account or named

    def seen(self, account: Account, status_id: str) -> Status:
        """Return a status that somebody may see; raises `Refusal`."""
        status = self.statuses.get(status_id)
        if status is None or not self.sees(account, status):
            raise Refusal(404, "Record not found")
        return status

    def own(self, account: Account, status_id: str) -> Status:
        """Return a status of somebody's own; raises `Refusal`."""
        status = self.statuses.get(status_id)
        if status is None or status.author is not account:
            raise Refusal(404, "Record not found")
        return status

    def named(self, text: str) -> list[Account]:
        """Return whom a text addresses."""
        known = {(one.username.lower(), one.domain): one for one in self.accounts.values()}
        found = {}
        for username, domain in _NAMED.findall(text):
            place = None if domain.lower() in {"", HOME} else domain.lower()
            if account := known.get((username.lower(), place)):
                found[account.id] = account
        return list(found.values())

    def count(self, text: str) -> int:
        """Count as StatusLengthValidator does."""
        short = _LINKED.sub("x" * 23, text)
        short = _NAMED.sub(lambda found: f"@{found[1]}", short)
        return len(regex.findall(r"\X", short))

    def written(self, status: Status) -> str:
        """Return the HTML of a status, as Mastodon writes it."""
        if status.html is not None:
            return status.html
        paragraphs = re.split(r"\n{2,}", status.text.strip())
        lines = (self._marked(part).replace("\n", "<br />") for part in paragraphs if part)
        return "".join(f"<p>{line}</p>" for line in lines)

    def _marked(self, text: str) -> str:
        parts = []
        end = 0
        marks = [*_LINKED.finditer(text), *_NAMED.finditer(text), *_TAGGED.finditer(text)]
        for found in sorted(marks, key=lambda mark: mark.start()):
            if found.start() < end:
                continue
            parts.append(html.escape(text[end : found.start()], quote=False))
            parts.append(self._mark(found))
            end = found.end()
        return "".join([*parts, html.escape(text[end:], quote=False)])

    def _mark(self, found: re.Match[str]) -> str:
        whole = html.escape(found[0])
        if found.re is _LINKED:
            scheme, _, rest = found[0].partition("://")
            shown, hidden = html.escape(rest[:30]), html.escape(rest[30:])
            kind = "ellipsis" if hidden else ""
            return (
                f'<a href="{whole}" target="_blank" rel="nofollow noopener" translate="no">'
                f'<span class="invisible">{scheme}://</span><span class="{kind}">{shown}</span>'
                f'<span class="invisible">{hidden}</span></a>'
            )
        if found.re is _TAGGED:
            place = f"https://{HOME}/tags/{found[1].lower()}"
            return (
                f'<a href="{place}" class="mention hashtag" rel="tag">#<span>{found[1]}</span></a>'
            )
        people = self.named(found[0])
        if not people:
            return whole
        return (
            f'<span class="h-card" translate="no"><a href="{people[0].url}" class="u-url mention">'
            f"@<span>{people[0].username}</span></a></span>"
        )

    def _demand_fitting(
        self, author: Account, text: str, warning: str, media: Sequence[Media]
    ) -> None:
        if author.domain:
            return  # other servers have other rules
        if not text.strip() and not media:
            raise Refusal(422, "Gültigkeitsprüfung ist fehlgeschlagen: Text darf nicht leer sein")
        if self.count(text) + len(regex.findall(r"\X", warning)) > self.characters:
            raise Refusal(422, "Gültigkeitsprüfung ist fehlgeschlagen: Text ist zu lang")

    def _next(self) -> int:
        self._count += 1
        return self._count
