"""What an account's troubles are called, and that none of them holds anybody up."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from connectors import registry
from connectors.base import Account, PlatformError, Standing, Trouble
from connectors.details import Detail
from connectors.email.connector import CONNECTOR
from connectors.mailserver import Security
from tests.connectors.email.counterpart import ADDRESS, Town, letter
from tests.connectors.email.support import Core, part, run
from tests.fakes import mail
from tests.fakes.mail import PASSWORD, USER
from tests.support import dovecot


def trouble(core: Core) -> PlatformError:
    """Return what is wrong when we ask for news."""

    async def go() -> None:
        async with core:
            await core.pull()

    with pytest.raises(PlatformError) as caught:
        run(go())
    return caught.value


def check(core: Core) -> Standing:
    async def go() -> Standing:
        async with core:
            return await core.link.check()

    return run(go())


def test_a_good_account_says_who_we_are(core: Core) -> None:
    assert check(core).name == ADDRESS


def test_a_wrong_password_is_a_login(core: Core, town: Town) -> None:
    town.log_out()
    found = trouble(core)
    assert (found.trouble, found.detail) == (Trouble.LOGIN, "IMAP AUTHENTICATIONFAILED")


def test_a_wrong_password_for_sending_shows_in_the_test(core: Core, town: Town) -> None:
    town.outbox.password = "another"
    with pytest.raises(PlatformError) as caught:
        check(core)
    assert (caught.value.trouble, caught.value.detail) == (Trouble.LOGIN, "SMTP 535")


def test_a_folder_that_is_not_there_is_a_setting(town: Town, tmp_path: Path) -> None:
    core = Core({**town.settings(town.ports), "folder": "Nirgends"}, tmp_path)
    found = trouble(core)
    assert (found.trouble, found.detail) == (Trouble.SETTINGS, Detail.NO_FOLDER)


def test_nobody_at_home_is_unreachable(town: Town, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    core = Core(town.settings({**town.ports, "imap": port}), tmp_path)
    assert str(trouble(core)) == f"{Trouble.UNREACHABLE}: {Detail.NO_CONNECTION}"


def test_a_kept_connection_that_was_cut_is_made_anew(core: Core, town: Town) -> None:
    async def go() -> None:
        async with core:
            await core.begin()
            town.say("anna", "Eins")
            await core.all()
            town.inbox.kick(USER)
            town.say("anna", "Zwei")
            await core.all()

    run(go())
    assert core.texts == ["Anfrage\n\nEins", "Anfrage\n\nZwei"]


def test_both_servers_are_vouched_for_by_the_city_itself(tmp_path: Path) -> None:
    if not dovecot.installed():
        pytest.skip("Dovecot is not installed; as root `make test` installs it")
    with mail.serving(tmp_path, security=Security.TLS) as outbox:
        files = tmp_path / "own.pem", tmp_path / "own.key"
        with dovecot.running(tls=files) as inbox:
            inbox.user(USER, PASSWORD)
            settings = {"address": ADDRESS, "user": USER, "password": PASSWORD}
            both = {
                "imaps": f"imaps://localhost:{inbox.tls_port}",
                "starttls": f"imap://localhost:{inbox.port}",
            }
            for imap in both.values():
                whole = settings | {"imap": imap, "smtp": f"smtps://localhost:{outbox.port}"}
                known = Core(whole, tmp_path, ca_file=outbox.ca_file)
                assert check(known).name == ADDRESS
                assert trouble(Core(whole, tmp_path)).detail == Detail.CERTIFICATE
                _hears(known, inbox)


def _hears(core: Core, inbox: dovecot.Dovecot) -> None:
    async def go() -> None:
        core.fresh_link()
        async with core:
            await core.begin()
            inbox.deliver(USER, letter("anna", "Sicher").as_bytes())
            await core.all()
            await core.link.send(part("Ja", "m1@example.org"), key="k1")

    run(go())
    assert core.texts == ["Anfrage\n\nSicher"]


@contextmanager
def saying(*answers: bytes) -> Iterator[int]:
    """Serve one connection that says these lines, one to each line that it hears, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            with line, line.makefile("rb") as heard, suppress(OSError):
                for place, answer in enumerate(answers):
                    if place:
                        heard.readline()
                    line.sendall(answer)

        thread = threading.Thread(target=serve, name="saying")
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), Trouble.SETTINGS),
        ((b"* BYE too many connections\r\n",), Trouble.UNREACHABLE),
        ((b"* OK hello\r\n", b"s1 OK\r\n", b"s2 NO [UNAVAILABLE] later\r\n"), Trouble.UNREACHABLE),
        ((b"* OK hello\r\n", b"s1 OK\r\n", b"s2 NO [LIMIT] slowly\r\n"), Trouble.RATE),
        ((b"* OK hello\r\n", b"s1 OK\r\n", b"s2 NO no such user\r\n"), Trouble.LOGIN),
        ((b"* OK hello\r\n", b"x" * 5_000_000), Trouble.GARBAGE),
        ((b"* OK hello\r\n", b"* 1 FETCH {999999999999}\r\n"), Trouble.GARBAGE),
        ((b"* OK hello\r\n", b"* 1 FETCH {10}\r\nabc"), Trouble.UNREACHABLE),
    ],
)
def test_a_strange_server_is_called_by_its_trouble(
    town: Town, tmp_path: Path, answers: tuple[bytes, ...], expected: Trouble
) -> None:
    with saying(*answers) as port:
        core = Core(town.settings({**town.ports, "imap": port}), tmp_path)
        assert trouble(core).trouble is expected


@pytest.mark.parametrize(
    "imap",
    [
        "imap://mail.stadt.example?tls=none",
        "imaps://u:p@mail.stadt.example",
        "https://stadt.example",
    ],
)
def test_an_address_that_would_give_the_password_away_is_refused(imap: str) -> None:
    values = {"address": ADDRESS, "password": "x", "smtp": "smtps://mail.stadt.example"}
    with pytest.raises(PlatformError) as caught:
        CONNECTOR.connect(Account("post", Path(), values | {"imap": imap}))
    assert caught.value.trouble is Trouble.SETTINGS


def test_the_account_is_its_address() -> None:
    fields = registry.settings("email").model_fields
    assert {name for name, info in fields.items() if info.is_required()} == {
        "address",
        "imap",
        "smtp",
        "password",
    }
