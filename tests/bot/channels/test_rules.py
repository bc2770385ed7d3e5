"""How a channel does: what a person should look at, and what passes by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import details, rules, texts
from bot.channels.rules import Signs
from bot.channels.states import ChannelState, Condition, Problem
from connectors.base import Trouble
from connectors.details import Detail
from tests.fakes.clock import NOON

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ACTIVE = Signs(ChannelState.ACTIVE, checked_at=NOON)
BAD = replace(ACTIVE, failing_since=NOON - SECOND)

CASES = {
    "well": (ACTIVE, Condition.OK),
    "never asked": (Signs(ChannelState.ACTIVE), Condition.OK),
    "a hiccup": (replace(BAD, trouble=Trouble.UNREACHABLE), Condition.SLOW),
    "unreachable": (
        replace(BAD, trouble=Trouble.UNREACHABLE, failing_since=NOON - MINUTE),
        Condition.TROUBLE,
    ),
    "garbage": (
        replace(BAD, trouble=Trouble.GARBAGE, failing_since=NOON - MINUTE),
        Condition.TROUBLE,
    ),
    "too fast": (
        replace(BAD, trouble=Trouble.RATE, failing_since=NOON - 60 * MINUTE),
        Condition.SLOW,
    ),
    "refused": (replace(BAD, trouble=Trouble.SETTINGS), Condition.TROUBLE),
    "two readers": (replace(BAD, trouble=Trouble.COMPETING), Condition.TROUBLE),
    "callback": (replace(ACTIVE, callback_failed=True), Condition.TROUBLE),
    "resting": (replace(ACTIVE, blocked_until=NOON + SECOND), Condition.SLOW),
    "rested": (replace(ACTIVE, blocked_until=NOON), Condition.OK),
    "late": (replace(ACTIVE, lag=2 * MINUTE), Condition.SLOW),
    "in time": (replace(ACTIVE, lag=SECOND), Condition.OK),
    "silent": (replace(ACTIVE, checked_at=NOON - 4 * MINUTE), Condition.SLOW),
    "logged out": (
        Signs(ChannelState.PAUSED, trouble=Trouble.LOGIN, failing_since=NOON),
        Condition.TROUBLE,
    ),
    "paused by somebody": (
        Signs(ChannelState.PAUSED, trouble=Trouble.UNREACHABLE, failing_since=NOON - MINUTE),
        Condition.PAUSED,
    ),
    "removed": (Signs(ChannelState.REMOVED, trouble=Trouble.LOGIN), Condition.PAUSED),
}


@pytest.mark.parametrize("case", CASES)
def test_conditions(case: str) -> None:
    signs, expected = CASES[case]
    assert rules.condition(signs, NOON) is expected


DAY = timedelta(days=1)
instants = st.none() | st.timedeltas(-DAY, DAY).map(lambda span: NOON + span)
signs = st.builds(
    Signs,
    state=st.sampled_from(ChannelState),
    trouble=st.none() | st.sampled_from(Trouble),
    failing_since=instants,
    checked_at=instants,
    blocked_until=instants,
    lag=st.none() | st.timedeltas(timedelta(), timedelta(days=1)),
    callback_failed=st.booleans(),
)
GRAVITY = [Condition.OK, Condition.SLOW, Condition.TROUBLE]


@given(signs)
def test_nothing_wrong_is_never_called_in_order(signs: Signs) -> None:
    condition = rules.condition(signs, NOON)
    if condition is Condition.OK:
        assert signs.state is ChannelState.ACTIVE
        assert signs.trouble is None
        assert not signs.callback_failed
        assert signs.blocked_until is None or signs.blocked_until <= NOON
    if signs.state is ChannelState.ACTIVE:
        assert condition is not Condition.PAUSED


@given(signs, st.timedeltas(timedelta(), timedelta(days=1)))
def test_a_trouble_that_lasts_does_not_get_better(signs: Signs, later: timedelta) -> None:
    if signs.state is ChannelState.ACTIVE and signs.trouble is not None:
        calm = replace(signs, blocked_until=None)
        now, then = (rules.condition(calm, at) for at in (NOON, NOON + later))
        assert GRAVITY.index(then) >= GRAVITY.index(now)


def test_a_log_in_is_announced_a_week_before_its_end() -> None:
    assert not rules.expires_soon(None, NOON)
    assert not rules.expires_soon(NOON + timedelta(days=8), NOON)
    assert rules.expires_soon(NOON + timedelta(days=6), NOON)
    assert rules.expires_soon(NOON - timedelta(days=1), NOON)


def test_everything_has_words_in_both_languages() -> None:
    assert set(texts.TROUBLES) == set(Trouble)
    assert set(texts.PROBLEMS) == set(Problem)
    for advice in (*texts.TROUBLES.values(), texts.CALLBACK, texts.SILENT, texts.LATE):
        for said in (advice.what, advice.cure):
            assert said.de != said.en
            assert said.de[-1] in ".!"
            assert said.en[-1] in ".!"
    assert texts.TROUBLES[Trouble.LOGIN].to("de") == (
        "Die Plattform nimmt die Anmeldung nicht an. Bitte geben Sie Passwort oder Token neu ein."
    )
    assert set(details.SENTENCES) == set(Detail)
    assert details.to("not_the_platform: HTTP 404", "de") == (
        "Dort antwortet etwas anderes als die Plattform. (HTTP 404)"
    )
    assert details.to(Detail.ROOM_SILENT, "en") == "A room does not answer."
    assert details.to("HTTP 403: M_FORBIDDEN", "de") == "HTTP 403: M_FORBIDDEN"
