"""Articles on the desk: listed with what needs a look, written, checked, told at once."""

import datetime as dt
from collections.abc import Mapping

import pytest

from bot import clock
from bot.clock import BERLIN
from bot.staff.states import Role
from tests.support.city import City, Desk, value

TODAY = clock.now().astimezone(BERLIN).date()
LIST = "/desk/knowledge"


def form(**more: str) -> dict[str, str]:
    return {
        "title_de": "Zoo: Eintritt",
        "body_de": "Der Zoo ist **gratis**.",
        "questions_de": "Was kostet der Zoo?",
        "source": "Amtsblatt, 2026",
        "version": "0",
    } | more


def new(desk: Desk, **more: str) -> str:
    """Write an article and return its address."""
    saved = desk.post(f"{LIST}/new", form(**more))
    assert saved.status_code == 303, saved.text
    return saved.headers["location"].partition("?")[0]


def version(desk: Desk, address: str) -> str:
    return value(desk.get(f"{address}/edit").text, "version")


def test_the_articles_of_the_city_are_listed_and_found(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    page = desk.get(LIST).text
    assert "Sperrmüll anmelden" in page
    assert "ungeprüft" in page
    some = desk.client.get(LIST, params={"q": "sperrmuell AVEA"}).text
    assert "Sperrmüll anmelden" in some
    assert "Personalausweis und Reisepass" not in some
    assert "Keine Artikel in dieser Ansicht" in desk.client.get(LIST, params={"q": "xyz"}).text
    inside = desk.client.get(LIST, params={"show": "internal"}).text
    assert "Intern: Anfragen von Presse" in inside
    assert "Sperrmüll anmelden" not in inside


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Wie melde ich Sperrmüll an?", "antwortet der Assistent mit „Sperrmüll anmelden“"),
        ("Wo bekomme ich einen Angelschein?", "gibt der Assistent an einen Menschen weiter"),
        ("Wo kann ich mein Auto ummelden?", "fragt der Assistent nach"),
    ],
)
def test_an_editor_sees_what_becomes_of_a_question(city: City, question: str, said: str) -> None:
    desk = city.staff(Role.MANAGER)
    assert said in desk.client.get(LIST, params={"q": question}).text


def test_a_new_article_answers_the_next_citizen(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    address = new(
        desk,
        title_de="Was kostet der Wildpark?",
        body_de="Der Wildpark ist **gratis**.",
        questions_de="Was kostet der Wildpark?\nEintritt Wildpark",
        checked_on=TODAY.isoformat(),
    )
    assert "Der Wildpark ist gratis." in desk.get(address).text
    assert desk.username.title() in desk.get(address).text
    ada = city.citizen()
    ada.says("Was kostet der Wildpark?")
    heard = ada.hears()
    assert heard.startswith("Der Wildpark ist gratis.\n\nQuelle: Amtsblatt, 2026, geprüft am")
    gone = desk.post(f"{address}/delete", {"version": version(desk, address)})
    assert gone.headers["location"] == f"{LIST}?done=deleted"
    assert desk.get(address).status_code == 404
    ben = city.citizen()
    ben.says("Was kostet der Wildpark?")
    assert "gratis" not in ben.hears()


def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    page = desk.post(
        f"{LIST}/new",
        form(
            title_de="",
            body_en="Only a body",
            source="",
            source_url="nirgends",
            checked_on=(TODAY + dt.timedelta(days=1)).isoformat(),
            valid_from="2026-13-01",
            valid_until="gestern",
            internal="yes",
        ),
    )
    assert page.status_code == 422
    wrong = ("title_de", "title_en", "source", "source_url", "checked_on", "valid_from")
    for name in (*wrong, "valid_until"):
        assert f'id="{name}-error"' in page.text
    assert 'id="body_de-error"' not in page.text
    assert "Only a body" in page.text
    assert "nirgends" in page.text
    assert 'id="internal" name="internal" value="yes" checked' in page.text
    assert "Der Zoo ist **gratis**." in page.text


def test_who_was_overtaken_is_told_and_keeps_what_was_typed(city: City) -> None:
    desk, other = city.staff(Role.MANAGER), city.staff(Role.ADMIN)
    address = new(desk, title_de="Überholt")
    seen = version(desk, address)
    changed = other.post(f"{address}/edit", form(title_de="Überholt", source="A", version=seen))
    assert changed.status_code == 303
    page = desk.post(f"{address}/edit", form(title_de="Mein Titel", version=seen))
    assert page.status_code == 409
    assert f"Inzwischen hat {other.username.title()}" in page.text
    assert "Mein Titel" in page.text
    assert desk.post(f"{address}/delete", {"version": seen}).status_code == 409
    assert desk.post(f"{address}/edit", form(title_de="", version=seen)).status_code == 409
    again = form(title_de="Mein Titel", version=value(page.text, "version"))
    assert desk.post(f"{address}/edit", again).status_code == 303
    assert "Mein Titel" in desk.get(address).text


def test_the_list_says_what_runs_out(city: City) -> None:
    desk = city.staff(Role.MANAGER)

    def after(days: int) -> str:
        return (TODAY + dt.timedelta(days=days)).isoformat()

    cases: Mapping[str, Mapping[str, str]] = {
        "abgelaufen": {"valid_from": after(-9), "valid_until": after(-1)},
        "läuft bald ab": {"valid_until": after(10), "checked_on": after(0)},
        "gilt noch nicht": {"valid_from": after(3)},
        "vor über einem Jahr geprüft": {"checked_on": after(-400)},
        "geprüft": {"checked_on": after(0)},
    }
    for standing, changes in cases.items():
        address = new(desk, title_de=f"Fall {standing}", **changes)
        page = desk.get(address).text
        assert f"</svg>{standing}</span>" in page.replace("\n", "")
    due = desk.client.get(LIST, params={"show": "due", "q": "Fall"}).text
    due = due.partition('class="cards"')[2]
    assert due.index("Fall abgelaufen") < due.index("Fall läuft bald ab")
    assert "Fall geprüft" not in due
    assert "Fall gilt noch nicht" not in due


def test_english_can_be_added_and_taken_away(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    address = new(desk, title_de="Zwei Sprachen", title_en="Two languages", body_en="Free.")
    assert "Antwort (English)" in desk.get(address).text
    seen = version(desk, address)
    desk.post(f"{address}/edit", form(title_de="Zwei Sprachen", version=seen))
    assert "Antwort (English)" not in desk.get(address).text


@pytest.mark.parametrize(
    ("role", "office", "reads", "reads_internal", "writes"),
    [
        (Role.ADMIN, None, True, True, True),
        (Role.MANAGER, None, True, True, True),
        (Role.VIEWER, None, True, True, False),
        (Role.OFFICE, "tbl", True, True, False),
        (Role.OFFICE, "evl", True, False, False),  # a company
    ],
)
def test_everybody_sees_and_does_what_their_role_allows(
    city: City, role: Role, office: str | None, *, reads: bool, reads_internal: bool, writes: bool
) -> None:
    desk = city.staff(role, office=office)
    assert (desk.get(LIST).status_code == 200) == reads
    assert ("Neuer Artikel" in desk.get(LIST).text) == writes
    internal = desk.get(f"{LIST}/intern-presse")
    assert (internal.status_code == 200) == reads_internal
    assert ("Intern: Anfragen" in desk.get(LIST).text) == reads_internal
    public = f"{LIST}/notruf"
    assert ("Bearbeiten" in desk.get(public).text) == writes
    refused = 200 if writes else 403
    assert desk.get(f"{public}/edit").status_code == refused
    assert desk.get(f"{LIST}/new").status_code == refused
    for path in (f"{LIST}/new", f"{public}/edit", f"{public}/delete"):
        answer = desk.post(path, form(source="", version="999"))
        assert answer.status_code in ({409, 422} if writes else {403}), path


def test_nothing_is_written_without_the_form(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    for path in (f"{LIST}/new", f"{LIST}/notruf/edit", f"{LIST}/notruf/delete"):
        assert desk.post(path, form(), csrf="falsch").status_code == 403
    assert city.client().get(LIST).headers["location"].startswith("/desk/login")
    assert desk.get(f"{LIST}/gibt-es-nicht").status_code == 404
    assert desk.get(f"{LIST}/gibt-es-nicht/edit").status_code == 404
    assert desk.post(f"{LIST}/gibt-es-nicht/edit", form()).status_code == 404
    assert desk.post(f"{LIST}/gibt-es-nicht/delete", {"version": "1"}).status_code == 404
