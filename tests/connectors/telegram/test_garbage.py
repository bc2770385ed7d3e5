"""Whatever stands in an update: it is taken in, and read or refused, never more."""

import copy
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.base import ParseError
from connectors.telegram.addressing import Me
from connectors.telegram.connector import CONNECTOR
from connectors.telegram.items import following, items

ME = Me(1, "Musterstadt_Bot")
ANNA = {"id": 5, "is_bot": False, "first_name": "Anna"}
GROUP = {"id": -100, "type": "supergroup", "title": "T"}
SIZE = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "file_size": 3}
SAID = {
    "message_id": 3,
    "date": 1_790_000_000,
    "chat": GROUP,
    "from": ANNA,
    "text": "💡 @Musterstadt_Bot hilf",
    "entities": [{"type": "mention", "offset": 3, "length": 16}],
}
UPDATES: list[dict[str, Any]] = [
    {"update_id": 1, "message": SAID},
    {"update_id": 2, "message": SAID | {"chat": ANNA | {"type": "private"}}},
    {"update_id": 3, "edited_message": SAID | {"edit_date": 1_790_000_001}},
    {"update_id": 4, "message": SAID | {"photo": [SIZE, SIZE], "media_group_id": "m"}},
    {"update_id": 5, "message": SAID | {"location": {"latitude": 1.0, "longitude": 2.0}}},
    {
        "update_id": 6,
        "callback_query": {
            "id": "7",
            "from": ANNA,
            "chat_instance": "1",
            "data": "ja",
            "message": SAID
            | {"reply_markup": {"inline_keyboard": [[{"text": "Ja", "callback_data": "ja"}]]}},
        },
    },
    {
        "update_id": 7,
        "message_reaction": {
            "chat": {"id": 5, "type": "private"},
            "message_id": 3,
            "date": 1_790_000_000,
            "user": ANNA,
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}],
        },
    },
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**20), "\ud83d", "\x00", "private", "supergroup"])
    | st.floats()
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def places(value: object, before: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the ways to everything inside."""
    inside: list[tuple[object, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    found = [(*before, name) for name, _ in inside]
    return found + [way for name, one in inside for way in places(one, (*before, name))]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(UPDATES), st.data(), JSON)
def test_one_wrong_value_anywhere_harms_nothing(
    update: dict[str, Any], data: st.DataObject, value: object
) -> None:
    spoilt = copy.deepcopy(update)
    *way, last = data.draw(st.sampled_from(places(spoilt)))
    where: Any = spoilt
    for name in way:
        where = where[name]
    where[last] = value
    following([spoilt, value])
    for item in items([spoilt, value], ME, 20_000_000):
        with suppress(ParseError):
            CONNECTOR.parse(item.payload)


def test_they_are_good_before_they_are_spoilt() -> None:
    found = items(UPDATES, ME, 20_000_000)
    assert [len(CONNECTOR.parse(item.payload)) for item in found] == [1] * len(UPDATES)
