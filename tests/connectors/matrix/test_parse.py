"""What is read of Matrix events, whatever stands in them."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import (
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Location,
    ParseError,
)
from connectors.capabilities import Visibility
from connectors.matrix.connector import CONNECTOR

ROOM = "!raum:city.test"
values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = (
    "msgtype",
    "body",
    "url",
    "file",
    "info",
    "geo_uri",
    "m.relates_to",
    "m.new_content",
    "filename",
    "m.location",
    "org.matrix.msc3381.poll.start",
)
KINDS = (
    "m.room.message",
    "m.reaction",
    "m.room.redaction",
    "m.room.encrypted",
    "m.sticker",
    "m.poll.start",
    "m.location",
    "m.call.invite",
    "x.y",
)


def payload(kind: str, content: object, **fields: object) -> dict[str, object]:
    event = {
        "type": kind,
        "event_id": "$e1",
        "sender": "@anna:city.test",
        "origin_server_ts": 1_790_000_000_000,
        "content": content,
    }
    event |= {name: fields.pop(name) for name in tuple(fields) if name in {*event, "redacts"}}
    envelope = {"me": "@stadt:city.test", "room": ROOM, "private": True, "name": "Anna"}
    return envelope | {"files": 0, "missing": None} | fields | {"event": event}


def read(kind: str, content: object, **fields: object) -> InboundEvent:
    [event] = CONNECTOR.parse(payload(kind, content, **fields))
    return event


def message(content: Mapping[str, object], **fields: object) -> InboundMessage:
    found = read("m.room.message", content, **fields)
    assert isinstance(found, InboundMessage)
    return found


def text(body: str, **more: object) -> dict[str, object]:
    return {"msgtype": "m.text", "body": body} | more


REPLY = {"m.relates_to": {"m.in_reply_to": {"event_id": "$alt"}}}


@pytest.mark.parametrize(
    ("body", "more", "said"),
    [
        ("Hallo", {}, "Hallo"),
        ("Hallo", {"formatted_body": "<b>Etwas anderes</b>"}, "Hallo"),
        ("> <@b:c> Alte Frage\n\nNeue Antwort", REPLY, "Neue Antwort"),
        ("> <@b:c> Alte\n> Frage\n\nNeu\n> zitiert", REPLY, "Neu\n> zitiert"),
        ("> * <@b:c> tanzt\n\nSchön", REPLY, "Schön"),
        ("> Das steht im Gesetz", REPLY, "> Das steht im Gesetz"),
        ("> <@b:c> Ohne Bezug\n\nAntwort", {}, "> <@b:c> Ohne Bezug\n\nAntwort"),
    ],
)
def test_texts(body: str, more: dict[str, object], said: str) -> None:
    assert message(text(body, **more)).text == said
    assert message(text(body, **more) | {"msgtype": "m.emote"}).text == said


def test_threads_belong_to_groups() -> None:
    threaded = text("Hallo", **{"m.relates_to": {"rel_type": "m.thread", "event_id": "$w"}})
    assert message(threaded).thread == ROOM
    public = message(threaded, private=False)
    assert (public.thread, public.visibility) == (f"{ROOM}/$w", Visibility.PUBLIC)


@pytest.mark.parametrize(
    ("uri", "location"),
    [
        ("geo:51.03,6.98", Location(51.03, 6.98)),
        ("geo:51.03,6.98,40;u=35", Location(51.03, 6.98)),
        ("geo:-51,-6;crs=wgs84;u=1", Location(-51.0, -6.0)),
        ("geo:51.03,6.98;crs=mond", None),
        ("geo:91,6", None),
        ("geo:51.03", None),
        ("https://example.org", None),
        (None, None),
    ],
)
def test_places(uri: object, location: Location | None) -> None:
    old = message({"msgtype": "m.location", "body": "Hier", "geo_uri": uri})
    assert old.location == location
    assert (old.text, old.unread) == (("", None) if location else ("Hier", "location"))
    new = {"org.matrix.msc3488.location": {"uri": uri, "description": "Am Rathaus"}}
    found = read("m.location", new)
    assert isinstance(found, InboundMessage)
    assert found.location == location


def test_changes() -> None:
    assert read("m.room.redaction", {}, redacts="$alt") == InboundDeletion("$alt", room=ROOM)
    likes = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$alt", "key": "👍"}}
    reaction = read("m.reaction", likes)
    assert isinstance(reaction, InboundReaction)
    assert (reaction.native_id, reaction.target, reaction.symbol) == ("$e1", "$alt", "👍")
    fresh = {
        "m.new_content": text("Neu"),
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$a"},
    }
    edit = read("m.room.message", text("* Neu", **fresh))
    assert isinstance(edit, InboundEdit)
    assert (edit.native_id, edit.text) == ("$a", "Neu")
    assert (edit.author, edit.room) == ("@anna:city.test", ROOM)
    foreign = read(
        "m.room.message", text("* Neu", **fresh), sender="@mallory:x.test", room="!woanders:x.test"
    )
    assert isinstance(foreign, InboundEdit)
    assert (foreign.author, foreign.room) == ("@mallory:x.test", "!woanders:x.test")


@pytest.mark.parametrize(
    ("kind", "content", "unread"),
    [
        ("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2"}, "encrypted"),
        ("m.sticker", {"body": "Katze"}, "sticker"),
        ("m.poll.start", {}, "poll"),
        ("m.call.invite", {}, "call"),
        ("x.unbekannt", {}, "unknown"),
        ("m.room.message", {"msgtype": "x.neu", "body": "?"}, "unknown"),
        ("m.room.message", {"msgtype": "m.image", "body": "a.png"}, "file_missing"),
    ],
)
def test_what_nobody_can_read_is_said_so(kind: str, content: object, unread: str) -> None:
    found = read(kind, content)
    assert isinstance(found, InboundMessage)
    assert found.unread == unread


@pytest.mark.parametrize(
    "stored",
    [
        payload("m.room.message", text("Eigenes"), sender="@stadt:city.test"),
        payload("m.room.message", text("Programm") | {"msgtype": "m.notice"}),
        payload("m.call.hangup", {}),
        payload("m.room.message", {"msgtype": "m.key.verification.request", "body": "?"}),
    ],
)
def test_echoes_and_programs_are_not_answered(stored: dict[str, object]) -> None:
    assert CONNECTOR.parse(stored) == []


def test_a_gap_is_shown_and_never_repeats_contents() -> None:
    with pytest.raises(ParseError, match="oversize"):
        CONNECTOR.parse({"room": ROOM, "skipped": "oversize"})
    with pytest.raises(ParseError) as raised:
        read("m.room.message", "Geheim")
    assert "Geheim" not in str(raised.value)


@given(
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(FIELDS), values) | values,
    st.dictionaries(st.sampled_from(["sender", "event_id", "origin_server_ts", "redacts"]), values),
)
def test_any_event_is_read_or_refused(
    kind: str, content: object, fields: dict[str, object]
) -> None:
    check(payload(kind, content, **fields))


@given(st.dictionaries(st.sampled_from(["me", "room", "event", "private", "skipped"]), values))
def test_any_payload_is_read_or_refused(stored: dict[str, object]) -> None:
    check(stored)


def check(stored: dict[str, object]) -> None:
    try:
        events = CONNECTOR.parse(stored)
    except ParseError:
        return
    for event in events:
        for one in (event.native_id, getattr(event, "text", ""), getattr(event, "symbol", "")):
            one.encode()
            assert "\x00" not in one
