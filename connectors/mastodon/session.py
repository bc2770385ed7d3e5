"""The account on its instance: who we are there, what the instance allows, and asking it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.asking import WITHIN, Refused, TooBig
from connectors.base import Account, PlatformError, RawFile, Standing, Trouble
from connectors.details import Detail
from connectors.mastodon import http, statuses
from connectors.mastodon.http import Rate
from connectors.mastodon.settings import Settings
from connectors.mastodon.statuses import Me
from connectors.shapes import Object, at, listing, number, obj, text

_CHARACTERS = 500
_ALT = 1500  # characters of a description
_NEEDED = (
    "read:accounts",
    "read:follows",
    "read:notifications",
    "read:statuses",
    "write:media",
    "write:statuses",
)
_TOGETHER = 20  # statuses that an instance gives out at once
_KEPT = 2000  # of what was learned on the way, the newest


@dataclass(frozen=True, slots=True)
class Limits:
    """What the instance takes: characters of a status, bytes of a picture."""

    characters: int = _CHARACTERS
    picture: int | None = None


class TooBigPage(TooBig):
    """A page of notifications beyond every size; `newest` is the id of its last one, if told."""

    def __init__(self, newest: str | None) -> None:
        super().__init__()
        self.newest = newest


class Session:
    """Asks the instance as the account; `names` holds how accounts are addressed, by their ids."""

    def __init__(self, account: Account, *, now: Callable[[], datetime]) -> None:
        self.settings = Settings.model_validate(dict(account.values))
        self.limits = Limits()
        self.names: dict[str, str] = {}
        self.rate: Rate | None = None
        self.rate_at: datetime | None = None
        self.now = now
        self._me: Me | None = None
        self._home = ""
        self._lock = asyncio.Lock()
        self._newest: str | None = None
        self._http = http.instance(
            str(self.settings.instance), account.network, self._hear, self._hear_newest
        )
        self._http.token = self.settings.access_token.get_secret_value()

    @property
    def me(self) -> Me:
        """Who we are; known once the session is `ready`."""
        if self._me is None:
            raise PlatformError(Trouble.LOGIN, Detail.NO_LOGIN)
        return self._me

    async def ready(self) -> Me:
        """Know who we are; raises `PlatformError`."""
        async with self._lock:
            if self._me is None:
                await self._meet()
        return self.me

    async def check(self) -> None:
        """Ask anew who we are and what the token is good for; raises `PlatformError`."""
        async with self._lock:
            await self._meet()
        try:
            app = await self._http.ask("GET", "/api/v1/apps/verify_credentials")
        except Refused as refusal:
            if refusal.gone:
                return  # an instance that does not tell
            raise refusal.trouble() from None
        scopes = {text(scope) for scope in listing(app.get("scopes"))}
        missing = [need for need in _NEEDED if not {need, need.partition(":")[0]} & scopes]
        if scopes and missing:
            raise PlatformError(Trouble.SETTINGS, f"{Detail.NO_RIGHTS}: {', '.join(missing)}")

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        key: str | None = None,
        within: float = WITHIN,
    ) -> Object:
        """Ask as the account; raises `PlatformError` and `Refused`."""
        headers = {"Idempotency-Key": key} if key else None
        return await self._http.ask(method, path, body=body, headers=headers, within=within)

    async def news(self, query: Mapping[str, str]) -> list[object]:
        """Return a page of notifications; raises `PlatformError`, `TooBigPage` beyond every size.

        An account that says nothing else has direct messages of strangers set aside, as requests
        that somebody has to look at (NotificationPolicy): whoever asks has to ask for them.
        """
        everything = {**query, "include_filtered": "true"}
        self._newest = None
        try:
            return await self._http.ask_list("/api/v1/notifications", query=everything)
        except TooBig:
            raise TooBigPage(self._newest) from None
        except Refused as refusal:
            raise refusal.trouble() from None

    async def statuses(self, ids: Sequence[str]) -> dict[str, Object]:
        """Return those of the statuses that we may see, by their ids.

        Raises `PlatformError` and `Refused`. Source: GET /api/v1/statuses, of Mastodon 4.3.
        """
        found = {}
        for start in range(0, len(ids), _TOGETHER):
            query = "&".join(f"id[]={one}" for one in ids[start : start + _TOGETHER])
            for status in await self._http.ask_list(f"/api/v1/statuses?{query}"):
                if status_id := statuses.identifier(at(status, "id")):
                    found[status_id] = obj(status)
        return found

    async def hides(self, account_id: str) -> bool:
        """Tell whether statuses of somebody may be there and not for us, as far as we can know.

        An instance says "not found" as well where their author blocks us, is suspended or away
        (StatusPolicy of Mastodon). Raises `PlatformError` and `Refused`.
        """
        try:
            path = f"/api/v1/accounts/relationships?id[]={account_id}"
            if any(at(one, "blocked_by") for one in await self._http.ask_list(path)):
                return True
            return bool((await self.ask("GET", f"/api/v1/accounts/{account_id}")).get("suspended"))
        except Refused as refusal:
            if refusal.status not in {403, 404, 410}:
                raise
            return True

    async def name_of(self, account_id: str, *, within: float) -> str:
        """Return how somebody is addressed, without the `@`; raises `PlatformError`, `Refused`."""
        known = self.names.get(account_id)
        if known is None:
            found = await self.ask("GET", f"/api/v1/accounts/{account_id}", within=within)
            known = text(found.get("acct"))
            if not known:
                raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
            self.learn_name(account_id, known)
        return known

    def learn_name(self, account_id: str, name: str) -> None:
        """Remember how somebody is addressed."""
        remember(self.names, account_id, name)

    async def hand_in(self, file: RawFile, *, within: float) -> Object:
        """Upload a file with its description; raises `PlatformError` and `Refused`."""
        described = {"description": file.description[:_ALT]} if file.description else {}
        return await self._http.submit("/api/v2/media", described, {"file": file}, within=within)

    async def download(self, place: str, *, limit: int, within: float) -> bytes:
        """Fetch a file; raises `PlatformError` and `Refused`."""
        return await self._http.download(place, limit=limit, within=within)

    def standing(self) -> Standing:
        """Return how we stand."""
        rate = self.rate
        return Standing(
            name=f"@{self.me.username}@{self._home}" if self._home else f"@{self.me.username}",
            rate_left=rate.left if rate else None,
            rate_resets_at=self.rate_at + rate.anew_in if rate and self.rate_at else None,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _hear_newest(self, notification_id: str) -> None:
        self._newest = notification_id

    def _hear(self, rate: Rate) -> None:
        self.rate = rate
        self.rate_at = self.now()

    async def _meet(self) -> None:
        """Learn who we are, and whether that is the account that was entered."""
        try:
            found = await self._http.ask("GET", "/api/v1/accounts/verify_credentials")
            told = await self._http.ask("GET", "/api/v2/instance")
        except Refused as refusal:
            raise refusal.trouble() from None
        my_id, username = statuses.identifier(found.get("id")), text(found.get("username"))
        if my_id is None or not username:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        self._home = (text(told.get("domain")) or "").lower()
        name, _, home = self.settings.account.removeprefix("@").lower().partition("@")
        if name != username.lower() or (home and self._home and home != self._home):
            raise PlatformError(Trouble.SETTINGS, Detail.OTHER_ACCOUNT)
        self.limits = _limits(obj(told.get("configuration")))
        self._me = Me(my_id, username, text(found.get("url")) or "")


def remember(known: dict[str, str], name: str, value: str) -> None:
    """Keep a value under a name; the oldest ones go."""
    known.pop(name, None)
    known[name] = value
    while len(known) > _KEPT:
        del known[next(iter(known))]


def _limits(configuration: Object) -> Limits:
    characters = number(at(configuration, "statuses", "max_characters"))
    picture = number(at(configuration, "media_attachments", "image_size_limit"))
    return Limits(
        characters if characters and characters > 0 else _CHARACTERS,
        picture if picture and picture > 0 else None,
    )
