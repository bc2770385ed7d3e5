"""Learning on the desk: why it was understood so, what was meant, and what nobody has judged."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import select, update

from bot.audit.models import AuditEntry
from bot.contacts.models import Contact
from bot.inbox.models import Conversation, Message, TurnUnderstanding
from bot.learning import queries
from bot.staff.states import Role
from nlp.corpus import Example
from tests.support import city as cities
from tests.support.city import Citizen, City, Desk, value

QUEUE = "/desk/learning"
NOBODY = "none"  # no model understood: it was too busy
LAMP = "Die Laterne vor der Dhünnstraße 14 ist kaputt. Anna Berger, Tel. 0171 5550123"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    """Yield a city of our own: nothing else in it is doubtful."""
    with cities.on_engine(request.param, request, tmp_path_factory.mktemp("city")) as town:
        yield town


def thread(citizen: Citizen) -> str:
    return f"/desk/conversations/{citizen.conversation_id}"


def meaning(citizen: Citizen) -> str:
    """Return where the first message of somebody is judged."""
    with citizen.city.database.read() as session:
        wanted = select(Message.id).where(Message.conversation_id == citizen.conversation_id)
        first = session.scalars(wanted.order_by(Message.id)).all()[0]
    return f"{thread(citizen)}/messages/{first}/meaning"


def says(city: City, text: str, *, name: str | None = None) -> Citizen:
    """Have somebody write; who meets a language process that is too busy is somebody else."""
    for _ in range(5):
        citizen = city.citizen(name=name)
        citizen.says(text)
        citizen.hears()
        here = TurnUnderstanding.conversation_id == citizen.conversation_id
        with city.database.unit_of_work() as session:
            turn = session.scalars(select(TurnUnderstanding).where(here)).one()
            if turn.model != NOBODY:
                break
            citizen_row = session.get_one(Conversation, citizen.conversation_id)
            session.get_one(Contact, citizen_row.contact_id).name = None
    return citizen


def examples(city: City) -> list[Example]:
    with city.database.read() as session:
        return queries.examples(session)


def why(desk: Desk, citizen: Citizen) -> str:
    """Return what the page says of why the newest message was understood so."""
    found = re.findall(
        r'<details class="why">(.*?)</details>', desk.get(thread(citizen)).text, re.DOTALL
    )
    return unescape(" ".join(re.sub(r"<(?!/?mark)[^>]*>", " ", found[-1]).split()))


def judge(desk: Desk, citizen: Citizen, **form: str) -> int:
    """Say what a message meant, with the wording that the page shows."""
    address = meaning(citizen)
    seen = value(desk.get(address).text, "seen")
    return desk.post(address, {"seen": seen} | form).status_code


def test_a_message_says_why_it_was_understood_so(city: City) -> None:
    citizen = says(city, LAMP)
    told = why(city.staff(Role.VIEWER), citizen)
    assert re.search(r"Mangel melden (sicher|wahrscheinlich), \d{2,3} %", told)
    assert re.search(r"Straßenbeleuchtung defekt \w+, \d{1,3} %", told)
    assert re.search(r"<mark>Laterne[^<]*</mark>", told)
    assert re.search(r"Straßenbeleuchtung defekt: „Laterne", told)
    assert "Straße: „Dhünnstraße“" in told
    assert "selbst beantwortet" in told
    with city.database.read() as session:
        model = session.scalars(select(TurnUnderstanding.model)).all()[-1]
    assert model in told
    assert "street_light" not in told
    assert "report_defect" not in told
    assert "Stimmt" not in told, "who only reads judges nothing"


def test_a_burst_is_one_turn_and_its_marks_stand_where_they_belong(city: City) -> None:
    citizen = city.citizen()
    citizen.says("Hallo zusammen")
    citizen.says("die Laterne ist kaputt")
    citizen.hears()
    desk = city.staff(Role.MANAGER)
    city.until(lambda: "Laterne" in desk.get(thread(citizen)).text)
    assert re.search(r"<mark>Laterne[^<]*</mark>", why(desk, citizen))


def test_agreement_in_one_press_is_kept_masked(city: City) -> None:
    citizen = says(city, LAMP, name="Anna Berger")
    desk = city.staff(Role.MANAGER)
    page = desk.get(thread(citizen)).text
    form = re.search(
        rf'<form method="post" action="{meaning(citizen)}">(.*?)</form>', page, re.DOTALL
    )
    assert form
    assert "Stimmt" in form[1]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    before = len(examples(city))
    answer = desk.post(meaning(citizen), fields)
    assert answer.headers["location"].startswith(thread(citizen))
    assert "richtig verstanden" in why(desk, citizen)
    assert desk.username.title() in why(desk, citizen)
    kept = examples(city)
    assert len(kept) == before + 1
    assert kept[-1].intents == ("report_defect",)
    assert kept[-1].category == "street_light"
    assert kept[-1].text == (
        "Die Laterne vor der Dhünnstraße {number} ist kaputt. N. N., Tel. {phone}"
    )
    with city.database.read() as session:
        trail = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert trail is not None
        assert (trail.action, trail.actor_id) == ("message.understood", desk.user_id)


def test_a_correction_takes_several_intents_and_is_made_anew(city: City) -> None:
    citizen = says(city, "Wann ist eigentlich der Markt in Opladen? Und was gibt es da?")
    desk, colleague = city.staff(Role.MANAGER), city.staff(Role.ADMIN)
    form = {"intents": ["market_hours", "market_product"], "category": ""}
    seen = value(desk.get(meaning(citizen)).text, "seen")
    answer = desk.client.post(meaning(citizen), data=form | {"csrf": desk.csrf, "seen": seen})
    assert answer.status_code == 303
    told = why(desk, citizen)
    assert "gemeint war: Wochenmarkt: wann, wo, Wochenmarkt: was gibt es" in told
    page = colleague.get(meaning(citizen)).text
    assert 'value="market_product" checked' in page, "the form begins with what was said"
    assert judge(colleague, citizen, intents="city_info") == 303
    assert "gemeint war: Auskunft" in why(desk, citizen)
    assert [one.intents for one in examples(city)].count(("city_info",)) == 1
    assert ("market_hours", "market_product") not in [one.intents for one in examples(city)]


@pytest.mark.parametrize(
    ("form", "status"),
    [({}, 422), ({"intents": "nothing_known"}, 422), ({"intents": "thanks", "seen": "x"}, 409)],
)
def test_what_makes_no_sense_comes_back_with_words(
    city: City, form: dict[str, str], status: int
) -> None:
    citizen = says(city, "Vielen Dank für die schnelle Hilfe")
    desk = city.staff(Role.MANAGER)
    before = len(examples(city))
    seen = {"seen": value(desk.get(meaning(citizen)).text, "seen")}
    answer = desk.post(meaning(citizen), seen | form)
    assert answer.status_code == status
    told = "Bitte wählen Sie mindestens ein Anliegen." if status == 422 else "inzwischen geändert"
    assert told in answer.text
    assert len(examples(city)) == before


def test_only_who_may_judge_does_and_only_their_own(city: City) -> None:
    citizen, other = says(city, LAMP), says(city, "Danke!")
    viewer, company = city.staff(Role.VIEWER), city.staff(Role.OFFICE, office="evl")
    for desk in (viewer, company):
        assert desk.get(QUEUE).status_code == 403
        assert desk.get(meaning(citizen)).status_code in {403, 404}
        form = {"intents": "thanks", "seen": "x"}
        assert desk.post(meaning(citizen), form).status_code in {403, 404}
    assert QUEUE not in viewer.get("/desk").text
    message = meaning(other).removeprefix(thread(other))
    assert city.staff(Role.MANAGER).get(f"{thread(citizen)}{message}").status_code == 404


def test_the_doubtful_are_listed_most_doubtful_first_and_leave_the_list(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    with city.database.unit_of_work() as session:  # what the tests before have left
        for turn in session.scalars(select(TurnUnderstanding)):
            turn.doubt = None
    unclear = [
        says(city, text, name=f"Uli Unklar {number}")
        for number, text in enumerate(
            ("Da ist so ein Ding beim Dings", "Wegen der Sache von neulich", "Wo bekomme ich das?")
        )
    ]
    says(city, "Guten Tag", name="Klara Klar")
    with city.database.unit_of_work() as session:  # how doubtful each is depends on the model
        for citizen, doubt in zip(unclear, (0.4, 0.9, 0.6), strict=True):
            of_it = TurnUnderstanding.conversation_id == citizen.conversation_id
            session.execute(update(TurnUnderstanding).where(of_it).values(doubt=doubt))
    unclear = [unclear[1], unclear[2], unclear[0]]
    page = desk.get(QUEUE).text
    places = [page.index(str(one.name)) for one in unclear]
    assert places == sorted(places)
    assert "Klara Klar" not in page, "nobody is asked about what is clear"

    first = unclear[0]
    form = {"intents": "city_info", "back": "first"}
    form["seen"] = value(page.partition(f'action="{meaning(first)}"')[2], "seen")
    done = desk.post(meaning(first), form).headers["location"]
    assert done.startswith(f"{QUEUE}?done=understood")
    after = desk.get(done).text
    assert "Gemerkt." in after
    assert f"{meaning(first)}?back=first" in after, "a slip is mended"
    assert str(first.name) not in after
    assert str(unclear[1].name) in after


def test_the_list_is_read_page_by_page(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    says(city, "Hallo, ich habe da mal ein Problem mit dem Dings")
    with city.database.unit_of_work() as session:
        turn = session.scalars(select(TurnUnderstanding).order_by(TurnUnderstanding.id)).all()[-1]
        columns = {
            name: getattr(turn, name)
            for name in (
                *("conversation_id", "message_id", "language", "intents", "category", "entities"),
                *("evidence", "flags", "decision", "model", "outcome", "created_at"),
            )
        }
        session.add_all(TurnUnderstanding(**columns, doubt=0.5) for _ in range(45))
    seen: list[str] = []
    address: str | None = QUEUE
    while address:
        page = desk.get(address).text
        seen += re.findall(r'<li id="(message-\d+)">', page)
        found = re.search(r'href="([^"]+)">Weitere anzeigen', page)
        address = unescape(found[1]) if found else None
    assert len(seen) >= 45
    for nonsense in ("x", "0.5", "0.5-", "2.5-7", f"0.5-{10**30}"):
        assert desk.get(f"{QUEUE}?after={nonsense}").status_code == 200
