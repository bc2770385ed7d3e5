"""A real homeserver as the conformance suite needs it: people write to the city's account."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from connectors.base import RawFile
from connectors.capabilities import Visibility
from connectors.shapes import at, number, text
from tests.conformance.counterpart import Heard, NotOffered, NotRun, Push
from tests.support import synapse as homeserver
from tests.support.synapse import Person, Synapse

_KINDS = {"image": "m.image", "audio": "m.audio"}


class Homeserver:
    """A direct chat with each person, and one room in which everybody reads along."""

    def __init__(self, synapse: Synapse) -> None:
        self._synapse = synapse
        self._bot = synapse.person("stadt")
        self._people: dict[str, Person] = {}
        self._direct: dict[str, str] = {}
        self._square: str | None = None
        self._ahead = timedelta(0)
        self._rooms: dict[str, str] = {}  # of events

    @property
    def ports(self) -> Mapping[str, int]:
        return {"http": self._synapse.port}

    def settings(self, ports: Mapping[str, int]) -> dict[str, str]:
        """Return a log-in by token: with a password the account would log in anew by itself."""
        return {
            "homeserver": f"http://127.0.0.1:{ports['http']}",
            "user_id": self._bot.user_id,
            "access_token": self._bot.token,
        }

    def say(
        self,
        who: str,
        text: str,
        *,
        visibility: Visibility = Visibility.PRIVATE,
        reply_to: str | None = None,
        file: RawFile | None = None,
    ) -> str:
        person, room = self._person(who), self._room(who, visibility, reply_to)
        content: dict[str, object] = {"msgtype": "m.text", "body": text}
        if visibility is Visibility.PUBLIC:
            content["m.mentions"] = {"user_ids": [self._bot.user_id]}
        if file is not None:
            kind = _KINDS.get(file.declared_type.partition("/")[0], "m.file")
            info = {"mimetype": file.declared_type, "size": len(file.content)}
            uri = person.upload(file.content, file.declared_type)
            content |= {"msgtype": kind, "filename": file.name, "url": uri, "info": info}
        if reply_to is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        return self._put(person, room, "m.room.message", content)

    def edit(self, who: str, native_id: str, text: str) -> None:
        fresh = {"msgtype": "m.text", "body": text}
        relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": native_id}}
        content = {**fresh, "m.new_content": fresh, **relation}
        self._put(self._person(who), self._rooms[native_id], "m.room.message", content)

    def delete(self, who: str, native_id: str) -> None:
        self._person(who).redact(self._rooms[native_id], native_id)

    def press(self, who: str, native_id: str, label: str) -> None:
        raise NotOffered("Matrix has no buttons")

    def react(self, who: str, native_id: str, symbol: str) -> None:
        relation = {"rel_type": "m.annotation", "event_id": native_id, "key": symbol}
        self.heard()  # and so the room of what our account has said
        room = self._rooms[native_id]
        self._put(self._person(who), room, "m.reaction", {"m.relates_to": relation})

    def be_strange(self, who: str) -> None:
        room = self._room(who, Visibility.PRIVATE, None)
        self._put(self._person(who), room, "org.example.dance", {"steps": 3})

    def be_broken(self, who: str) -> None:
        room = self._room(who, Visibility.PRIVATE, None)
        self._put(self._person(who), room, "m.reaction", {"m.relates_to": {"key": 7}})

    def remark(self, who: str, native_id: str, text: str) -> str:
        raise NotOffered("who has written may be answered at any time: there is no summons")

    def block(self, who: str) -> Visibility:
        """Leave the direct chat: the next one is another room."""
        self._person(who).ask("POST", f"/rooms/{quote(self._direct.pop(who))}/leave", {})
        return Visibility.PRIVATE

    def clock(self, offset: timedelta) -> None:
        self._ahead = offset

    def heard(self) -> list[Heard]:
        found: dict[str, tuple[int, Heard]] = {}
        for room in filter(None, (*self._direct.values(), self._square)):
            for event in self._bot.all_messages(room):
                if event["sender"] == self._bot.user_id and at(event, "content", "msgtype"):
                    self._hear(event, room, found)
        return [heard for _, heard in sorted(found.values(), key=lambda one: one[0])]

    def shows(self, native_id: str) -> bool:
        path = f"/rooms/{quote(self._rooms[native_id])}/event/{quote(native_id)}"
        return bool(self._bot.ask("GET", path)["content"])

    def limit(self, retry_after: int | None) -> None:
        raise NotRun("Synapse itself chooses when, and for how long")

    def log_out(self) -> None:
        self._bot.ask("POST", "/logout", {})

    def log_in(self) -> None:
        self._bot.log_in()

    def push(self, who: str, text: str) -> Push:
        raise NotOffered("a homeserver tells nobody by itself")

    def _person(self, who: str) -> Person:
        if who not in self._people:
            self._people[who] = self._synapse.person(who)
        return self._people[who]

    def _room(self, who: str, visibility: Visibility, reply_to: str | None) -> str:
        person = self._person(who)
        if reply_to is not None:
            return self._rooms[reply_to]
        if visibility is Visibility.PRIVATE:
            if who not in self._direct:
                self._direct[who] = person.room(self._bot.user_id)
            return self._direct[who]
        if self._square is None:
            self._square = person.room(self._bot.user_id, preset="public_chat", is_direct=False)
        person.join(self._square)
        return self._square

    def _put(self, person: Person, room: str, kind: str, content: Mapping[str, object]) -> str:
        event_id = self._synapse.dated(person, room, kind, content, ahead=self._ahead)
        self._rooms[event_id] = room
        return event_id

    def _hear(
        self, event: dict[str, object], room: str, found: dict[str, tuple[int, Heard]]
    ) -> None:
        content, event_id = event["content"], str(event["event_id"])
        said = text(at(content, "body")) or ""
        replaced = text(at(content, "m.relates_to", "event_id"))
        if at(content, "m.relates_to", "rel_type") == "m.replace" and replaced in found:
            when, old = found[replaced]
            found[replaced] = when, replace(old, text=said.removeprefix("* "))
            return
        uri = text(at(content, "url"))
        heard = Heard(
            event_id,
            said,
            Visibility.PUBLIC if room == self._square else Visibility.PRIVATE,
            text(at(content, "m.relates_to", "m.in_reply_to", "event_id")),
            files=(self._file(content, uri),) if uri else (),
        )
        self._rooms[event_id] = room
        found[event_id] = number(event["origin_server_ts"]) or 0, heard

    def _file(self, content: object, uri: str) -> RawFile:
        place = quote(uri.removeprefix("mxc://"))
        answer = self._synapse.http.get(
            f"/_matrix/client/v1/media/download/{place}",
            headers={"Authorization": f"Bearer {self._bot.token}"},
        )
        name, kind = text(at(content, "filename")), text(at(content, "info", "mimetype"))
        return RawFile(name or "", kind or "", answer.raise_for_status().content)


@contextmanager
def running() -> Iterator[Homeserver]:
    """Run a homeserver; without Synapse the test is left out."""
    if not homeserver.installed():
        pytest.skip("not run: Synapse is not installed")
    with homeserver.running() as synapse:
        yield Homeserver(synapse)
