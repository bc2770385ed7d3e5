"""The way out: states, waiting, crashes, numbers; never twice, never silently lost."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select, update

from bot.audit.service import CLI
from bot.channels import service as channels
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.inbox import service as inbox
from bot.outbox import feed, queries
from bot.outbox import service as outbox
from bot.outbox.models import Delivery
from bot.outbox.rules import MAX_ATTEMPTS
from bot.outbox.service import DeliveryNotFoundError, NotStuckError
from bot.outbox.states import DeliveryState
from bot.work import service as work
from bot.work.states import Lane
from connectors.results import (
    Duplicate,
    Permanent,
    Refusal,
    RetryAfter,
    SendResult,
    Sent,
    Transient,
    Unknown,
)
from tests.bot.outbox.support import ONCE, SHORT_MEMORY, open_threads, states, tell
from tests.fakes.town import CAPABILITIES, Town


def requeue(town: Town, place: int = 0) -> None:
    delivery = town.deliveries()[place]
    with town.database.unit_of_work() as session:
        outbox.requeue(session, delivery.id, actor=CLI, now=town.clock.now())


@pytest.mark.parametrize(
    ("result", "state", "code"),
    [
        (Sent("n1"), "sent", None),
        (Duplicate("n1"), "sent", None),
        (Permanent(Refusal.FORBIDDEN, "They blocked us."), "dead", "forbidden"),
        (Transient("refused"), "retry", "transient"),
        (RetryAfter(timedelta(seconds=30)), "retry", "retry_after"),
        (Unknown("cut"), "unconfirmed", "unknown"),
        (RuntimeError("a bug in the connector"), "unconfirmed", "unknown"),
    ],
)
def test_each_result_becomes_its_state(
    town: Town, result: SendResult | Exception, state: str, code: str | None
) -> None:
    town.platform.capabilities = ONCE
    town.platform.script = [result]
    tell(town, "t", "Guten Tag")
    town.send()

    [delivery] = town.deliveries()
    assert (delivery.state, delivery.error_code, delivery.attempts) == (state, code, 1)
    assert (delivery.native_id is not None) == (state == "sent")
    assert (delivery.seq is not None) == (state == "sent")
    assert (delivery.sent_at is not None) == (state == "sent")
    assert town.platform.log == [("Guten Tag", delivery.key)]


def test_later_parts_wait_for_a_retry(town: Town) -> None:
    town.platform.script = [Transient("refused")]
    tell(town, "t", "eins", "zwei")
    town.send()
    assert states(town) == ["retry", "queued"]
    tell(town, "t", "drei")
    town.send()
    assert town.platform.texts == ["eins"], "a new part does not hurry the waiting one"

    town.clock.advance(1)  # chance .5 of two seconds
    town.send()
    assert town.platform.texts == ["eins", "eins", "zwei", "drei"]
    assert states(town) == ["sent"] * 3
    assert len({key for text, key in town.platform.log if text == "eins"}) == 1


@pytest.mark.parametrize("result", [Unknown("cut"), Permanent(Refusal.FORBIDDEN)])
def test_later_parts_pass_what_is_stuck(town: Town, result: SendResult) -> None:
    town.platform.capabilities = ONCE
    town.platform.script = [result]
    tell(town, "t", "eins", "zwei")
    town.send()
    assert town.platform.texts == ["eins", "zwei"]
    assert states(town)[1] == "sent"


def test_another_thread_does_not_wait(town: Town) -> None:
    open_threads(town, "a", "b")
    town.platform.script = [RetryAfter(timedelta(minutes=5))]
    for thread in ("a", "b"):
        tell(town, thread, thread)
    town.send()
    assert Counter(states(town)) == {"retry": 1, "sent": 1}


def test_a_platform_that_asks_for_patience_is_left_alone_until_then(town: Town) -> None:
    town.platform.script = [RetryAfter(timedelta(seconds=90))]
    tell(town, "t", "eins")
    town.send()
    town.clock.advance(89)
    town.send()
    assert len(town.platform.log) == 1
    town.clock.advance(1)
    town.send()
    assert states(town) == ["sent"]


def test_it_gives_up_after_a_day_and_not_before(town: Town) -> None:
    town.platform.script = [Transient("down")] * 1000
    tell(town, "t", "eins")
    for _ in range(23 * 6):
        town.send()
        town.clock.advance(600)
    assert states(town) == ["retry"]
    for _ in range(12):
        town.send()
        town.clock.advance(600)
    assert states(town) == ["dead"]
    assert len({key for _, key in town.platform.log}) == 1
    with town.database.read() as session:
        [stuck], _ = queries.stuck(session)
        assert stuck.text == "eins"
        assert stuck.attempts > MAX_ATTEMPTS
        assert queries.count_stuck(session, most=10) == 1


@pytest.mark.parametrize("answer", [Unknown("cut"), TimeoutError()], ids=["cut", "late"])
def test_the_unknown_is_looked_up_first(town: Town, answer: Unknown | TimeoutError) -> None:
    town.platform.capabilities = ONCE
    tell(town, "t", "eins")
    key = town.deliveries()[0].key
    town.platform.found = {key: "n77"}
    town.platform.script = [answer]
    town.send()
    [delivery] = town.deliveries()
    assert (delivery.state, delivery.native_id) == (DeliveryState.SENT, "n77")
    assert town.platform.asked == [key]


def test_the_unknown_is_repeated_where_the_platform_knows_the_key(town: Town) -> None:
    town.platform.script = [Unknown("cut"), Duplicate("n5")]
    tell(town, "t", "eins")
    town.send()
    assert states(town) == ["retry"]
    town.clock.advance(300)
    town.send()
    assert states(town) == ["sent"]
    assert len({key for _, key in town.platform.log}) == 1


def test_the_unknown_is_not_repeated_when_the_key_is_forgotten(town: Town) -> None:
    town.platform.capabilities = SHORT_MEMORY
    town.platform.script = [Transient("down"), Unknown("cut")]
    tell(town, "t", "eins")
    town.send()
    town.clock.advance(11)
    town.send()
    town.clock.advance(999)
    town.send()
    assert states(town) == ["unconfirmed"]
    assert len(town.platform.log) == 2


def test_requeue_is_a_new_attempt_on_the_same_row_and_key(town: Town) -> None:
    town.platform.capabilities = ONCE
    town.platform.script = [Permanent(Refusal.FORBIDDEN, "no")]
    tell(town, "t", "eins")
    town.send()
    before = town.deliveries()[0]
    with town.database.unit_of_work() as session:
        session.execute(update(Delivery).values(native_id="stale"))
    requeue(town)
    [waiting] = town.deliveries()
    assert (waiting.id, waiting.key) == (before.id, before.key)
    assert (waiting.state, waiting.attempts) == (DeliveryState.QUEUED, 0)
    assert (waiting.native_id, waiting.error_code, waiting.error) == (None, None, None)

    town.send()
    assert states(town) == ["sent"]
    assert town.platform.log == [("eins", before.key)] * 2


def test_only_what_is_stuck_can_be_requeued(town: Town) -> None:
    tell(town, "t", "eins")
    with pytest.raises(NotStuckError):
        requeue(town)
    town.send()
    with pytest.raises(NotStuckError):
        requeue(town)
    with pytest.raises(DeliveryNotFoundError), town.database.unit_of_work() as session:
        outbox.requeue(session, 999, actor=CLI, now=town.clock.now())
    town.send()
    assert len(town.platform.log) == 1


def test_a_paused_channel_sends_nothing_and_then_all(town: Town) -> None:
    def turn(state: ChannelState) -> None:
        with town.database.unit_of_work() as session:
            channels.set_state(session, "fake", state, actor=CLI, now=town.clock.now())

    tell(town, "t", "eins")
    turn(ChannelState.PAUSED)
    town.send()
    assert town.platform.log == []
    turn(ChannelState.ACTIVE)
    town.send()
    assert town.platform.texts == ["eins"]


def test_who_stops_a_channel_stops_it_between_two_parts_of_a_thread(town: Town) -> None:
    def turn(state: ChannelState) -> SendResult:
        with town.database.unit_of_work() as session:
            channels.set_state(session, "fake", state, actor=CLI, now=town.clock.now())
        return Sent("n1")

    town.platform.script = [lambda: turn(ChannelState.PAUSED)]
    tell(town, "t", "eins", "zwei")
    town.send()
    assert town.platform.texts == ["eins"]
    assert states(town) == ["sent", "queued"]
    turn(ChannelState.ACTIVE)
    town.send()
    assert town.platform.texts == ["eins", "zwei"]


def test_long_texts_leave_in_parts_in_order_with_the_buttons_last(town: Town) -> None:
    town.platform.capabilities = replace(CAPABILITIES, max_text=60)
    town.says("t", "die Laterne ist kaputt")
    town.work()
    town.send()

    parts = town.deliveries()
    assert len(parts) > 3
    assert [part.part for part in parts] == list(range(len(parts)))
    assert town.platform.texts == [part.text for part in parts]
    assert " ".join(town.platform.texts).split() == town.answers("t")[0].text.split()
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert {part.in_reply_to for part in parts} == {"m1"}
    assert len({part.key for part in parts}) == len(parts)


def test_where_a_channel_has_no_buttons_the_choices_are_numbered(town: Town) -> None:
    town.platform.capabilities = replace(CAPABILITIES, buttons=False)
    town.says("t", "die Laterne ist kaputt")
    town.work()
    [part] = town.deliveries()
    assert part.buttons == []
    [answer] = town.answers("t")
    labels = [one["label"] for one in answer.buttons or [] if isinstance(one, dict)]
    numbered = [f"{place}. {label}" for place, label in enumerate(labels, start=1)]
    assert labels
    assert part.text.splitlines()[-len(labels) :] == numbered


def test_numbers_have_no_gaps_and_follow_the_order_of_a_thread(town: Town) -> None:
    """Two senders in parallel; on the way some parts are retried, some are dead."""
    threads = [f"t{number}" for number in range(8)]
    open_threads(town, *threads)
    for number in range(5):
        for thread in threads:
            tell(town, thread, f"{number}")
    town.platform.script = [
        Transient("x"),
        Permanent(Refusal.REFUSED),
        Transient("y"),
        Unknown("z"),
    ] * 3
    seen: list[int] = []

    def send(owner: str) -> None:
        sender = town.sender(owner, chance=0.0)
        while sender.run_once(Lane.OUTBOUND):
            page = feed.read(town.database, town.channel_id, 0)
            seen.append(len(page.replies))
            assert [reply.cursor for reply in page.replies] == [
                str(number) for number in range(1, len(page.replies) + 1)
            ], "a reader never sees a gap"

    senders = [Thread(target=send, args=(f"s{number}",)) for number in range(2)]
    for running in senders:
        running.start()
    for running in senders:
        running.join()
    town.send()

    parts = town.deliveries()
    sent = [part for part in parts if part.state is DeliveryState.SENT]
    assert Counter(states(town)) == {"sent": 37, "dead": 3}
    assert sorted(part.seq or 0 for part in sent) == list(range(1, 38))
    for name in threads:
        numbers = [part.seq for part in sent if part.thread == name]
        assert numbers == sorted(number or 0 for number in numbers)
    with town.database.read() as session:
        assert session.scalars(select(Channel.feed_seq)).all() == [37]
        assert work.next_due(session, Lane.OUTBOUND) is None


def test_a_part_says_whom_it_is_for_and_whether_a_program_answers(town: Town) -> None:
    town.turn("t", "Hallo", sender="anna")
    key = town.conversation("t").id
    with town.database.unit_of_work() as session:
        inbox.reply(
            session,
            key,
            "Hier Müller",
            version=town.conversation("t").version,
            user_id=town.user_id,
            connectors=town.connectors,
            now=town.clock.now(),
        )
    tell(town, "t", "Ihr Ticket ist erledigt")
    town.send()
    assert [part.recipient for part in town.platform.parts] == ["anna"] * 3
    assert [part.automatic for part in town.platform.parts] == [True, False, False]
