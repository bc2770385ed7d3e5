"""The list "Moderation": seen with its reason, judged by a person, the second one is told."""

import re

import pytest

from bot.staff.states import Role
from tests.support.city import City, Desk

PAGE = "/desk/moderation"
RELEASED = f"{PAGE}?done=message-released"


@pytest.fixture(scope="module")
def city(own_city: City) -> City:
    """Return a city of our own: nothing else in it is under suspicion."""
    return own_city


def addresses(desk: Desk, act: str) -> list[str]:
    """Return where the messages of the list are judged."""
    return re.findall(rf'action="({PAGE}/\d+/{act})"', desk.get(PAGE).text)


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
    assert desk.post(address, seen(desk, address)).headers["location"] == RELEASED
    assert "Die Unterhaltung wartet jetzt auf eine Antwort." in desk.get(RELEASED).text
    assert "Sven Sauer" not in desk.get(PAGE).text
    assert "Sven Sauer" in desk.get("/desk").text


def test_advertising_in_public_is_confirmed_and_the_second_colleague_is_told(city: City) -> None:
    citizen = city.citizen(name="Karl Krypto", public=True)
    citizen.says("Jetzt klicken: Bitcoin Casino https://gewinn.example.xyz")
    desk, colleague = city.staff(Role.MANAGER), city.staff(Role.ADMIN)
    city.until(lambda: "Karl Krypto" in desk.get(PAGE).text)
    assert "öffentlich" in desk.get(PAGE).text
    [address] = addresses(desk, "confirm")
    assert (
        desk.post(address, seen(desk, address)).headers["location"]
        == f"{PAGE}?done=message-confirmed"
    )
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
    assert desk.post(address, seen(desk, address)).headers["location"] == RELEASED


def test_whoever_may_not_judge_sees_no_list(city: City) -> None:
    for desk in (city.staff(Role.VIEWER), city.staff(Role.OFFICE, office="inklusion")):
        assert desk.get(PAGE).status_code == 403
        assert PAGE not in desk.get("/desk/tickets").text
    english = city.staff(Role.MANAGER)
    english.post("/desk/account/language", {"language": "en"})
    assert "Nothing to decide" in english.get(PAGE).text
