"""The versions of the model on the desk: seen with their figures, and used with one press."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot import clock
from bot.audit.models import AuditEntry
from bot.audit.service import CLI
from bot.inbox.models import TurnUnderstanding
from bot.staff.states import Role
from bot.understanding import queries
from bot.understanding import service as understanding
from bot.understanding.queries import Figures
from bot.understanding.service import Trained
from nlp import heads
from tests.support import city as cities
from tests.support.city import City, Desk

PAGE = "/desk/learning/models"
_NONE = "none"  # the language process did not answer in time


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    """Yield a city of our own: its model is changed."""
    with cities.on_engine(request.param, request, tmp_path_factory.mktemp("city")) as town:
        yield town


@pytest.fixture(autouse=True)
def learned(city: City) -> None:
    """Have the city learn twice well, and a third time badly."""
    before = Figures(0.912, 0.8, 28, 28)
    with city.database.unit_of_work() as session:
        for name, after, refusals in (
            ("own-first", Figures(0.92, 0.81, 28, 28), ()),
            ("own-second", Figures(0.934, 0.82, 28, 28), ()),
            ("own-third", Figures(0.5, 0.82, 27, 28), ("intents", "emergencies")),
        ):
            weights = heads.written(replace(heads.shipped(), name=name))
            trained = Trained(weights, 34, before, after, refusals)
            understanding.keep(session, trained, actor=CLI, now=clock.now())


def understood_with(city: City) -> str:
    """Return which model understands what somebody writes now; a busy one is asked again."""
    name = _NONE
    for _ in range(5):
        citizen = city.citizen()
        citizen.says("Wann ist Markt in Opladen?")
        citizen.hears()
        here = TurnUnderstanding.conversation_id == citizen.conversation_id
        with city.database.read() as session:
            name = session.scalars(select(TurnUnderstanding.model).where(here)).one()
        if name != _NONE:
            break
    return name


def part(desk: Desk, name: str) -> str:
    """Return what the page says of a version."""
    [found] = [one for one in desk.get(PAGE).text.split("<li id=") if f">{name}<" in one]
    return found


def address(city: City, name: str) -> str:
    with city.database.read() as session:
        [key] = [one.id for one in queries.versions(session) if one.name == name]
    return f"{PAGE}/{key}/use"


def test_versions_are_listed_with_what_they_reach(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    first, second, third = (part(desk, f"own-{name}") for name in ("first", "second", "third"))
    for told in ("aus 34 Urteilen", "91,2 %", "93,4 %", "28 von 28", "versteht gerade"):
        assert told in second
    assert "versteht gerade" not in first
    assert "abgelehnt" in third
    assert "Es erkennt Anliegen um mehr als einen Prozentpunkt schlechter." in third
    assert "Es übersieht einen Notfall." in third
    assert "Befehlszeile" in first
    assert f'action="{PAGE}' not in desk.get(PAGE).text, "the model is for administrators"


def test_one_press_goes_back_and_the_running_process_follows(city: City) -> None:
    desk = city.staff(Role.ADMIN)
    assert understood_with(city) == "own-second"
    assert address(city, "own-first") in part(desk, "own-first")
    assert desk.post(address(city, "own-first")).headers["location"] == f"{PAGE}?done=model-used"
    assert understood_with(city) == "own-first"
    assert desk.username.title() in part(desk, "own-first")
    with city.database.read() as session:
        used = select(AuditEntry.actor_id).where(AuditEntry.action == "model.used")
        assert session.scalars(used.order_by(AuditEntry.id)).all()[-1] == desk.user_id

    shipped = queries.shipped_name()
    assert desk.post(f"{PAGE}/shipped/use").status_code == 303
    assert "versteht gerade" in part(desk, shipped)
    assert understood_with(city) == shipped


def test_a_refused_one_and_one_that_is_gone_cannot_be_used(city: City) -> None:
    desk = city.staff(Role.ADMIN)
    assert address(city, "own-third") not in desk.get(PAGE).text
    answer = desk.post(address(city, "own-third"))
    assert answer.headers["location"] == f"{PAGE}?done=model-unfit"
    assert desk.post(f"{PAGE}/99999/use").status_code == 404
    assert understood_with(city) == "own-second"


def test_only_administrators_change_the_model(city: City) -> None:
    for role, status in ((Role.MANAGER, 200), (Role.VIEWER, 403)):
        desk = city.staff(role)
        assert desk.get(PAGE).status_code == status
        for path in (address(city, "own-first"), f"{PAGE}/shipped/use"):
            assert desk.post(path).status_code == 403
