"""The way out: what people get, what a refusal means, and what nobody knows."""

import asyncio
import dataclasses
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from threading import Event

import pytest

from connectors.base import RawFile
from connectors.capabilities import Act, Visibility
from connectors.results import (
    LoginNeeded,
    Permanent,
    Refusal,
    Scope,
    SendResult,
    Sent,
    Transient,
    Unknown,
)
from tests.connectors.email.counterpart import ADDRESS, Town, heard, letter
from tests.connectors.email.support import Core, part, run
from tests.fakes.mail import USER

HIDDEN = "Hallo\r\nBcc: boese@example.org\r\n\r\nText"


def send(core: Core, *parts: object, keys: str = "k") -> list[SendResult]:
    """Send parts, each under a key of its own."""

    async def go() -> list[SendResult]:
        async with core:
            return [
                await core.link.send(one, key=f"{keys}{number}")  # type: ignore[arg-type]
                for number, one in enumerate(parts)
            ]

    return run(go())


def sent(town: Town) -> EmailMessage:
    (only,) = town.outbox.taken
    return only


def test_an_answer_is_an_ordinary_mail_of_the_city(core: Core, town: Town) -> None:
    (result,) = send(core, part("Grüße 🙂\n\n" + "ä" * 3000, "m1@example.org"))
    assert result == Sent("k0@city.test")
    mail = sent(town)
    assert str(mail["From"]) == f"Stadt Musterhausen <{ADDRESS}>"
    assert str(mail["To"]) == "anna@example.org"
    assert heard(mail).text == "Grüße 🙂\n\n" + "ä" * 3000
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Auto-Submitted"] is None
    assert mail["Date"].datetime is not None


def test_what_a_program_answers_says_so(core: Core, town: Town) -> None:
    send(core, part("Danke!", "m1@example.org", automatic=True))
    assert sent(town)["Auto-Submitted"] == "auto-replied"


def test_an_answer_stands_below_what_it_answers_and_the_answer_to_it_in_the_same_thread(
    core: Core, town: Town
) -> None:
    async def go() -> None:
        async with core:
            await core.begin()
            asked = town.deliver(letter("anna", "Wann?", subject="Müll in der Bürgerstraße"))
            await core.all()
            (question,) = core.messages
            answer = part("Montag", question.thread, in_reply_to=question.native_id)
            await core.link.send(answer, key="k1")
            mail = sent(town)
            assert mail["Subject"] == "Re: Müll in der Bürgerstraße"
            assert mail["In-Reply-To"] == mail["References"] == f"<{asked}>"
            town.say("anna", "Danke!", reply_to="k1@city.test")
            await core.all()

    run(go())
    first, second = core.messages
    assert first.thread == second.thread
    assert second.text == "Danke!"


def test_an_answer_that_names_nothing_but_ours_is_found_in_its_thread(
    core: Core, town: Town
) -> None:
    async def go() -> None:
        async with core:
            await core.begin()
            town.say("anna", "Wann?")
            await core.all()
            (question,) = core.messages
            answer = part("Montag", question.thread, in_reply_to=question.native_id)
            await core.link.send(answer, key="k1")
            again = letter("anna", "Danke!")
            again["In-Reply-To"] = "<k1@city.test>"
            town.deliver(again)
            lost = letter("anna", "Und das?")
            lost["In-Reply-To"] = "<nobody-knows@city.test>"
            town.deliver(lost)
            await core.all()

    run(go())
    first, second, third = core.messages
    assert first.thread == second.thread
    assert third.thread == "nobody-knows@city.test"
    assert [item.order_key for item in core.items.values()] == [
        first.thread,
        second.thread,
        third.thread,
    ]


def test_the_subject_is_looked_up_where_nobody_remembers_it(core: Core, town: Town) -> None:
    asked = town.deliver(letter("anna", "?", subject="Grünschnitt"))
    send(core, part("Ja", asked, in_reply_to=asked), part("Neues", "fremd@example.org"))
    assert [one["Subject"] for one in town.outbox.taken] == [
        "Re: Grünschnitt",
        "Ihre Nachricht an Stadt Musterhausen",
    ]


def test_long_identifiers_stay_as_they_are(core: Core, town: Town) -> None:
    first, last = f"{'a' * 120}@{'b' * 100}", f"{'c' * 120}@{'d' * 100}"
    send(core, part("Ja", first, in_reply_to=last))
    assert sent(town)["References"] == f"<{first}> <{last}>"


def test_no_header_takes_a_line_break(core: Core, town: Town) -> None:
    asked = letter("anna", "Bitte")
    raw = asked.as_bytes().replace(b"Subject: Anfrage", b"Subject: =?utf-8?q?A=0D=0ABcc:_b=40c?=")

    async def go() -> None:
        async with core:
            await core.begin()
            town.inbox.save(USER, raw)
            await core.all()
            (question,) = core.messages
            file = RawFile(HIDDEN, "text/x\r\nBcc: a@b", b"x")
            one = part(HIDDEN, question.thread, in_reply_to=f"x>\r\nBcc: <{question.native_id}")
            await core.link.send(one, key="k\r\nBcc: a@b")
            await core.link.send(dataclasses.replace(one, file=file), key="k2")

    run(go())
    for mail in town.outbox.taken:
        assert mail["Bcc"] is None
        assert mail["Subject"] == "Re: A Bcc: b@c"
        assert str(mail["To"]) == "anna@example.org"


@pytest.mark.parametrize(
    "recipient", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "Anna", "ö@b.de"]
)
def test_a_recipient_is_one_address(core: Core, town: Town, recipient: str) -> None:
    (result,) = send(core, part("Hallo", "m1@example.org", to=recipient))
    assert isinstance(result, Permanent)
    assert town.outbox.taken == []


def test_a_file_goes_as_a_mail_of_its_own(core: Core, town: Town) -> None:
    file = RawFile("Straßenplan.pdf", "application/pdf", bytes(range(256)) * 300)
    send(core, part("", "m1@example.org", file=file))
    assert heard(sent(town)).files == (file,)


def test_nothing_public_and_nothing_for_nobody_leaves(core: Core, town: Town) -> None:
    one = part("Hallo", "m1@example.org")
    results = send(
        core,
        dataclasses.replace(one, visibility=Visibility.PUBLIC),
        dataclasses.replace(one, recipient=None),
        dataclasses.replace(one, act=Act.EDIT, target="k@city.test"),
    )
    assert [result.code for result in results if isinstance(result, Permanent)] == [
        Refusal.UNSUPPORTED,
        Refusal.NOT_PRIVATE,
        Refusal.UNSUPPORTED,
    ]
    assert town.outbox.taken == []


def test_later_is_not_never(core: Core, town: Town) -> None:
    town.outbox.answers += ["451 4.7.1 Greylisted", "550 5.1.1 No such user", "552 5.3.4 Too big"]
    one = part("Hallo", "m1@example.org")
    later, never, large = send(core, one, one, one)
    assert isinstance(later, Transient)
    assert later.scope is Scope.CHAT
    assert never == Permanent(Refusal.REFUSED, "refused 550")
    assert large == Permanent(Refusal.TOO_LARGE, "refused 552")


def test_a_server_that_has_enough_of_us_rests_the_channel(core: Core, town: Town) -> None:
    town.outbox.answers.append("421 4.7.0 Too many connections")
    (result,) = send(core, part("Hallo", "m1@example.org"))
    assert isinstance(result, Transient)
    assert result.scope is Scope.CHANNEL


def test_a_wrong_password_is_a_login(core: Core, town: Town) -> None:
    town.outbox.password = "another"
    (result,) = send(core, part("Hallo", "m1@example.org"))
    assert result == LoginNeeded("SMTP 535")


def test_where_the_line_breaks_after_the_mail_was_handed_in_nobody_knows(
    core: Core, town: Town
) -> None:
    town.outbox.cuts = 1
    (result,) = send(core, part("Hallo", "m1@example.org"))
    assert isinstance(result, Unknown)
    assert len(town.outbox.taken) == 1


def test_where_no_packet_gets_through_nothing_has_left(town: Town, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]  # nobody takes them: the next is not heard
        for one in waiting:
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.connect(("127.0.0.1", port))
        core = Core(town.settings({**town.ports, "smtp": port}), tmp_path)
        (result,) = send(core, part("Hallo", "m1@example.org"))
        for one in waiting:
            one.close()
    assert result == Transient("no_answer", Scope.CHANNEL)


def test_sending_and_whatever_else_takes_long_do_not_wait_for_each_other(
    core: Core, town: Town
) -> None:
    done = Event()

    async def go() -> SendResult:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, done.wait)
        async with core:
            try:
                return await core.link.send(part("Hallo", "m1@example.org"), key="k0")
            finally:
                done.set()
                await busy

    assert run(go()) == Sent("k0@city.test")


def test_a_copy_lies_with_the_sent_mail_and_proves_that_it_was_sent(core: Core, town: Town) -> None:
    one = part("Hallo", "m1@example.org")

    async def go() -> tuple[str | None, str | None]:
        async with core:
            await core.link.send(one, key="k1")
            await core.link.send(one, key="k1")
            return (
                await core.link.find_sent(one, key="k1"),
                await core.link.find_sent(one, key="k2"),
            )

    assert run(go()) == ("k1@city.test", None)
    assert len(town.inbox.flags(USER, "Sent")) == 1


def test_a_mailbox_that_is_away_keeps_no_mail_from_leaving(core: Core, town: Town) -> None:
    town.inbox.user(USER, "another")
    (result,) = send(core, part("Hallo", "m1@example.org"))
    assert result == Sent("k0@city.test")


REFERENCE = "lev-2026-004711.k3jq5zdm2nbvx7ua"


def test_an_answer_brings_the_reference_back_from_any_program_and_address(
    town: Town, tmp_path: Path
) -> None:
    core = Core(town.settings(town.ports) | {"plus": "on"}, tmp_path)
    one = dataclasses.replace(part("Wo genau?", "m1@example.org"), reference=REFERENCE)

    async def go() -> None:
        async with core:
            await core.begin()
            await core.link.send(one, key="k1")
            wanted = sent(town)["Reply-To"].addresses[0].addr_spec
            answer = letter("bernd", "Am Brunnen", subject="Ohne Bezug")
            answer.replace_header("To", wanted)
            town.inbox.deliver(USER, answer.as_bytes(), to=wanted)
            await core.all()

    run(go())
    assert str(sent(town)["Reply-To"]) == (f"Stadt Musterhausen <{USER}+t.{REFERENCE}@city.test>")
    (answer,) = core.messages
    assert answer.reference == REFERENCE
    assert answer.sender.id == "bernd@example.org"
    assert answer.thread.endswith("@example.org"), "for a reference that is over"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"plus": "off"},
        {"plus": "on", "address": f"{USER}+amt@city.test"},
        {"plus": "on", "address": f"{'a' * 30}@city.test"},
    ],
)
def test_without_room_for_a_plus_answers_come_to_the_plain_address(
    town: Town, tmp_path: Path, settings: dict[str, str]
) -> None:
    core = Core(town.settings(town.ports) | settings, tmp_path)
    (result,) = send(core, dataclasses.replace(part("Ja", "m1@x"), reference=REFERENCE))
    assert isinstance(result, Sent)
    assert sent(town)["Reply-To"] is None


def test_a_mail_says_in_which_language_it_is(core: Core, town: Town) -> None:
    one = part("Yarın", "m1@example.org")
    send(core, dataclasses.replace(one, language="tr"), one)
    assert [one["Content-Language"] for one in town.outbox.taken] == ["tr", None]
