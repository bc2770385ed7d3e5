"""The switch for data protection on the desk: who may turn it, what it stops, what people read."""

import pytest
from sqlalchemy import select

from bot import clock
from bot.audit.models import AuditEntry
from bot.audit.service import CLI, SYSTEM, Actor, ActorKind
from bot.channels import accounts, forms, kinds
from bot.channels.models import Channel, KindDecision
from bot.channels.states import ChannelState
from bot.inbox.models import Conversation
from bot.staff.states import Role
from connectors.base import Standing
from tests.dashboard.desk.test_channels import FORM, city, platform
from tests.fakes.platform import Platform
from tests.support.city import City, Desk, value

__all__ = ["city", "platform"]

KINDS = "/desk/channel-kinds"
_TELEGRAM = {"username": "stadt_bot", "token": "123456789:" + "A" * 35, "intake": "webhook"}


@pytest.fixture
def desk(city: City, platform: Platform) -> Desk:
    """Yield an admin's desk in a city where everything is allowed, but not X."""
    platform.checks.clear()
    with city.database.unit_of_work() as session:
        for kind in ("matrix", "telegram"):
            now = clock.now()
            kinds.decide(session, kind, is_allowed=True, reason="", actor=CLI, now=now)
    return city.staff(Role.ADMIN)


def add(desk: Desk, name: str) -> str:
    """Add a Matrix account and return the address of its page."""
    form = FORM | {"name": name, "set_user_id": f"@{name.lower()}:example.org"}
    answer = desk.post("/desk/channels/new", form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def forbid(desk: Desk, kind: str, reason: str = "") -> None:
    form = {"allowed": "no", "reason": reason, "last": last(desk, kind)}
    answer = desk.post(f"{KINDS}/{kind}", form)
    assert answer.headers["location"] == f"{KINDS}/{kind}?done=kind_forbidden"


def allow(desk: Desk, kind: str) -> None:
    answer = desk.post(f"{KINDS}/{kind}", {"allowed": "yes", "last": last(desk, kind)})
    assert answer.headers["location"] == f"{KINDS}/{kind}?done=kind_allowed"


def last(desk: Desk, kind: str) -> str:
    """Return the decision that the form has read."""
    return value(desk.get(f"{KINDS}/{kind}").text, "last")


def state(city: City, address: str) -> ChannelState:
    slug = address.rpartition("/")[2]
    with city.database.read() as session:
        return session.scalars(select(Channel.state).where(Channel.slug == slug)).one()


def test_a_kind_is_forbidden_and_allowed_again_with_reason_and_name(city: City, desk: Desk) -> None:
    address = add(desk, "Eins")
    assert "Zulassung" in desk.get("/desk/channels").text
    assert "Freiwillig, zum Beispiel das Aktenzeichen" in desk.get(f"{KINDS}/matrix").text
    forbid(desk, "matrix", "DSFA <2026/14>")
    page = desk.get(f"{KINDS}/matrix?done=kind_forbidden").text
    for words in (
        "Nicht mehr zugelassen. Stadtdraht liest und sendet dort nichts mehr.",
        f"Nicht zugelassen von {desk.username.title()}",
        "DSFA &lt;2026/14&gt;",
        'name="allowed" value="yes"',
    ):
        assert words in page
    assert f"Nicht zugelassen von {desk.username.title()}" in desk.get(KINDS).text
    assert state(city, address) is ChannelState.FORBIDDEN
    with city.database.read() as session:
        last = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "kind.forbidden")
        ).all()[-1]
    assert (last.actor_kind, last.actor_id, last.fields) == (
        "user",
        desk.user_id,
        ["is_allowed", "reason"],
    )
    allow(desk, "matrix")
    assert state(city, address) is ChannelState.ACTIVE
    assert desk.get(f"{KINDS}/matrix").text.count("DSFA &lt;2026/14&gt;") == 1, "it is kept"


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "de",
            (
                "Diese Art von Kanal ist nicht zugelassen",
                "Ihre Stadt hat Kanäle dieser Art nicht zugelassen: Stadtdraht liest und sendet",
                "nicht zugelassen</span>",
            ),
        ),
        (
            "en",
            (
                "This kind of channel is not allowed",
                "Your city does not allow channels of this kind: Stadtdraht reads and sends",
                "not allowed</span>",
            ),
        ),
    ],
)
def test_what_a_forbidden_account_cannot_do_is_said_in_the_readers_language(
    city: City, desk: Desk, platform: Platform, language: str, sentences: tuple[str, ...]
) -> None:
    address = add(desk, f"Sprache{language}{city.database.engine.dialect.name}")
    forbid(desk, "matrix")
    desk.post("/desk/account/language", {"language": language})
    refused, why, word = sentences
    asked = len(platform.accounts)
    for path in (f"{address}/resume", f"{address}/test", "/desk/channels/new"):
        answer = desk.post(path, FORM | {"set_user_id": "@neu:example.org"})
        assert answer.status_code == 409
        assert refused in answer.text, path
    answer = desk.get("/desk/channels/new?kind=matrix")
    assert (answer.status_code, refused in answer.text) == (409, True)
    page = desk.get(address).text
    assert why in page
    assert f"{KINDS}/matrix" in page
    for action in ("resume", "pause", "test", "change"):
        assert f"{address}/{action}" not in page
    assert f"{address}/remove" in page
    assert word in desk.get("/desk/channels").text
    assert word in desk.get("/desk/channels/new").text
    assert len(platform.accounts) == asked


def test_managers_see_the_decisions_and_only_admins_decide(city: City, desk: Desk) -> None:
    forbid(desk, "matrix", "DSFA 2026/15")
    manager = city.staff(Role.MANAGER)
    page = manager.get(f"{KINDS}/matrix").text
    assert "DSFA 2026/15" in page
    assert 'name="allowed"' not in page
    assert manager.post(f"{KINDS}/matrix", {"allowed": "yes"}).status_code == 403
    for role in (Role.VIEWER, Role.OFFICE):
        other = city.staff(role, office="inklusion" if role is Role.OFFICE else None)
        assert other.get(KINDS).status_code == 403


def test_of_two_admins_the_second_is_told_what_holds_now(city: City, desk: Desk) -> None:
    forbid(desk, "matrix", "DSFA 2026/15")
    old = {"allowed": "yes", "last": last(desk, "matrix"), "reason": "aus <alter> Seite"}
    colleague = city.staff(Role.ADMIN)
    allow(colleague, "matrix")
    forbid(colleague, "matrix", "Bescheid vom 3. Mai")
    answer = desk.post(f"{KINDS}/matrix", old)
    assert answer.status_code == 409
    for words in (
        "Inzwischen hat jemand anderes entschieden.",
        f"Nicht zugelassen von {colleague.username.title()}",
        "Bescheid vom 3. Mai",
        "aus &lt;alter&gt; Seite",
    ):
        assert words in answer.text
    with city.database.read() as session:
        assert "matrix" in kinds.forbidden_kinds(session)
    again = old | {"last": value(answer.text, "last")}
    assert desk.post(f"{KINDS}/matrix", again).status_code == 303
    assert desk.post(f"{KINDS}/matrix", {"allowed": "no"}).status_code == 409, "it has read nothing"
    assert desk.post(f"{KINDS}/matrix", old | {"last": "x"}).status_code == 422


def test_who_repeats_a_decision_decides_nothing(city: City, desk: Desk) -> None:
    old = last(desk, "matrix")
    forbid(desk, "matrix", "DSFA 2026/16")
    with city.database.read() as session:
        before = kinds.history(session, "matrix")
    for reason in ("", "DSFA 2026/16"):
        twice = desk.post(f"{KINDS}/matrix", {"allowed": "no", "reason": reason, "last": old})
        assert twice.headers["location"] == f"{KINDS}/matrix?done=kind_forbidden"
    with city.database.read() as session:
        assert kinds.history(session, "matrix") == before
    forbid(desk, "matrix", "DSFA 2026/16, Nachtrag")
    with city.database.read() as session:
        assert len(kinds.history(session, "matrix")) == len(before) + 1, "another reason is news"


@pytest.mark.parametrize(
    ("actor", "is_allowed", "says"),
    [
        (SYSTEM, True, "<li>Noch nicht entschieden: Die Konten waren schon da, "),
        (
            Actor(ActorKind.USER, 2**40),
            False,
            "<li>Nicht zugelassen von einer ehemaligen Kollegin oder einem ehemaligen Kollegen",
        ),
        (CLI, True, "<li>Zugelassen von der Administration, per Befehl"),
    ],
)
def test_the_record_says_nothing_that_is_not_so(
    city: City, desk: Desk, actor: Actor, says: str, *, is_allowed: bool
) -> None:
    with city.database.unit_of_work() as session:
        session.add(
            KindDecision(
                kind="mastodon",
                is_allowed=is_allowed,
                actor_kind=actor.kind,
                actor_id=actor.id,
                decided_at=clock.now(),
            )
        )
    page = desk.get(f"{KINDS}/mastodon").text
    assert says in page
    assert says.removeprefix("<li>") in desk.get(KINDS).text
    form = {"allowed": "yes", "reason": "DSFA", "last": last(desk, "mastodon")}
    assert desk.post(f"{KINDS}/mastodon", form).status_code == 303
    assert f"Zugelassen von {desk.username.title()}" in desk.get(f"{KINDS}/mastodon").text


def test_own_kinds_have_no_switch_and_nonsense_is_refused(desk: Desk) -> None:
    page = desk.get(f"{KINDS}/webchat").text
    assert "Diese Kanäle sind Stadtdraht selbst" in page
    assert 'name="allowed"' not in page
    assert desk.post(f"{KINDS}/webchat", {"allowed": "no"}).status_code == 422
    assert desk.post(f"{KINDS}/matrix", {"allowed": "vielleicht"}).status_code == 422
    assert desk.get(f"{KINDS}/brieftaube").status_code == 404
    assert desk.post(f"{KINDS}/brieftaube", {"allowed": "no"}).status_code == 404
    long = desk.post(f"{KINDS}/matrix", {"allowed": "no", "reason": "ä" * 301})
    assert long.status_code == 422
    assert "höchstens 300 Zeichen" in long.text
    assert "ä" * 301 in long.text, "what was typed is still there"
    assert 'id="reason-error"' in long.text


def test_webhooks_of_a_forbidden_kind_are_told_to_come_again(city: City, desk: Desk) -> None:
    with city.database.unit_of_work() as session:
        added = accounts.add(
            session,
            "telegram",
            "Telegram",
            forms.read("telegram", _TELEGRAM | {"server": "http://127.0.0.1:9"}),
            key=city.app.settings.key,
            actor=CLI,
            now=clock.now(),
        )
    address = f"/webhooks/{added.slug}"
    assert city.client().post(address, content=b"{}").status_code == 401
    forbid(desk, "telegram")
    answer = city.client().post(address, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (503, "channel_paused")
    allow(desk, "telegram")
    assert city.client().post(address, content=b"{}").status_code == 401


def test_who_writes_there_reads_that_the_answer_will_wait(city: City, desk: Desk) -> None:
    citizen = city.citizen()
    citizen.says("Guten Tag")
    citizen.hears()
    address = add(desk, f"Antwort{city.database.engine.dialect.name}")
    slug = address.rpartition("/")[2]
    with city.database.unit_of_work() as session:
        conversation = session.get_one(Conversation, citizen.conversation_id)
        matrix = session.scalars(select(Channel.id).where(Channel.slug == slug)).one()
        conversation.channel_id = matrix
    page = f"/desk/conversations/{conversation.id}"
    says = "Kanäle dieser Art sind zurzeit nicht zugelassen. Ihre Antwort wartet"
    assert says not in desk.get(page).text
    forbid(desk, "matrix")
    assert says in desk.get(page).text


@pytest.mark.parametrize("how", ["forbidden", "paused"])
def test_who_changes_a_ticket_reads_that_the_news_will_wait(
    city: City, desk: Desk, how: str
) -> None:
    citizen = city.citizen()
    citizen.says("Großes Schlagloch in der Dhünnstraße 14")
    citizen.hears()
    account = add(desk, f"Neues{how}{city.database.engine.dialect.name}")
    with city.database.unit_of_work() as session:
        slug = account.rpartition("/")[2]
        matrix = session.scalars(select(Channel.id).where(Channel.slug == slug)).one()
        session.get_one(Conversation, citizen.conversation_id).channel_id = matrix
    address = f"/desk/tickets/{citizen.ticket_number}"
    says = "Das geht erst hinaus, wenn der Kanal wieder läuft."
    assert says not in desk.get(address).text
    if how == "forbidden":
        forbid(desk, "matrix")
    else:
        desk.post(f"{account}/pause")
    page = desk.get(address).text
    assert says in page
    form = {"status": "planned", "version": value(page, "version")}
    answer = desk.post(f"{address}/status", form)
    told = "Die Nachricht geht hinaus, sobald der Kanal wieder läuft."
    assert told in desk.get(answer.headers["location"]).text


def test_a_forbidden_account_is_no_trouble(city: City, desk: Desk, platform: Platform) -> None:
    platform.checks = [Standing()]
    address = add(desk, f"Ruhe{city.database.engine.dialect.name}")
    forbid(desk, "matrix")
    slug = address.rpartition("/")[2]
    assert f"channel {slug}" not in city.client().get("/health").json()["degraded"]
    figures = city.client().get("/metrics").text
    assert f'stadtdraht_channel_failing_seconds{{channel="{slug}"}} 0.0' in figures
