"""The imitated instance against Mastodon.py, which others wrote for the real one."""

from collections.abc import Iterator
from datetime import datetime
from typing import get_args, get_origin, get_type_hints

import pytest
from mastodon import Mastodon, return_types
from mastodon.errors import MastodonAPIError, MastodonRatelimitError, MastodonUnauthorizedError
from mastodon.types_base import AttribAccessDict

from tests.fakes import mastodon
from tests.fakes.mastodon import TOKEN
from tests.fakes.mastodon_api import Instance

# What came after version 4.3, or what the documentation calls optional or empty.
_MAY_LACK = {
    "Status": {"quote_approval", "text", "tagged_collections"},
    "Account": {
        "avatar_description",
        "header_description",
        "hide_collections",
        "show_media",
        "show_media_replies",
        "show_featured",
        "feature_approval",
    },
    "Notification": set[str](),
    "MediaAttachment": set[str](),
    "StatusMention": set[str](),
}


@pytest.fixture
def instance() -> Iterator[Instance]:
    with mastodon.running() as instance:
        yield instance


@pytest.fixture
def client(instance: Instance) -> Iterator[Mastodon]:
    client = Mastodon(
        access_token=TOKEN,
        api_base_url=instance.url,
        ratelimit_method="throw",
        version_check_mode="created",
    )
    yield client
    client.session.close()


def demand_all(thing: AttribAccessDict) -> None:
    """Check that everything is there that the library knows, and of the type that it says.

    It leaves what it cannot read as it is, and says nothing.
    """
    kind = type(thing).__name__
    assert kind in _MAY_LACK, thing
    for name, hint in get_type_hints(type(thing), vars(return_types)).items():
        if name.startswith("_") or name in _MAY_LACK[kind]:
            continue
        may_be_none = type(None) in get_args(hint)
        if not may_be_none:
            assert name in thing, (kind, name)
            assert thing[name] is not None, (kind, name)
        wanted = datetime if hint is datetime else get_origin(hint) or hint
        if isinstance(wanted, type) and wanted in {datetime, int, bool, str}:
            assert isinstance(thing[name], wanted), (kind, name)


def test_the_library_reads_whatever_the_instance_answers(
    instance: Instance, client: Mastodon
) -> None:
    me = client.account_verify_credentials()
    demand_all(me)
    assert client.app_verify_credentials()["scopes"]
    told = client.instance_v2()
    assert told.domain == "stadt.test"
    assert told.configuration.statuses.max_characters == 500
    assert told.configuration.statuses.characters_reserved_per_url == 23
    assert told.configuration.media_attachments.image_size_limit > 0
    anna = instance.town.join("anna", "anderswo.test", name="Anna")
    demand_all(client.account(anna.id))

    media = client.media_post(b"bild", mime_type="image/png", description="Ein Bild")
    demand_all(media)
    instance.town.slow_media = 1
    slow = client.media_post(b"bild", mime_type="image/png", synchronous=False)
    assert slow.url is None
    client.media(slow)
    assert client.media(slow).url

    first = client.status_post(
        "@anna@anderswo.test https://stadt.de #Markt",
        media_ids=[media],
        spoiler_text="Achtung",
        visibility="direct",
        idempotency_key="k",
    )
    again = client.status_post("x", idempotency_key="k")
    assert again.id == first.id
    demand_all(first)
    demand_all(first.account)
    demand_all(first.media_attachments[0])
    demand_all(first.mentions[0])
    assert (first.visibility, first.spoiler_text, first.sensitive) == ("direct", "Achtung", True)
    changed = client.status_update(first, "anders")
    assert changed.edited_at is not None
    answer = client.status_post("dazu", in_reply_to_id=first.id)
    assert str(answer.in_reply_to_id) == str(first.id)
    assert [one.id for one in client.statuses([first.id, "1"])] == [first.id]
    demand_all(client.status(answer))
    assert client.status_delete(answer).text == "dazu"
    with pytest.raises(MastodonAPIError):
        client.status(answer)


def test_the_library_pages_as_we_do(instance: Instance, client: Mastodon) -> None:
    anna = instance.town.join("anna", "anderswo.test")
    for number in range(7):
        instance.town.post(anna, f"@stadt Nummer {number}")
    instance.town.notify("follow", anna, None)
    page = client.notifications(limit=3)
    for one in page:
        demand_all(one)
        if one.status:
            demand_all(one.status)
    assert [one.type for one in page] == ["follow", "mention", "mention"]
    everything = client.fetch_remaining(page)
    assert len({one.id for one in everything}) == 8
    upwards = client.notifications(limit=3, min_id=everything[-1].id)
    assert sorted(int(one.id) for one in upwards) == [
        int(everything[-1].id) + 2 * step for step in (1, 2, 3)
    ]


def test_the_library_understands_how_the_instance_says_no(
    instance: Instance, client: Mastodon
) -> None:
    with pytest.raises(MastodonAPIError, match="422"):
        client.status_post("x" * 501)
    with pytest.raises(MastodonAPIError, match="404"):
        client.status_post("x", in_reply_to_id="1")
    instance.limited.append(5)
    with pytest.raises(MastodonRatelimitError):
        client.notifications()
    client.notifications()
    assert client.ratelimit_remaining < instance.allowed
    instance.logged_in = False
    with pytest.raises(MastodonUnauthorizedError):
        client.notifications()
