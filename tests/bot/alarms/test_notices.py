"""Notices reach a real mail server and a real receiver, are retried, and are given up visibly."""

import json
import socket
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.alarms import rules
from bot.alarms import service as alarms
from bot.alarms.models import AlarmNotice
from bot.alarms.notices import Notices, Sender
from bot.alarms.rules import Route
from bot.alarms.states import AlarmKind, NoticeState, Subject, SubjectKind, Way
from bot.audit.service import CLI
from bot.clock import BERLIN
from bot.staff import service as staff
from bot.staff.models import User
from bot.staff.states import Role
from connectors import mailserver, webhook
from connectors.mailserver import Security
from tests.bot.alarms.conftest import BACKUP, KEY, URL, House, server_of, states
from tests.fakes import mail
from tests.fakes.mail import Mailbox
from tests.fakes.receiver import receiving

FEW = 5
OTHERWISE = "Bestätigt niemand"


def test_a_mail_tells_what_and_where_and_nothing_else(house: House, mailbox: Mailbox) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.add(Role.MANAGER, "mia@stadt.example")  # told of emergencies only
    alarm_id = house.sound(*BACKUP)
    assert house.notices(server_of(mailbox)).run_once() == 1

    [letter] = mailbox.taken
    assert letter["To"] == "ada@stadt.example"
    assert letter["From"] == "stadtdraht@stadt.example"
    assert letter["Subject"] == "[Stadtdraht Leverkusen] Datensicherung fehlgeschlagen"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert f"{URL}/desk/alarms" in letter.get_content()
    [notice] = house.waiting()
    assert letter["Message-ID"] == f"<{notice.key}@stadt.example>"
    assert (notice.alarm_id, notice.state, notice.attempts) == (alarm_id, NoticeState.SENT, 1)
    assert house.notices(server_of(mailbox)).run_once() == 0


def test_what_is_refused_for_now_is_tried_again(house: House, mailbox: Mailbox) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    mailbox.answers = ["451 4.3.0 try later"]
    notices = house.notices(server_of(mailbox))
    notices.run_once()
    assert states(house) == [("queued", "refused")]
    assert notices.run_once() == 0, "it has to wait"
    house.town.clock.advance(rules.backoff(1, 0.5).total_seconds())
    notices.run_once()
    assert states(house) == [("sent", None)]
    assert mailbox.asked == 2


def test_what_is_refused_for_good_is_given_up_and_the_next_one_arrives(
    house: House, mailbox: Mailbox
) -> None:
    house.add(Role.ADMIN, "gone@stadt.example")
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    mailbox.answers = ["550 5.1.1 no such person"]
    house.notices(server_of(mailbox)).run_once()
    assert states(house) == [("failed", "refused"), ("sent", None)]
    assert [letter["To"] for letter in mailbox.taken] == ["ada@stadt.example"]


def test_a_server_that_is_down_is_tried_for_two_hours(house: House) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    notices = house.notices(mailserver.server(f"smtp://localhost:{port}"))
    begun = house.town.clock.now()
    notices.run_once()
    tries = 1
    while states(house) == [("queued", "no_connection")]:
        house.town.clock.advance(300)
        tries += notices.run_once()
    assert states(house) == [("failed", "no_connection")]
    assert house.town.clock.now() - begun >= rules.NOTICE_PATIENCE
    assert tries > 20


@pytest.mark.parametrize("dripping", [False, True])
def test_a_server_that_hangs_holds_nothing_up_for_ever(
    house: House,
    dripping: bool,  # noqa: FBT001
) -> None:
    for name in ("ada", "bo", "cy"):
        house.add(Role.ADMIN, f"{name}@stadt.example")
    house.sound(*BACKUP)
    with mail.hanging(dripping=dripping) as port:
        server = replace(mailserver.server(f"smtp://127.0.0.1:{port}?tls=none"), within=0.5)
        house.notices(server).run_once()
    assert states(house) == [("queued", "no_answer")] * 3


def test_without_a_server_or_an_address_it_is_said(house: House, mailbox: Mailbox) -> None:
    user = house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    house.notices(None).run_once()
    assert states(house) == [("failed", "no_server")]
    house.sound(AlarmKind.TEST, Subject(SubjectKind.CITY))
    with house.database.unit_of_work() as session:
        staff.set_email(session, CLI, user.id, None, now=house.town.clock.now())
    house.notices(server_of(mailbox)).run_once()
    assert states(house)[1] == ("failed", "no_address")


def test_many_of_one_kind_become_one_mail_and_emergencies_come_first(
    house: House, mailbox: Mailbox
) -> None:
    """A thousand jokes must not keep the mail back that tells of the one real cry for help."""
    people = ["ada@stadt.example", "bo@stadt.example"]
    for address in people:
        house.add(Role.ADMIN, address)
    house.sound(*BACKUP)
    begun = house.town.clock.now()
    for number in range(FEW):
        cry(house, number)
    notices = house.notices(server_of(mailbox))
    notices.run_once()
    told = [letter["Subject"] for letter in mailbox.taken]
    assert len(told) == 2 * (FEW + 1), "a few are told one by one"
    assert all("Notfall: Unterhaltung" in subject for subject in told[:-2])
    assert all("Datensicherung" in subject for subject in told[-2:])

    mailbox.taken.clear()
    house.town.clock.advance(60)
    for number in range(100, 130):
        cry(house, number)
    mailbox.answers = ["451 4.3.0 try later"]
    notices.run_once()
    house.town.clock.advance(60)
    notices.run_once()
    assert sorted(letter["To"] for letter in mailbox.taken) == people
    for letter in mailbox.taken:
        assert letter["Subject"] == "[Stadtdraht Leverkusen] Notfall: 30 Alarme"
        assert f"{begun.astimezone(BERLIN) + timedelta(minutes=1):%H:%M}" in letter.get_content()
    assert {state for state, _ in states(house)} == {"sent"}


def cry(house: House, number: int) -> None:
    house.sound(AlarmKind.EMERGENCY, Subject(SubjectKind.CONVERSATION, number))


def test_a_mail_that_cannot_be_written_keeps_no_other_back(house: House, mailbox: Mailbox) -> None:
    """An address that the library of mails does not take, as an older version may have stored."""
    odd = house.add(Role.ADMIN, "ada@stadt.example")
    house.add(Role.ADMIN, "bo@stadt.example")
    with house.database.unit_of_work() as session:
        session.execute(update(User).where(User.id == odd.id).values(email="ada\n@stadt.example"))
    house.sound(*BACKUP)
    house.notices(server_of(mailbox)).run_once()
    assert states(house) == [("queued", "ValueError"), ("sent", None)]


def test_a_server_whose_name_is_none_is_tried_again(house: House) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    house.notices(mailserver.server(f"smtp://{'ä' * 70}.example")).run_once()
    assert states(house) == [("queued", "no_connection")]


def test_what_waited_through_a_long_stop_is_not_told_days_later(
    house: House, mailbox: Mailbox
) -> None:
    """Nor after a restore from a backup: the desk shows the alarm, and it escalates."""
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    with mail.hanging() as port:
        server = replace(mailserver.server(f"smtp://127.0.0.1:{port}?tls=none"), within=0.3)
        house.notices(server).run_once()
    house.sound(AlarmKind.TEST, Subject(SubjectKind.CITY))
    with house.database.unit_of_work() as session:  # the first was being sent when the power went
        first = house.waiting()[0].id
        session.execute(
            update(AlarmNotice)
            .where(AlarmNotice.id == first)
            .values(state=NoticeState.SENDING, error=None)
        )
    house.town.clock.advance(rules.NOTICE_PATIENCE.total_seconds())
    house.notices(server_of(mailbox)).run_once()
    assert states(house) == [("failed", "too_late")] * 2
    assert mailbox.asked == 0
    with house.database.unit_of_work() as session:
        alarms.escalate(session, now=house.town.clock.now())
    house.notices(server_of(mailbox)).run_once()
    assert states(house)[2:] == [("sent", None)] * 2


def test_a_server_that_looks_long_at_each_mail_gets_each_once(house: House, tmp_path: Path) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.add(Role.ADMIN, "bo@stadt.example")
    house.sound(*BACKUP)
    with mail.serving(tmp_path, security=Security.NONE, login=False) as mailbox:
        mailbox.looks = 1.2
        url = f"smtp://127.0.0.1:{mailbox.port}?tls=none"
        house.notices(replace(mailserver.server(url), within=1.0)).run_once()
    assert states(house) == [("sent", None)] * 2
    assert mailbox.asked == 2


def test_a_server_that_never_ends_looking_is_left(house: House, tmp_path: Path) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    with mail.serving(tmp_path, security=Security.NONE, login=False) as mailbox:
        mailbox.looks = 3600
        url = f"smtp://127.0.0.1:{mailbox.port}?tls=none"
        house.notices(replace(mailserver.server(url), at_end=0.5)).run_once()
    assert states(house) == [("queued", "no_answer")]


def test_a_stop_does_not_wait_for_a_mail_server(house: House, tmp_path: Path) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    with mail.serving(tmp_path, security=Security.NONE, login=False) as mailbox:
        mailbox.looks = 3600
        url = f"smtp://127.0.0.1:{mailbox.port}?tls=none"
        server = replace(mailserver.server(url), at_end=3600.0)
        sender = Sender(KEY, URL, "stadtdraht@stadt.example", server)
        Notices(
            house.database,
            sender,
            chance=lambda: 0.5,
            now=house.town.clock.now,
            is_stopping=lambda: mailbox.asked > 0,
        ).run_once()
    assert states(house) == [("queued", "no_answer")]


def test_a_slow_server_holds_up_one_round_for_its_lease_at_most(
    house: House, mailbox: Mailbox
) -> None:
    for name in ("ada", "bo", "cy"):
        house.add(Role.ADMIN, f"{name}@stadt.example")
    house.sound(*BACKUP)

    def slow() -> datetime:
        """Each mail that has left has taken two thirds of the lease."""
        return house.town.clock.now() + mailbox.asked * rules.NOTICE_LEASE * 2 / 3

    sender = Sender(KEY, URL, "stadtdraht@stadt.example", server_of(mailbox))
    notices = Notices(house.database, sender, chance=lambda: 0.5, now=slow)
    notices.run_once()
    assert [state for state, _ in states(house)] == ["sent", "sent", "sending"]
    notices.run_once()
    assert states(house) == [("sent", None)] * 3
    assert mailbox.asked == 3


def test_a_crash_while_sending_is_repeated_with_the_same_key(
    house: House, mailbox: Mailbox
) -> None:
    """An alarm is better twice than never; the same Message-ID shows that it is the same."""
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)

    class Killed(BaseException):
        pass

    now = house.town.clock.now

    def die_after_the_mail() -> datetime:
        if mailbox.taken:
            raise Killed
        return now()

    sender = Sender(KEY, URL, "stadtdraht@stadt.example", server_of(mailbox))
    dying = Notices(house.database, sender, chance=lambda: 0.5, now=die_after_the_mail)
    with pytest.raises(Killed):
        dying.run_once()
    assert states(house) == [("sending", None)]

    notices = house.notices(server_of(mailbox))
    assert notices.run_once() == 0, "its lease still holds"
    house.town.clock.advance(rules.NOTICE_LEASE.total_seconds())
    assert notices.run_once() == 1
    assert states(house) == [("sent", None)]
    assert len({letter["Message-ID"] for letter in mailbox.taken}) == 1
    assert len(mailbox.taken) == 2


def test_who_was_overtaken_while_sending_records_nothing(house: House, mailbox: Mailbox) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    second = house.notices(server_of(mailbox))

    def frozen() -> datetime:
        if len(mailbox.taken) == 1:  # the first one's mail has left, its answer not been stored
            house.town.clock.advance(rules.NOTICE_LEASE.total_seconds())
            second.run_once()
        return house.town.clock.now()

    sender = Sender(KEY, URL, "stadtdraht@stadt.example", server_of(mailbox))
    Notices(house.database, sender, chance=lambda: 0.5, now=frozen).run_once()
    [notice] = house.waiting()
    assert (notice.state, notice.attempts) == (NoticeState.SENT, 2)


def test_a_webhook_is_signed_retried_and_holds_no_words(house: House) -> None:
    with receiving([500]) as receiver:
        wanted = Route(Way.WEBHOOK, kind=AlarmKind.CHANNEL_SILENT, url=receiver.url)
        with house.database.unit_of_work() as session:
            alarms.add_route(session, wanted, actor=CLI, now=house.town.clock.now())
        house.sound(*BACKUP)
        subject = Subject(SubjectKind.CHANNEL, house.town.channel_id)
        alarm_id = house.sound(AlarmKind.CHANNEL_SILENT, subject)
        notices = house.notices(None)
        notices.run_once()
        assert states(house) == [("queued", "HTTP 500")]
        house.town.clock.advance(60)
        notices.run_once()
        assert states(house) == [("sent", None)]

    first, second = receiver.posted
    at = house.town.clock.now()
    secret = alarms.webhook_secret(KEY, receiver.url)
    assert second.signature == webhook.signature(secret, second.body, at)
    assert first.body == second.body
    said = json.loads(second.body)
    assert said["event"] == "alarm.raised"
    assert said["alarm"] == {
        "id": alarm_id,
        "kind": "channel_silent",
        "subject": {"kind": "channel", "id": house.town.channel_id},
        "state": "open",
        "count": 1,
        "raised_at": house.alarms()[1].raised_at.isoformat(),
    }
    assert said["id"] == house.waiting()[0].key


def test_what_is_over_by_then_is_said_to_be(house: House, mailbox: Mailbox) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    with house.database.unit_of_work() as session:
        alarms.clear(session, *BACKUP, now=house.town.clock.now())
    house.notices(server_of(mailbox)).run_once()
    letter = mailbox.taken[0].get_content()
    assert "Inzwischen erledigt." in letter
    assert OTHERWISE not in letter


def test_only_a_first_mail_says_what_happens_otherwise(house: House, mailbox: Mailbox) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    notices = house.notices(server_of(mailbox))
    notices.run_once()
    house.town.clock.advance(rules.ESCALATE_AFTER.total_seconds())
    with house.database.unit_of_work() as session:
        alarms.escalate(session, now=house.town.clock.now())
    notices.run_once()
    first, second = (letter.get_content() for letter in mailbox.taken)
    assert OTHERWISE in first
    assert "Noch nicht bestätigt" in second
    assert OTHERWISE not in second
