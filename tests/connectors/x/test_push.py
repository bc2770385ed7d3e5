"""X's webhooks: its check, its signature, and bodies that are anything."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from connectors.base import InboundMessage
from connectors.push import Answer, Call
from connectors.x.connector import CONNECTOR
from connectors.x.push import receive
from connectors.x.settings import Settings
from tests.connectors.x.counterpart import settings
from tests.fakes.x import CONSUMER_SECRET, HANDLE, US, X

CHALLENGED = "NGTR56qBHN+XgiF/xdbNca8/Bo+bwFk3G3UFYPxrt9c="
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
SETTINGS = settings("https://api.x.test")


def post(body: bytes, signature: str | None = None) -> Answer:
    """Hand a body in, signed as X signs where nothing else is said."""
    given = X().sign(body) if signature is None else signature
    return receive(Call("POST", {"x-twitter-webhooks-signature": given}, {}, body), SETTINGS, NOW)


def event(kind: str, payload: object, **includes: object) -> bytes:
    """Return a body; signs beyond ASCII stand in it escaped, as X writes them."""
    data = {"event_uuid": "1", "filter": {"user_id": US}, "event_type": kind, "payload": payload}
    return json.dumps({"data": data | {"includes": includes}}).encode()


def test_the_check_is_answered_with_the_secret() -> None:
    # printf challenge | openssl dgst -sha256 -hmac fake-consumer-secret -binary | base64
    call = Call("GET", {}, {"crc_token": "challenge"}, b"")
    answer = receive(call, SETTINGS, NOW)
    assert answer.status == 200
    assert answer.media_type == "application/json"
    assert json.loads(answer.body) == {"response_token": f"sha256={CHALLENGED}"}
    assert CONSUMER_SECRET not in answer.body.decode()
    assert receive(Call("GET", {}, {}, b""), SETTINGS, NOW).status == 400


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=AAAA", "ß", "sha1=abc"])
def test_a_wrong_signature_is_refused(signature: str) -> None:
    body = event("post.mention.create", {"id": "1", "text": "x", "author_id": "2"})
    refused = post(body, signature)
    assert (refused.status, refused.items) == (401, ())


def test_no_signature_and_no_secret_are_refused() -> None:
    body = event("post.delete", {"id": "1"})
    assert receive(Call("POST", {}, {}, body), SETTINGS, NOW).status == 401
    assert receive(Call("POST", {}, {}, body), {}, NOW).status == 401
    assert receive(Call("GET", {}, {"crc_token": "x"}, b""), {}, NOW).status == 401


def test_the_signature_is_over_the_body_as_it_came() -> None:
    payload = {"id": "1", "text": f"@{HANDLE} Grüße 🌳", "author_id": "8001"}
    escaped = event("post.mention.create", payload)
    assert b"\\u" in escaped
    assert len(post(escaped).items) == 1
    plain = json.dumps(json.loads(escaped), ensure_ascii=False).encode()
    assert post(plain, X().sign(escaped)).status == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"data": []}', b"[" * 9999])
def test_signed_garbage_brings_nothing(body: bytes) -> None:
    answer = post(body)
    assert answer.status in {200, 400}
    assert answer.items == ()


@pytest.mark.parametrize("kind", ["like.create", "follow.follow", "dm.sent", "neu.neu"])
def test_what_is_not_for_us_brings_nothing(kind: str) -> None:
    assert post(event(kind, {"id": "1"})) == Answer(200)


@pytest.mark.parametrize("kind", ["post.mention.create", "post.reply.create", "post.quote.create"])
def test_the_kinds_of_posts_are_one_item(kind: str) -> None:
    payload = {
        "id": "5",
        "text": "@andere Hallo",
        "author_id": "8001",
        "conversation_id": "4",
        "created_at": "2026-10-25T18:36:56Z",
    }
    person = {"id": "8001", "name": "Anna", "username": "anna"}
    [item] = post(event(kind, payload, users=[person])).items
    assert (item.event_id, item.order_key) == ("post:5", "4")
    assert item.sent_at == datetime(2026, 10, 25, 18, 36, 56, tzinfo=UTC)
    [message] = CONNECTOR.parse(item.payload)
    assert isinstance(message, InboundMessage)
    assert message.sender.name == "Anna"


def test_an_encrypted_chat_is_shown_as_what_it_is() -> None:
    payload = {"id": "e4f4d3fc-8bbf", "sender_id": "8001", "encoded_event": "CwAB"}
    [item] = post(event("chat.received", payload)).items
    [message] = CONNECTOR.parse(item.payload)
    assert isinstance(message, InboundMessage)
    assert message.unread == "encrypted"
    assert message.thread == CONNECTOR.private_thread("8001")
    assert "encoded_event" not in item.payload


def test_what_another_account_of_the_same_app_is_told_is_not_ours() -> None:
    said = {
        "target": {"recipient_id": US},
        "sender_id": "8001",
        "message_data": {"text": "Nur für eine Stadt"},
    }
    told = {"direct_message_events": [{"id": "9", "message_create": said}]}
    ours = event("dm.received", told)
    assert len(post(ours).items) == 1
    assert post(ours.replace(f'"{US}"'.encode(), b'"7001"')) == Answer(200)


@pytest.mark.parametrize("token", ["fake-access-token", "7000", "7000-ä", "-x", "7000-a b"])
def test_a_token_names_its_account(token: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(SETTINGS | {"access_token": token})
    stripped = Settings.model_validate(SETTINGS | {"access_token": "7000-x\n"})
    assert stripped.access_token.get_secret_value() == "7000-x"


def test_a_photo_that_is_pushed_is_awaited() -> None:
    media = {"id_str": "77", "type": "photo", "media_url_https": "https://ton.twitter.com/a.jpg"}
    told = {
        "id": "9",
        "created_timestamp": "1784928224372",
        "message_create": {
            "target": {"recipient_id": US},
            "sender_id": "8001",
            "message_data": {"text": "Foto", "attachment": {"type": "media", "media": media}},
        },
    }
    [item] = post(event("dm.received", {"direct_message_events": [told], "users": {}})).items
    assert item.awaits
    assert item.event_id == item.about == "dm:9"


def test_no_secret_is_stored() -> None:
    body = event("post.mention.create", {"id": "1", "text": "x", "author_id": "8001"})
    [item] = post(body).items
    stored = json.dumps(item.payload)
    assert all(SETTINGS[name] not in stored for name in SETTINGS if "secret" in name)
