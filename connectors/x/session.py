"""The account at X: who we are there, what it costs to ask, and which of two dialects it speaks."""

from collections.abc import Callable, Mapping
from datetime import datetime

from connectors import asking
from connectors.base import Account, PlatformError, Trouble
from connectors.details import Detail
from connectors.shapes import Object, obj, text
from connectors.x import costs
from connectors.x.costs import Ledger
from connectors.x.http import Door, Refused
from connectors.x.items import Me
from connectors.x.settings import Settings
from connectors.x.shapes import identity

# What is asked for of posts, in the words of the guides of docs.x.com and in those of the OpenAPI
# description 2.167: X is renaming tweets to posts, and refuses the name that it does not know.
_DIALECTS: tuple[Mapping[str, str], ...] = (
    {
        "tweet.fields": "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,"
        "entities,in_reply_to_user_id,note_tweet,referenced_tweets",
        "expansions": "author_id,attachments.media_keys,referenced_tweets.id",
    },
    {
        "post.fields": "attachments,conversation_id,created_at,entities,note_post",
        "expansions": "author_id,attachments.media_keys,edit_history_post_ids,in_reply_to_user_id,"
        "referenced_posts",
    },
)


class Session:
    """Asks X as the account, within its budget."""

    def __init__(
        self, account: Account, *, now: Callable[[], datetime], nonce: Callable[[], str]
    ) -> None:
        self.settings = Settings.model_validate(dict(account.values))
        self.ledger = Ledger(account.folder / "spent.json", self.settings.budget, now)
        self.door = Door(self.settings, account.network, now=now, nonce=nonce)
        self._me: Me | None = None
        self._dialect = 0

    async def me(self) -> Me:
        """Return who we are; raises `PlatformError` where the token is another account's."""
        if self._me is None:
            self._me = await self.who()
            await self.ledger.note("user", [self._me.id], costs.ACCOUNT_READ)
        return self._me

    async def who(self) -> Me:
        """Ask who we are; raises `PlatformError`.

        It writes nothing down: an account is also tested beside the one that is open, and one book
        has one writer.
        """
        self.ledger.demand()
        try:
            found = obj((await self.ask("GET", "/2/users/me")).get("data"))
        except Refused as refusal:
            raise refusal.trouble() from None
        account, handle = identity(found.get("id")), text(found.get("username"))
        if account is None or handle is None:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        if handle.casefold() != self.settings.handle.casefold():
            raise PlatformError(Trouble.SETTINGS, f"{Detail.OTHER_ACCOUNT}: @{handle[:15]}")
        return Me(account, handle)

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
        try:
            return await self.door.ask(method, path, query=query, body=body, within=within)
        except asking.Refused as refusal:
            if isinstance(refusal, Refused):
                raise
            # What a proxy before it says is heard as if it were X.
            raise Refused(refusal.status, refusal.code, refusal.retry_after) from None

    async def ask_posts(self, path: str, query: Mapping[str, str]) -> Object:
        """Ask for posts with all that reading them needs; raises `PlatformError`, `Refused`."""
        common = {"user.fields": "name,username", "media.fields": "media_key,type,url"}
        try:
            return await self.ask("GET", path, query={**query, **common, **self._words})
        except Refused as refusal:
            if refusal.status != 400:
                raise
        self._dialect = 1 - self._dialect
        try:
            return await self.ask("GET", path, query={**query, **common, **self._words})
        except Refused:
            self._dialect = 0
            raise

    @property
    def _words(self) -> Mapping[str, str]:
        return _DIALECTS[self._dialect]
