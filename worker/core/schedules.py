"""Zendesk's schedules as business calendars."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from connectors.records import Schedule
from mappings.calendars import WEEKDAYS, Calendar
from mappings.policy import Policy
from mappings.zones import find_zone

_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60
_LONGEST = 400


def find_schedule(schedules: Sequence[Schedule], wanted: str) -> Schedule | None:
    """The schedule with this number or name: letter by letter, else whatever its case."""
    bare = wanted.strip()
    ranked = (
        [one for one in schedules if str(one.id) == bare or one.name == bare],
        [one for one in schedules if one.name.casefold() == bare.casefold()],
    )
    return next((found[0] for found in ranked if found), None)


def make_calendar(schedule: Schedule, own: Calendar) -> Calendar:
    """The policy's calendar with the hours, zone and further holidays of a schedule.

    A zone whose name is not known stays the policy's own. Raises ValueError for hours that no calendar can have.
    """
    hours: dict[str, list[tuple[int, int]]] = {name: [] for name in WEEKDAYS}
    for start, end in schedule.spans:
        day = start // _DAY_MINUTES
        if end > (day + 1) * _DAY_MINUTES:
            raise ValueError(f"the hours from minute {start} of the week to {end} go past midnight")
        hours[WEEKDAYS[(day - 1) % 7]].append((start % _DAY_MINUTES, end - day * _DAY_MINUTES))
    free = {day for span in schedule.holidays for day in _list_days(*span)}
    values = own.model_dump() | {
        "hours": {name: tuple(spans) for name, spans in hours.items()},
        "zone": find_zone(schedule.zone) or own.zone,
        "holidays": tuple(sorted({*own.holidays, *free})),
    }
    return Calendar.model_validate(values)


def use_schedule(policy: Policy, schedule: Schedule) -> Policy:
    """The policy on the business hours of a schedule; its digest stays, since no rule is another."""
    business = make_calendar(schedule, policy.cadence.business)
    cadence = policy.cadence.model_copy(update={"business": business})
    return policy.model_copy(update={"cadence": cadence})


def _list_days(first: date, last: date) -> Iterator[date]:
    for number in range(min((last - first).days, _LONGEST) + 1):
        yield first + number * _DAY
