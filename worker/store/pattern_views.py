"""The patterns of tickets, as the ticket reconciler needs them: a few statements for a hundred tickets."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from worker.core.patterns.view import PatternView
from worker.store.patterns import (
    PatternRow,
    PatternStanding,
    ReportRow,
    find_pattern_of,
    list_reports,
    read_pattern,
)
from worker.store.schema import pattern_reports, patterns

_SHOWN = (PatternStanding.SUGGESTED, PatternStanding.RAISED, PatternStanding.CONFIRMED)


def read_views(connection: Connection, ticket_ids: Sequence[int]) -> dict[int, PatternView]:
    """The pattern of each ticket that stands in one worth showing."""
    rows = connection.execute(
        select(pattern_reports.c.ticket_id, pattern_reports.c.pattern_id)
        .join(patterns, patterns.c.id == pattern_reports.c.pattern_id)
        .where(
            pattern_reports.c.ticket_id.in_(list(ticket_ids)),
            (patterns.c.standing.in_([standing.value for standing in _SHOWN])) | (patterns.c.part_of != ""),
        )
    ).all()
    shown = _read_shown(connection, {row.pattern_id for row in rows})
    return {
        row.ticket_id: view_pattern(*shown[row.pattern_id], ticket_id=row.ticket_id)
        for row in rows
        if row.pattern_id in shown
    }


def view_pattern(pattern: PatternRow, reports: Sequence[ReportRow], *, ticket_id: int | None = None) -> PatternView:
    """A pattern as this ticket sees it, or as somebody does who is in none."""
    return PatternView(
        id=pattern.id,
        acts=pattern.standing.acts,
        asks=pattern.standing is PatternStanding.SUGGESTED,
        customers=tuple(dict.fromkeys(report.customer_name for report in reports)),
        tickets=tuple(report.ticket_id for report in reports),
        is_newest=bool(reports) and reports[-1].ticket_id == ticket_id,
        score=pattern.score,
        reasons=_tell_reasons(pattern),
    )


def has_strayed(connection: Connection, ticket_id: int, pattern_id: str) -> bool:
    """True when the ticket stands in another pattern now, or the pattern is taken for one problem no more."""
    pattern = find_pattern_of(connection, ticket_id)
    own = read_pattern(connection, pattern_id)
    return pattern is not None and (own is None or pattern.id != own.id or not pattern.standing.acts)


def _read_shown(
    connection: Connection, names: Iterable[str]
) -> Mapping[str, tuple[PatternRow, tuple[ReportRow, ...]]]:
    found: dict[str, tuple[PatternRow, tuple[ReportRow, ...]]] = {}
    for name in names:
        pattern = read_pattern(connection, name)
        if pattern is not None and pattern.standing in _SHOWN:
            found[name] = (pattern, list_reports(connection, pattern.id))
    return found


def _tell_reasons(pattern: PatternRow) -> tuple[str, ...]:
    if pattern.decided_by:
        reason = f": {pattern.decided_reason}" if pattern.decided_reason else ""
        return (f"confirmed by {pattern.decided_by}{reason}",)
    ground = "by meaning" if pattern.by_meaning else "by words"
    return (f"{pattern.customers} customers in {pattern.tickets} tickets, score {pattern.score or 0:.2f} {ground}",)
