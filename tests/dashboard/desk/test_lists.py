"""Not delivered, and unreadable: both are seen, explained, and put back by a person."""

import json

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.audit.models import AuditEntry
from bot.channels.models import Channel
from bot.inbound import quarantine
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.staff.states import Role
from connectors.base import Lost, LostError
from tests.support.city import City


@pytest.fixture(scope="module")
def city(own_city: City) -> City:
    """Return a city of our own: nothing else in it is undelivered or unreadable."""
    return own_city


def break_delivery(city: City, thread: str, state: DeliveryState) -> int:
    """Make the newest part of a thread one that did not arrive."""
    with city.database.unit_of_work() as session:
        newest = session.scalars(
            select(Delivery.id).where(Delivery.thread == thread).order_by(Delivery.id.desc())
        ).first()
        session.execute(
            update(Delivery)
            .where(Delivery.id == newest)
            .values(state=state, error_code="unknown", error="timeout", seq=None)
        )
        assert newest is not None
        return newest


def test_undelivered_parts_are_listed_and_sent_again(city: City) -> None:
    citizen = city.citizen(name="Uwe Unerreicht")
    citizen.says("Hallo")
    text = citizen.hears()
    desk = city.staff(Role.MANAGER)
    for state, word in [
        (DeliveryState.DEAD, "nicht zugestellt"),
        (DeliveryState.UNCONFIRMED, "Zustellung unklar"),
    ]:
        delivery = break_delivery(city, citizen.thread, state)
        page = desk.get("/desk/failed").text
        assert "Uwe Unerreicht" in page
        assert word in page
        assert "Die Verbindung brach beim Senden ab." in page
        address = f"/desk/failed/{delivery}/requeue"
        assert address in page
        assert 'class="count count-bad">1<' in desk.get("/desk").text
        assert desk.post(address).headers["location"] == "/desk/failed?done=requeued"
        assert citizen.hears() == text
        assert desk.post(address).headers["location"] == "/desk/failed"  # twice sends once
        assert "Uwe Unerreicht" not in desk.get("/desk/failed").text
    assert desk.post("/desk/failed/999999999/requeue").status_code == 404


def test_what_nobody_will_send_again_is_put_aside(city: City) -> None:
    citizen = city.citizen(name="Ute Ungesendet")
    citizen.says("Hallo")
    citizen.hears()
    desk = city.staff(Role.MANAGER)
    delivery = break_delivery(city, citizen.thread, DeliveryState.UNCONFIRMED)
    address = f"/desk/failed/{delivery}/settle"
    assert address in desk.get("/desk/failed").text
    assert desk.post(address).headers["location"] == "/desk/failed?done=settled"
    assert "Ute Ungesendet" not in desk.get("/desk/failed").text
    assert desk.post(address).headers["location"] == "/desk/failed"
    requeue = f"/desk/failed/{delivery}/requeue"  # from a page that somebody had open
    assert desk.post(requeue).headers["location"] == "/desk/failed"
    assert desk.post("/desk/failed/999999999/settle").status_code == 404
    with city.database.read() as session:
        assert session.get_one(Delivery, delivery).state is DeliveryState.UNCONFIRMED
        actions = session.scalars(
            select(AuditEntry.action).where(
                AuditEntry.subject_kind == "delivery", AuditEntry.subject_id == delivery
            )
        )
        assert list(actions) == ["delivery.settled"]


def poison(city: City, thread: str, error: str = "sender: Field required") -> int:
    """Store an item that the channel's connector cannot read; nobody has tried it yet."""
    payload = {"external_id": thread, "thread": thread, "text": "<script>kaputt</script>"}
    with city.database.unit_of_work() as session:
        channel = session.scalars(select(Channel.id).where(Channel.slug == city.channel)).one()
        item = RawItem(
            channel_id=channel,
            event_id=thread,
            order_key=f"private:{thread}",
            payload=json.dumps(payload),
            state=RawState.QUARANTINED,
            error=error,
            attempts=1,
            received_at=clock.now(),
        )
        session.add(item)
        session.flush()
        return item.id


def test_unreadable_items_are_listed_and_read_again(city: City) -> None:
    item = poison(city, "thread-poison")
    desk = city.staff(Role.MANAGER)
    page = desk.get("/desk/quarantine").text
    assert "Diese Nachricht hat eine Form, die Stadtdraht nicht kennt." in page
    assert "sender: Field required" in page
    assert "<script>kaputt" not in page
    assert "&lt;script&gt;kaputt" in page
    address = f"/desk/quarantine/{item}/retry"
    answer = desk.post(address)
    assert answer.headers["location"] == "/desk/quarantine?done=retried"
    city.until(lambda: address in desk.get("/desk/quarantine").text)  # it is still unreadable
    whole = {
        "external_id": "thread-poison",
        "thread": "thread-poison",
        "sender": {"id": "p"},
        "text": "Hallo",
    }
    with city.database.unit_of_work() as session:
        session.get_one(RawItem, item).payload = json.dumps(whole)
    desk.post(address)
    assert address not in desk.get("/desk/quarantine").text
    city.until(lambda: _state(city, item) is RawState.DONE)
    assert desk.post(address).status_code == 404


def _state(city: City, item: int) -> RawState:
    with city.database.read() as session:
        return session.get_one(RawItem, item).state


def test_a_note_on_what_is_lost_says_where_and_is_put_aside(city: City) -> None:
    item = poison(city, "raum-4711", str(quarantine.reason(LostError(Lost.UNREACHABLE))))
    other = poison(city, "thread-other")
    desk = city.staff(Role.MANAGER)
    page = desk.get("/desk/quarantine").text
    assert "Der Raum war lange nicht zu erreichen." in page
    assert "private:raum-4711" in page
    assert f"/desk/quarantine/{item}/retry" not in page, "there is nothing to read again"
    assert f"/desk/quarantine/{other}/settle" not in page
    address = f"/desk/quarantine/{item}/settle"
    assert desk.post(address).headers["location"] == "/desk/quarantine?done=noted"
    assert "raum-4711" not in desk.get("/desk/quarantine").text
    assert desk.post(address).status_code == 404
    assert desk.post(f"/desk/quarantine/{other}/settle").status_code == 404
    english = poison(city, "raum-4712", str(quarantine.reason(LostError("brand_new"))))
    assert "Etwas konnte nicht übernommen werden." in desk.get("/desk/quarantine").text
    desk.post(f"/desk/quarantine/{english}/settle")
    account = poison(city, "@stadt:x", str(quarantine.reason(LostError(Lost.PLACE_LOST))))
    page = desk.get("/desk/quarantine").text
    assert "Bis wohin gelesen war, ist nicht mehr bekannt." in page
    assert "@stadt:x" not in page, "an account is no room to look into"
    desk.post(f"/desk/quarantine/{account}/settle")
