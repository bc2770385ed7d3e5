"""A part's record key is valid, its own, and always the same."""

import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.bluesky import tid
from tests.connectors.bluesky.support import key_of

VALID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
KEYS = st.builds("{:012x}{:020x}".format, st.integers(0, 16**12 - 1), st.integers(0, 16**20 - 1))


@given(KEYS | st.text())
def test_each_key_makes_a_valid_tid_and_always_the_same(key: str) -> None:
    found = tid.of_key(key)
    assert VALID.fullmatch(found)
    assert tid.of_key(key) == found


def test_the_time_of_a_key_is_that_of_its_tid() -> None:
    for number in range(50):
        value = 0
        for char in tid.of_key(key_of(number)):
            value = value * 32 + ALPHABET.index(char)
        seconds = (value >> 10) / 1_000_000 - 1_796_000_000
        assert 0 <= seconds < 1.2


def test_keys_of_one_instant_do_not_meet() -> None:
    keys = [f"{1_796_000_000_000:012x}{number:020x}" for number in range(2000)]
    assert len({tid.of_key(key) for key in keys}) == 2000
