"""Channels in the desk: added, tested, changed, paused, removed, and no secret on any page."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import select

from bot import clock
from bot.audit.models import AuditEntry
from bot.channels import binding, health
from bot.channels.binding import Folder
from bot.channels.models import Channel
from bot.outbox.states import DeliveryState
from bot.staff.states import Role
from connectors.base import Account, PlatformError, Standing, Trouble
from connectors.details import Detail
from tests.dashboard.desk.test_events import events
from tests.dashboard.desk.test_lists import break_delivery
from tests.fakes.platform import Foreign, Platform
from tests.support import city as cities
from tests.support.city import City, Desk, value

PASSWORD = "correct-horse"
TOKEN = "syt_renewed"
FORM = {
    "kind": "matrix",
    "name": "Matrix der Stadt",
    "set_homeserver": "https://matrix.example.org",
    "set_user_id": "@stadt:example.org",
    "set_password": PASSWORD,
    "set_invites": "all",
}
LOGGED_IN = Standing("Stadt Leverkusen", renewed={"access_token": TOKEN, "device_id": "DEVICE"})
REFUSED = PlatformError(Trouble.LOGIN, "M_FORBIDDEN")


@pytest.fixture(scope="module")
def platform() -> Platform:
    return Platform()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, platform: Platform
) -> Iterator[City]:
    """Yield a city whose Matrix is `platform`."""
    folder = tmp_path_factory.mktemp("city")
    with cities.on_engine(request.param, request, folder, connectors=Foreign(platform)) as town:
        yield town


@pytest.fixture
def desk(city: City, platform: Platform) -> Desk:
    """Yield an admin's desk; the accounts of the tests before are other accounts."""
    platform.checks.clear()
    platform.accounts.clear()
    with city.database.unit_of_work() as session:
        for channel in session.scalars(select(Channel).where(Channel.kind == "matrix")):
            former = f"@frueher{channel.id}:example.org"
            channel.settings = channel.settings | {"user_id": former}
    return city.staff(Role.ADMIN)


def add(desk: Desk, platform: Platform, name: str) -> str:
    """Add an account and return the address of its page."""
    platform.checks = [LOGGED_IN]
    answer = desk.post("/desk/channels/new", FORM | {"name": name})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def opened(platform: Platform, address: str) -> Account:
    """Return with what the account of a page was opened last; others may be opened meanwhile."""
    slug = address.rpartition("/")[2]
    return [account for account in platform.accounts if account.slug == slug][-1]


def fields(page: str) -> dict[str, str]:
    """Return name and value of every input of the page."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        found[attributes["name"]] = unescape(attributes.get("value", ""))
    return found


def test_kinds_are_offered_with_their_forms(desk: Desk) -> None:
    page = desk.get("/desk/channels/new").text
    for kind in ("api", "webchat", "matrix"):
        assert f"/desk/channels/new?kind={kind}" in page
    form = desk.get("/desk/channels/new?kind=matrix").text
    assert set(fields(form)) >= {"set_homeserver", "set_user_id", "set_password", "set_device_id"}
    assert 'type="password"' in form
    assert '<option value="own_server">Nur vom eigenen Server</option>' in form
    desk.post("/desk/account/language", {"language": "en"})
    english = desk.get("/desk/channels/new?kind=matrix").text
    assert "Only from its own server" in english
    assert "Full name of the account" in english


def test_what_only_a_log_in_brings_is_no_field_for_people(desk: Desk) -> None:
    form = desk.get("/desk/channels/new?kind=bluesky").text
    assert {"set_server", "set_handle", "set_app_password"} <= set(fields(form))
    assert not {"set_access_token", "set_refresh_token"} & set(fields(form))
    typed = {
        "kind": "bluesky",
        "name": "Bluesky",
        "set_server": "https://pds.example.org",
        "set_handle": "stadt.example.org",
        "set_app_password": PASSWORD,
        "set_access_token": TOKEN,
    }
    answer = desk.post("/desk/channels/new", typed)
    assert answer.status_code == 422
    assert "Diese Angabe gibt es hier nicht." in answer.text


def test_an_account_is_added_seen_and_never_shows_its_secrets(
    city: City, desk: Desk, platform: Platform
) -> None:
    address = add(desk, platform, "Geheimnisträger")
    assert platform.accounts[0].values["password"] == PASSWORD
    pages = [
        desk.get(path).text
        for path in (address, f"{address}/change", "/desk/channels", f"{address}/remove")
    ]
    assert "Stadt Leverkusen" in pages[0] + pages[2]
    assert pages[0].count("ist gespeichert") == 2
    assert "Ist gespeichert. Leer lassen" in pages[1]
    assert fields(pages[1])["set_user_id"] == "@stadt:example.org"
    assert fields(pages[1])["set_password"] == ""
    with city.database.read() as session:
        slug = address.rpartition("/")[2]
        row = session.scalars(select(Channel).where(Channel.slug == slug)).one()
        trail = session.scalars(select(AuditEntry.fields)).all()
    stored = f"{row.settings}{row.credentials}{trail}"
    for secret in (PASSWORD, TOKEN):
        assert secret not in "".join(pages) + stored


def test_refused_forms_say_why_beside_the_field(desk: Desk, platform: Platform) -> None:
    typed = FORM | {"name": " ", "set_homeserver": "matrix"}
    answer = desk.post("/desk/channels/new", typed)
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    answer = desk.post("/desk/channels/new", typed | {"name": "Eins", "set_user_id": ""})
    assert answer.status_code == 422
    assert 'id="set_homeserver-error"' in answer.text
    assert "Das ist keine Adresse." in answer.text
    open_line = typed | {"name": "Eins", "set_homeserver": "http://matrix.example.org"}
    assert (
        "ginge das Passwort lesbar durchs Netz" in desk.post("/desk/channels/new", open_line).text
    )
    keyless = desk.post("/desk/channels/new", FORM | {"set_password": ""}).text
    assert 'id="set_access_token-error"' in keyless
    assert "ein Passwort oder ein Token" in keyless
    assert "Diese Angabe fehlt noch." in answer.text
    assert fields(answer.text)["set_homeserver"] == "matrix"
    assert fields(answer.text)["name"] == "Eins"
    assert "Bitte noch einmal eingeben" in answer.text
    assert PASSWORD not in answer.text
    assert not [one for one in platform.accounts if one.slug.startswith(".draft")]
    assert desk.post("/desk/channels/new", FORM | {"kind": "pigeon"}).status_code == 422


def test_what_the_platform_refuses_can_be_saved_all_the_same(
    desk: Desk, platform: Platform
) -> None:
    platform.checks = [REFUSED]
    answer = desk.post("/desk/channels/new", FORM | {"name": "Später"})
    assert answer.status_code == 422
    assert "Die Plattform nimmt die Anmeldung nicht an." in answer.text
    assert "M_FORBIDDEN" in answer.text
    assert "Trotzdem speichern" in answer.text
    assert fields(answer.text)["set_homeserver"] == FORM["set_homeserver"]
    assert desk.get("/desk/channels/spaeter").status_code == 404
    saved = desk.post("/desk/channels/new", FORM | {"name": "Später", "untested": "yes"})
    assert saved.headers["location"] == "/desk/channels/spaeter?done=added"
    assert "pausiert" in desk.get("/desk/channels/spaeter").text


def test_an_account_that_is_a_channel_already_is_refused_beside_its_name(
    desk: Desk, platform: Platform
) -> None:
    add(desk, platform, "Einmal")
    platform.checks = [LOGGED_IN]
    answer = desk.post("/desk/channels/new", FORM | {"name": "Zweimal"})
    assert answer.status_code == 422
    assert "Dieses Konto ist schon als Kanal angelegt." in answer.text
    assert desk.get("/desk/channels/zweimal").status_code == 404


def test_testing_says_what_to_do_and_a_new_password_cures_it(
    desk: Desk, platform: Platform
) -> None:
    address = add(desk, platform, "Abgemeldet")
    platform.checks = [REFUSED]
    answer = desk.post(f"{address}/test")
    assert answer.headers["location"] == f"{address}?done=test_failed"
    page = desk.get(answer.headers["location"]).text
    assert "Der Test ist fehlgeschlagen." in page
    assert "Bitte geben Sie Passwort oder Token neu ein" in page
    assert "gestört" in desk.get("/desk/channels").text
    version = value(desk.get(f"{address}/change").text, "version")
    changed = FORM | {"name": "Abgemeldet", "version": version, "set_password": "new-one"}
    assert desk.post(f"{address}/change", changed).headers["location"] == f"{address}?done=saved"
    assert opened(platform, address).values["password"] == "new-one"
    assert "in Ordnung" in desk.get(address).text
    assert desk.post(f"{address}/test").headers["location"] == f"{address}?done=tested"
    assert "access_token" not in opened(platform, address).values  # the old log-in is gone


def test_a_missing_package_is_told_where_it_is_tested_and_added(
    desk: Desk, platform: Platform
) -> None:
    address = add(desk, platform, "Paket")
    missing = PlatformError(Trouble.SETTINGS, f"{Detail.NOT_INSTALLED}: nio")
    platform.checks = [missing]
    desk.post(f"{address}/test")
    says = (
        "Auf diesem Server kann der Kanal noch nicht laufen. Die IT kann installieren, was fehlt.",
        "Auf dem Server von Stadtdraht fehlt ein Programmpaket. (nio)",
    )
    page = desk.get(address).text
    assert all(words in page for words in says)
    assert f"{address}/test" in page, "once it is installed"
    platform.checks = [missing]
    refused = desk.post("/desk/channels/new", FORM | {"name": "Neu", "set_user_id": "@n:b.org"})
    assert refused.status_code == 422
    assert all(words in refused.text for words in says)


def test_who_was_slower_keeps_what_was_typed(desk: Desk, platform: Platform) -> None:
    address = add(desk, platform, "Zwei Leute")
    version = value(desk.get(f"{address}/change").text, "version")
    mine = FORM | {"name": "Meiner", "version": version}
    desk.post(f"{address}/change", FORM | {"name": "Schneller", "version": version})
    page = desk.post(f"{address}/change", mine)
    assert page.status_code == 409
    assert "Inzwischen hat jemand diesen Kanal" in page.text
    assert fields(page.text)["name"] == "Meiner"
    again = mine | {"version": value(page.text, "version")}
    assert desk.post(f"{address}/change", again).status_code == 303
    assert "Meiner" in desk.get(address).text


def test_pausing_resuming_and_removing(desk: Desk, platform: Platform) -> None:
    address = add(desk, platform, "Auf Zeit")
    desk.post(f"{address}/pause")
    assert "pausiert" in desk.get(address).text
    desk.post(f"{address}/resume")
    assert "in Ordnung" in desk.get(address).text
    question = desk.get(f"{address}/remove").text
    assert "Alle Unterhaltungen bleiben." in question
    assert desk.post(f"{address}/remove").headers["location"] == "/desk/channels?done=removed"
    assert desk.get(address).status_code == 404
    assert "Auf Zeit" not in desk.get("/desk/channels").text


def test_a_lost_data_folder_is_released_by_who_manages(
    city: City, desk: Desk, platform: Platform
) -> None:
    address = add(desk, platform, "Matrix")
    assert f"{address}/release" not in desk.get(address).text
    with city.database.unit_of_work() as session:
        slug = address.rpartition("/")[2]
        channel = session.scalars(select(Channel).where(Channel.slug == slug)).one()
        binding.bind(session, channel.id, Folder("f" * 32, "connectors-1"))
    page = desk.get(address).text
    assert "connectors-1" in page
    assert f"{address}/release" in page
    desk.post(f"{address}/release")
    assert "connectors-1" not in desk.get(address).text


def test_a_token_is_shown_once(city: City, desk: Desk) -> None:
    page = desk.post("/desk/channels/new", {"kind": "api", "name": "Bürger-App"})
    assert page.status_code == 200
    assert "no-store" in page.headers["cache-control"]
    found = re.search(r'<dd class="mono">([\w-]{40,})</dd>', page.text)
    assert found
    asked = city.client().get(
        "/api/v1/channels/buerger-app/replies",
        headers={"authorization": f"Bearer {found.group(1)}"},
    )
    assert asked.status_code == 200
    assert found.group(1) not in desk.get("/desk/channels/buerger-app").text


def test_what_a_removed_channel_owes_is_listed_and_not_sent_again(city: City, desk: Desk) -> None:
    page = desk.post("/desk/channels/new", {"kind": "api", "name": "Abgeschaltet"})
    found = re.search(r'<dd class="mono">([\w-]{40,})</dd>', page.text)
    assert found
    citizen = replace(city, channel="abgeschaltet", channel_token=found.group(1)).citizen()
    citizen.says("Ich möchte mit einem Menschen sprechen")
    citizen.hears()
    again = f"/desk/failed/{break_delivery(city, citizen.thread, DeliveryState.DEAD)}/requeue"
    assert again in desk.get("/desk/failed").text
    desk.post("/desk/channels/abgeschaltet/remove")
    assert again not in desk.get("/desk/failed").text
    assert desk.post(again).status_code == 409
    conversation = f"/desk/conversations/{citizen.conversation_id}"
    version = value(desk.get(conversation).text, "version")
    reply = {"mode": "reply", "text": "Zu spät geantwortet", "version": version}
    desk.post(f"{conversation}/replies", reply)
    failed = desk.get("/desk/failed").text
    assert "Zu spät geantwortet" in failed
    assert "Der Kanal wurde entfernt." in failed


def test_open_pages_hear_of_it(desk: Desk, platform: Platform) -> None:
    address = add(desk, platform, "Live")
    with events(desk) as stream:
        desk.post(f"{address}/pause")
        assert next(one.data for one in stream if one.data["kind"] == "channel.changed")


def test_health_and_figures_name_a_channel_that_fails(
    city: City, desk: Desk, platform: Platform
) -> None:
    address = add(desk, platform, "Messwert")
    slug = address.rpartition("/")[2]

    def failing() -> float:
        name = f'stadtdraht_channel_failing_seconds{{channel="{slug}"}} '
        lines = city.client().get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(name)).split()[1])

    assert failing() == 0.0
    assert f"channel {slug}" not in city.client().get("/health").json()["degraded"]
    with city.database.unit_of_work() as session:
        channel = session.scalars(select(Channel.id).where(Channel.slug == slug)).one()
        error = PlatformError(Trouble.SETTINGS, "M_FORBIDDEN")
        health.note_trouble(session, channel, error, now=clock.now())
    answer = city.client().get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert f"channel {slug}" in answer.json()["degraded"]
    assert failing() >= 0.0
    citizen = city.citizen()
    citizen.says("Hallo")
    citizen.hears()
    ages = f'stadtdraht_channel_last_in_age_seconds{{channel="{city.channel}"}} '
    assert ages in city.client().get("/metrics").text


def test_a_lost_key_is_said_and_the_channel_can_be_removed(
    city: City, desk: Desk, platform: Platform
) -> None:
    address = add(desk, platform, "Schlüssellos")
    slug = address.rpartition("/")[2]
    with city.database.unit_of_work() as session:
        row = session.scalars(select(Channel).where(Channel.slug == slug)).one()
        row.credentials = "gAAAA"
    page = desk.get(address).text
    assert "lassen sich nicht öffnen" in page
    assert f"{address}/change" not in page
    assert desk.post(f"{address}/remove").status_code == 303


def test_managers_pause_and_test_but_do_not_change(
    city: City, desk: Desk, platform: Platform
) -> None:
    address = add(desk, platform, "Nur lesen")
    manager = city.staff(Role.MANAGER)
    page = manager.get(address).text
    assert f"{address}/pause" in page
    assert f"{address}/change" not in page
    assert f"{address}/remove" not in page
    assert manager.post(f"{address}/test").status_code == 303
    assert manager.post(f"{address}/change", FORM).status_code == 403
    assert city.staff(Role.VIEWER).get("/desk/channels").status_code == 403


def test_the_cause_is_said_in_the_readers_language(
    city: City, desk: Desk, platform: Platform
) -> None:
    address = add(desk, platform, "Woanders")
    found = PlatformError(Trouble.UNREACHABLE, f"{Detail.NOT_THE_PLATFORM}: HTTP 404")
    platform.checks = [found]
    desk.post(f"{address}/test")
    page = desk.get(address).text
    assert "Dort antwortet etwas anderes als die Plattform. (HTTP 404)" in page
    assert str(Detail.NOT_THE_PLATFORM) not in page
