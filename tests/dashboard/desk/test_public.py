"""Public conversations on the desk and over the staff API: refusals, ticket news, both sides."""

import re
from html import unescape

import httpx
import pytest
from sqlalchemy import func, select

from bot.inbox.models import Conversation, Draft, Message
from bot.inbox.states import AuthorKind, Direction
from bot.outbox.models import Delivery
from bot.outbox.states import SETTLED, DeliveryState
from bot.staff.states import Role
from bot.tickets.models import Ticket
from connectors.capabilities import Visibility
from tests.support.city import Citizen, City, Desk, value

BLOCKED = [
    ("Der Nachbar hat 0171 / 123 45 67.", "Telefonnummer", "0171 / 123 45 67"),
    ("Bitte an karla@komet.example.", "E-Mail-Adresse", "karla@komet.example"),
    ("IBAN DE89 3704 0044 0532 0130 00", "IBAN", "DE89 3704 0044 0532 0130 00"),
    ("Liebe Karla, alles gut?", "Name", "Karla"),
    ("Guten Tag Frau Sommer", "Name", "Frau Sommer"),
    ("Siehe https://stadt.example/t/abc", "geheimer Zugang", "https://stadt.example/t/abc"),
]
HARMLESS = (
    "Der Markt ist am 05.12.2026 von 8 bis 13 Uhr, Telefon 0214 406-0. LEV-2026-000123 läuft."
)


@pytest.fixture
def citizen(city: City) -> Citizen:
    someone = city.citizen(name="Karla Komet", public=True)
    someone.says("Wie ist der Stand meiner Meldung?")
    assert f"{city.url}/chat" in someone.hears()
    return someone


@pytest.fixture
def desk(city: City) -> Desk:
    return city.staff(Role.MANAGER)


def side(city: City, thread: str, visibility: Visibility) -> int:
    """Return the conversation of a thread in private, or in public."""
    with city.database.read() as session:
        return session.scalars(
            select(Conversation.id).where(
                Conversation.thread == thread, Conversation.visibility == visibility
            )
        ).one()


def stored(city: City, conversation_id: int) -> tuple[int, int]:
    with city.database.read() as session:
        many = select(func.count()).where(Message.conversation_id == conversation_id)
        version = select(Conversation.version).where(Conversation.id == conversation_id)
        return session.scalars(many).one(), session.scalars(version).one()


def both_sides(city: City) -> tuple[Citizen, Citizen]:
    """Return somebody who has a ticket from a private conversation, and asks in public."""
    private = city.citizen(name="Paula Pfütze")
    private.says("Großes Schlagloch in der Dhünnstraße 14")
    private.hears()
    public = city.citizen(private.thread, name="Paula Pfütze", public=True)
    public._sent = 100  # the same person on the same channel: numbers of their own
    public.says("Wann ist das Schlagloch endlich weg?")
    public.hears()
    return private, public


def ticket_of(city: City, thread: str) -> str:
    with city.database.read() as session:
        return session.scalars(
            select(Ticket.number)
            .join(Conversation, Conversation.contact_id == Ticket.contact_id)
            .where(Conversation.thread == thread)
            .limit(1)
        ).one()


@pytest.mark.parametrize("fragment", [False, True])
@pytest.mark.parametrize(("text", "kind", "words"), BLOCKED)
def test_the_desk_names_what_was_found_and_keeps_the_text(
    city: City, citizen: Citizen, desk: Desk, text: str, kind: str, words: str, *, fragment: bool
) -> None:
    address = f"/desk/conversations/{citizen.conversation_id}"
    version = value(desk.get(address).text, "version")
    before = stored(city, citizen.conversation_id)
    data = {"text": text, "mode": "reply", "version": version}
    page = desk.post(f"{address}/replies", data, fragment=fragment)
    assert page.status_code == 422
    said = unescape(page.text)
    assert "Diese Antwort können alle lesen" in said
    assert f"{kind} („{words}“)" in said or f"{kind} zu einem Vorgang („{words}“)" in said
    assert stored(city, citizen.conversation_id) == before
    with city.database.read() as session:
        drafts = session.scalars(
            select(Draft.text).where(Draft.conversation_id == citizen.conversation_id)
        ).all()
    assert drafts == [text]
    assert text in unescape(desk.get(address).text), "it is still in the composer"

    assert desk.post(f"{address}/replies", data | {"text": HARMLESS}).status_code == 303
    assert citizen.hears() == HARMLESS


def test_the_refusal_in_english(citizen: Citizen, desk: Desk) -> None:
    desk.post("/desk/account/language", {"language": "en"})
    address = f"/desk/conversations/{citizen.conversation_id}"
    version = value(desk.get(address).text, "version")
    data = {"text": BLOCKED[0][0], "mode": "reply", "version": version}
    page = unescape(desk.post(f"{address}/replies", data, fragment=True).text)
    assert "everybody can read this answer" in page
    assert "telephone number (“0171 / 123 45 67”)" in page


def test_a_note_may_hold_anything(citizen: Citizen, desk: Desk) -> None:
    address = f"/desk/conversations/{citizen.conversation_id}"
    version = value(desk.get(address).text, "version")
    data = {"text": BLOCKED[0][0], "mode": "note", "version": version}
    assert desk.post(f"{address}/replies", data).status_code == 303


@pytest.mark.parametrize(("text", "words"), [(text, words) for text, _, words in BLOCKED])
def test_the_staff_api_refuses_with_422(
    city: City, citizen: Citizen, text: str, words: str
) -> None:
    client = city.client()
    client.base_url = httpx.URL(f"{city.url}/api/v1/")
    client.headers["authorization"] = f"Bearer {city.token(Role.MANAGER)}"
    path = f"conversations/{citizen.conversation_id}"
    before = stored(city, citizen.conversation_id)
    version = client.get(path).json()["version"]
    answer = client.post(f"{path}/replies", json={"text": text, "version": version})
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], problem["field"]) == ("not_for_public", "text")
    assert words in problem["message"]
    assert "everybody can read" in problem["message"]
    assert stored(city, citizen.conversation_id) == before
    good = client.post(f"{path}/replies", json={"text": HARMLESS, "version": version})
    assert good.status_code == 201
    assert citizen.hears() == HARMLESS


def test_both_sides_of_a_person_lead_to_each_other(city: City, desk: Desk) -> None:
    private, _ = both_sides(city)
    one = side(city, private.thread, Visibility.PRIVATE)
    other = side(city, private.thread, Visibility.PUBLIC)
    for here, there, words in ((one, other, "auch öffentlich"), (other, one, "auch privat")):
        page = desk.get(f"/desk/conversations/{here}").text
        assert words in page
        assert re.search(rf'id="other-side" href="/desk/conversations/{there}"', page)
    alone = city.citizen()
    alone.says("Hallo")
    alone.hears()
    assert "other-side" not in desk.get(f"/desk/conversations/{alone.conversation_id}").text


def test_a_private_side_that_was_refused_is_called_so(
    city: City, desk: Desk, citizen: Citizen
) -> None:
    with city.database.unit_of_work() as session:
        public = session.get_one(Conversation, citizen.conversation_id)
        at = public.last_message_at
        private = Conversation(
            channel_id=public.channel_id,
            contact_id=public.contact_id,
            visibility=Visibility.PRIVATE,
            thread=f"dm-{public.thread}",
            last_message_at=at,
            created_at=at,
        )
        session.add(private)
        session.flush()
        opening = Message(
            conversation_id=private.id,
            channel_id=public.channel_id,
            direction=Direction.OUTBOUND,
            author_kind=AuthorKind.ASSISTANT,
            text="Sie haben uns öffentlich geschrieben.",
            created_at=at,
        )
        session.add(opening)
        session.flush()
        refused = Delivery(
            channel_id=public.channel_id,
            message_id=opening.id,
            visibility=Visibility.PRIVATE,
            thread=private.thread,
            part=0,
            key=f"refused-{opening.id}",
            text=opening.text,
            buttons=[],
            state=DeliveryState.DEAD,
            error_code=SETTLED,
            due_at=at,
            created_at=at,
        )
        session.add(refused)
        private_id = private.id
    page = unescape(desk.get(f"/desk/conversations/{citizen.conversation_id}").text)
    assert "privat nicht zugestellt" in page
    assert "Unsere private Nachricht kam nicht an." in page
    assert re.search(rf'id="other-side" href="/desk/conversations/{private_id}"', page)
    other = unescape(desk.get(f"/desk/conversations/{private_id}").text)
    assert "auch öffentlich" in other
    assert "kam nicht an" not in other


def test_who_writes_about_a_ticket_from_elsewhere_is_told_from_who_reported_it(
    city: City, desk: Desk
) -> None:
    private, _ = both_sides(city)
    own = side(city, private.thread, Visibility.PRIVATE)
    stranger = city.citizen(name="Otto Anderswo")
    stranger.says("Hallo")
    stranger.hears()
    with city.database.unit_of_work() as session:
        reported = session.get_one(Conversation, own)
        elsewhere = session.get_one(Conversation, stranger.conversation_id)
        elsewhere.ticket_id, elsewhere.office_id = reported.ticket_id, reported.office_id
    page = desk.get(f"/desk/conversations/{stranger.conversation_id}").text
    assert 'id="not-own"' in page
    assert f'<a href="/desk/conversations/{own}">Paula Pfütze</a>' in page
    page = desk.get(f"/desk/conversations/{own}").text
    assert 'id="not-own"' not in page
    link = f'<a href="/desk/conversations/{stranger.conversation_id}">Otto Anderswo</a>'
    assert link in page


def test_an_office_sees_no_way_to_what_it_may_not_read(city: City) -> None:
    private, _ = both_sides(city)
    desk = city.staff(Role.OFFICE, office="tbl")
    page = desk.get(f"/desk/conversations/{side(city, private.thread, Visibility.PRIVATE)}")
    assert page.status_code == 200
    assert "other-side" not in page.text


def test_a_ticket_is_not_quoted_in_public(city: City, desk: Desk) -> None:
    private, _ = both_sides(city)
    address = f"/desk/conversations/{side(city, private.thread, Visibility.PUBLIC)}"
    version = value(desk.get(address).text, "version")
    data = {"text": "In der Dhünnstr. 14 arbeiten wir heute.", "mode": "reply"}
    page = desk.post(f"{address}/replies", data | {"version": version})
    assert page.status_code == 422
    assert "Inhalt eines Vorgangs („Dhünnstr. 14“)" in unescape(page.text)


def hand_to_public(city: City, thread: str) -> str:
    """Let the ticket belong to the public conversation; return its number."""
    number = ticket_of(city, thread)
    with city.database.unit_of_work() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        ticket.conversation_id = side(city, thread, Visibility.PUBLIC)
    return number


def set_status(desk: Desk, number: str) -> httpx.Response:
    version = value(desk.get(f"/desk/tickets/{number}").text, "version")
    note = "Wir rufen Frau Sommer unter 0171 1234567 an."
    form = {"status": "planned", "public_note": note, "internal_note": "", "version": version}
    return desk.post(f"/desk/tickets/{number}/status", form)


def test_news_of_a_ticket_goes_where_nobody_reads_along(city: City, desk: Desk) -> None:
    private, _ = both_sides(city)
    number = hand_to_public(city, private.thread)
    public_id = side(city, private.thread, Visibility.PUBLIC)
    before = stored(city, public_id)
    assert set_status(desk, number).headers["location"].endswith("done=told")
    heard = private.hears()
    while number not in heard:  # both sides are one thread of this channel
        heard = private.hears()
    assert "Frau Sommer" in heard
    assert f"{city.url}/t/" in heard
    assert stored(city, public_id) == before


def test_without_a_private_way_only_the_number_is_said(city: City, desk: Desk) -> None:
    reporter = city.citizen(name="Paula Pfütze")
    reporter.says("Großes Schlagloch in der Dhünnstraße 14")
    reporter.hears()
    number = reporter.ticket_number
    public = city.citizen(name="Otto", public=True)
    public.says("Hallo")
    public.hears()
    with city.database.unit_of_work() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        ticket.conversation_id = public.conversation_id
    page = f"/desk/tickets/{number}"
    assert "Öffentlich sagen wir nur, dass es Neues gibt" in desk.get(page).text
    told = desk.get(set_status(desk, number).headers["location"]).text
    assert "Öffentlich steht nur, dass es Neues gibt" in told
    heard = public.hears()
    news = f"Zu {number} gibt es Neues: Mit Nummer und Prüfcode sehen Sie es hier:"
    assert heard == f"{news} {city.url}/t"


def test_who_is_called_like_a_district_gets_the_market_answer(city: City) -> None:
    someone = city.citizen(name="Opladen Wiesdorf Aktuell", public=True)
    someone.says("Wann ist Wochenmarkt in Opladen?")
    assert "Opladen" in someone.hears()


def test_an_emergency_in_public_is_answered(city: City) -> None:
    someone = city.citizen(name="Polizei Unfall", public=True)
    someone.says("Hilfe, es brennt bei uns im Haus!")
    assert someone.hears().startswith("Rufen Sie 112 an.")
