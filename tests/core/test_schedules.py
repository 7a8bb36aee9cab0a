"""Zendesk's schedules as calendars: their hours, zone and holidays, and what cannot be read of them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.records import Schedule
from mappings.calendars import add_business_time, is_open
from mappings.loader import load_policy
from worker.core.schedules import find_schedule, make_calendar, use_schedule

OWN = load_policy().cadence.business
DAY = 24 * 60
BERLIN = Schedule(
    id=7,
    name="Berlin desk",
    zone="Europe/Berlin",
    spans=tuple((day * DAY + 8 * 60, day * DAY + 16 * 60) for day in range(1, 6)),
    holidays=((date(2026, 12, 24), date(2026, 12, 26)),),
)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (datetime(2026, 3, 2, 6, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 30, 6, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 1, 10, 0, tzinfo=UTC), False),
        (datetime(2026, 12, 24, 10, 0, tzinfo=UTC), False),
        (datetime(2026, 12, 28, 10, 0, tzinfo=UTC), True),
    ],
)
def test_the_desk_is_open_when_zendesk_says_so(at: datetime, opens: bool) -> None:
    assert is_open(make_calendar(BERLIN, OWN), at) is opens


def test_sunday_and_midnight_are_where_zendesk_counts_from() -> None:
    whole = Schedule(id=1, name="Always", zone="UTC", spans=tuple((day * DAY, (day + 1) * DAY) for day in range(7)))
    calendar = make_calendar(whole, OWN)
    assert is_open(calendar, datetime(2026, 3, 1, 0, 0, tzinfo=UTC))
    assert is_open(calendar, datetime(2026, 3, 7, 23, 59, tzinfo=UTC))


def test_days_of_the_policy_stay_free_and_its_zone_stands_in_for_an_unknown_one() -> None:
    own = OWN.model_copy(update={"holidays": (date(2026, 5, 1),), "zone": "America/New_York"})
    odd = Schedule(id=7, name="x", zone="Middle Earth", spans=BERLIN.spans, holidays=BERLIN.holidays)
    calendar = make_calendar(odd, own)
    assert calendar.zone == "America/New_York"
    assert {date(2026, 5, 1), date(2026, 12, 25)} <= set(calendar.holidays)


@pytest.mark.parametrize("spans", [(), ((1500, 1800), (1700, 1900)), ((1400, 1500),)])
def test_hours_that_no_calendar_can_have_are_refused(spans: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        make_calendar(Schedule(id=1, name="x", zone="UTC", spans=spans), OWN)


@pytest.mark.parametrize(("wanted", "found"), [("Berlin desk", 7), ("berlin DESK", 7), ("7", 7), ("Paris", None)])
def test_it_is_found_by_name_or_number(wanted: str, found: int | None) -> None:
    schedule = find_schedule([BERLIN], wanted)
    assert (schedule.id if schedule else None) == found


def test_the_policy_counts_in_its_hours_and_keeps_its_digest() -> None:
    policy = load_policy()
    changed = use_schedule(policy, BERLIN)
    friday = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)
    assert changed.digest == policy.digest
    assert add_business_time(changed.cadence.business, friday, timedelta(hours=2)) == datetime(
        2026, 3, 9, 8, 0, tzinfo=UTC
    )
