"""Alarms on the desk: the line on every page, the list, who may see and acknowledge."""

from sqlalchemy import select

from bot import clock
from bot.alarms import service as alarms
from bot.alarms.models import Alarm
from bot.alarms.states import AlarmKind, AlarmState, Subject, SubjectKind
from bot.inbox.models import Message
from bot.staff.states import Role
from bot.tickets.queries import by_token
from tests.dashboard.desk.test_events import events
from tests.support.city import Citizen, City, value

FIRE = "Hilfe, es brennt in der Dhünnstraße 14!"


def burning(city: City) -> Citizen:
    citizen = city.citizen(name="Nora Not")
    citizen.says(FIRE)
    citizen.hears()
    return citizen


def sound(city: City, kind: AlarmKind, subject: Subject) -> int:
    with city.database.unit_of_work() as session:
        return alarms.raise_alarm(session, kind, subject, now=clock.now())


def state_of(city: City, alarm_id: int) -> AlarmState:
    with city.database.read() as session:
        return session.get_one(Alarm, alarm_id).state


def alarm_of(city: City, kind: SubjectKind, key: int) -> int | None:
    with city.database.read() as session:
        return session.scalar(
            select(Alarm.id).where(Alarm.subject_kind == kind, Alarm.subject_id == key)
        )


def test_an_emergency_stands_above_every_page_until_somebody_takes_care(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    burning_id = burning(city).conversation_id
    alarm_id = alarm_of(city, SubjectKind.CONVERSATION, burning_id)
    title = f"Notfall: Unterhaltung {burning_id}"
    page = desk.get("/desk/tickets").text
    assert 'href="/desk/alarms"><strong>Notfall: Unterhaltung' in page
    listed = desk.get("/desk/alarms").text
    assert title in listed
    assert f'href="/desk/conversations/{burning_id}"' in listed
    assert "Dhünnstraße" not in listed
    address = f"/desk/alarms/{alarm_id}/acknowledge"
    answer = desk.post(address)
    assert answer.headers["location"] == "/desk/alarms?done=acknowledged"
    listed = desk.get("/desk/alarms").text
    assert f"bestätigt von {desk.username.title()}" in listed
    assert address not in listed
    assert f"<strong>{title}</strong></a>" not in desk.get("/desk/alarms/line", fragment=True).text
    assert desk.post("/desk/alarms/999999999/acknowledge").status_code == 404


def test_critical_comments_lead_to_the_first_of_them(city: City) -> None:
    citizen = city.citizen(name="Kira Kritik")
    citizen.says("Hallo")
    citizen.hears()
    with city.database.unit_of_work() as session:  # the city's own channel knows no comments
        comment = session.scalars(
            select(Message)
            .where(Message.conversation_id == citizen.conversation_id)
            .order_by(Message.id)
        ).first()
        assert comment is not None
        comment.below, comment.negative, first = "post", True, comment.id
    sound(city, AlarmKind.NEGATIVE_COMMENTS, Subject(SubjectKind.POST, first))
    sound(city, AlarmKind.NEGATIVE_COMMENTS, Subject(SubjectKind.POST, 999_999_999))
    for language, title in (("de", "Viele kritische Kommentare"), ("en", "Many critical comments")):
        desk = city.staff(Role.MANAGER)
        desk.post("/desk/account/language", {"language": language})
        listed = desk.get("/desk/alarms").text
        assert title in listed
        assert f'href="/desk/conversations/{citizen.conversation_id}#message-{first}"' in listed
        assert "#message-999999999" not in listed, "erased since"


def test_offices_see_their_own_emergencies_and_viewers_none(city: City) -> None:
    alarm_id = sound(city, AlarmKind.BACKUP_FAILED, alarms.BACKUP)
    clerk = city.staff(Role.OFFICE, office="tbl")
    assert "Datensicherung" not in clerk.get("/desk/alarms").text
    assert clerk.post(f"/desk/alarms/{alarm_id}/acknowledge").status_code == 404
    viewer = city.staff(Role.VIEWER)
    assert viewer.get("/desk/alarms").status_code == 403
    assert viewer.post(f"/desk/alarms/{alarm_id}/acknowledge").status_code == 403
    line = viewer.get("/desk/alarms/line", fragment=True)
    assert (line.status_code, "<a" in line.text) == (200, False)
    assert 'href="/desk/alarms"' not in viewer.get("/desk").text
    admin = city.staff(Role.ADMIN)
    admin.post("/desk/account/language", {"language": "en"})
    assert "Backup failed" in admin.get("/desk/alarms").text
    with city.database.unit_of_work() as session:
        alarms.clear(session, AlarmKind.BACKUP_FAILED, alarms.BACKUP, now=clock.now())


def test_open_pages_are_told_of_a_new_alarm(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    with events(desk) as stream:
        sound(city, AlarmKind.TEST, Subject(SubjectKind.CITY))
        city.app.bells.events.ring()
        assert any(event.data["kind"] == "alarm.changed" for event in stream)
    fragment = desk.get("/desk/alarms", fragment=True).text
    assert "Probealarm" in fragment
    assert "<html" not in fragment


def test_an_emergency_on_a_tickets_page_is_an_alarm(city: City) -> None:
    client = city.client()
    with city.database.read() as session:
        before = set(session.scalars(select(Alarm.id)))
    form = client.get("/")
    report = {
        "csrf": value(form.text, "csrf"),
        "key": value(form.text, "key"),
        "text": "Schlagloch, groß wie eine Badewanne",
        "place": "Dhünnstraße 14",
        "category": "",
        "district": "",
    }
    made = client.post("/report", data=report)
    assert made.status_code == 303, made.text
    address = made.headers["location"].partition("?")[0]
    with city.database.read() as session:
        before = set(session.scalars(select(Alarm.id)))
    with city.database.read() as session:
        assert set(session.scalars(select(Alarm.id))) == before, "a hole in the road is no danger"
    page = client.get(address).text
    message = {"csrf": value(page, "csrf"), "key": value(page, "key"), "text": FIRE}
    assert client.post(f"{address}/messages", data=message).status_code == 303
    with city.database.read() as session:
        fresh = session.scalars(select(Alarm).where(Alarm.id.not_in(before))).all()
    [alarm] = [one for one in fresh if one.subject_kind is SubjectKind.TICKET]
    assert alarm.kind is AlarmKind.EMERGENCY
    desk = city.staff(Role.MANAGER)
    assert "Notfall: Vorgang LEV-" in desk.get("/desk/alarms").text
    desk.post(f"/desk/alarms/{alarm.id}/acknowledge")
    assert state_of(city, alarm.id) is AlarmState.RESOLVED


def test_an_emergency_in_a_report_is_an_alarm(city: City) -> None:
    client = city.client()
    form = client.get("/").text
    hidden = {name: value(form, name) for name in ("csrf", "key")}
    report = hidden | {"text": FIRE, "place": "Dhünnstraße 14", "category": "", "district": ""}
    made = client.post("/report", data=report)
    assert made.status_code == 303, made.text
    token = made.headers["location"].partition("?")[0].rpartition("/")[2]
    with city.database.read() as session:
        ticket = by_token(session, token)
        assert ticket is not None
    assert alarm_of(city, SubjectKind.TICKET, ticket.id) is not None


def test_metrics_count_alarms_by_kind(city: City) -> None:
    alarm_id = sound(city, AlarmKind.TEST, Subject(SubjectKind.CITY))
    page = city.client().get("/metrics").text
    assert 'stadtdraht_alarms_open{kind="test"} 1.0' in page
    assert "stadtdraht_alarm_notices_failed" in page
    city.staff(Role.ADMIN).post(f"/desk/alarms/{alarm_id}/acknowledge")
    page = city.client().get("/metrics").text
    assert 'stadtdraht_alarms_open{kind="test"} 0.0' in page
