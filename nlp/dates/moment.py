"""The message's own day, and what date words mean seen from it."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

RECENT = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Moment:
    """A message's day in Europe/Berlin; `past` tells that its sentence speaks of the past."""

    today: date
    past: bool = False

    def day(self, offset: int) -> date:
        """Return the day `offset` days from today."""
        return self.today + timedelta(days=offset)

    def weekday(self, number: int) -> date:
        """Return that weekday: today counts, else the coming one, or the last in the past."""
        if self.past:
            return self.today - timedelta(days=(self.today.weekday() - number) % 7)
        return self.today + timedelta(days=(number - self.today.weekday()) % 7)

    def next_weekday(self, number: int) -> date:
        """Return the first such weekday after today."""
        return self.today + timedelta(days=(number - self.today.weekday() - 1) % 7 + 1)

    def last_weekday(self, number: int) -> date:
        """Return the last such weekday before today."""
        return self.today - timedelta(days=(self.today.weekday() - number - 1) % 7 + 1)

    def weekday_of_week(self, number: int, weeks: int) -> date:
        """Return that weekday of this week (0), the next (1), the last (-1)."""
        monday = self.today - timedelta(days=self.today.weekday())
        return monday + timedelta(days=number, weeks=weeks)

    def week(self, weeks: int) -> tuple[date, date]:
        """Return Monday to Sunday of this week (0), the next (1), the last (-1)."""
        return self.weekday_of_week(0, weeks), self.weekday_of_week(6, weeks)

    def weekend(self, weeks: int) -> tuple[date, date]:
        """Return Saturday and Sunday of this week (0), the next (1), the last (-1)."""
        return self.weekday_of_week(5, weeks), self.weekday_of_week(6, weeks)

    def calendar_week(self, number: int) -> tuple[date, date] | None:
        """Return the days of ISO week `number`: this year's, or next year's when long over."""
        for year in (self.today.year, self.today.year + 1):
            try:
                monday = date.fromisocalendar(year, number, 1)
            except ValueError:
                continue
            if monday + timedelta(days=6) >= self.today - RECENT:
                return monday, monday + timedelta(days=6)
        return None

    def day_of_month(self, day: int, month: int, year: int | None) -> date | None:
        """Return a date; without a year the coming one, unless it is just over or past."""
        if year is not None:
            return _date(year + 2000 if year < 100 else year, month, day)
        candidates = [
            found
            for offset in (-8, -4, -1, 0, 1, 4, 8)
            if (found := _date(self.today.year + offset, month, day)) is not None
        ]
        if self.past:
            return max((found for found in candidates if found <= self.today), default=None)
        return min((found for found in candidates if found >= self.today - RECENT), default=None)

    def month(self, month: int, year: int | None) -> tuple[date, date] | None:
        """Return the days of a month; without a year the coming one, or the last in the past."""
        chosen = self.today.year
        if year is not None:
            chosen = year + 2000 if year < 100 else year
        elif self.past and month > self.today.month:
            chosen -= 1
        elif not self.past and month < self.today.month:
            chosen += 1
        first = _date(chosen, month, 1)
        if first is None:
            return None
        return first, first.replace(day=monthrange(chosen, month)[1])

    def month_offset(self, offset: int) -> tuple[date, date] | None:
        """Return the days of this month (0), the next (1), the last (-1)."""
        count = self.today.year * 12 + self.today.month - 1 + offset
        return self.month(count % 12 + 1, count // 12)


def last_weekend(days: tuple[date, date]) -> tuple[date, date]:
    """Return the last Saturday and Sunday that lie wholly among `days` of a month."""
    sunday = days[1] - timedelta(days=(days[1].weekday() + 1) % 7)
    return sunday - timedelta(days=1), sunday


def _date(year: int, month: int, day: int) -> date | None:
    if not 1900 < year < 2100:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
