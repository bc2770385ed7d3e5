"""Asking X: requests signed with OAuth 1.0a, its words for no, and the pace that it allows."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime, timedelta
from urllib.parse import urlencode

import tweepy

from connectors import asking
from connectors.asking import Http
from connectors.base import Network, PlatformError, Trouble
from connectors.details import Detail
from connectors.shapes import Object, listing, number, obj, text
from connectors.x.settings import Settings

WINDOW = 900.0  # seconds for which X counts requests
# Where files of direct messages lie: X wants a signature there, as on its own server.
_SIGNED_HOSTS = ("https://ton.twitter.com/", "https://ton.x.com/")
_SHORTEST_WAIT = timedelta(seconds=1)

# The path that this task asks: each has a limit of its own, and many are asked at the same time.
_asked: ContextVar[str] = ContextVar("asked", default="")

# Parts of X's sentences (docs.x.com, "Response codes and errors", and what it was seen to answer),
# and the code that they become here. The first that fits counts.
_SENTENCES = (
    ("creditsdepleted", "credits"),
    ("problems/credits", "credits"),
    ("usage-capped", "credits"),
    ("usagecapexceeded", "credits"),
    ("duplicate content", "duplicate"),
    ("not been mentioned", "not-summoned"),
    ("reply to this conversation", "not-summoned"),
    ("not permitted to reply", "not-summoned"),
    ("app permissions", "rights"),
    ("client-forbidden", "rights"),
    ("client-not-enrolled", "rights"),
    ("oauth1-permissions", "rights"),
    ("your account is suspended", "suspended"),
    ("your account is temporarily locked", "suspended"),
    ("this account is temporarily locked", "suspended"),
    ("cannot send messages to this user", "closed"),
    ("not permitted to send", "closed"),
    ("does not accept direct messages", "closed"),
    ("have been blocked", "closed"),
    ("too long", "too-long"),
    ("resource-not-found", "not-found"),
    ("not-authorized-for-resource", "not-authorized"),
    ("invalid-request", "invalid-request"),
)


class Refused(asking.Refused):
    """A refusal of X's own."""

    @property
    def limited(self) -> bool:
        """Whether we asked too often; a spent credit comes as 429 too."""
        return super().limited and self.code != "credits"

    def trouble(self) -> PlatformError:
        """Return what this means, wherever it is met."""
        if self.code == "credits":
            return PlatformError(Trouble.SETTINGS, f"{Detail.CREDIT_SPENT}: {self}")
        if self.code == "suspended":
            return PlatformError(Trouble.LOGIN, str(self))
        if self.code == "rights":
            return PlatformError(Trouble.SETTINGS, f"{Detail.NO_RIGHTS}: {self}")
        return super().trouble()


class Signer:
    """Signs requests as the account (RFC 5849), by tweepy's handler; it asks nobody anything."""

    def __init__(
        self, settings: Settings, *, now: Callable[[], datetime], nonce: Callable[[], str]
    ) -> None:
        handler = tweepy.OAuth1UserHandler(
            settings.consumer_key.get_secret_value(),
            settings.consumer_secret.get_secret_value(),
            settings.access_token.get_secret_value(),
            settings.access_secret.get_secret_value(),
        )
        self._client = handler.apply_auth().client
        self._now = now
        self._nonce = nonce

    def header(self, method: str, url: str) -> str:
        """Return the `Authorization` of a request; `url` with its query, encoded."""
        self._client.timestamp = str(int(self._now().timestamp()))
        self._client.nonce = self._nonce()
        _, headers, _ = self._client.sign(url, method)
        return str(headers["Authorization"])


class Door:
    """X at its address: signs, asks, and hears how fast it may be asked."""

    def __init__(
        self,
        settings: Settings,
        network: Network,
        *,
        now: Callable[[], datetime],
        nonce: Callable[[], str],
    ) -> None:
        self._base = str(settings.server).rstrip("/")
        self._signer = Signer(settings, now=now, nonce=nonce)
        self._now = now
        self._limits: dict[str, int] = {}
        self._http = Http(self._base, network, self._refusal, hear=self._note_limit)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        within: float = asking.WITHIN,
    ) -> Object:
        """Ask as the account; raises `PlatformError` and `Refused`."""
        url = f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")
        signed = {"Authorization": self._signer.header(method, url)}
        _asked.set(path)
        return await self._http.ask(
            method, path, query=query, body=body, headers=signed, within=within
        )

    async def download(self, url: str, *, limit: int, within: float) -> bytes:
        """Fetch a file that X has named; it is signed for X's own servers only."""
        place = url.removeprefix(self._base)
        signs = place.startswith("/") or url.startswith(_SIGNED_HOSTS)
        headers = {"Authorization": self._signer.header("GET", url)} if signs else None
        return await self._http.download(place, limit=limit, within=within, headers=headers)

    def pace(self, path: str, usual: float) -> float:
        """Return the seconds between two questions at a path: four fifths of what X allows.

        `usual` is for as long as X has named no limit.
        """
        limit = self._limits.get(path)
        return usual if not limit else max(WINDOW / limit * 1.25, 0.1)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _note_limit(self, headers: Mapping[str, str]) -> None:
        limit = headers.get("x-rate-limit-limit", "")
        if limit.isdecimal() and int(limit[:9]):
            self._limits[_asked.get()] = int(limit[:9])

    def _refusal(self, status: int, headers: Mapping[str, str], said: Object) -> Refused | None:
        sentences = _sentences(said)
        if not sentences and status not in asking.ANYBODYS:
            return None
        code = next((code for part, code in _SENTENCES if part in sentences), "")
        code = "credits" if status == 402 else code  # "Payment Required", however it is worded
        return Refused(status, code, self._patience(headers))

    def _patience(self, headers: Mapping[str, str]) -> timedelta | None:
        """Return for how long X asks; the daily limit of the account has a time of its own."""
        spent = headers.get("x-user-limit-24hour-remaining") == "0"
        name = "x-user-limit-24hour-reset" if spent else "x-rate-limit-reset"
        reset = headers.get(name, "")
        if not reset.isdecimal():
            return asking.patience(headers)
        left = timedelta(seconds=int(reset[:11]) - int(self._now().timestamp()))
        return max(_SHORTEST_WAIT, left)


def _sentences(said: Object) -> str:
    """Return all that X says about a refusal, in small letters, in any of its three shapes."""
    errors = [obj(error) for error in listing(said.get("errors"))]
    found = [
        text(one.get(name)) or ""
        for one in (said, *errors)
        for name in ("type", "title", "detail", "reason", "message")
    ]
    if number(said.get("code")) is not None:  # the shape `Error` of the OpenAPI description
        found.append(f"code {said.get('code')}")
    return " ".join(filter(None, found)).lower()
