"""What X costs is counted, shown beforehand, and ends with the month's budget."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.base import PlatformError, Trouble
from connectors.results import Permanent, Refusal, Sent, Transient
from connectors.x import costs
from connectors.x.connector import CONNECTOR
from connectors.x.costs import Ledger
from connectors.x.settings import Settings
from tests.connectors.x.counterpart import settings
from tests.connectors.x.support import Core, private, public, run
from tests.fakes.clock import Clock
from tests.fakes.x import HANDLE, X, problem

END_OF_NOVEMBER = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)


def spent(core: Core) -> int:
    """Return what the book says, in thousandths of a US dollar."""
    found = json.loads((core.account.folder / "spent.json").read_text("utf-8"))
    assert isinstance(found["spent"], int)
    return found["spent"]


def test_the_price_is_known_before_posting() -> None:
    price = CONNECTOR.capabilities.price
    assert price is not None
    assert price("Der Markt ist am Samstag.") == 15
    assert price("Der Markt: https://stadt.test/maerkte") == 200
    assert price("Der Markt: stadt.de") == 200
    assert price("z. B. am 18.12. um 7.30 Uhr, Mitarbeiter.innen u.a.") == 15


@pytest.mark.parametrize("budget", ["", "0", "-5", "viel", "2.5"])
def test_without_a_budget_there_is_no_channel(budget: str) -> None:
    values = settings("https://api.x.test", monthly_budget=budget)
    with pytest.raises(ValidationError):
        Settings.model_validate(values)
    del values["monthly_budget"]
    with pytest.raises(ValidationError):
        Settings.model_validate(values)


def test_the_settings_hold_off_a_server_that_would_be_read_along() -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(settings("http://api.x.test"))


def test_reading_is_paid_for_once_a_day(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            before = spent(core)
            for number in range(3):
                x.write("anna", f"@{HANDLE} Meldung {number}")
                x.message("anna", f"Nachricht {number}")
            await core.pull()
            paid = 3 * (costs.MENTION_READ + costs.MESSAGE_READ)
            assert spent(core) == before + paid
            for _ in range(5):
                await core.pull()
            assert spent(core) == before + paid
            await core.link.close()
            core.fresh_link()
            await core.pull()
            assert spent(core) == before + paid, "over a restart too, within the day"

    run(story())


def test_sending_is_paid_for_and_what_did_not_leave_is_paid_back(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            post = x.write("anna", f"@{HANDLE} Hallo")
            anna = x.person("anna")
            await core.pull()
            for part, cost in (
                (public("Ohne Link"), 15),
                (public("Mit Link: https://stadt.test"), 200),
                (public("Antwort: https://stadt.test", post), 10),
                (private("Direkt", anna), 15),
            ):
                before = spent(core)
                assert isinstance(await core.link.send(part, key=part.text), Sent)
                assert spent(core) == before + cost
            before = spent(core)
            x.refusals = [problem(403, "Your Tweet text is too long.")]
            assert isinstance(await core.link.send(public("Zu lang"), key="k"), Permanent)
            assert spent(core) == before
            x.cut_after = 1
            await core.link.send(public("Ungewiss"), key="u")
            assert spent(core) == before + 15, "what may have left is paid for"

    run(story())


def test_where_the_book_cannot_be_written_nothing_leaves(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            await core.pull()
            before = spent(core)
            blocked = core.account.folder / "spent.new"
            blocked.mkdir()
            for _ in range(2):
                result = await core.link.send(public("Nicht gebucht"), key="k")
                assert isinstance(result, Transient)
            assert not [one for one in x.posts if "gebucht" in one.text]
            blocked.rmdir()
            assert isinstance(await core.link.send(public("Jetzt gebucht"), key="k"), Sent)
            assert spent(core) == before + costs.POST

    run(story())


def test_an_end_that_cannot_be_written_is_written_later(tmp_path: Path) -> None:
    clock = Clock()
    place = tmp_path / "spent.json"
    ledger = Ledger(place, 1, clock.now)

    async def story() -> None:
        assert await ledger.begin("a", 15)
        blocked = tmp_path / "spent.new"
        blocked.mkdir()
        await ledger.end("a", "1")
        assert ledger.posted("a") == "1"
        with pytest.raises(PlatformError):
            await ledger.begin("b", 15)
        assert ledger.left == 985
        blocked.rmdir()
        await ledger.note("post", ["1"], 1)
        assert Ledger(place, 1, clock.now).posted("a") == "1"

    run(story())


def test_a_slow_disk_keeps_nobody_waiting_but_who_pays(tmp_path: Path) -> None:
    """Its file is a pipe: writing begins when somebody reads, which is when all else went on."""
    place = tmp_path / "spent.json"
    pipe = place.with_suffix(".new")
    os.mkfifo(pipe)
    went_on = Event()

    def read() -> bool:
        in_time = went_on.wait(10)
        pipe.read_bytes()
        return in_time

    async def story() -> bool:
        reading = asyncio.create_task(asyncio.to_thread(read))
        paying = asyncio.create_task(Ledger(place, 1, Clock().now).begin("a", 15))
        await asyncio.sleep(0)
        assert not paying.done()
        went_on.set()
        with pytest.raises(PlatformError):  # a pipe is no safe place for a book
            await paying
        return await reading

    assert run(story())


def test_who_pays_waits_for_a_slow_disk_no_longer_than_there_is_time_to_send(
    tmp_path: Path,
) -> None:
    """Its file is a pipe from which nobody reads before it is given up."""
    pipe = tmp_path / "spent.new"
    os.mkfifo(pipe)

    async def story() -> None:
        ledger = Ledger(tmp_path / "spent.json", 1, Clock().now)
        with pytest.raises(PlatformError):
            await ledger.begin("a", 15)
        assert ledger.began_at("a") is None, "nothing will be sent"
        assert ledger.left == 1000
        await asyncio.to_thread(pipe.read_bytes)
        await ledger.close()

    run(story())


@given(
    entries=st.lists(
        st.tuples(st.integers(1, 400), st.sampled_from(["posted", "failed", "unknown", "killed"])),
        max_size=30,
    )
)
def test_many_at_once_never_spend_more_than_there_is(entries: list[tuple[int, str]]) -> None:
    async def attempt(ledger: Ledger, key: str, cost: int, end: str) -> int:
        paid = await ledger.begin(key, cost)
        if end in {"posted", "failed"}:
            await ledger.end(key, key if end == "posted" else None)
        return cost if paid and end != "failed" else 0

    async def story(place: Path) -> None:
        clock = Clock()
        ledger = Ledger(place, 1, clock.now)
        attempts = [
            asyncio.create_task(attempt(ledger, str(number), cost, end))
            for number, (cost, end) in enumerate(entries)
        ]
        await asyncio.sleep(0)
        for task, (_, end) in zip(attempts, entries, strict=True):
            if end == "killed":
                task.cancel()
        done = await asyncio.gather(*attempts, return_exceptions=True)
        paid = sum(one for one in done if isinstance(one, int))
        assert ledger.left == 1000 - paid >= 0
        await ledger.note("post", ["1"], 0)
        await ledger.close()
        assert Ledger(place, 1, clock.now).left == ledger.left, "as the file says"

    with TemporaryDirectory() as folder:
        run(story(Path(folder) / "spent.json"))


def test_when_the_budget_is_spent_nothing_is_asked_and_nothing_is_sent(
    x: X, tmp_path: Path
) -> None:
    core = Core(x, tmp_path / "x", monthly_budget="1")

    async def story() -> None:
        async with core:
            results = [
                await core.link.send(public(f"Teuer {number}: https://stadt.test"), key=str(number))
                for number in range(6)
            ]
            assert [isinstance(result, Sent) for result in results] == [True] * 4 + [False] * 2
            refused = results[-1]
            assert isinstance(refused, Permanent)
            assert refused.code is Refusal.TOO_EXPENSIVE
            for number in range(100):
                if not isinstance(
                    await core.link.send(public(f"{number}"), key=f"x{number}"), Sent
                ):
                    break
            left = Ledger(core.account.folder / "spent.json", 1, core.clock.now).left
            assert 0 <= left < costs.POST
            for number in range(left):
                x.write("anna", f"@{HANDLE} Meldung {number}")
            await core.pull()
            asked = len(x.asked)
            for _ in range(3):
                core.clock.advance(60)
                with pytest.raises(PlatformError) as raised:
                    await core.pull()
                assert raised.value.trouble is Trouble.SETTINGS
                assert raised.value.detail == "budget_spent"
            assert len(x.asked) == asked
            await core.link.close()
            with pytest.raises(PlatformError):
                await core.fresh_link().pull(core.cursor)

    run(story())


def test_a_new_month_begins_with_a_full_budget(tmp_path: Path) -> None:
    clock = Clock(END_OF_NOVEMBER)
    place = tmp_path / "x" / "spent.json"
    ledger = Ledger(place, 1, clock.now)

    async def story() -> None:
        assert await ledger.begin("a", 800)
        await ledger.end("a", "1")
        assert await ledger.begin("late", 100)
        assert not await ledger.begin("b", 200)
        clock.advance(120)
        assert ledger.left == 1000
        assert await ledger.begin("b", 200)
        await ledger.end("late", None)
        assert ledger.left == 800, "what the old month had paid the new one does not get back"
        assert Ledger(place, 1, clock.now).left == 800, "over a restart"
        clock.jump(-120)
        assert ledger.left == 800, "a clock that goes back gives no money back"

    run(story())


def test_an_attempt_is_remembered_over_a_restart_and_forgotten_in_time(tmp_path: Path) -> None:
    clock = Clock(END_OF_NOVEMBER)
    place = tmp_path / "spent.json"

    async def story() -> None:
        assert await Ledger(place, 1, clock.now).begin("a", 15)
        again = Ledger(place, 1, clock.now)
        assert again.began_at("a") == END_OF_NOVEMBER
        clock.advance(3 * 24 * 3600)
        await again.note("post", ["1"], 1)
        assert Ledger(place, 1, clock.now).began_at("a") is None

    run(story())


def test_a_book_that_nobody_can_read_stops_the_spending(tmp_path: Path) -> None:
    place = tmp_path / "spent.json"
    place.write_text("{", "utf-8")
    with pytest.raises(PlatformError) as raised:
        Ledger(place, 1, Clock().now)
    assert raised.value.trouble is Trouble.SETTINGS
