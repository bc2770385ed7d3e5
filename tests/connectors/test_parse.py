"""What the generic channel and the web chat read, and what they refuse."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.api import parse as api
from connectors.base import InboundMessage, Location, ParseError, Sender
from connectors.capabilities import Visibility
from connectors.webchat import parse as webchat

API: dict[str, object] = {
    "external_id": "m1",
    "thread": "t1",
    "sender": {"id": "anna", "name": "Anna"},
    "text": "Hallo",
}
CHAT: dict[str, object] = {
    "id": "m1",
    "visitor": "v1",
    "text": "Hallo",
    "sent_at": "2026-11-21T12:00:00Z",
}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def read_api(**changes: object) -> InboundMessage:
    [message] = api.parse(API | changes)
    assert isinstance(message, InboundMessage)
    return message


def read_chat(**changes: object) -> InboundMessage:
    [message] = webchat.parse(CHAT | changes)
    assert isinstance(message, InboundMessage)
    return message


def test_the_smallest_messages() -> None:
    assert read_api() == InboundMessage(
        native_id="m1",
        thread="t1",
        visibility=Visibility.PRIVATE,
        sender=Sender("anna", "Anna"),
        text="Hallo",
    )
    assert read_chat() == InboundMessage(
        native_id="v1/m1",
        thread="v1",
        visibility=Visibility.PRIVATE,
        sender=Sender("v1"),
        text="Hallo",
        sent_at=NOON,
    )


def test_everything_a_message_may_have() -> None:
    message = read_api(
        visibility="public",
        sent_at="2026-11-21T13:00:00+01:00",
        location={"lat": 51, "lon": 6.98, "zoom": 3},
        files=2,
        unknown="ignored",
    )
    assert message.visibility is Visibility.PUBLIC
    assert message.sent_at == NOON
    assert message.location == Location(51.0, 6.98)
    assert message.files == 2
    pressed = read_chat(choice="yes", lat=51.0, lon=7.0, files=1)
    assert (pressed.choice, pressed.location, pressed.files) == ("yes", Location(51.0, 7.0), 1)
    assert read_chat(lat=51.0).location is None
    assert read_chat(lat=0, lon=0).location == Location(0.0, 0.0)


def test_texts_and_names_arrive_clean() -> None:
    assert read_api(text=" \u202eHal\x00lo\r\n").text == "Hallo"
    assert read_api(sender={"id": "a", "name": "\u200b \x07"}).sender.name is None
    assert read_api(sender={"id": "a", "name": " A\u202eB "}).sender.name == "AB"
    assert read_chat(text="\ufeff").text == ""


def test_two_visitors_with_the_same_message_id_do_not_collide() -> None:
    assert read_chat().native_id != read_chat(visitor="v2").native_id


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("external_id", {"external_id": ""}),
        ("external_id", {"external_id": "x" * 256}),
        ("external_id", {"external_id": 7}),
        ("external_id", {"external_id": None}),
        ("external_id", {"external_id": "a\x00b"}),
        ("thread", {"thread": "a\nb"}),
        ("thread", {"thread": ["t"]}),
        ("sender", {"sender": "anna"}),
        ("sender.id", {"sender": {"name": "Anna"}}),
        ("sender.id", {"sender": {"id": "a\x00"}}),
        ("sender.name", {"sender": {"id": "a", "name": "x" * 201}}),
        ("text", {"text": "x" * 20_001}),
        ("text", {"text": 5}),
        ("visibility", {"visibility": "secret"}),
        ("sent_at", {"sent_at": "2026-11-21T12:00:00"}),
        ("sent_at", {"sent_at": "yesterday"}),
        ("sent_at", {"sent_at": "0001-01-01T00:00:00+14:00"}),
        ("sent_at", {"sent_at": "9999-12-31T23:59:59-14:00"}),
        ("location.lat", {"location": {"lat": 90.1, "lon": 0}}),
        ("location.lat", {"location": {"lat": float("nan"), "lon": 0}}),
        ("location.lon", {"location": {"lat": 0, "lon": -181}}),
        ("location.lon", {"location": {"lat": 0}}),
        ("files", {"files": -1}),
    ],
)
def test_what_the_generic_channel_refuses(field: str, changes: Mapping[str, object]) -> None:
    with pytest.raises(ParseError, match=rf"(^|; ){field}: "):
        read_api(**changes)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("id", {"id": ""}),
        ("id", {"id": "x" * 65}),
        ("id", {"id": "a\x1bb"}),
        ("visitor", {"visitor": None}),
        ("text", {"text": "x" * 4001}),
        ("choice", {"choice": "x" * 65}),
        ("sent_at", {"sent_at": None}),
        ("sent_at", {"sent_at": "2026-11-21"}),
        ("lat", {"lat": 91}),
        ("lon", {"lon": float("inf")}),
        ("files", {"files": -1}),
    ],
)
def test_what_the_web_chat_refuses(field: str, changes: Mapping[str, object]) -> None:
    with pytest.raises(ParseError, match=rf"(^|; ){field}: "):
        read_chat(**changes)


@pytest.mark.parametrize("field", list(API))
def test_a_missing_field_is_named(field: str) -> None:
    payload = {name: value for name, value in API.items() if name != field}
    with pytest.raises(ParseError, match=field):
        api.parse(payload)


def test_an_error_never_repeats_what_was_sent() -> None:
    with pytest.raises(ParseError) as raised:
        read_api(external_id=["Geheim"], text={"Geheim": 1}, sent_at="Geheim")
    assert "Geheim" not in str(raised.value)


@given(st.sampled_from(sorted(API)), values)
def test_hostile_values_are_read_or_refused_api(field: str, value: object) -> None:
    check(api.parse, API | {field: value})


@given(st.sampled_from(sorted(CHAT)), values)
def test_hostile_values_are_read_or_refused_webchat(field: str, value: object) -> None:
    check(webchat.parse, CHAT | {field: value})


@given(st.dictionaries(st.text(max_size=9), values, max_size=5))
def test_any_payload_is_read_or_refused(payload: dict[str, object]) -> None:
    for parse in (api.parse, webchat.parse):
        check(parse, payload)


def check(parse: object, payload: Mapping[str, object]) -> None:
    assert callable(parse)
    try:
        [message] = parse(payload)
    except ParseError:
        return
    assert isinstance(message, InboundMessage)
    stored = (message.native_id, message.thread, message.sender.id, message.sender.name or "")
    for text in (*stored, message.text):
        text.encode()
        assert "\x00" not in text
    if message.sent_at:
        message.sent_at.astimezone(UTC)
    json.dumps(stored)
