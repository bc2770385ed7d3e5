import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import delete

from bot import clock
from bot.events.models import Event as EventRow
from bot.events.service import Change, publish
from bot.staff.states import Role
from tests.support.city import City, Desk

START = "0.0"


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the stream."""

    name: str
    data: dict[str, object]
    id: str


@contextmanager
def events(desk: Desk, *, after: str = "", last: str = "") -> Iterator[Iterator[Event]]:
    headers = {"last-event-id": last} if last else {}
    with desk.client.stream(
        "GET", "/desk/events", params={"after": after}, headers=headers
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        lines = answer.iter_lines()
        assert next(lines) == ": ping"
        yield _parse(lines)


def _parse(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, text = line.partition(": ")
            fields[name] = text
        elif fields:
            yield Event(fields["event"], json.loads(fields["data"]), fields.get("id", ""))
            fields = {}


def kinds(found: Iterator[Event], conversation: int, last: str) -> list[str]:
    """Return the kinds of a conversation's changes up to and including `last`."""
    seen = []
    for event in found:
        if event.data.get("conversation") == conversation:
            seen.append(str(event.data["kind"]))
            if seen[-1] == last:
                return seen
    raise AssertionError("the stream ended")


def test_changes_arrive_without_personal_data(city: City) -> None:
    citizen = city.citizen(name="Geheimer Name")
    desk = city.staff(Role.MANAGER)
    with events(desk) as stream:
        citizen.says("Geheimer Text")
        citizen.hears()
        for event in stream:
            assert event.name == "change"
            assert set(event.data) == {"kind", "conversation"}
            if event.data["conversation"] == citizen.conversation_id:
                assert event.data["kind"] == "message.received"
                break
        desk.post(f"/desk/conversations/{citizen.conversation_id}/take")
        assert "conversation.taken" in kinds(stream, citizen.conversation_id, "conversation.taken")


def test_stream_resumes_where_it_was_cut(city: City) -> None:
    citizen = city.citizen()
    citizen.says("Hallo")
    citizen.hears()
    conversation = citizen.conversation_id
    desk = city.staff(Role.MANAGER)
    with events(desk) as stream:
        desk.post(f"/desk/conversations/{conversation}/take")
        cut = next(e for e in stream if e.data["kind"] == "conversation.taken").id
    desk.post(f"/desk/conversations/{conversation}/close")
    desk.post(f"/desk/conversations/{conversation}/reopen")
    with events(desk, last=cut) as stream:
        assert kinds(stream, conversation, "conversation.reopened") == [
            "conversation.closed",
            "conversation.reopened",
        ]
    with events(desk, after=cut) as stream:  # a page names the place itself at first
        assert kinds(stream, conversation, "conversation.closed") == ["conversation.closed"]


def test_who_is_too_far_behind_loads_anew(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    with city.database.unit_of_work() as session:
        session.execute(delete(EventRow))  # as the retention sweep does
        publish(session, [Change("item.quarantined")], now=clock.now())
    with events(desk, last=START) as stream:
        first = next(stream)
    assert (first.name, first.data) == ("resync", {})


def test_office_hears_only_of_its_own(city: City) -> None:
    theirs, other = city.citizen(), city.citizen()
    theirs.says("Großes Schlagloch in der Dhünnstraße 14")
    other.says("Die Laterne vor der Dhünnstraße 14 ist kaputt")
    theirs.hears()
    other.hears()
    manager = city.staff(Role.MANAGER)
    with events(city.staff(Role.OFFICE, office="tbl")) as stream:
        manager.post(f"/desk/conversations/{other.conversation_id}/take")
        manager.post(f"/desk/conversations/{theirs.conversation_id}/take")
        for event in stream:
            assert event.data.get("conversation") in {None, theirs.conversation_id}
            if event.data.get("conversation") == theirs.conversation_id:
                break


def test_company_hears_no_conversation(city: City) -> None:
    lamp = city.citizen()
    lamp.says("Die Laterne vor der Dhünnstraße 14 ist kaputt")
    lamp.hears()
    manager = city.staff(Role.MANAGER)
    with events(city.staff(Role.OFFICE, office="evl")) as stream:
        manager.post(f"/desk/conversations/{lamp.conversation_id}/take")
        with city.database.unit_of_work() as session:
            publish(session, [Change("item.quarantined")], now=clock.now())
        assert next(stream).data == {"kind": "item.quarantined"}
