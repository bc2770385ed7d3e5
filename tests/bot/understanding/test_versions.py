"""Versions of the city's own model: one understands, the refused ones never, the oldest go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.audit.service import CLI, Actor, ActorKind
from bot.city import queries as cities
from bot.db.engine import Database
from bot.errors import InvalidError
from bot.staff import passwords
from bot.staff import service as staff
from bot.staff.states import Role
from bot.understanding import queries
from bot.understanding import service as understanding
from bot.understanding.models import ModelVersion
from bot.understanding.queries import Figures, Version
from bot.understanding.service import ModelNotFoundError, ModelRefusedError, Trained
from nlp import heads
from nlp.types import Weights

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
GOOD = Figures(0.9, 0.8, 28, 28)
WORSE = Figures(0.88, 0.8, 28, 28)


@pytest.fixture(scope="module")
def shipped() -> heads.Model:
    return heads.shipped()


@pytest.fixture
def user_id(database: Database) -> int:
    with database.unit_of_work() as session:
        return staff.create_user(
            session,
            CLI,
            username="mira",
            display_name="Mira",
            role=Role.ADMIN,
            password_hash=passwords.hash_password("drei blaue Fahrräder"),
            now=NOW,
        )


def weights(model: heads.Model, name: str) -> Weights:
    return heads.written(replace(model, name=name))


def trained(model: heads.Model, name: str, *refusals: str) -> Trained:
    return Trained(weights(model, name), 34, GOOD, WORSE if refusals else GOOD, refusals)


def versions(database: Database) -> list[Version]:
    with database.read() as session:
        return queries.versions(session)


def understands(database: Database) -> str | None:
    """Return the name of the city's own model that is in use."""
    with database.read() as session:
        found = queries.weights(session)
    return heads.read(found).name if found else None


def test_what_has_learned_understands_and_says_how_well(
    database: Database, shipped: heads.Model
) -> None:
    with database.unit_of_work() as session:
        before = cities.data_version(session)
        understanding.keep(session, trained(shipped, "own-1"), actor=CLI, now=NOW)
    assert understands(database) == "own-1"
    [version] = versions(database)
    assert (version.corrections, version.before, version.after) == (34, GOOD, GOOD)
    assert (version.base, version.used_at, version.used_by) == (shipped.name, NOW, None)
    with database.read() as session:
        assert cities.data_version(session) > before
        assert session.scalars(select(AuditEntry.action)).all() == ["model.used"]


def test_a_refused_one_is_kept_and_never_understands(
    database: Database, shipped: heads.Model
) -> None:
    with database.unit_of_work() as session:
        understanding.keep(session, trained(shipped, "own-1"), actor=CLI, now=NOW)
    with database.unit_of_work() as session:
        bad = trained(shipped, "own-2", "intents", "emergencies")
        understanding.keep(session, bad, actor=CLI, now=NOW)
    newest, oldest = versions(database)
    assert (newest.name, newest.active) == ("own-2", False)
    assert newest.refusals == ("intents", "emergencies")
    assert oldest.active
    with pytest.raises(ModelRefusedError), database.unit_of_work() as session:
        understanding.activate(session, newest.id, actor=CLI, now=NOW)
    with pytest.raises(ModelRefusedError), database.unit_of_work() as session:
        understanding.use(session, bad.weights, actor=CLI, now=NOW)
    assert understands(database) == "own-1"


def test_an_earlier_one_understands_again(
    database: Database, shipped: heads.Model, user_id: int
) -> None:
    for name in ("own-1", "own-2"):
        with database.unit_of_work() as session:
            understanding.keep(session, trained(shipped, name), actor=CLI, now=NOW)
    first = versions(database)[-1].id
    colleague = Actor(ActorKind.USER, user_id)
    with database.unit_of_work() as session:
        done = understanding.activate(session, first, actor=colleague, now=NOW + timedelta(days=1))
    assert done == understands(database) == "own-1"
    assert [(one.active, one.used_by) for one in versions(database)] == [
        (False, None),
        (True, "Mira"),
    ]
    with pytest.raises(ModelNotFoundError), database.unit_of_work() as session:
        understanding.activate(session, first + 99, actor=CLI, now=NOW)


def test_one_that_does_not_fit_any_more_is_refused(
    database: Database, shipped: heads.Model
) -> None:
    with database.unit_of_work() as session:
        understanding.keep(session, trained(shipped, "own-1"), actor=CLI, now=NOW)
        understanding.use_shipped(session, actor=CLI, now=NOW)
        old = session.scalars(select(ModelVersion)).one()
        old.meta = old.meta.replace(b'"thanks"', b'"gratitude"')
        key = old.id
    with pytest.raises(InvalidError), database.unit_of_work() as session:
        understanding.activate(session, key, actor=CLI, now=NOW)
    assert understands(database) is None


def test_the_oldest_go_and_the_one_in_use_stays(database: Database, shipped: heads.Model) -> None:
    with database.unit_of_work() as session:
        understanding.keep(session, trained(shipped, "own-0"), actor=CLI, now=NOW)
    for number in range(1, understanding.KEPT + 3):
        with database.unit_of_work() as session:
            bad = trained(shipped, f"own-{number}", "categories")
            understanding.keep(session, bad, actor=CLI, now=NOW)
    names = [one.name for one in versions(database)]
    assert len(names) == understanding.KEPT + 1
    assert names[-1] == understands(database) == "own-0"
    assert names[0] == f"own-{understanding.KEPT + 2}"


def test_the_same_model_is_one_version(database: Database, shipped: heads.Model) -> None:
    for _ in range(2):
        with database.unit_of_work() as session:
            understanding.keep(session, trained(shipped, "own-1"), actor=CLI, now=NOW)
    assert len(versions(database)) == 1
