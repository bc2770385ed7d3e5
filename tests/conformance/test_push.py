"""What platforms push, over HTTP: signed, stored before it is answered, each once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from bot import clock
from bot.audit.service import CLI
from bot.channels import accounts, forms, kinds
from bot.channels import service as channels
from bot.channels.states import ChannelState
from bot.inbound.models import RawItem
from connectors import registry
from connectors.push import Answer, Call
from tests.conformance.case import case
from tests.conformance.counterpart import NotOffered, Push
from tests.conformance.stage import Stage
from tests.support.city import City

_MANY = 100


@dataclass
class Hook:
    """A channel of a running city, and the way to its webhook."""

    city: City
    stage: Stage
    slug: str
    channel_id: int
    client: httpx.Client

    def post(self, push: Push) -> int:
        answer = self.client.post(
            f"/webhooks/{self.slug}", content=push.body, headers=dict(push.headers)
        )
        return answer.status_code

    @property
    def stored(self) -> int:
        with self.city.database.read() as session:
            count = select(func.count()).where(RawItem.channel_id == self.channel_id)
            return session.scalar(count) or 0


@pytest.fixture
def hook(stage: Stage, own_city: City) -> Iterator[Hook]:
    """Add the stage's account to a city, told by its platform instead of asking it."""
    if registry.receiver(stage.kind) is None:
        raise NotOffered("it tells nobody by itself")
    values = stage.account.values
    if "intake" in {field.name for field in forms.fields(stage.kind)}:
        values = {**values, "intake": "webhook"}
    with own_city.database.unit_of_work() as session:
        if stage.kind in kinds.forbidden_kinds(session):
            kinds.decide(
                session, stage.kind, is_allowed=True, reason="", actor=CLI, now=clock.now()
            )
        added = accounts.add(
            session,
            stage.kind,
            f"Von selbst {stage.kind}",
            forms.read(stage.kind, values),
            key=own_city.app.settings.key,
            actor=CLI,
            now=clock.now(),
        )
    yield Hook(own_city, stage, added.slug, added.id, own_city.client())
    with own_city.database.unit_of_work() as session:
        accounts.remove(session, added.slug, actor=CLI, now=clock.now())


@case(16, "who pushes has to sign")
def test_only_a_signed_request_is_believed(stage: Stage) -> None:
    receive = registry.receiver(stage.kind)
    if receive is None:
        raise NotOffered("it tells nobody by itself")
    values = stage.account.values
    word = "Ü & 🎉 <von selbst>"
    pushed = stage.platform.push("anna", word)
    now = datetime.now(UTC)

    def answer(headers: dict[str, str], body: bytes) -> Answer:
        return receive(Call("POST", headers, {}, body), values, now)

    good = answer(dict(pushed.headers), pushed.body)
    assert good.status == 200
    assert answer(dict(pushed.headers), pushed.body).items == good.items, "twice is the same"
    said = [event for item in good.items for event in stage.connector.parse(item.payload)]
    assert any(word in getattr(event, "text", "") for event in said)
    without = {name: value for name, value in pushed.headers.items() if "content" in name}
    wrong = {name: value[:-1] + "x" for name, value in pushed.headers.items()} | without
    for headers in (without, wrong):
        refused = answer(headers, pushed.body)
        assert refused.status == 401
        assert not refused.items


@case(16, "a push is stored once, however often and in whatever order it comes")
def test_pushes_are_stored_before_they_are_answered(hook: Hook) -> None:
    push = hook.stage.platform.push("anna", "Größer als & „1“ 🎉")
    assert hook.post(push) == 200
    assert hook.stored == 1
    assert hook.post(push) == 200
    assert hook.stored == 1, "the same again is nothing new"
    for headers in ({}, {name: value[:-2] + "xx" for name, value in push.headers.items()}):
        assert hook.post(Push(headers, push.body)) == 401
    assert hook.post(Push(push.headers, push.body + b" ")) in {200, 401}
    assert hook.stored == 1
    many = [hook.stage.platform.push(f"person{one % 7}", f"Nr. {one}") for one in range(_MANY)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(hook.post, [*reversed(many), *many])) == {200}
    assert hook.stored == 1 + _MANY


@case(16, "who is paused takes nothing, so that the platform tries again")
def test_a_paused_channel_is_not_there(hook: Hook) -> None:
    push = hook.stage.platform.push("anna", "Zu früh")
    with hook.city.database.unit_of_work() as session:
        channels.set_state(session, hook.slug, ChannelState.PAUSED, actor=CLI, now=clock.now())
    assert hook.post(push) == 503
    assert hook.stored == 0


def test_nobody_pushes_to_a_channel_that_asks(own_city: City) -> None:
    client = own_city.client()
    for slug in (own_city.channel, "gibt-es-nicht", "a" * 300, "%00", "a%00b"):
        answer = client.post(f"/webhooks/{slug}", content=b"{}")
        assert answer.status_code == 404
        assert answer.json()["code"] in {"no_webhook", "channel_not_found", "not_found"}


def test_the_pushes_folder() -> None:
    """Every kind that has a `push` module has a `receive` in it."""
    for kind in registry.kinds():
        here = Path(registry.__file__).parent / kind / "push.py"
        assert here.exists() == (registry.receiver(kind) is not None)
