import re

import pytest

from bot.inbox import queries as inbox
from bot.staff.states import Role
from tests.support.city import City, Desk

ODD = ["\0", "%00", "'", '"', "%", "_", "\\", "<script>", "\u202e", "x" * 3000, "ß€😀"]


def rows(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<li class="row[^"]*" id="row-(\d+)"', page)]


@pytest.fixture(scope="module")
def city(own_city: City) -> City:
    """Return a city of our own: on the first page of its lists stand these tests' people."""
    return own_city


def helped(city: City, text: str = "Guten Tag", *, name: str | None = None) -> int:
    citizen = city.citizen(name=name)
    citizen.says(text)
    citizen.hears()
    return citizen.conversation_id


def test_list_shows_what_came_newest_first(city: City) -> None:
    first, second = helped(city, name="Adele Amsel"), helped(city)
    desk = city.staff(Role.MANAGER)
    page = desk.get("/desk?status=open").text
    assert rows(page)[:2] == [second, first]
    assert "Adele Amsel" in page
    assert "Test-Kanal" in page


def test_nameless_contact_is_a_guest_with_a_number(city: City) -> None:
    conversation = helped(city)
    desk = city.staff(Role.MANAGER)
    with city.database.read() as session:
        row = inbox.row(session, conversation)
    assert row is not None
    assert f"Gast {row.contact_id}" in desk.get(f"/desk/conversations/{conversation}").text
    desk.post("/desk/account/language", {"language": "en"})
    page = desk.get(f"/desk/conversations/{conversation}").text
    assert f"Guest {row.contact_id}" in page
    assert '<html lang="en"' in page


def test_views_follow_what_is_done(city: City) -> None:
    conversation = helped(city)
    desk = city.staff(Role.MANAGER)

    def seen(view: str) -> bool:
        return conversation in rows(desk.get(f"/desk?status={view}").text)

    assert (seen("open"), seen("unread"), seen("unassigned")) == (True, True, True)
    assert not seen("mine")
    desk.get(f"/desk/conversations/{conversation}")  # who can answer has read it
    assert not seen("unread")
    desk.post(f"/desk/conversations/{conversation}/take")
    assert (seen("mine"), seen("unassigned")) == (True, False)
    desk.post(f"/desk/conversations/{conversation}/close")
    assert (seen("open"), seen("mine"), seen("closed")) == (False, False, True)


def test_first_comes_what_needs_a_person(city: City) -> None:
    answered = helped(city, "Wann ist Markt in Opladen?")
    asking = helped(city, "Ich möchte mit einem Menschen sprechen")
    burning = helped(city, "Hilfe, es brennt in der Dhünnstraße 14!")
    desk = city.staff(Role.MANAGER)
    page = desk.get("/desk").text
    seen = rows(page)
    assert answered not in seen
    assert seen.index(burning) < seen.index(asking)
    assert "Notfall" in page
    assert re.search(r'aria-current="true">\s*Wartet auf uns', page)
    assert answered in rows(desk.get("/desk?status=open").text)
    for conversation in (asking, burning):
        desk.post(f"/desk/conversations/{conversation}/close")
    assert not {asking, burning} & set(rows(desk.get("/desk").text))


def test_pages_of_what_waits_visit_everything_once_urgent_first(city: City) -> None:
    for text in ("Hilfe, es brennt in der Dhünnstraße 14!", "Bitte mit einem Menschen sprechen"):
        for _ in range(3):
            helped(city, text, name="Wanda Wartend")
    filters = inbox.Filters(inbox.View.WAITING, q="wanda")
    visited: list[inbox.Row] = []
    place: inbox.Place | None = None
    with city.database.read() as session:
        expected, _ = inbox.rows(session, filters, limit=100)
        for _ in range(10):
            found, place = inbox.rows(session, filters, after=place, limit=1)
            visited += found
            if place is None:
                break
            assert inbox.read_place(str(place)) == place
    assert visited == expected
    assert [row.emergency for row in visited] == [True] * 3 + [False] * 3
    for is_urgent in (True, False):
        since = [row.needed_since for row in visited if row.emergency is is_urgent]
        assert since == sorted(filter(None, since))


def test_search_from_the_first_view_looks_through_everything_open(city: City) -> None:
    conversation = helped(city, name="Sabine Suchbar")
    desk = city.staff(Role.MANAGER)
    assert conversation not in rows(desk.get("/desk").text)
    assert conversation in rows(desk.get("/desk?status=&q=suchbar").text)
    assert conversation not in rows(desk.get("/desk?status=waiting&q=suchbar").text)


def test_who_only_reads_leaves_it_unread(city: City) -> None:
    conversation = helped(city)
    city.staff(Role.VIEWER).get(f"/desk/conversations/{conversation}")
    manager = city.staff(Role.MANAGER)
    assert conversation in rows(manager.get("/desk?status=unread").text)


def test_hidden_tab_leaves_it_unread(city: City) -> None:
    conversation = helped(city)
    desk = city.staff(Role.MANAGER)
    address = f"/desk/conversations/{conversation}"
    for seen, expected in (("0", True), ("1", False)):
        desk.client.get(address, headers={"hx-request": "true", "desk-seen": seen})
        assert (conversation in rows(desk.get("/desk?status=unread").text)) is expected


def test_search_finds_names_words_and_numbers(city: City) -> None:
    citizen = city.citizen(name="Quirin Zaunkönig")
    citizen.says("Die Laterne vor der Dhünnstraße 14 flackert")
    citizen.hears()
    desk = city.staff(Role.MANAGER)
    for q in ("zaunk", "flackert", citizen.ticket_number.lower()):
        assert citizen.conversation_id in rows(desk.get(f"/desk?q={q}").text), q
    page = desk.get("/desk?q=gibtesnicht").text
    assert rows(page) == []
    assert "Nichts gefunden" in page


@pytest.mark.parametrize("odd", ODD)
def test_odd_filters_do_no_harm(city: City, odd: str) -> None:
    desk = city.staff(Role.MANAGER)
    for name in ("q", "channel", "status", "after", "selected", "shown"):
        answer = desk.client.get("/desk", params={name: odd})
        assert answer.status_code == (404 if "\0" in odd else 200), name
        assert "<script>" not in answer.text.replace("<script src", "")


def test_channel_filter(city: City) -> None:
    conversation = helped(city)
    desk = city.staff(Role.MANAGER)
    assert conversation in rows(desk.get(f"/desk?status=open&channel={city.channel}").text)
    assert conversation not in rows(desk.get("/desk?status=open&channel=chat").text)


def test_filters_stay_in_the_addresses(city: City) -> None:
    conversation = helped(city, name="Filomena Finke")
    desk = city.staff(Role.MANAGER)
    page = desk.get("/desk?status=unassigned&q=finke").text
    address = f"/desk/conversations/{conversation}?status=unassigned&amp;q=finke"
    assert f'href="{address}"' in page
    opened = desk.get(f"/desk/conversations/{conversation}?status=unassigned&q=finke").text
    assert rows(opened) == [conversation]
    act = f"/desk/conversations/{conversation}/take?status=unassigned&q=finke"
    assert act.replace("&", "&amp;") in opened
    after = desk.post(act)
    assert after.headers["location"].endswith(f"{conversation}?status=unassigned&q=finke")


def test_next_page_goes_on_where_the_first_ends(city: City) -> None:
    citizens = [city.citizen(name="Seitenweise") for _ in range(inbox.PAGE + 1)]
    for citizen in citizens:
        citizen.says("Hallo")
    for citizen in citizens:
        citizen.hears()
    desk = city.staff(Role.MANAGER)
    first = desk.get("/desk?q=seitenweise").text
    assert len(rows(first)) == inbox.PAGE
    more = re.search(r'<p class="more"><a class="btn" href="([^"]+)"', first)
    assert more
    second = rows(desk.get(more.group(1).replace("&amp;", "&")).text)
    assert len(second) == 1
    assert not set(second) & set(rows(first))


def test_fragment_is_the_list_alone(city: City) -> None:
    conversation = helped(city)
    desk = city.staff(Role.MANAGER)
    part = desk.get(f"/desk?status=open&selected={conversation}", fragment=True)
    assert "<html" not in part.text
    assert conversation in rows(part.text)
    assert 'aria-current="true"' in part.text
    assert "hx-request" in part.headers["vary"].lower()


def test_unknown_conversation_is_not_found(city: City) -> None:
    desk: Desk = city.staff(Role.MANAGER)
    assert desk.get("/desk/conversations/999999999").status_code == 404
    assert desk.get(f"/desk/conversations/{10**30}").status_code == 422
    fragment = desk.get("/desk/conversations/999999999", fragment=True)
    assert fragment.headers["hx-redirect"] == "/desk/conversations/999999999"
