"""Many who disapprove below one post of ours: one alarm, counted up, over when it is quiet."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.alarms import queries, rules
from bot.alarms.states import AlarmKind, AlarmState, SubjectKind
from bot.audit.service import CLI
from bot.inbox.models import Message
from bot.privacy import erasure
from bot.staff.states import Role
from tests.bot.alarms.conftest import House, look
from tests.fakes.town import More, raw

POST = "post-1"
DAY = timedelta(hours=24).total_seconds()


def comment(house: House, who: str, text: str = "Pfui", *, below: str = POST) -> None:
    """Let somebody comment on a post, each in a conversation of their own."""
    more: More = {"sender": who, "visibility": "public", "below": below}
    house.town.says(below, text, **more)
    house.town.work()


def outcry(house: House, *people: str, below: str = POST) -> None:
    for who in people:
        comment(house, who, below=below)


def stands(house: House) -> list[tuple[AlarmState, int]]:
    return [
        (alarm.state, alarm.count)
        for alarm in house.alarms()
        if alarm.kind is AlarmKind.NEGATIVE_COMMENTS
    ]


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 50))
def test_an_outcry_is_of_enough_people_and_of_at_least_half(
    negative: int, others: int, more: int
) -> None:
    people = negative + others
    found = rules.is_outcry(negative, people)
    assert found == (negative >= rules.NEGATIVE_PEOPLE and negative >= others)
    if found:
        assert rules.is_outcry(negative + more, people + more), "more criticism never ends it"
    else:
        assert not rules.is_outcry(negative, people + more), "more approval never makes it"


def test_five_people_raise_one_alarm_whose_count_rises(house: House) -> None:
    outcry(house, "a", "b", "c", "d", "d", "d")
    assert stands(house) == [], "four people, however often"
    outcry(house, "e")
    assert stands(house) == [(AlarmState.OPEN, 5)]
    outcry(house, "f", "f")
    comment(house, "g", "Hallo")
    assert stands(house) == [(AlarmState.OPEN, 6)]


def test_it_leads_to_the_first_comment(house: House) -> None:
    outcry(house, "a", "b", "c", "d", "e")
    admin = house.add(Role.ADMIN, None)
    with house.database.read() as session:
        first = session.scalars(select(Message).order_by(Message.id)).first()
        [row] = queries.standing(session, admin)
    assert first is not None
    assert (row.subject.kind, row.subject.id) == (SubjectKind.POST, first.id)
    assert row.name == str(first.conversation_id)


def test_a_post_has_one_alarm_also_when_its_first_comment_is_erased(house: House) -> None:
    comment(house, "z")
    house.town.clock.advance(DAY)
    outcry(house, "a", "b", "c", "d", "e")
    with house.database.unit_of_work() as session:
        first = session.scalars(select(Message).order_by(Message.id)).first()
        assert first is not None
        now = house.town.clock.now()
        erasure.erase_conversations(session, [first.conversation_id], actor=CLI, now=now)
    outcry(house, "f")
    assert stands(house) == [(AlarmState.OPEN, 6)]
    house.town.clock.advance(DAY / 2)
    outcry(house, "g", "h", "i", "j", "k")
    house.town.clock.advance(DAY / 2)
    outcry(house, "l")
    assert stands(house) == [(AlarmState.OPEN, 6)], "though another comment is the day's first now"


def test_where_most_approve_there_is_no_alarm(house: House) -> None:
    for number in range(6):
        comment(house, f"friend{number}", "Hallo")
    outcry(house, "a", "b", "c", "d", "e")
    assert stands(house) == []
    outcry(house, "f")
    assert stands(house) == [(AlarmState.OPEN, 6)]


def test_each_post_counts_for_itself(house: House) -> None:
    outcry(house, "a", "b", "c", below="one")
    outcry(house, "d", "e", "f", below="two")
    assert stands(house) == []
    outcry(house, "g", "h", below="one")
    outcry(house, "i", "j", below="two")
    assert stands(house) == [(AlarmState.OPEN, 5), (AlarmState.OPEN, 5)]


def test_what_is_no_comment_on_a_post_of_ours_does_not_count(house: House) -> None:
    for who in "abcdef":
        house.town.turn(f"t{who}", "Pfui", sender=who)
    assert stands(house) == []
    with house.database.read() as session:
        assert not any(session.scalars(select(Message.negative)))


def test_abuse_counts_as_disapproval_and_an_old_comment_does_not(house: House) -> None:
    outcry(house, "a", "b", "c")
    house.town.clock.advance(DAY)
    outcry(house, "d", "e", "f")
    comment(house, "g", "Idioten")
    assert stands(house) == []
    comment(house, "h", "Idioten")
    assert stands(house) == [(AlarmState.OPEN, 5)]


def test_a_comment_that_is_taken_back_or_made_kinder_does_not_count(house: House) -> None:
    outcry(house, "a", "b", "c", "d")
    change = {"kind": "edit", "id": "m1", "text": "Guten Tag"}
    house.town.store(raw("e1", POST, change, visibility="public"))
    house.town.store(raw("e2", POST, {"kind": "delete", "id": "m2"}, visibility="public"))
    house.town.work()
    outcry(house, "e", "f")
    assert stands(house) == []
    change = {"kind": "edit", "id": "m1", "text": "So ein Blödsinn"}
    house.town.store(raw("e3", POST, change, visibility="public"))
    house.town.work()
    assert stands(house) == [], "an edit raises nothing by itself"
    outcry(house, "f")
    assert stands(house) == [(AlarmState.OPEN, 5)]


def test_who_has_acknowledged_it_is_not_called_again_and_it_ends_when_it_is_quiet(
    house: House,
) -> None:
    manager = house.add(Role.MANAGER, "mira@stadt.example")
    outcry(house, "a", "b", "c", "d", "e")
    [alarm] = house.alarms()
    assert [notice.user_id for notice in house.waiting()] == [manager.id]
    house.acknowledge(manager, alarm.id)
    outcry(house, "f")
    assert stands(house) == [(AlarmState.ACKNOWLEDGED, 6)]
    assert len(house.waiting()) == 1
    watch = house.watch()
    assert (AlarmKind.NEGATIVE_COMMENTS, 6) in look(house, watch)
    assert (AlarmKind.NEGATIVE_COMMENTS, 6) in look(house, watch, after=DAY - 60)
    look(house, watch, after=120)
    assert stands(house) == [(AlarmState.RESOLVED, 6)]
