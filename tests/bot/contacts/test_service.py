"""Contacts: one identity per channel and person, whoever meets them first."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from bot.channels.models import Channel
from bot.contacts import service as contacts
from bot.contacts.models import Contact, Identity
from bot.contacts.service import Known
from bot.db.engine import Database
from tests.fakes.clock import NOON


@pytest.fixture
def channel(database: Database) -> int:
    with database.unit_of_work() as session:
        rows = [Channel(kind="api", slug=slug, name=slug, created_at=NOON) for slug in "ab"]
        session.add_all(rows)
        session.flush()
        return rows[0].id


def identify(database: Database, people: dict[tuple[int, str], str | None]) -> dict[str, Known]:
    with database.unit_of_work() as session:
        found = contacts.identify(session, people, now=NOON)
    return {external_id: known for (_, external_id), known in found.items()}


def count(database: Database, table: type[Contact | Identity]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_person_is_made_once_and_found_again(database: Database, channel: int) -> None:
    first = identify(database, {(channel, "anna"): "Anna", (channel, "ben"): None})
    again = identify(database, {(channel, "ben"): None, (channel, "anna"): None})
    assert first == again
    assert first["anna"].contact_id != first["ben"].contact_id
    assert first["anna"].name == "Anna"
    assert not first["anna"].introduced
    assert count(database, Contact) == count(database, Identity) == 2
    assert identify(database, {}) == {}


def test_each_gets_the_own_name(database: Database, channel: int) -> None:
    people: dict[tuple[int, str], str | None] = {(channel, f"p{n}"): f"N{n}" for n in range(40)}
    found = identify(database, people)
    with database.read() as session:
        names = dict(session.execute(select(Contact.id, Contact.name)).all())
    assert {who: names[known.contact_id] for who, known in found.items()} == {
        f"p{n}": f"N{n}" for n in range(40)
    }


def test_the_same_name_on_two_channels_is_two_people(database: Database, channel: int) -> None:
    with database.unit_of_work() as session:
        both = contacts.identify(
            session, {(channel, "anna"): "Anna", (channel + 1, "anna"): "Anna"}, now=NOON
        )
    assert len({known.contact_id for known in both.values()}) == 2


def test_a_new_name_is_taken_over_and_a_missing_one_is_not(
    database: Database, channel: int
) -> None:
    identify(database, {(channel, "anna"): "Anna"})
    identify(database, {(channel, "anna"): "Anna Neu"})
    identify(database, {(channel, "anna"): None})
    with database.read() as session:
        assert session.scalars(select(Contact.name)).all() == ["Anna Neu"]
        assert session.scalars(select(Identity.name)).all() == ["Anna Neu"]


def test_an_endless_name_is_cut(database: Database, channel: int) -> None:
    identify(database, {(channel, "anna"): "x" * 900})
    identify(database, {(channel, "anna"): "y" * 900})
    with database.read() as session:
        assert session.scalars(select(Contact.name)).all() == ["y" * 200]


def test_introducing(database: Database, channel: int) -> None:
    known = identify(database, {(channel, "anna"): None, (channel, "ben"): None})
    with database.unit_of_work() as session:
        contacts.introduce(session, [], now=NOON)
        contacts.introduce(session, [known["anna"].id], now=NOON)
        found = contacts.find(session, [(channel, "anna"), (channel, "ben"), (channel, "cleo")])
    assert {who: one.introduced for (_, who), one in found.items()} == {"anna": True, "ben": False}


def test_who_meets_the_same_people_at_once_makes_them_once(
    database: Database, channel: int
) -> None:
    people: dict[tuple[int, str], str | None] = {(channel, f"p{n}"): None for n in range(25)}

    def meet(turn: int) -> list[tuple[str, int]]:
        order = list(people) if turn % 2 else list(people)[::-1]
        found = identify(database, dict.fromkeys(order))
        return sorted((who, known.contact_id) for who, known in found.items())

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(meet, range(6)))
    assert Counter(map(tuple, answers)).most_common(1)[0][1] == 6
    assert count(database, Contact) == count(database, Identity) == 25, "no orphan stays"
