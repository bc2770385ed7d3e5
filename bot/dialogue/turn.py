"""The values of a dialogue: a turn in, an outcome out, a question between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.base import Button, Location
from connectors.capabilities import Visibility
from nlp.types import Understanding


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contact wrote in one go: a message, or a burst of them.

    `language` is the one to answer in; `choice` the id of a pressed button; `unread` says that
    something came that nobody here can read, `spoken` that somebody has to listen to it,
    `automatic` that a program wrote it, `reachable` that who wrote in public may be answered in
    private.
    """

    conversation_id: int
    contact_id: int
    visibility: Visibility
    text: str
    language: str
    location: Location | None
    files: int
    choice: str | None
    understanding: Understanding
    now: datetime
    unread: bool = False
    spoken: bool = False
    automatic: bool = False
    reachable: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the assistant has asked; it is stored with the conversation and survives restarts."""

    skill: str
    asked: str
    slots: Mapping[str, str] = field(default_factory=dict)
    options: tuple[Button, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the form in which it is stored."""
        return {
            "skill": self.skill,
            "asked": self.asked,
            "slots": dict(self.slots),
            "options": [{"id": option.id, "label": option.label} for option in self.options],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "Question":
        """Read the stored form."""
        slots, options = stored.get("slots"), stored.get("options")
        return cls(
            skill=str(stored["skill"]),
            asked=str(stored["asked"]),
            slots={str(k): str(v) for k, v in slots.items()} if isinstance(slots, dict) else {},
            options=tuple(
                Button(str(option["id"]), str(option["label"]))
                for option in (options if isinstance(options, list) else [])
                if isinstance(option, dict)
            ),
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """A new ticket, and the office in charge of it."""

    ticket_id: int
    office_id: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a turn. An empty text is silence.

    `name` is stored with the understanding; `question` replaces the open one (None closes it);
    `hand_over` puts the conversation before a person; `opened` is a ticket it led to. `aside` is
    what is said in private, where it goes on; `language` where it is not the turn's.
    """

    name: str
    text: str = ""
    question: Question | None = None
    hand_over: bool = False
    emergency: bool = False
    opened: Opened | None = None
    aside: str = ""
    language: str | None = None

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The choices that go out with the text."""
        return self.question.options if self.question else ()
