"""Answers about markets: the right days, hours and places, and no others."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.demo import entries
from bot.markets import answers, lookup, phrases
from bot.markets.rules import DatedException, MarketDay, MarketFacts, Rule
from bot.markets.states import DayStatus, ExceptionKind, HolidayPolicy

FACTS = entries.markets()
NAMES = {market.slug: market.name for market in FACTS}
DISTRICTS = {
    "opladen": "Opladen",
    "schlebusch": "Schlebusch",
    "rheindorf": "Rheindorf",
    "alkenrath": "Alkenrath",
    "wiesdorf": "Wiesdorf",
    "hitdorf": "Hitdorf",
}
MONTHS = (
    *("Januar|January", "Februar|February", "März|March", "April", "Mai|May", "Juni|June"),
    *("Juli|July", "August", "September", "Oktober|October", "November", "Dezember|December"),
)
DATE = re.compile(rf"\b(\d{{1,2}})\.? ({'|'.join(MONTHS)})(?: (\d{{4}}))?")
TODAY = dt.date(2026, 11, 24)


class AsIf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    policy: HolidayPolicy = HolidayPolicy.PREVIOUS_DAY_ELSE_CANCELLED
    verified: bool = False
    policy_verified: bool = False


class Case(BaseModel):
    model_config = ConfigDict(extra="forbid")

    q: str
    today: dt.date = TODAY
    lang: Literal["de", "en"] = "de"
    d: str = ""
    m: tuple[str, ...] = ()
    w: str | None = None
    t: str | None = None
    x: dict[str, list[str | None]] = {}
    as_if: AsIf = AsIf()
    days: list[str]
    hours: set[str]
    markets: set[str]
    say: list[str]
    not_: list[str] = []

    @property
    def expected_days(self) -> set[dt.date]:
        full = (
            f"{self.today.year}-{day}" if len(day) == len("11-26") else day for day in self.days
        )
        return {dt.date.fromisoformat(day) for day in full}

    @property
    def facts(self) -> tuple[MarketFacts, ...]:
        changed = (self._with_set(market) for market in FACTS)
        return tuple(self._with_exception(market) for market in changed)

    def _with_set(self, market: MarketFacts) -> MarketFacts:
        return replace(
            market,
            policy=self.as_if.policy,
            verified=self.as_if.verified,
            policy_verified=self.as_if.policy_verified,
        )

    def _with_exception(self, market: MarketFacts) -> MarketFacts:
        values = self.x.get(market.slug)
        if values is None:
            return market
        padded = [value or None for value in [*values, *[None] * 7][:7]]
        date, kind, note, new_date, place, from_time, until_time = padded
        entry = DatedException(
            dt.date.fromisoformat(date or ""),
            ExceptionKind(kind or ""),
            new_date=dt.date.fromisoformat(new_date) if new_date else None,
            place=place,
            from_time=from_time,
            until_time=until_time,
            note=note,
        )
        return replace(market, exceptions=(entry,))


def read() -> list[Case]:
    path = Path(__file__).with_name("golden.yaml")
    rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    for row in rows:
        row["not_"] = row.pop("not", [])
        for entry in row.get("x", {}).values():
            entry[:] = [None if value == "null" else value for value in entry]
    return TypeAdapter(list[Case]).validate_python(rows)


CASES = read()


def test_the_table_is_long_enough() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.q)
def test_golden(case: Case) -> None:
    wish = lookup.wish(
        markets=case.m,
        districts=[(slug, DISTRICTS[slug]) for slug in case.d.split()],
        when=case.w,
    )
    text = answers.answer(
        case.facts,
        wish,
        language=case.lang,
        today=case.today,
        base_url="https://stadt.example",
        time=case.t,
    )
    assert dates_in(text, case.today) == case.expected_days, text
    assert set(re.findall(r"\d\d:\d\d", text)) == case.hours, text
    assert {slug for slug, name in NAMES.items() if name in text} == case.markets, text
    for words in case.say:
        assert words in text
    for words in case.not_:
        assert words not in text
    assert text.splitlines()[-1].split(": ")[1].startswith("https://stadt.example/maerkte")


def dates_in(text: str, today: dt.date) -> set[dt.date]:
    found = set()
    for day, month, year in DATE.findall(text):
        number = next(n for n, names in enumerate(MONTHS, 1) if month in names.split("|"))
        found.add(dt.date(int(year or today.year), number, int(day)))
    return found


def test_without_any_market() -> None:
    text = answers.answer(
        (), lookup.wish(), language="de", today=TODAY, base_url="https://stadt.example/"
    )
    assert text == (
        "Zu Wochenmärkten liegen uns noch keine Angaben vor.\n"
        "Alle Termine: https://stadt.example/maerkte"
    )


def test_other_languages_read_german() -> None:
    german, turkish = (
        answers.answer(
            FACTS, lookup.wish(), language=language, today=TODAY, base_url="https://x.example"
        )
        for language in ("de", "tr")
    )
    assert german == turkish
    assert phrases.day(TODAY, TODAY, "tr") == "Dienstag, 24. November"


@pytest.mark.parametrize(
    ("rules", "german", "english"),
    [
        (
            (Rule(3, "07:00", "13:00", nth=1),),
            "jeden ersten Donnerstag im Monat 07:00 bis 13:00 Uhr",
            "every first Thursday of the month 07:00 to 13:00",
        ),
        (
            (Rule(3, "07:00", "13:00", season_from="04-01", season_to="10-31"),),
            "donnerstags (1. April bis 31. Oktober) 07:00 bis 13:00 Uhr",
            "Thursdays (1 April to 31 October) 07:00 to 13:00",
        ),
        (
            (Rule(2, "12:00", "19:00"), Rule(5, "07:00", "12:30")),
            "samstags 07:00 bis 12:30 Uhr; mittwochs 12:00 bis 19:00 Uhr",
            "Saturdays 07:00 to 12:30; Wednesdays 12:00 to 19:00",
        ),
        ((Rule(1, "07:00"),), "dienstags, ab 07:00 Uhr, Ende nicht bekannt", "from 07:00"),
        ((), "Markttage nicht bekannt", "market days not known"),
    ],
)
def test_weekly_rules_in_words(rules: tuple[Rule, ...], german: str, english: str) -> None:
    facts = (replace(FACTS[0], rules=rules),)
    for language, words in (("de", german), ("en", english)):
        assert words in answers.answer(
            facts, lookup.wish(), language=language, today=TODAY, base_url="https://x.example"
        )


@pytest.mark.parametrize(
    "when", ["0001-01-01", "9999-12-31", "9999-12-30/9999-12-31", "2020-01-01/9999-12-31"]
)
def test_days_far_away_are_no_error(when: str) -> None:
    text = answers.answer(
        FACTS,
        lookup.wish(when=when),
        language="de",
        today=TODAY,
        base_url="https://x.example",
    )
    assert "Alle Termine: " in text


@pytest.mark.parametrize("when", ["weekly:XXX", "tomorrow", "2026-13-01", ""])
def test_a_time_that_is_none_is_refused(when: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        lookup.wish(when=when)


@settings(deadline=None)
@given(
    today=st.dates(dt.date(2024, 1, 1), dt.date(2034, 12, 31)),
    offset=st.integers(-20, 60),
    length=st.integers(0, 40),
    slugs=st.lists(st.sampled_from(sorted(NAMES)), max_size=3, unique=True),
    language=st.sampled_from(["de", "en"]),
    time=st.none() | st.just("12:00"),
)
def test_any_wish_gets_an_answer(
    today: dt.date, offset: int, length: int, slugs: list[str], language: str, time: str | None
) -> None:
    start = today + dt.timedelta(days=offset)
    end = start + dt.timedelta(days=length)
    text = answers.answer(
        FACTS,
        lookup.wish(markets=slugs, when=f"{start}/{end}"),
        language=language,
        today=today,
        base_url="https://x.example",
        time=time,
    )
    assert len(text) < 4000
    assert "None" not in text
    assert "  " not in text
    assert ",," not in text


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("offset", range(7))
def test_the_answer_to_a_bare_question_is_short(offset: int, language: str) -> None:
    text = answers.answer(
        FACTS,
        lookup.wish(),
        language=language,
        today=TODAY + dt.timedelta(days=offset),
        base_url="https://x.example",
        time="22:30",
    )
    assert len(text.splitlines()) <= 8, text


@settings(deadline=None)
@given(
    today=st.dates(dt.date(2024, 1, 1), dt.date(2034, 12, 31)),
    offset=st.integers(0, 400),
    slugs=st.lists(st.sampled_from(sorted(NAMES)), max_size=2, unique=True),
    time=st.none() | st.sampled_from(["06:00", "12:45", "18:00", "22:30"]),
)
def test_the_next_day_is_not_before_the_day_asked_for(
    today: dt.date, offset: int, slugs: list[str], time: str | None
) -> None:
    asked = today + dt.timedelta(days=offset)
    text = answers.answer(
        FACTS,
        lookup.wish(markets=slugs, when=f"{asked}"),
        language="de",
        today=today,
        base_url="https://x.example",
        time=time,
    )
    for words in re.findall(r"Nächster Markttag: (.*)", text):
        assert min(dates_in(words.split("(")[0], today)) >= asked, text


@pytest.mark.parametrize(
    ("hours", "utc", "over"),
    [
        ((None, None), "16:59", False),
        ((None, None), "17:00", True),
        (("07:00", None), "17:00", True),
        (("17:00", None), "21:30", False),
        ((None, "12:00"), "11:00", True),
        (("07:00", "20:00"), "18:00", False),
    ],
)
def test_a_day_of_unknown_hours_ends_in_the_evening(
    hours: tuple[str | None, str | None], utc: str, *, over: bool
) -> None:
    saturday = dt.date(2026, 11, 21)
    day = MarketDay(saturday, saturday, *hours, "Platz", DayStatus.REGULAR)
    now = dt.datetime.combine(saturday, dt.time.fromisoformat(utc), dt.UTC)
    assert lookup.is_over_at(day, now) is over
    assert lookup.is_over_at(day, now + dt.timedelta(days=1))
    assert not lookup.is_over_at(day, now - dt.timedelta(days=1))
