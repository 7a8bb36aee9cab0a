"""Business time: which hours of which days count, and what "two business days later" is."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays as public_holidays
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from mappings.rules import Rules

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = timedelta(days=1)
_LONGEST_CLOSURE = 400
_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)")


def _read_hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _SPAN.fullmatch(value.replace(" ", ""))
    if match is None:
        raise ValueError(f'{value!r} are no hours; write them as "09:00-17:00"')
    first, last = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not first < last <= 24 * 60:
        raise ValueError(f"{value!r}: hours end after they begin and at 24:00 at the latest")
    return (first, last)


def is_known_zone(name: str) -> bool:
    """True for the name of a time zone as the IANA database spells it."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _check_zone(name: str) -> str:
    if not is_known_zone(name):
        raise ValueError(f'{name!r} is no time zone; write a name such as "Europe/Berlin"')
    return name


def _read_time(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return time.fromisoformat(value)
    except ValueError:
        raise ValueError(f'{value!r} is no time of day; write it as "22:00"') from None


Hours = Annotated[tuple[int, int], BeforeValidator(_read_hours)]
"""Minutes after midnight, from and until."""


class Calendar(Rules):
    """When the desk works: hours by weekday in its time zone, without public holidays and days of its own.

    `country` and `subdivision` are ISO 3166 codes whose public holidays are free; `holidays` are further free days.
    With `zendesk_schedule`, a name or number, hours, zone and further holidays are those of Zendesk's schedule.
    """

    zone: Annotated[str, AfterValidator(_check_zone)] = "UTC"
    hours: dict[Weekday, tuple[Hours, ...]]
    country: str = ""
    subdivision: str = ""
    holidays: tuple[date, ...] = Field(default=())
    zendesk_schedule: str = ""

    @model_validator(mode="after")
    def _check_hours(self) -> "Calendar":
        if not any(self.hours.values()):
            raise ValueError("at least one weekday needs hours")
        for day, spans in self.hours.items():
            if any(before[1] > after[0] for before, after in pairwise(spans)):
                raise ValueError(f"hours of {day}: spans follow one another and do not overlap")
        return self

    @model_validator(mode="after")
    def _check_country(self) -> "Calendar":
        if self.subdivision and not self.country:
            raise ValueError("a subdivision needs its country")
        if self.country:
            _check_region(self.country, self.subdivision)
        return self


class QuietHours(Rules):
    """Hours of every day, which may go past midnight, in which nobody is to be disturbed."""

    start: Annotated[time, BeforeValidator(_read_time)]
    end: Annotated[time, BeforeValidator(_read_time)]
    zone: Annotated[str, AfterValidator(_check_zone)] = "UTC"

    def find_end(self, instant: datetime) -> datetime:
        """`instant` itself outside of the quiet hours, else their end, in UTC."""
        local = instant.astimezone(ZoneInfo(self.zone))
        wraps = self.end <= self.start
        clock = local.time()
        is_quiet = clock >= self.start or clock < self.end if wraps else self.start <= clock < self.end
        if not is_quiet:
            return instant.astimezone(UTC)
        day = local.date() + _DAY if wraps and clock >= self.start else local.date()
        return datetime.combine(day, self.end, local.tzinfo).astimezone(UTC)


def is_open(calendar: Calendar, instant: datetime) -> bool:
    """True when the desk works at `instant`."""
    day = instant.astimezone(ZoneInfo(calendar.zone)).date()
    return any(start <= instant < end for start, end in _list_spans(calendar, day))


def find_open(calendar: Calendar, instant: datetime) -> datetime:
    """The first instant from `instant` on at which the desk works, in UTC."""
    for start, end in _walk_spans(calendar, instant):
        if end > instant:
            return max(start, instant.astimezone(UTC))
    raise AssertionError("the walk over open hours never ends without one")


def add_business_time(calendar: Calendar, instant: datetime, span: timedelta) -> datetime:
    """`instant` plus `span` in business time, in UTC: whole days are business days, the rest is open hours.

    A business day later is the same local time on the next day with hours, or that day's closing time if it is
    earlier. What begins outside of the hours begins when they next open.
    """
    days, rest = divmod(span, _DAY)
    begun = find_open(calendar, instant)
    return _add_open_time(calendar, _add_days(calendar, begun, days), rest)


def _add_days(calendar: Calendar, instant: datetime, days: int) -> datetime:
    if not days:
        return instant
    zone = ZoneInfo(calendar.zone)
    local = instant.astimezone(zone)
    working = (day for day in _walk_days(local.date() + _DAY) if _list_spans(calendar, day))
    day = [next(working) for _ in range(days)][-1]
    spans = _list_spans(calendar, day)
    same = datetime.combine(day, local.time(), zone).astimezone(UTC)
    return min(max(same, spans[0][0]), spans[-1][1])


def _add_open_time(calendar: Calendar, instant: datetime, rest: timedelta) -> datetime:
    for start, end in _walk_spans(calendar, instant):
        begun = max(start, instant)
        if begun + rest <= end:
            return begun + rest
        rest -= max(end - begun, timedelta(0))
    raise AssertionError("the walk over open hours never ends before the time is spent")


def _walk_spans(calendar: Calendar, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Open spans that end at or after `instant`, in order, without end."""
    first = instant.astimezone(ZoneInfo(calendar.zone)).date() - _DAY
    closed = 0
    for day in _walk_days(first):
        spans = _list_spans(calendar, day)
        closed = 0 if spans else closed + 1
        if closed > _LONGEST_CLOSURE:
            raise ValueError(f"the calendar has no open hours for {_LONGEST_CLOSURE} days from {first}")
        yield from (span for span in spans if span[1] >= instant)


def _walk_days(day: date) -> Iterator[date]:
    while True:
        yield day
        day += _DAY


def _list_spans(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The open hours of one local day, in UTC; a span that a change of the clocks swallows is left out."""
    if day in calendar.holidays or (calendar.country and day in _list_public(calendar, day.year)):
        return ()
    zone = ZoneInfo(calendar.zone)
    spans = (
        (_find_minute(day, start, zone), _find_minute(day, end, zone))
        for start, end in calendar.hours.get(WEEKDAYS[day.weekday()], ())
    )
    return tuple((start, end) for start, end in spans if start < end)


def _find_minute(day: date, minute: int, zone: ZoneInfo) -> datetime:
    midnight = day if minute < 24 * 60 else day + _DAY
    local = datetime.combine(midnight, time(minute // 60 % 24, minute % 60), zone)
    return local.astimezone(UTC)


def _list_public(calendar: Calendar, year: int) -> frozenset[date]:
    return _read_public(calendar.country, calendar.subdivision, year)


@lru_cache(maxsize=64)
def _read_public(country: str, subdivision: str, year: int) -> frozenset[date]:
    return frozenset(public_holidays.country_holidays(country, subdiv=subdivision or None, years=year))


def _check_region(country: str, subdivision: str) -> None:
    try:
        public_holidays.country_holidays(country, subdiv=subdivision or None, years=2026)
    except NotImplementedError:
        place = f"{country}-{subdivision}" if subdivision else country
        raise ValueError(f"the public holidays of {place!r} are not known; list them under holidays") from None
