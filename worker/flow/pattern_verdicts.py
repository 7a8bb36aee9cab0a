"""What a person's verdict changes: standings and memberships of patterns, never an issue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from worker.core.patterns.orders import PatternOrder, Verdict
from worker.core.patterns.report import Group, Lane
from worker.store.patterns import (
    PatternRow,
    PatternStanding,
    ReportRow,
    list_reports,
    read_pattern,
    regroup_reports,
    save_pattern,
)

_STANDINGS = {
    Verdict.CONFIRM: PatternStanding.CONFIRMED,
    Verdict.REJECT: PatternStanding.REJECTED,
    Verdict.MUTE: PatternStanding.MUTED,
}
_ANNOUNCED = frozenset(Lane)


def apply_order(connection: Connection, order: PatternOrder, now: datetime) -> tuple[int, ...]:
    """Carries a verdict out and returns the tickets that it concerns; none when the pattern is not there."""
    pattern = read_pattern(connection, order.pattern_id, lock=True)
    if pattern is None:
        return ()
    if order.verdict is Verdict.SPLIT:
        return _split(connection, pattern, order, now)
    if order.verdict is Verdict.MERGE:
        return _merge(connection, pattern, order, now)
    reports = list_reports(connection, pattern.id)
    if order.verdict is Verdict.REOPEN:
        changed = _take_back(pattern)
    else:
        changed = _decide(pattern, _STANDINGS[order.verdict], order, now)
    save_pattern(connection, changed, now)
    return tuple(report.ticket_id for report in reports)


def _decide(pattern: PatternRow, standing: PatternStanding, order: PatternOrder, now: datetime) -> PatternRow:
    return replace(
        pattern,
        standing=standing,
        group=replace(pattern.group, announced=_ANNOUNCED),
        decided_by=order.by,
        decided_reason=order.reason,
        decided_at=now,
    )


def _take_back(pattern: PatternRow) -> PatternRow:
    """What detection said before: the next report judges it anew."""
    return replace(
        pattern,
        standing=PatternStanding.FORMING,
        group=replace(pattern.group, announced=frozenset()),
        decided_by=None,
        decided_reason=None,
        decided_at=None,
    )


def _split(connection: Connection, pattern: PatternRow, order: PatternOrder, now: datetime) -> tuple[int, ...]:
    reports = list_reports(connection, pattern.id)
    moved = [report for report in reports if report.ticket_id in order.tickets]
    kept = [report for report in reports if report.ticket_id not in order.tickets]
    if not moved or not kept:
        return ()
    name = _name_new(connection, moved)
    regroup_reports(connection, [report.ticket_id for report in moved], name)
    # Those that stay are named too, so that no earlier union can carry them along.
    regroup_reports(connection, [report.ticket_id for report in kept], pattern.id)
    split_off = replace(
        _take_back(pattern), id=name, group=Group(id=name), score=None, explanation=None, decided_by=order.by
    )
    save_pattern(connection, recount_pattern(split_off, moved), now)
    save_pattern(connection, recount_pattern(pattern, kept), now)
    return tuple(report.ticket_id for report in reports)


def _merge(connection: Connection, pattern: PatternRow, order: PatternOrder, now: datetime) -> tuple[int, ...]:
    other = read_pattern(connection, order.other, lock=True)
    if other is None or other.id == pattern.id:
        return ()
    save_pattern(connection, replace(other, group=replace(other.group, part_of=pattern.id)), now)
    standing = PatternStanding.CONFIRMED if other.standing.acts or pattern.standing.acts else pattern.standing
    merged = _decide(pattern, standing, order, now) if standing is not pattern.standing else pattern
    reports = list_reports(connection, pattern.id)
    save_pattern(connection, recount_pattern(merged, reports), now)
    return tuple(report.ticket_id for report in reports)


def recount_pattern(pattern: PatternRow, reports: Sequence[ReportRow]) -> PatternRow:
    """The pattern with the counts of these reports, of which there is at least one."""
    times = [report.member.at for report in reports]
    return replace(
        pattern,
        tickets=len(reports),
        customers=len({report.member.customer for report in reports}),
        first_at=min(times),
        last_at=max(times),
    )


def _name_new(connection: Connection, moved: Sequence[ReportRow]) -> str:
    """The first ticket's number, as for every pattern; with a letter behind it when that name was used before."""
    first = str(moved[0].ticket_id)
    names = (first, *(f"{first}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"))
    return next(name for name in names if read_pattern(connection, name) is None)
