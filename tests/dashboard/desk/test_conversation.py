import re

import pytest

from bot.inbox.service import MAX_TEXT
from bot.staff.states import Role
from tests.support.city import Citizen, City, Desk, value


@pytest.fixture
def citizen(city: City) -> Citizen:
    someone = city.citizen(name="Karla Komet")
    someone.says("Ich möchte mit einem Menschen sprechen")
    someone.hears()
    return someone


@pytest.fixture
def desk(city: City) -> Desk:
    return city.staff(Role.MANAGER)


def address(citizen: Citizen, action: str = "") -> str:
    return f"/desk/conversations/{citizen.conversation_id}{action}"


def version(desk: Desk, citizen: Citizen) -> str:
    return value(desk.get(address(citizen)).text, "version")


def reply(desk: Desk, citizen: Citizen, text: str, **more: str) -> dict[str, str]:
    return {"text": text, "mode": "reply", "version": version(desk, citizen)} | more


def test_reply_reaches_the_citizen(citizen: Citizen, desk: Desk) -> None:
    answer = desk.post(address(citizen, "/replies"), reply(desk, citizen, "Guten Tag, hier Mia."))
    assert answer.status_code == 303
    assert citizen.hears() == "Guten Tag, hier Mia."
    page = desk.get(address(citizen)).text
    assert "Guten Tag, hier Mia." in page
    assert desk.username.title() in page


def test_note_stays_in_the_house(citizen: Citizen, desk: Desk) -> None:
    note = reply(desk, citizen, "Nur für uns", mode="note")
    desk.post(address(citizen, "/replies"), note)
    desk.post(address(citizen, "/replies"), reply(desk, citizen, "Für Sie"))
    assert citizen.hears() == "Für Sie"
    page = desk.get(address(citizen)).text
    assert "msg-note" in page
    assert "Nur für uns" in page


def test_script_gets_the_conversation_back(citizen: Citizen, desk: Desk) -> None:
    data = reply(desk, citizen, "Sofort da")
    answer = desk.post(address(citizen, "/replies"), data, fragment=True)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Sofort da" in answer.text


@pytest.mark.parametrize("mode", ["reply", "note"])
def test_stale_text_is_stopped_and_both_are_kept(
    city: City, citizen: Citizen, desk: Desk, mode: str
) -> None:
    mine = reply(desk, citizen, "Mein Text <b>", mode=mode)
    colleague = city.staff(Role.MANAGER)
    colleague.post(address(citizen, "/replies"), reply(colleague, citizen, "Schneller"))
    page = desk.post(address(citizen, "/replies"), mine)
    assert page.status_code == 409
    assert f"Inzwischen hat {colleague.username.title()} geschrieben" in page.text
    assert "Schneller" in page.text
    assert "Mein Text &lt;b&gt;" in page.text
    part = desk.post(address(citizen, "/replies"), mine, fragment=True)
    assert part.status_code == 409
    assert "<html" not in part.text
    assert "Mein Text" in desk.get(address(citizen)).text  # and as a draft
    anyway = mine | {"version": value(part.text, "version"), "confirm": "1"}
    assert desk.post(address(citizen, "/replies"), anyway).status_code == 303
    assert citizen.hears() == "Schneller"
    if mode == "reply":
        assert citizen.hears() == "Mein Text <b>"


def test_conflict_shows_everything_newer(city: City, citizen: Citizen, desk: Desk) -> None:
    mine = reply(desk, citizen, "Zu spät")
    citizen.says("Noch etwas: heute!")
    desk.post(address(citizen, "/take"))
    city.until(lambda: "Noch etwas: heute!" in desk.get(address(citizen)).text)
    page = desk.post(address(citizen, "/replies"), mine).text
    assert "Noch etwas: heute!" in page
    assert "hat die Unterhaltung übernommen" in page


@pytest.mark.parametrize("text", ["", "   \n ", "\0", "\u200b"])
def test_empty_text_is_refused_in_place(citizen: Citizen, desk: Desk, text: str) -> None:
    data = reply(desk, citizen, text)
    page = desk.post(address(citizen, "/replies"), data)
    assert page.status_code == 422
    part = desk.post(address(citizen, "/replies"), data, fragment=True)
    assert part.status_code == 422
    assert part.text.count("<p>") == 1


def test_endless_text_is_refused_and_kept(citizen: Citizen, desk: Desk) -> None:
    page = desk.post(
        address(citizen, "/replies"), reply(desk, citizen, "Wort " * (MAX_TEXT // 5 + 1))
    )
    assert page.status_code == 422
    assert "zu lang" in page.text
    assert page.text.count("Wort ") > MAX_TEXT // 5


@pytest.mark.parametrize("odd", ["-5", "x", str(2**70), ""])
def test_odd_versions_do_no_harm(citizen: Citizen, desk: Desk, odd: str) -> None:
    answer = desk.post(address(citizen, "/replies"), reply(desk, citizen, "Hallo", version=odd))
    assert answer.status_code in {409, 422}


def test_markup_is_shown_as_text(city: City, desk: Desk) -> None:
    nasty = "<img src=x onerror=alert(1)> <script>alert(2)</script> \"'> \u202eabc"
    citizen = city.citizen(name="<b>Bobby</b>")
    citizen.says(nasty)
    citizen.hears()
    page = desk.get(address(citizen)).text
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "<b>Bobby" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page


def test_draft_is_kept_per_mode_and_person(city: City, citizen: Citizen, desk: Desk) -> None:
    for mode in ("reply", "note"):
        data = {"mode": mode, "text": f"halb fertig {mode}\0\r\nzweite Zeile"}
        assert desk.post(address(citizen, "/draft"), data).status_code == 204
    page = desk.get(address(citizen)).text
    assert 'data-draft="halb fertig reply\nzweite Zeile"' in page
    assert 'data-draft="halb fertig note\nzweite Zeile"' in page
    assert "Entwurf:" in desk.get("/desk?status=open").text
    assert "halb fertig" not in city.staff(Role.MANAGER).get(address(citizen)).text
    desk.post(address(citizen, "/draft"), {"mode": "note", "text": ""})
    assert "fertig note" not in desk.get(address(citizen)).text
    desk.post(address(citizen, "/replies"), reply(desk, citizen, "fertig"))
    assert "halb fertig" not in desk.get(address(citizen)).text


def test_changes_of_hands_leave_lines_in_words(city: City, citizen: Citizen, desk: Desk) -> None:
    name = desk.username.title()
    other = city.staff(Role.MANAGER)
    for action, data, line in [
        ("/take", {}, "hat die Unterhaltung übernommen"),
        (
            "/assign",
            {"user_id": str(other.user_id)},
            f"hat die Unterhaltung an {other.username.title()} übergeben",
        ),
        ("/assign", {"user_id": ""}, "hat die Zuweisung aufgehoben"),
        ("/handback", {}, "hat die Unterhaltung an den Assistenten zurückgegeben"),
        ("/close", {}, "hat die Unterhaltung geschlossen"),
        ("/reopen", {}, "hat die Unterhaltung wieder geöffnet"),
    ]:
        answer = desk.post(address(citizen, action), data)
        assert answer.status_code == 303, action
        assert f"{name} {line}" in desk.get(address(citizen)).text
    assert citizen.hears().startswith("Ihr Gespräch ist wieder beim automatischen Assistenten.")
    desk.post("/desk/account/language", {"language": "en"})
    assert f"{name} closed the conversation" in desk.get(address(citizen)).text


def test_assigning_a_stranger_is_refused(citizen: Citizen, desk: Desk) -> None:
    answer = desk.post(address(citizen, "/assign"), {"user_id": "999999"})
    assert answer.status_code == 422
    part = desk.post(address(citizen, "/assign"), {"user_id": "999999"}, fragment=True)
    assert part.headers["hx-retarget"] == "#composer-alert"


def test_taken_conversation_is_left_to_the_person(city: City, citizen: Citizen, desk: Desk) -> None:
    desk.post(address(citizen, "/take"))
    citizen.says("Wann ist Markt in Opladen?")
    citizen.says("Hallo?")
    city.until(lambda: "Hallo?" in desk.get(address(citizen)).text)
    desk.post(address(citizen, "/replies"), reply(desk, citizen, "Am Samstag."))
    assert citizen.hears() == "Am Samstag."


def test_a_message_says_why(city: City, desk: Desk) -> None:
    citizen = city.citizen()
    citizen.says("Wann ist Wochenmarkt in Opladen?")
    citizen.hears()
    page = desk.get(address(citizen)).text
    assert "Warum?" in page
    assert "Wochenmarkt: wann, wo" in page
    assert re.search(r'<span class="muted">\w+, \d{1,3} %</span>', page)
    assert "selbst beantwortet" in page
    assert "Deutsch" in page


def test_long_history_grows_on_demand(citizen: Citizen, desk: Desk) -> None:
    for number in range(40):
        data = {"mode": "note", "text": f"Zeile {number:02}", "version": version(desk, citizen)}
        desk.post(address(citizen, "/replies"), data)
    page = desk.get(address(citizen)).text
    assert page.count('class="msg ') == 30
    assert "Zeile 05" not in page
    earlier = re.search(r'class="earlier"><a class="btn" href="([^"]+)"', page)
    assert earlier
    longer = desk.get(earlier.group(1).replace("&amp;", "&")).text
    assert "Zeile 05" in longer
    assert "Zeile 39" in longer


def test_who_only_reads_has_no_buttons(city: City, citizen: Citizen) -> None:
    page = city.staff(Role.VIEWER).get(address(citizen)).text
    assert "<textarea" not in page
    assert "/take" not in page
    assert "/close" not in page
    assert "/assign" not in page
