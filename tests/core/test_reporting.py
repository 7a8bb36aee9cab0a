"""The figures of a report, from facts alone."""

from datetime import UTC, datetime, timedelta

from worker.core.assessment import Severity, Target
from worker.core.reporting import Past, count_weeks, list_points, measure_spans, rate_cadence

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def make_past(name: str, days: float, **more: object) -> Past:
    values: dict[str, object] = {
        "id": name,
        "target": Target.ENGINEERING,
        "severity": Severity.HIGH,
        "created_at": NOW - timedelta(days=days),
    }
    return Past(**values | more)  # type: ignore[arg-type]


def test_weeks_count_each_escalation_once_and_end_now() -> None:
    past = [make_past("a", 0.5), make_past("b", 6.9, target=Target.L2), make_past("c", 7.1), make_past("d", 29.9)]
    weeks = count_weeks(past, NOW - timedelta(days=30), NOW)
    assert [begins for begins, _ in weeks] == [NOW - timedelta(days=7 * back) for back in (5, 4, 3, 2, 1)]
    assert [sum(week.values()) for _, week in weeks] == [1, 0, 0, 1, 2]
    assert weeks[-1][1][Target.L2] == 1
    assert sum(sum(week.values()) for _, week in count_weeks(past, NOW - timedelta(days=7), NOW)) == 2


def test_cadence_says_what_came_in_time() -> None:
    past = [
        make_past("a", 1, handed_at=NOW, words_due=3, words_late=1),
        make_past("b", 1, handed_at=NOW, asked=2, words_due=1),
        make_past("c", 1, severity=Severity.MEDIUM),
    ]
    kept = rate_cadence(past)
    assert (kept[Severity.HIGH].customer_share, kept[Severity.HIGH].team_share) == (0.75, 0.5)
    assert (kept[Severity.MEDIUM].customer_share, kept[Severity.MEDIUM].team_share) == (None, None)


def test_spans_and_points_leave_out_what_is_not_known() -> None:
    made = NOW - timedelta(days=1)
    past = [
        make_past("a", 1, reported_at=made - 2 * HOUR, handed_at=made + HOUR, answered_at=made + 4 * HOUR, gaps=2),
        make_past("b", 1, reported_at=made - 8 * HOUR, gaps=0),
        make_past("c", 1),
    ]
    spans = measure_spans(past)
    assert spans["reported to escalated"][Target.ENGINEERING].number == 2
    assert spans["issue to first answer"][Target.ENGINEERING].median == 3 * HOUR
    assert Target.L2 not in spans["escalated to issue"]
    assert [(point.escalation_id, point.gaps, point.answered_after) for point in list_points(past)] == [
        ("a", 2, 3 * HOUR)
    ]
