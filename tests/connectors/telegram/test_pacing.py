"""No chat and not the bot is ever written to faster than Telegram allows."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.results import Scope
from connectors.telegram.pacing import BOT, GROUP, PRIVATE, Limit, Pacer
from tests.fakes.clock import Clock

_CHATS = st.sampled_from(["1", "2", "3", "-100", "-200", "@kanal"])
_STEPS = st.lists(st.tuples(_CHATS, st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0, 7.0])), max_size=300)


def _most(times: list[float], seconds: float) -> int:
    """Return how many there were at most in any window of so many seconds."""
    return max((sum(start <= one < start + seconds for one in times) for start in times), default=0)


@given(_STEPS)
def test_limits_hold_and_every_wait_is_as_long_as_it_has_to_be(
    steps: list[tuple[str, float]],
) -> None:
    clock = Clock()
    pacer = Pacer(clock.ticks)
    left: dict[str, list[float]] = {}
    for chat, pause in steps:
        clock.advance(pause)
        waits = pacer.take(chat)
        if waits is not None:
            assert waits[0] > 0
            clock.advance(waits[0] + 1e-6)
            assert pacer.take(chat) is None, "who has waited has the turn"
        left.setdefault(chat, []).append(clock.ticks())
    slack = 1e-6
    for chat, times in left.items():
        limit: Limit = PRIVATE if chat.isdecimal() else GROUP
        assert _most(times, limit.seconds - slack) <= limit.most
    together = sorted(one for times in left.values() for one in times)
    assert _most(together, BOT.seconds - slack) <= BOT.most


def test_the_bot_as_a_whole_waits_where_it_is_the_whole_that_is_too_fast() -> None:
    clock = Clock()
    pacer = Pacer(clock.ticks)
    assert [pacer.take(str(chat)) for chat in range(1, 31)] == [None] * 30
    assert pacer.take("31") == (1.0, Scope.CHANNEL)
    clock.advance(1)
    assert pacer.take("31") is None


def test_chats_of_long_ago_are_forgotten() -> None:
    clock = Clock()
    pacer = Pacer(clock.ticks)
    for chat in range(10_000):
        clock.advance(1)
        assert pacer.take(str(chat)) is None
    assert len(pacer._chats) < 2100
