"""Business time across weekends, holidays, changes of the clocks and zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mappings.calendars import Calendar, add_business_time, find_open, is_open

WEEK = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
PLAIN = Calendar.model_validate({"hours": WEEK})
BERLIN = Calendar.model_validate({"zone": "Europe/Berlin", "country": "DE", "subdivision": "BE", "hours": WEEK})
LUNCH = Calendar.model_validate(
    {"zone": "America/New_York", "hours": {"mon": ["09:00-12:00", "13:00-17:00"], "sat": ["10:00-12:00"]}}
)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("calendar", "start", "span", "end"),
    [
        (PLAIN, at("2026-11-23T10:00"), timedelta(hours=4), at("2026-11-23T14:00")),
        (PLAIN, at("2026-11-23T16:00"), timedelta(hours=4), at("2026-11-24T12:00")),
        (PLAIN, at("2026-11-27T16:00"), timedelta(hours=2), at("2026-11-30T10:00")),
        (PLAIN, at("2026-11-27T16:00"), timedelta(days=1), at("2026-11-30T16:00")),
        (PLAIN, at("2026-11-28T03:00"), timedelta(hours=1), at("2026-11-30T10:00")),
        (PLAIN, at("2026-11-28T03:00"), timedelta(days=1), at("2026-12-01T09:00")),
        (PLAIN, at("2026-11-23T10:00"), timedelta(seconds=3), at("2026-11-23T10:00:03")),
        (PLAIN, at("2026-11-23T10:00"), timedelta(days=2, hours=3), at("2026-11-25T13:00")),
        # The Friday of Good Friday and the Monday of Easter are free in Berlin.
        (BERLIN, at("2026-04-02T15:00", "Europe/Berlin"), timedelta(days=1), at("2026-04-07T15:00", "Europe/Berlin")),
        # The clocks go forward in the night to 29 March: nine in the morning is nine in the morning.
        (BERLIN, at("2026-03-27T09:30", "Europe/Berlin"), timedelta(days=1), at("2026-03-30T09:30", "Europe/Berlin")),
        (
            BERLIN,
            at("2026-10-23T16:30", "Europe/Berlin"),
            timedelta(hours=1),
            at("2026-10-26T09:30", "Europe/Berlin"),
        ),
        (
            LUNCH,
            at("2026-11-23T11:30", "America/New_York"),
            timedelta(hours=1),
            at("2026-11-23T13:30", "America/New_York"),
        ),
        # A day later is Saturday, which closes at noon.
        (
            LUNCH,
            at("2026-11-23T16:00", "America/New_York"),
            timedelta(days=1),
            at("2026-11-28T12:00", "America/New_York"),
        ),
    ],
)
def test_adds_business_time(calendar: Calendar, start: datetime, span: timedelta, end: datetime) -> None:
    assert add_business_time(calendar, start, span) == end.astimezone(UTC)


@pytest.mark.parametrize(
    ("instant", "opened"),
    [
        ("2026-11-23T10:00", True),
        ("2026-11-23T17:00", False),
        ("2026-11-22T10:00", False),
        ("2026-11-23T09:00", True),
    ],
)
def test_knows_whether_it_is_open(instant: str, opened: bool) -> None:
    assert is_open(PLAIN, at(instant)) is opened


_INSTANTS = st.integers(0, 730 * 24 * 60).map(lambda minutes: at("2026-01-01T00:00") + timedelta(minutes=minutes))
_SPANS = st.timedeltas(timedelta(0), timedelta(days=20))


@settings(max_examples=200)
@given(st.sampled_from([PLAIN, BERLIN, LUNCH]), _INSTANTS, _SPANS, _SPANS)
def test_later_starts_and_longer_spans_never_end_earlier(
    calendar: Calendar, start: datetime, span: timedelta, more: timedelta
) -> None:
    end = add_business_time(calendar, start, span)
    assert end >= find_open(calendar, start) >= start
    assert add_business_time(calendar, start + more, span) >= end
    assert is_open(calendar, end) or is_open(calendar, end - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"zone": "Europe/Atlantis"}, "no time zone"),
        ({"hours": {"mon": ["9-17"]}}, 'write them as "09:00-17:00"'),
        ({"hours": {"mon": ["17:00-09:00"]}}, "end after they begin"),
        ({"hours": {"mon": ["09:00-12:00", "11:00-17:00"]}}, "do not overlap"),
        ({"hours": {"mon": []}}, "at least one weekday"),
        ({"country": "XX"}, "are not known"),
        ({"country": "DE", "subdivision": "XX"}, "are not known"),
        ({"subdivision": "BE"}, "needs its country"),
    ],
)
def test_refuses_a_calendar_that_cannot_work(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Calendar.model_validate({"hours": WEEK} | change)


def test_says_when_a_calendar_never_opens() -> None:
    shut = PLAIN.model_copy(update={"holidays": tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(900))})
    with pytest.raises(ValueError, match="no open hours"):
        add_business_time(shut, at("2026-01-05T09:00"), timedelta(hours=1))
