"""The JSON-lines contract of `stadtdraht nlp predict`."""

import json
from datetime import UTC, datetime

import pytest

from nlp import predict
from nlp.pipeline import Understander

NOW = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)


def predicted(understander: Understander, *lines: str) -> list[dict[str, object]]:
    found = predict.predict_lines(lines, understander, now=NOW)
    return [json.loads(answer) for answer in found if isinstance(answer, str)]


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
        "[" * 100_000,
        '{"id": 1}',
        '{"text": 5}',
        '{"text": "a", "id": NaN}',
        '{"text": "a", "id": 1e400}',
        '{"text": "a", "id": "\udc80"}',
        '{"text": "a", "now": "yesterday"}',
        '{"text": "a", "now": "2026-03-18T10:00:00"}',
        '{"text": "a", "now": "9999-12-31T23:59:59Z"}',
        '{"text": "a", "now": "0001-01-01T00:00:00+14:00"}',
        '{"text": "a", "language": 3}',
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_others_are_answered(
    understander: Understander, line: str
) -> None:
    good = '{"text": "a"}'
    first, error, last = predict.predict_lines([good, line, good], understander, now=NOW)
    assert isinstance(error, predict.LineError)
    assert str(error).startswith("line 2: ")
    assert first == last


def test_a_time_is_needed(understander: Understander) -> None:
    (error,) = predict.predict_lines(['{"text": "a"}'], understander)
    assert "now" in str(error)


def test_an_answer_is_one_line_for_whoever_reads_it(understander: Understander) -> None:
    text = "Laterne Kölner\u2028Straße 5 kaputt\x85 und dunkel\u2029"
    line = json.dumps({"id": "a\u2028b", "text": text}, ensure_ascii=False)
    (answer,) = predict.predict_lines([line], understander, now=NOW)
    assert isinstance(answer, str)
    assert answer.splitlines() == [answer]
    assert json.loads(answer)["id"] == "a\u2028b"
