"""Zendesk's schedules in the product's own words (Zendesk API reference, schedules)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from connectors.calls import JsonObject
from connectors.records import Schedule
from connectors.zendesk.values import read_id, read_objects, read_text

PATH = "/api/v2/business_hours/schedules"
_WEEK = 7 * 24 * 60


def parse_schedules(answer: JsonObject) -> tuple[Schedule, ...]:
    """The schedules of an answer; spans that make no sense are left out."""
    return tuple(
        Schedule(
            id=read_id(row.get("id")) or 0,
            name=read_text(row.get("name")),
            zone=read_text(row.get("time_zone")),
            spans=tuple(sorted(_list_spans(row))),
        )
        for row in read_objects(answer.get("schedules"))
    )


def parse_holidays(answer: JsonObject) -> tuple[tuple[date, date], ...]:
    """The holidays of an answer as (first, last) day."""
    rows = read_objects(answer.get("holidays"))
    days = [(_read_day(row.get("start_date")), _read_day(row.get("end_date"))) for row in rows]
    return tuple(sorted((first, last) for first, last in days if first and last and first <= last))


def _list_spans(row: JsonObject) -> Iterator[tuple[int, int]]:
    for span in read_objects(row.get("intervals")):
        start, end = span.get("start_time"), span.get("end_time")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= _WEEK:
            yield start, end


def _read_day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
