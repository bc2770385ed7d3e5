"""What templates may call."""

import pytest

from dashboard.render import dialled


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+49 214 4711", "+492144711"),
        ("+49 (0)214 47-11", "+492144711"),
        ("+49(0) 214/4711", "+492144711"),
        ("+49 ( 0 ) 214 4711", "+492144711"),
        ("0049 (0)214 4711", "00492144711"),
        ("(0)214 4711", "02144711"),
        ("(0214) 47.11", "02144711"),
        ("0214 / 4711 +", "02144711"),
        (" +49 214 4711 ", "+492144711"),
        ("+49 214 ٤٧", "+49214"),
        ("", ""),
    ],
)
def test_a_telephone_number_is_dialled_as_it_is_meant(written: str, number: str) -> None:
    assert dialled(written) == number
