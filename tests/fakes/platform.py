"""A platform at its edge: it takes what is scripted, answers what is scripted, and logs both."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from bot.channels.links import Links, Open
from bot.channels.queries import Connectors
from connectors.base import (
    MISSING,
    Account,
    Batch,
    Connector,
    FileLostError,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Location,
    OutboundPart,
    ParseError,
    RawFile,
    Sender,
    Standing,
)
from connectors.capabilities import Capabilities, Visibility
from connectors.results import SendResult, Sent

T = TypeVar("T")

Answer = SendResult | Exception | Callable[[], SendResult]


@dataclass
class Platform:
    """A connector and its link, without a network.

    `script` is what the next sends lead to, then everything is sent; `found` what a look-up knows
    by key; `checks` what the next checks lead to (None: no answer ever), then all is well; `files`
    what the next fetches lead to, then nothing is to be had; `log`, `parts`, `asked`, `accounts`
    and `closed` what reached it.
    """

    capabilities: Capabilities = field(default_factory=lambda: Capabilities(max_text=4000))
    script: list[Answer] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    parts: list[OutboundPart] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    checks: list[Standing | Exception | None] = field(default_factory=list)
    files: list[RawFile | Exception] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    closed: int = 0
    private_threads: dict[str, str] = field(default_factory=dict)
    pulls: bool = False

    def connect(self, account: Account) -> "Platform":
        self.accounts.append(account)
        return self

    def private_thread(self, sender: str) -> str | None:
        return self.private_threads.get(sender)

    async def check(self) -> Standing:
        answer = self.checks.pop(0) if self.checks else Standing()
        if answer is None:  # it never answers
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        return answer or Standing()

    async def pull(self, cursor: str | None) -> Batch:
        return Batch((), cursor or "")

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:
        answer = self.files.pop(0) if self.files else FileLostError(MISSING)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed += 1

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        events = payload["events"]
        if not isinstance(events, list):
            raise ParseError("events: no list")
        return [_event(event) for event in events]

    async def send(self, part: OutboundPart, *, key: str) -> SendResult:
        self.log.append((part.text, key))
        self.parts.append(part)
        answer = self.script.pop(0) if self.script else Sent(f"native-{len(self.log)}")
        if isinstance(answer, Exception):
            raise answer
        return await asyncio.to_thread(answer) if callable(answer) else answer

    async def find_sent(self, part: OutboundPart, *, key: str) -> str | None:
        self.asked.append(key)
        return self.found.get(key)

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.log]


class Platforms(Connectors):
    """The connectors of a process in which every channel speaks to `platform`."""

    def __init__(self, platform: Platform) -> None:
        super().__init__()
        self._platform = platform

    def named(self, kind: str) -> Connector:
        return self._platform


class Foreign(Connectors):
    """The connectors of a process in which `kind` is spoken by `platform`, the others as ever."""

    def __init__(self, platform: Platform, kind: str = "matrix") -> None:
        super().__init__()
        self._platform = platform
        self._kind = kind

    def named(self, kind: str) -> Connector:
        return self._platform if kind == self._kind else super().named(kind)


class Here(Links):
    """The links of a process that holds these channels and sends from where it stands."""

    def __init__(
        self,
        platforms: Platforms,
        platform: Platform,
        *channel_ids: int,
        is_ours: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(platforms)
        self.open = {channel_id: Open(platform, is_ours) for channel_id in channel_ids}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)


def _maybe(event: Mapping[str, object], name: str) -> str | None:
    value = event.get(name)
    return None if value is None else str(value)


def _event(event: Mapping[str, object]) -> InboundEvent:
    native_id = str(event["id"])
    if event.get("kind") == "edit":
        at = _maybe(event, "at")
        return InboundEdit(
            native_id,
            str(event["text"]),
            edited_at=datetime.fromisoformat(at) if at else None,
            author=_maybe(event, "author"),
            room=_maybe(event, "room"),
        )
    if event.get("kind") == "delete":
        return InboundDeletion(native_id, _maybe(event, "room"))
    if event.get("kind") == "reaction":
        sender = Sender(str(event["sender"]))
        return InboundReaction(native_id, str(event["target"]), sender, str(event["symbol"]))
    place = event.get("location")
    files, choice, name = event.get("files"), event.get("choice"), event.get("name")
    unread = event.get("unread")
    return InboundMessage(
        native_id=native_id,
        thread=str(event["thread"]),
        visibility=Visibility(str(event.get("visibility", "private"))),
        sender=Sender(str(event["sender"]), str(name) if name else None),
        text=str(event["text"]),
        location=Location(float(place[0]), float(place[1])) if isinstance(place, list) else None,
        files=files if isinstance(files, int) else 0,
        choice=str(choice) if choice else None,
        unread=str(unread) if unread else None,
        spoken=event.get("spoken") is True,
        automatic=event.get("automatic") is True,
        reference=_maybe(event, "reference"),
        below=_maybe(event, "below"),
    )
