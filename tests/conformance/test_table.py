"""The table of the suite gives a reason for everything that has not passed."""

from tests.conformance.table import FAIL, PASS, Row, table

_KINDS = ("dove", "owl", "raven")


def test_each_cell_has_one_value_and_what_was_not_run_a_reason() -> None:
    outcomes = {
        (Row(1, "flies"), "dove"): [PASS, PASS],
        (Row(1, "flies"), "owl"): [PASS, "not offered by the platform: it walks", FAIL],
        (Row(2, "sings"), "dove"): [PASS, "not offered by the platform: it coos"],
        (Row(2, "sings"), "owl"): ["not run: it sleeps by day"],
    }
    head, _, flies, sings, _, *notes = table(outcomes, _KINDS).splitlines()
    assert head == "| case | | dove | owl | raven |"
    assert flies == "| 1 | flies | pass | FAILED | not run (1) |"
    assert sings == "| 2 | sings | not offered (2) | not run (3) | not run (1) |"
    assert notes == ["1. this run has left it out", "2. it coos", "3. it sleeps by day"]
