"""Looking posts up: what the AppView shows of them to us."""

from collections.abc import Iterable
from urllib.parse import urlencode

from connectors.asking import Refused
from connectors.bluesky.session import Session
from connectors.shapes import Object, identifier, listing, obj

_MOST = 25  # in one question


async def views(session: Session, uris: Iterable[str]) -> dict[str, Object]:
    """Return the posts (app.bsky.feed.defs#postView) that we may see, by their URIs.

    Raises `PlatformError` and `Refused`.
    """
    wanted = list(dict.fromkeys(uris))[:_MOST]
    query = urlencode([("uris", uri) for uri in wanted])
    answer = await session.ask("GET", "app.bsky.feed.getPosts", query=query)
    found = (obj(one) for one in listing(answer.get("posts")))
    return {uri: one for one in found if (uri := identifier(one.get("uri"))) in wanted and uri}


async def exists(session: Session, uri: str) -> bool:
    """Tell whether a record is there, seen or unseen; raises `PlatformError` and `Refused`."""
    repo, collection, rkey = place(uri) or ("", "", "")
    query = urlencode({"repo": repo, "collection": collection, "rkey": rkey})
    try:
        await session.ask("GET", "com.atproto.repo.getRecord", query=query)
    except Refused as refusal:
        if refusal.code != "RecordNotFound":
            raise
        return False
    return True


def place(uri: str) -> tuple[str, str, str] | None:
    """Return the account, collection and key of a record's URI."""
    parts = uri.removeprefix("at://").split("/")
    return (parts[0], parts[1], parts[2]) if uri.startswith("at://") and len(parts) == 3 else None
