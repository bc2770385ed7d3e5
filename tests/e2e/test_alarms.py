"""From a citizen's cry for help to the mail in the city's mailbox, and the commands around it."""

from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot import clock
from bot.alarms.models import Alarm, AlarmNotice
from bot.alarms.states import AlarmState, NoticeState
from bot.audit.service import CLI
from bot.staff import service as staff
from bot.staff.states import Role
from tests.fakes import mail
from tests.fakes.receiver import receiving
from tests.support import city
from tests.support.command import stadtdraht

NAME, STREET = "Nora Not", "Dhünnstraße 14"


def test_a_cry_for_help_becomes_a_mail_without_a_word_of_it(
    database_url: str, tmp_path: Path
) -> None:
    with mail.serving(tmp_path) as mailbox:
        login = f"{mail.USER}:{quote(mail.PASSWORD, safe='')}"
        url = SecretStr(f"smtp://{login}@localhost:{mailbox.port}")
        settings = {"smtp_url": url, "ca_file": mailbox.ca_file}
        with city.run(database_url, tmp_path, more=settings) as town:
            desk = town.staff(Role.ADMIN)
            with town.database.unit_of_work() as session:
                address = "wache@stadt.example"
                staff.set_email(session, CLI, desk.user_id, address, now=clock.now())
            citizen = town.citizen(name=NAME)
            citizen.says(f"Hilfe, es brennt in der {STREET}!")
            assert "112" in citizen.hears()
            town.until(lambda: bool(mailbox.taken))
            key = citizen.conversation_id
            desk.post(f"/desk/conversations/{key}/close")

            def is_over() -> bool:
                with town.database.read() as session:
                    return session.scalars(select(Alarm.state)).one() is AlarmState.RESOLVED

            town.until(is_over)
            with town.database.read() as session:
                assert session.scalars(select(AlarmNotice.state)).all() == [NoticeState.SENT]
            base_url = town.url

    [letter] = mailbox.taken
    whole = letter.as_string() + letter.get_content()
    assert letter["To"] == "wache@stadt.example"
    assert letter["Subject"] == f"[Stadtdraht Leverkusen] Notfall: Unterhaltung {key}"
    assert f"{base_url}/desk/alarms" in letter.get_content()
    for secret in (NAME, STREET, "brennt", "thread-"):
        assert secret not in whole


def test_the_commands_set_up_try_and_report(tmp_path: Path) -> None:
    stadtdraht(tmp_path, "demo", "load")
    assert stadtdraht(tmp_path, "user", "email", "admin", "ada@stadt.example").returncode == 0
    refused = stadtdraht(tmp_path, "user", "email", "admin", "no address")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert stadtdraht(tmp_path, "user", "email", "nobody").returncode == 1
    added = stadtdraht(tmp_path, "user", "add", "mia", "--email", "mia@stadt.example")
    assert added.returncode == 0
    with receiving() as receiver:
        url = receiver.url
        made = stadtdraht(
            tmp_path, "alarm", "route", "add", "webhook", "--kind", "backup_failed", "--url", url
        )
        assert "webhook_secret: " in made.stdout
    tried = stadtdraht(tmp_path, "alarm", "test")
    assert "1 e-mails, 0 posts" in tried.stdout
    assert "STADTDRAHT_SMTP_URL" in tried.stdout
    stadtdraht(tmp_path, "alarm", "backup", "failed")
    assert "Backup failed" in stadtdraht(tmp_path, "alarm", "list").stdout
    assert "No backup was ever made" in stadtdraht(tmp_path, "doctor").stdout
    stadtdraht(tmp_path, "alarm", "backup", "done")
    assert "The newest backup was made" in stadtdraht(tmp_path, "doctor").stdout
    listed = stadtdraht(tmp_path, "alarm", "list").stdout
    assert "Backup failed" not in listed
    assert "Test alarm" in listed
    assert url in stadtdraht(tmp_path, "alarm", "route", "list").stdout
    assert stadtdraht(tmp_path, "alarm", "route", "remove", "1").returncode == 0
    assert stadtdraht(tmp_path, "alarm", "route", "remove", "1").returncode == 1


@pytest.mark.parametrize(
    ("name", "value"), [("SMTP_URL", "mail.example"), ("MAIL_FROM", "Stadt <x@y.example>")]
)
def test_a_setting_that_makes_no_sense_is_one_line(tmp_path: Path, name: str, value: str) -> None:
    failed = stadtdraht(tmp_path, "alarm", "list", **{f"STADTDRAHT_{name}": value})
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"stadtdraht: setting STADTDRAHT_{name}: ")
    assert failed.stderr.count("\n") == 1
