"""What the homeserver is asked to tell, and what not."""

import json
from collections.abc import Sequence

_STATES = [
    "m.room.encryption",
    "m.room.history_visibility",
    "m.room.join_rules",
    "m.room.member",
    "m.room.tombstone",
]


def wanted(size: int, fresh: str | None) -> str:
    """Return what is asked for; `fresh`: no answer that the server has given before.

    Synapse repeats its answer to the same question for two minutes, and the state of rooms that it
    tells would be that old: a room that nobody names makes the question a new one. It stays the
    same until it is answered: a large account is worked on for minutes, and who asks again the
    same thing, after a proxy has cut the line, gets what has been worked out meanwhile.
    """
    nothing: Sequence[str] = []
    timeline = {"limit": size, "lazy_load_members": True} if size else {"types": nothing}
    return json.dumps(
        {
            "presence": {"types": nothing},
            "account_data": {"types": nothing},
            "room": {
                **({"not_rooms": [f"!{fresh}:fresh.invalid"]} if fresh else {}),
                "account_data": {"types": nothing},
                "ephemeral": {"types": nothing},
                "state": {"types": _STATES, "lazy_load_members": True},
                "timeline": timeline,
            },
        },
        separators=(",", ":"),
    )
