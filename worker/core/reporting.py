"""What became of the escalations of a time: figures for a report, from facts alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.core.assessment import Severity, Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """One escalation as a report sees it; counts and instants are None or 0 where nothing is kept.

    `reported_at` is when its first ticket was made, `handed_at` when its issue was opened, `answered_at` the team's
    first word after that. `gaps` are the parts that its brief had to ask for. `asked` counts questions to the team,
    `words_due` the customers' words that fell due and `words_late` those that were overdue.
    """

    id: str
    target: Target
    severity: Severity
    created_at: datetime
    reported_at: datetime | None = None
    handed_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    gaps: int | None = None
    asked: int = 0
    words_due: int = 0
    words_late: int = 0
    declined: bool = False
    reopened: bool = False
    unlearned: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """How well the clocks of a severity were kept.

    `quiet` of `handed` escalations never had to be asked; of `due` words to customers `late` were overdue.
    """

    escalations: int
    handed: int
    quiet: int
    due: int
    late: int

    @property
    def team_share(self) -> float | None:
        """The part of the escalations whose team was never late (0-1)."""
        return self.quiet / self.handed if self.handed else None

    @property
    def customer_share(self) -> float | None:
        """The part of the words that came before they were overdue (0-1)."""
        return 1 - self.late / self.due if self.due else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A length of time over several escalations."""

    number: int
    median: timedelta
    p90: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A brief with so many gaps, and how long its team took to answer."""

    escalation_id: str
    gaps: int
    answered_after: timedelta


def rate_cadence(past: Sequence[Past]) -> dict[Severity, Kept]:
    """How well the clocks were kept, by severity."""
    return {
        severity: Kept(
            escalations=len(rows),
            handed=sum(row.handed_at is not None for row in rows),
            quiet=sum(row.handed_at is not None and not row.asked for row in rows),
            due=sum(row.words_due for row in rows),
            late=sum(row.words_late for row in rows),
        )
        for severity in Severity
        for rows in [[row for row in past if row.severity is severity]]
    }


def measure_spans(past: Sequence[Past]) -> Mapping[str, Mapping[Target, Span]]:
    """From report to escalation, from there to the issue, and from the issue to the team's first word, by team."""
    measures: dict[str, Callable[[Past], timedelta | None]] = {
        "reported to escalated": lambda row: _between(row.reported_at, row.created_at),
        "escalated to issue": lambda row: _between(row.created_at, row.handed_at),
        "issue to first answer": lambda row: _between(row.handed_at, row.answered_at),
    }
    return {
        name: {
            target: span
            for target in Target
            if (span := _summarise(measure(row) for row in past if row.target is target)) is not None
        }
        for name, measure in measures.items()
    }


def list_points(past: Sequence[Past]) -> tuple[Point, ...]:
    """Each brief whose team has answered, with its gaps."""
    found = ((row, _between(row.handed_at, row.answered_at)) for row in past if row.gaps is not None)
    return tuple(
        Point(escalation_id=row.id, gaps=row.gaps or 0, answered_after=span)
        for row, span in found
        if span is not None
    )


def count_weeks(
    past: Sequence[Past], since: datetime, until: datetime
) -> tuple[tuple[datetime, Mapping[Target, int]], ...]:
    """How many escalations were made in each week, by team; the last week ends at `until`."""
    week = timedelta(days=7)
    counts = Counter(
        ((until - row.created_at) // week, row.target) for row in past if since <= row.created_at < until
    )
    number = -((since - until) // week)
    return tuple(
        (until - week * (back + 1), {target: counts[back, target] for target in Target})
        for back in reversed(range(number))
    )


def _between(first: datetime | None, last: datetime | None) -> timedelta | None:
    return max(timedelta(0), last - first) if first is not None and last is not None else None


def _summarise(spans: Iterable[timedelta | None]) -> Span | None:
    found = sorted(span for span in spans if span is not None)
    if not found:
        return None
    return Span(
        number=len(found), median=found[len(found) // 2], p90=found[min(len(found) - 1, len(found) * 9 // 10)]
    )
