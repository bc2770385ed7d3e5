"""How fast a token may call: never below what was promised, and then told how long to wait."""

import pytest

from dashboard.api.pace import Pace, TooFastError


def test_two_seconds_worth_at_once_and_then_the_promised_pace() -> None:
    now = 0.0
    pace = Pace(100, clock=lambda: now)
    for _ in range(200):
        pace.check(1)
    with pytest.raises(TooFastError) as caught:
        pace.check(1)
    assert (caught.value.status, caught.value.retry_after) == (429, 1)
    pace.check(2)  # another token's calls are counted apart
    now = 0.5
    for _ in range(50):
        pace.check(1)
    with pytest.raises(TooFastError):
        pace.check(1)
