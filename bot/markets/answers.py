"""What the assistant answers about markets, composed from live data. Pure."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.markets import lookup, phrases, rules, words
from bot.markets.lookup import Held, MarketWish
from bot.markets.rules import MarketDay, MarketFacts
from bot.markets.states import DayStatus

_DAY = dt.timedelta(days=1)
_NEAR = 28  # days ahead in which what is not as usual is told unasked
_NEAR_ALL = 14  # the same when it is about all markets
_FEW = 4  # so many markets get their next date each
_SOON = 4  # next days when nothing narrower is asked
_LINES = 12  # of a long range
_LONGEST = 366  # days of a range that are looked through


def answer(
    facts: Sequence[MarketFacts],
    wish: MarketWish,
    *,
    language: str,
    today: dt.date,
    base_url: str,
    time: str | None = None,
) -> str:
    """Return the answer in German, or English for `language` "en".

    `today` and `time` ("HH:MM", when given) are local in Europe/Berlin; the link at the end is
    absolute below `base_url`.
    """
    base = base_url.rstrip("/")
    writer = _Writer(tuple(facts), wish, phrases.supported(language), today, time)
    if not facts:
        writer.say("no_data")
        return writer.text(f"{base}/maerkte")
    writer.choose()
    if wish.weekday is not None:
        writer.every(wish.weekday)
    elif wish.start is None or wish.end is None:
        writer.in_general()
    elif wish.start == wish.end:
        writer.on(wish.start)
    else:
        writer.between(wish.start, wish.end)
    only = writer.chosen[0].slug if len(writer.chosen) == 1 else None
    return writer.text(f"{base}/maerkte/{only}" if only else f"{base}/maerkte")


@dataclass(slots=True)
class _Writer:
    """Collects the lines of one answer, and what the small print must say about them."""

    facts: tuple[MarketFacts, ...]
    wish: MarketWish
    language: str
    today: dt.date
    time: str | None
    chosen: tuple[MarketFacts, ...] = ()
    specific: bool = False
    lines: list[str] = field(default_factory=list)
    told: dict[str, MarketFacts] = field(default_factory=dict)
    used_policy: bool = False

    # which markets

    def choose(self) -> None:
        """Choose the markets: the named ones and the districts', else all."""
        wish = self.wish
        named = lookup.chosen(self.facts, wish.markets, [slug for slug, _ in wish.districts])
        self.specific = bool(named)
        self.chosen = named or self.facts
        missing = self._named(dict(wish.districts).keys() - _districts(self.facts))
        if missing:
            self.say("no_market_in" if named else "unknown_district", place=missing)
        elif not named and wish.markets:
            self.say("unknown_market")

    # the four kinds of question

    def in_general(self) -> None:
        """Say the weekly rules, the next day, and what is not as usual soon."""
        if not self.lines and len(self.chosen) > _FEW and not self.specific and self._soon():
            return
        if len(self.chosen) > 1 and (self.specific or not self.lines):
            self.say("some" if self.specific else "all", place=self._place())
        shown = self._rules_and_next(self.chosen, self.today)
        self._neighbours()
        self._deviations(self.chosen, lambda day: day not in shown)

    def on(self, date: dt.date) -> None:
        """Say what is on one day."""
        held, gone, undecided = lookup.sort(self.chosen, date, date)
        past = date < self.today
        ended = bool(held) and not undecided and not self._left(held)
        self._headline(date, held, past=past, ended=ended)
        for market, day in held:
            if day.until_time or not ended:
                self._bullet(market, self._slot(market, day))
        for market, day in gone:
            self._deviation(market, day)
        for market, day in undecided:
            self._bullet(market, self.word("undecided", day=self._clause(day.date)))
        if past:
            self.say("over")
        elif held:
            self._not_there([market for market, _ in held + undecided])
        if ended:
            self._next_date(self.today)
        elif past or not (held or gone or undecided):
            self._next(max(date, self.today))
        if ended or not held:
            self._elsewhere(date)

    def between(self, start: dt.date, end: dt.date) -> None:
        """Say what is on in a range; days gone by are left out of a range that still runs."""
        if start < self.today <= end:
            start = self.today
        end = dt.date.fromordinal(min(end.toordinal(), start.toordinal() + _LONGEST))
        if start == end:
            self.on(start)
            return
        held, gone, undecided = lookup.sort(self.chosen, start, end)
        held = sorted(held + undecided, key=lambda one: (one[1].date, one[1].from_time or ""))
        bounds = {
            "start": phrases.day(start, self.today, self.language) + self._comma(),
            "end": phrases.day(end, self.today, self.language),
        }
        if not held:
            bounds["end"] += self._comma()
        self.say("range" if held else "range_none", place=self._place(), **bounds)
        for market, day in held[:_LINES]:
            self._dated(market, day)
        if len(held) > _LINES:
            self.say("more", count=str(len(held) - _LINES))
        for market, day in gone[:_LINES]:
            self._deviation(market, day)
        if end < self.today:
            self.say("over")
        if end < self.today or not (held or gone):
            self._next(max(start, self.today))
        elif not (gone or self._left(held)):
            self._next_date(self.today)

    def every(self, weekday: int) -> None:
        """Say which markets are on every such weekday."""
        name = phrases.every(weekday, self.language)
        found = tuple(
            replace(market, rules=own)
            for market in self.chosen
            if (own := tuple(rule for rule in market.rules if rule.weekday == weekday))
        )
        kind = ("weekly_yes" if found else "weekly_no") if self.specific else "weekly_is"
        if not found and not self.specific:
            kind = "weekly_none"
        self.say(kind, days=name, place=self._place(found))
        if found:
            whole = {market.slug: market for market in self.facts}
            for market in found:
                self._bullet(market, phrases.weekly(market, self.language))
            self._deviations(
                [whole[market.slug] for market in found],
                lambda day: day.regular_date.weekday() == weekday,
            )
            self._not_there(found)
        else:
            self._rules_and_next(self.chosen, self.today)

    # the parts of an answer

    def _headline(self, date: dt.date, held: Sequence[Held], *, past: bool, ended: bool) -> None:
        spoken = phrases.clause(date, self.today, self.language)  # "On Monday, 1 June, there ..."
        place = self._place([market for market, _ in held])
        if past:
            self.say("was" if held else "was_none", day=spoken, place=place)
        elif self.specific:
            when = self._clause(date)
            if not held and len(self.chosen) == 1:
                self.say("no_market_day", day=when, name=self.chosen[0].name)
            else:
                self.say("no_more" if ended else "yes" if held else "no", day=when, place=place)
        else:
            self.say("none_more" if ended else "is" if held else "none", day=spoken, place=place)

    def _left(self, held: Iterable[Held]) -> bool:
        """Tell whether one of the days is not over yet."""
        return any(not lookup.is_over(day, self.today, self.time) for _, day in held)

    def _soon(self) -> bool:
        """Write the next days of the city and name its other markets; False when none is known."""
        found = lookup.soon(self.chosen, self.today, self.time, most=_SOON)
        if not found:
            return False
        self.say("soon")
        for market, day in found[:_LINES]:
            self._dated(market, day)
        others = [market for market in self.chosen if market.slug not in self.told]
        if others:
            named = ", ".join(phrases.weekdays(market, self.language) for market in others)
            self.say("also", markets=named)
            self.told |= {market.slug: market for market in others}
        self._deviations(self.chosen, lambda day: not day.is_held)
        return True

    def _rules_and_next(self, markets: Sequence[MarketFacts], since: dt.date) -> list[MarketDay]:
        """Write the weekly rule of each market, for a few of them with the next day."""
        shown = []
        for market in markets:
            text = phrases.weekly(market, self.language)
            following = self._following(market, since) if len(markets) <= _FEW else None
            if following:
                shown.append(following)
                text += f". {self._next_words(market, following)}"
            self._bullet(market, text)
        return shown

    def _following(self, market: MarketFacts, since: dt.date) -> MarketDay | None:
        return lookup.following(market, since, today=self.today, time=self.time)

    def _next(self, since: dt.date) -> None:
        """Write the next day from `since` on: of each of a few markets, else of the city."""
        if len(self.chosen) <= _FEW:
            self._rules_and_next(self.chosen, since)
        else:
            self._next_date(since)

    def _next_date(self, since: dt.date) -> None:
        """Write the next date from `since` on, and which of the markets are on."""
        found = [(market, self._following(market, since)) for market in self.chosen]
        known = [(market, day) for market, day in found if day is not None]
        first = min((day.date for _, day in known), default=None)
        if first is None:
            return
        self.say("next", day=phrases.named(first, self.today, self.language))
        for market, day in known:
            if day.date == first:
                self._bullet(market, self._slot(market, day))

    def _next_words(self, market: MarketFacts, day: MarketDay) -> str:
        said = self.word("next", day=phrases.named(day.date, self.today, self.language))
        if day.status is DayStatus.REGULAR and not lookup.entered_note(market, day):
            return said
        return f"{said}, {self._slot(market, day)}"

    def _neighbours(self) -> None:
        """Name the other markets of the district when one market was asked for."""
        others = self._others()
        if others:
            self.say("nearby")
            for market in others:
                self._bullet(market, phrases.weekly(market, self.language))

    def _elsewhere(self, date: dt.date) -> None:
        """Name another market of the district that is on, when the one asked for is not."""
        held, _, _ = lookup.sort(self._others(), date, date)
        if self._left(held):
            self.say("elsewhere")
            for market, day in held:
                self._bullet(market, self._slot(market, day))

    def _others(self) -> list[MarketFacts]:
        if len(self.chosen) != 1 or len(self.facts) == 1:
            return []
        only = self.chosen[0]
        return [
            market
            for market in self.facts
            if market.district == only.district and market.slug != only.slug
        ]

    def _deviations(
        self, markets: Iterable[MarketFacts], wanted: Callable[[MarketDay], bool]
    ) -> None:
        end = self.today + (_NEAR if self.specific else _NEAR_ALL) * _DAY
        found = [
            (market, day)
            for market in markets
            for day in rules.days(market, self.today, end)
            if (day.status is not DayStatus.REGULAR or lookup.is_undecided(market, day))
            and wanted(day)
        ]
        if found:
            self.say("heed")
        for market, day in sorted(found, key=lambda one: one[1].date)[:_LINES]:
            self._deviation(market, day)

    def _deviation(self, market: MarketFacts, day: MarketDay) -> None:
        old = phrases.named(day.regular_date, self.today, self.language) + self._comma()
        on = phrases.on_day(day.date, self.today, self.language)
        slot = phrases.slot(day, self.language)
        self._remember(market, day)
        if day.status is DayStatus.CANCELLED:
            kind = "was_cancelled" if day.date < self.today else "cancelled"
            said = self.word(kind, day=self._clause(day.date))
        elif day.status is DayStatus.MOVED:
            kind = "earlier" if day.date < day.regular_date else "later"
            said = self.word(kind, old=old, new=on, slot=slot)
        elif day.status is DayStatus.REGULAR:
            said = self.word("undecided", day=self._clause(day.date))
        else:
            said = self.word("differs", day=on, slot=slot)
        self._bullet(market, _sentences(said, lookup.entered_note(market, day)))

    def _slot(self, market: MarketFacts, day: MarketDay) -> str:
        """Write hours and place of a day that is on, and what is special about it."""
        self._remember(market, day)
        remarks = []
        if day.status is DayStatus.MOVED:
            old = phrases.named(day.regular_date, self.today, self.language)
            remarks.append(self.word("instead_of", day=old.replace(" (", ", ").rstrip(")")))
        elif day.status is DayStatus.CHANGED:
            remarks.append(self.word("changed"))
        elif lookup.is_undecided(market, day):
            remarks.append(self.word("undecided", day=self._clause(day.date)))
        if day.until_time and lookup.is_over(day, self.today, self.time):
            remarks.append(self.word("over_today"))
        said = phrases.slot(day, self.language)
        if remarks:
            said += f" ({'; '.join(remarks)})"
        return _sentences(said, lookup.entered_note(market, day))

    def _remember(self, market: MarketFacts, day: MarketDay) -> None:
        """Note that the small print must name the unconfirmed holiday policy."""
        if lookup.follows_unconfirmed_policy(market, day):
            self.used_policy = True

    # writing

    def word(self, key: str, **values: str) -> str:
        """Return a text in the answer's language."""
        german, english = phrases.TEXTS.get(key) or words.TEXTS[key]
        return (german if self.language == phrases.GERMAN else english).format(**values)

    def say(self, key: str, **values: str) -> None:
        """Write a line of its own."""
        text = self.word(key, **values)
        self.lines.append(text[:1].upper() + text[1:])

    def _bullet(self, market: MarketFacts, text: str) -> None:
        self.told[market.slug] = market
        self.lines.append(f"– {market.name}: {text}")

    def _dated(self, market: MarketFacts, day: MarketDay) -> None:
        self.told[market.slug] = market
        when = phrases.named(day.date, self.today, self.language)
        self.lines.append(f"– {when}: {market.name}, {self._slot(market, day)}")

    def _place(self, markets: Sequence[MarketFacts] = ()) -> str:
        """Return " in Schlebusch" where the question is about districts: those of the markets."""
        asked = dict(self.wish.districts)
        if not self.specific or not _districts(self.chosen) <= asked.keys():
            return ""
        return f" in {self._named(_districts(markets or self.chosen))}"

    def _not_there(self, markets: Sequence[MarketFacts]) -> None:
        """Name the other districts asked for, in which none of these markets is."""
        rest = self._named(_districts(self.chosen) - _districts(markets))
        if rest:
            self.say("not_there", place=rest)

    def _named(self, districts: set[str]) -> str:
        """Return those of the districts that were asked for: "Opladen und Schlebusch"."""
        names = [name for slug, name in dict(self.wish.districts).items() if slug in districts]
        return phrases.join(names, self.language) if names else ""

    def _clause(self, date: dt.date) -> str:
        """Return "am Donnerstag, 4. Juni," for the middle of a German sentence."""
        spoken = phrases.clause if self.language == phrases.GERMAN else phrases.on_day
        return spoken(date, self.today, self.language)

    def _comma(self) -> str:
        return "," if self.language == phrases.GERMAN else ""

    def text(self, url: str) -> str:
        """Return the whole answer with its small print."""
        small = []
        if self.used_policy:
            small.append(self.word("policy"))
        told = self.told.values()
        if told:
            kind = "verified" if all(market.verified for market in told) else "unverified"
            small.append(self.word(kind, years=phrases.years(market.as_of for market in told)))
            sources = list(dict.fromkeys(market.source for market in told if market.source))
            if sources:
                small.append(self.word("source", source=", ".join(sources)))
        if self.lines:
            self.lines[0] = self.lines[0].removeprefix("– ")  # one market alone is no list
        lines = [*self.lines, *([" ".join(small)] if small else []), self.word("link", url=url)]
        return "\n".join(lines)


def _sentences(said: str, note: str | None) -> str:
    return f"{said}. {note}" if note else said


def _districts(markets: Iterable[MarketFacts]) -> set[str]:
    return {market.district for market in markets}
