"""The mail server of the notices: encrypted, vouched for, and logged in to."""

from dataclasses import replace
from pathlib import Path

from bot.staff.states import Role
from connectors import mailserver
from connectors.mailserver import Security
from tests.bot.alarms.conftest import BACKUP, House, server_of, states
from tests.fakes import mail
from tests.fakes.mail import Mailbox


def test_tls_from_the_first_byte(house: House, tmp_path: Path) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    with mail.serving(tmp_path, security=Security.TLS, login=False) as mailbox:
        server = mailserver.server(f"smtps://localhost:{mailbox.port}", ca_file=mailbox.ca_file)
        house.notices(server).run_once()
        assert len(mailbox.taken) == 1


def test_a_server_whose_certificate_is_not_its_own_hears_nothing(
    house: House, mailbox: Mailbox
) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    house.notices(server_of(mailbox, host="127.0.0.1")).run_once()  # it is made out for localhost
    assert states(house) == [("queued", "bad_certificate")]


def test_a_server_that_nobody_vouches_for_hears_nothing(house: House, mailbox: Mailbox) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    house.notices(replace(server_of(mailbox), ca_file=None)).run_once()
    assert states(house) == [("queued", "bad_certificate")]


def test_a_password_is_never_said_in_the_clear(house: House, tmp_path: Path) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    with mail.serving(tmp_path, security=Security.NONE, login=False) as open_one:
        house.notices(server_of(open_one)).run_once()
    assert states(house) == [("queued", "no_encryption")]


def test_a_wrong_password_is_tried_again_until_somebody_mends_it(
    house: House, mailbox: Mailbox
) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    house.notices(replace(server_of(mailbox), password="guessed")).run_once()
    assert states(house) == [("queued", "login_refused")]
    house.town.clock.advance(300)
    house.notices(server_of(mailbox)).run_once()
    assert states(house) == [("sent", None)]


def test_a_password_may_have_any_letters(house: House, mailbox: Mailbox) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.sound(*BACKUP)
    mailbox.password = "pässwörter€"
    wrong = replace(server_of(mailbox), password="pässe")
    house.notices(wrong).run_once()
    assert states(house) == [("queued", "login_refused")]
    house.town.clock.advance(300)
    house.notices(server_of(mailbox)).run_once()
    assert states(house) == [("sent", None)]
