"""The list "Moderation": seen with its reason, judged by a person, the second one is told."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.channels.queries import Connectors
from bot.inbox.models import Message
from bot.staff.states import Role
from connectors.api.connector import ApiConnector
from connectors.base import Connector
from connectors.capabilities import Act
from tests.support import city as cities
from tests.support.city import Citizen, City, Desk

PAGE = "/desk/moderation"
RELEASED = f"{PAGE}?done=message-released"


class Hiding(ApiConnector):
    """The generic channel, on a platform on which comments can be hidden."""

    capabilities = replace(ApiConnector.capabilities, moderates=frozenset({Act.HIDE, Act.SHOW}))


class Hides(Connectors):
    def named(self, kind: str) -> Connector:
        return Hiding() if kind == "api" else super().named(kind)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    """Yield a city of our own: nothing else in it is under suspicion."""
    folder = tmp_path_factory.mktemp("city")
    with cities.on_engine(request.param, request, folder, connectors=Hides()) as town:
        yield town


def key(citizen: Citizen) -> int:
    """Return the key of the only message that somebody wrote."""
    with citizen.city.database.read() as session:
        wanted = select(Message.id).where(Message.conversation_id == citizen.conversation_id)
        return session.scalars(wanted.order_by(Message.id)).all()[0]


def queue(desk: Desk) -> str:
    """Return the part of the page that lists what is not judged."""
    return desk.get(PAGE).text.partition("Zuletzt entschieden")[0]


def addresses(desk: Desk, act: str) -> list[str]:
    """Return where the messages of the list are judged."""
    return re.findall(rf'action="({PAGE}/\d+/{act})"', queue(desk))


def seen(desk: Desk, address: str) -> dict[str, str]:
    """Return what the form of an address says of the wording that is shown."""
    form = desk.get(PAGE).text.partition(f'action="{address}"')[2].partition("</form>")[0]
    found = re.search(r'name="seen" value="(\w+)"', form)
    assert found is not None
    return {"seen": found[1]}


def test_a_suspected_message_is_listed_with_its_reason_and_released(city: City) -> None:
    citizen = city.citizen(name="Sven Sauer")
    citizen.says("Ihr seid alle Idioten! <b>Pfui</b>")
    assert citizen.hears().startswith("Bitte bleiben Sie freundlich.")
    desk = city.staff(Role.MANAGER)
    page = desk.get(PAGE).text
    conversation = f"/desk/conversations/{citizen.conversation_id}"
    for told in ("Sven Sauer", "privat", "Beleidigung", "Warum: „", conversation):
        assert told in page
    assert "&lt;b&gt;Pfui" in page
    assert "<b>Pfui" not in page
    assert '<span class="count">1</span>' in desk.get("/desk").text
    assert "Sven Sauer" not in desk.get("/desk").text, "it waits for nobody"

    [address] = addresses(desk, "release")
    assert "Verbergen oder löschen" not in page, "nobody but us reads it"
    assert (
        desk.post(address, seen(desk, address)).headers["location"]
        == f"{RELEASED}&message={key(citizen)}"
    )
    assert "Die Unterhaltung wartet jetzt auf eine Antwort." in desk.get(RELEASED).text
    assert "Sven Sauer" not in queue(desk)
    assert "Sven Sauer" in desk.get("/desk").text


def test_advertising_in_public_is_confirmed_and_the_second_colleague_is_told(city: City) -> None:
    citizen = city.citizen(name="Karl Krypto", public=True)
    citizen.says("Jetzt klicken: Bitcoin Casino https://gewinn.example.xyz")
    desk, colleague = city.staff(Role.MANAGER), city.staff(Role.ADMIN)
    city.until(lambda: "Karl Krypto" in desk.get(PAGE).text)
    assert "öffentlich" in desk.get(PAGE).text
    act = f'href="/desk/conversations/{citizen.conversation_id}/messages/{key(citizen)}"'
    assert act in queue(desk)
    [address] = addresses(desk, "confirm")
    done = desk.post(address, seen(desk, address)).headers["location"]
    assert done == f"{PAGE}?done=message-confirmed&message={key(citizen)}"
    told = desk.get(done).text
    assert "Soll der Beitrag auch auf der Plattform weg?" in told
    assert told.count(act) == 2, "with the notice, and with the judgement"
    late = colleague.post(address.replace("confirm", "release")).headers["location"]
    assert late == f"{PAGE}?done=judged"
    assert "Schon entschieden" in colleague.get(late).text
    assert "Karl Krypto" not in colleague.get("/desk").text, "confirmed stays confirmed"


def test_a_wording_that_is_none_is_refused(city: City) -> None:
    citizen = city.citizen(name="Ute Unwirsch")
    citizen.says("Ihr Idioten")
    citizen.hears()
    desk = city.staff(Role.MANAGER)
    [address] = addresses(desk, "release")
    for wording in ("gestern", ""):
        other = desk.post(address, {"seen": wording}).headers["location"]
        assert other == f"{PAGE}?done=reworked"
    assert "Bitte lesen Sie sie noch einmal." in desk.get(other).text
    assert desk.post(address, csrf="wrong").status_code == 403
    assert desk.post(address, seen(desk, address)).headers["location"].startswith(RELEASED)


def test_a_judgement_is_found_again_and_made_anew(city: City) -> None:
    citizen = city.citizen(name="Rita Reue", public=True)
    citizen.says("Ihr Idioten")
    desk, colleague = city.staff(Role.MANAGER), city.staff(Role.ADMIN)
    city.until(lambda: "Rita Reue" in desk.get(PAGE).text)
    message = key(citizen)
    address = f"{PAGE}/{message}"
    early = desk.post(
        f"{address}/release", {"anew": "yes"} | seen(desk, f"{address}/release")
    ).headers["location"]
    assert early == f"{PAGE}?done=reworked", "nobody has judged it"
    desk.post(f"{address}/confirm", seen(desk, f"{address}/confirm"))
    judged = desk.get(PAGE).text.partition("Zuletzt entschieden")[2]
    assert judged.index("Rita Reue") < judged.index(f"{address}/release")
    assert f"Als Verstoß festgehalten von {desk.username.title()}" in judged
    assert f"{address}/confirm" not in judged
    assert "Rita Reue" not in desk.get("/desk").text

    form = {"anew": "yes"} | seen(colleague, f"{address}/release")
    done = colleague.post(f"{address}/release", form).headers["location"]
    assert done == f"{RELEASED}&message={message}"
    again = colleague.post(f"{address}/release", form).headers["location"]
    assert again == f"{PAGE}?done=judged"
    judged = desk.get(PAGE).text.partition("Zuletzt entschieden")[2]
    assert f"Freigegeben von {colleague.username.title()}" in judged
    assert f"{address}/confirm" in judged
    assert "Rita Reue" in desk.get("/desk").text, "it waits for an answer now"
    with city.database.read() as session:
        trail = session.execute(
            select(AuditEntry.action, AuditEntry.actor_id)
            .where(AuditEntry.subject_kind == "message", AuditEntry.subject_id == message)
            .where(AuditEntry.action.in_(["message.confirmed", "message.released"]))
            .order_by(AuditEntry.id)
        ).all()
    assert [tuple(one) for one in trail] == [
        ("message.confirmed", desk.user_id),
        ("message.released", colleague.user_id),
    ]


def test_an_address_leads_to_one_message(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    older, newer = city.citizen(name="Alf Alt"), city.citizen(name="Nora Neu")
    for citizen in (older, newer):
        citizen.says("Ihr Idioten")
        citizen.hears()
    page = desk.get(f"{PAGE}?after={key(older) + 1}").text
    assert f'id="suspect-{key(older)}"' in page
    assert "Nora Neu" not in page
    assert f'href="{PAGE}"' in page
    assert "Neueste anzeigen" in page
    for address in addresses(desk, "release"):
        desk.post(address, seen(desk, address))


def test_whoever_may_not_judge_sees_no_list(city: City) -> None:
    for desk in (city.staff(Role.VIEWER), city.staff(Role.OFFICE, office="inklusion")):
        assert desk.get(PAGE).status_code == 403
        assert PAGE not in desk.get("/desk/tickets").text
    english = city.staff(Role.MANAGER)
    english.post("/desk/account/language", {"language": "en"})
    assert "Nothing to decide" in english.get(PAGE).text
