"""The JSON-lines contract of `stadtdraht nlp predict`."""

import json
from datetime import UTC, datetime

import pytest

from nlp import predict
from nlp.pipeline import Understander

NOW = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)


def predicted(understander: Understander, *lines: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in predict.predict_lines(lines, understander, now=NOW)]


def test_a_line_comes_back_in_the_shape_of_the_contract(understander: Understander) -> None:
    line = json.dumps(
        {"id": 7, "text": "Laterne Dhünnstraße 14 kaputt", "now": "2026-03-18T10:00:00+01:00"}
    )
    (found,) = predicted(understander, line)
    assert list(found) == [
        "id",
        "language",
        "intents",
        "category",
        "entities",
        "decision",
        "flags",
        "model",
    ]
    assert found["id"] == 7
    assert found["decision"] == "act"
    assert found["flags"] == []
    assert found["model"]
    assert {"type": "house_number", "text": "14", "start": 20, "end": 22, "value": "14"} in list(
        found["entities"] if isinstance(found["entities"], list) else []
    )


def test_the_order_is_kept_and_an_absent_id_is_null(understander: Understander) -> None:
    found = predicted(understander, '{"text": "Hallo"}', "", '{"id": "b", "text": "Danke"}')
    assert [line["id"] for line in found] == [None, "b"]


def test_dates_count_from_the_lines_own_time(understander: Understander) -> None:
    line = json.dumps({"text": "Ist morgen Markt?", "now": "2026-12-31T23:30:00Z"})
    (found,) = predicted(understander, line)
    assert "2027-01-02" in json.dumps(found["entities"])


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        '{"id": 1}',
        '{"text": 5}',
        '{"text": "a", "now": "yesterday"}',
        '{"text": "a", "now": "2026-03-18T10:00:00"}',
        '{"text": "a", "language": 3}',
    ],
)
def test_a_line_that_cannot_be_read_is_named(understander: Understander, line: str) -> None:
    with pytest.raises(predict.LineError, match="line 2: "):
        predicted(understander, '{"text": "a"}', line)


def test_a_time_is_needed(understander: Understander) -> None:
    with pytest.raises(predict.LineError, match="now"):
        list(predict.predict_lines(['{"text": "a"}'], understander))
