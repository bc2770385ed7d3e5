"""The fake of X is held to what X itself publishes, and signatures to X's own example."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import jsonschema
import pytest
import requests
import tweepy
from requests.adapters import HTTPAdapter

from connectors.base import RawFile
from connectors.capabilities import Act
from connectors.results import Sent
from connectors.x.http import Signer
from connectors.x.settings import Settings
from tests.connectors.x.counterpart import settings
from tests.connectors.x.support import Core, act, private, public, run
from tests.fakes import x as fake
from tests.fakes import x_shown
from tests.fakes.x import HANDLE, US, X
from tests.fakes.x_server import serving

SPEC = Path(__file__).parents[4] / "shared/specs/x-api-v2-openapi-2.167.json"


def test_a_signature_is_the_one_of_xs_own_example() -> None:
    """The example is that of docs.x.com, "Creating a signature"."""
    example = Settings.model_validate(
        settings(
            "https://api.twitter.com",
            consumer_key="xvz1evFS4wEEPTGEFPHBog",
            consumer_secret="kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
            access_token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            access_secret="LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
        )
    )
    signer = Signer(
        example,
        now=lambda: datetime.fromtimestamp(1318622958, UTC),
        nonce=lambda: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
    )
    said = {
        "include_entities": "true",
        "status": "Hello Ladies + Gentlemen, a signed OAuth request!",
    }
    url = f"https://api.twitter.com/1.1/statuses/update.json?{urlencode(said)}"
    assert 'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"' in signer.header("POST", url)


class Aside(HTTPAdapter):
    """Takes what is for X to the fake: tweepy knows one address only."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = server

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 (the library's)
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002 (the library's)
        cert: str | tuple[str, str] | None = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        assert request.url is not None
        request.headers.update({"Host": "api.twitter.com", "X-Forwarded-Proto": "https"})
        request.url = request.url.replace("https://api.twitter.com", self._server)
        return super().send(request, stream, timeout, verify, cert, proxies)


@pytest.fixture
def client(x: X) -> Iterator[tweepy.Client]:
    client = tweepy.Client(
        consumer_key=fake.CONSUMER_KEY,
        consumer_secret=fake.CONSUMER_SECRET,
        access_token=fake.ACCESS_TOKEN,
        access_token_secret=fake.ACCESS_SECRET,
    )
    client.session.mount("https://api.twitter.com", Aside(x.url))
    yield client
    client.session.close()


def test_tweepy_can_live_with_the_fake(x: X, client: tweepy.Client) -> None:
    photo = x.photo(b"Foto")
    first = x.write("anna", f"@{HANDLE} Hallo https://stadt.test/a", media=(photo,))
    direct = x.message("anna", "Unter uns", media=(photo,))
    assert client.get_me().data.username == HANDLE
    answer = client.get_users_mentions(
        US,
        user_auth=True,
        since_id=first - 1,
        max_results=5,
        expansions=["author_id", "attachments.media_keys", "referenced_tweets.id"],
        tweet_fields=["created_at", "conversation_id", "entities", "referenced_tweets"],
        media_fields=["media_key", "type", "url"],
        user_fields=["name", "username"],
    )
    [mention] = answer.data
    assert (mention.id, mention.conversation_id) == (first, first)
    assert mention.created_at.tzinfo is not None
    assert answer.includes["users"][0].username == "anna"
    assert answer.includes["media"][0].url.endswith(".jpg")
    events = client.get_direct_message_events(
        event_types="MessageCreate",
        dm_event_fields=["id", "text", "created_at", "dm_conversation_id"],
        expansions=["sender_id", "attachments.media_keys"],
    )
    assert [event.id for event in events.data] == [direct]
    reply = client.create_tweet(text="Guten Tag", in_reply_to_tweet_id=first)
    assert int(reply.data["id"]) == x.ours()[0].id
    sent = client.create_direct_message(participant_id=x.person("anna"), text="Hallo")
    assert sent.data["dm_event_id"]
    own = client.get_users_tweets(US, user_auth=True, tweet_fields=["referenced_tweets"])
    assert own.data[0].referenced_tweets[0].id == first
    root = client.create_tweet(text="Ohne Anlass").data["id"]
    below = x.write("anna", f"@{HANDLE} Darunter", reply_to=int(root))
    assert client.hide_reply(below).data["hidden"] is True
    assert client.delete_tweet(reply.data["id"]).data["deleted"] is True
    with pytest.raises(tweepy.Forbidden):
        client.create_tweet(text="Ungefragt", in_reply_to_tweet_id=x.write("berta", "Ruhe"))


def schema_of(spec: Mapping[str, object]) -> Callable[[str], jsonschema.Draft202012Validator]:
    """Return what makes validators of an OpenAPI description; what it does not name is wrong."""

    def closed(value: object) -> object:
        if isinstance(value, list):
            return [closed(one) for one in value]
        if not isinstance(value, dict):
            return value
        found = {name: closed(one) for name, one in value.items()}
        if "properties" in found and "additionalProperties" not in found:
            found["additionalProperties"] = False
        return found

    parts = closed(spec["components"])
    return lambda name: jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": parts}
    )


SCHEMAS = {  # a part of the path: the request's schema, and the answer's
    ("GET", "/users/me"): ("", "GetUsersMeResponse"),
    ("GET", "/mentions"): ("", "GetUsersMentionsResponse"),
    ("GET", f"/users/{US}/tweets"): ("", "GetUsersPostsResponse"),
    ("GET", "dm_events"): ("", "GetDirectMessagesEventsResponse"),
    ("POST", "/2/tweets"): ("CreatePostsRequest", "CreatePostsResponse"),
    ("POST", "/media/upload"): ("MediaUploadRequest", "MediaUploadResponse"),
    ("POST", "/media/metadata"): ("CreateMediaMetadataRequest", "CreateMediaMetadataResponse"),
    ("POST", "/messages"): (
        "CreateDirectMessagesByParticipantIdRequest",
        "CreateDirectMessagesByParticipantIdResponse",
    ),
    ("PUT", "/hidden"): ("HidePostsReplyRequest", "HidePostsReplyResponse"),
    ("DELETE", "/2/tweets/"): ("", "DeletePostsResponse"),
    ("DELETE", "/2/dm_events/"): ("", "DeleteDirectMessagesEventsResponse"),
}


@pytest.mark.skipif(not SPEC.is_file(), reason="X's OpenAPI description is not here")
def test_every_request_and_every_answer_is_as_x_describes_them(tmp_path: Path) -> None:
    spec = json.loads(SPEC.read_text("utf-8"))
    validator = schema_of(spec)
    with serving(X(dialect="post")) as x:
        core = Core(x, tmp_path / "x")

        async def story() -> None:
            async with core:
                photo = x.photo(b"Foto")
                post = x.write("anna", f"@{HANDLE} https://stadt.test/a", media=(photo,))
                x.change(x.write("anna", f"@{HANDLE} Alt"), f"@{HANDLE} Neu")
                x.message("anna", "Unter uns https://stadt.test/a", media=(photo,))
                await core.pull()
                assert len(core.items) == 3
                picture = RawFile("a.jpg", "image/jpeg", b"Bild", "Ein Bild")
                answer = replace(public("Bild", post), file=picture)
                anna = x.person("anna")
                results = [
                    await core.link.send(public("Eins"), key="k1"),
                    await core.link.send(answer, key="k2"),
                    await core.link.send(private("Zwei", anna), key="k3"),
                ]
                x.cut_after = 2
                await core.link.send(public("Drei"), key="k4")
                assert await core.link.find_sent(public("Drei"), key="k4")
                await core.link.send(private("Vier", anna), key="k5")
                assert await core.link.find_sent(private("Vier", anna), key="k5")
                for result in results:
                    assert isinstance(result, Sent)
                    what = act(Act.DELETE, result.native_id)
                    if result is results[0]:
                        below = x.write("anna", f"@{HANDLE}!", reply_to=int(result.native_id))
                        await core.link.send(act(Act.HIDE, str(below)), key="k6")
                    assert isinstance(await core.link.send(what, key="k7"), Sent)

        run(story())
    asked = set()
    for method, path, body, said in x.exchanges:
        key = next(key for key in SCHEMAS if key[0] == method and key[1] in path)
        asked.add(key)
        request, answered = SCHEMAS[key]
        if request:
            validator(request).validate(body)
        validator(answered).validate(said)
    assert asked == set(SCHEMAS)


@pytest.mark.skipif(not SPEC.is_file(), reason="X's OpenAPI description is not here")
def test_every_word_of_a_query_is_known_to_x() -> None:
    spec = json.loads(SPEC.read_text("utf-8"))
    named = spec["components"]["parameters"]
    for words, name in (
        (x_shown.POST_WORDS["post"]["post.fields"], "PostFieldsParameter"),
        (x_shown.POST_WORDS["post"]["expansions"], "PostExpansionsParameter"),
        (x_shown.MESSAGE_WORDS["dm_event.fields"], "DmEventFieldsParameter"),
        (x_shown.MESSAGE_WORDS["expansions"], "DmEventExpansionsParameter"),
    ):
        assert set(words.split()) - set(named[name]["schema"]["items"]["enum"]) <= set()
