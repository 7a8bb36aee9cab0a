"""The rate of alarms that nobody confirmed, and the limit that would hold it."""

import pytest

from worker.core.patterns.rate import rate_alarms


@pytest.mark.parametrize(
    ("scores", "reports", "per_thousand", "suggested"),
    [
        ((), 0, None, None), ((0.9,), 500, 2.0, None), ((), 2_000, 0.5, 0.05), ((0.9, 0.8, 0.7), 2_000, 0.5, 0.71),
        ((0.9, 0.8, 0.7), 1_000, 1.0, 0.81), ((0.995,) * 9, 1_000, 1.0, 0.99),
    ],
)  # fmt: skip
def test_suggests_the_least_limit_that_holds(
    scores: tuple[float, ...], reports: int, per_thousand: float | None, suggested: float | None
) -> None:
    rate = rate_alarms(scores, reports=reports, raised=1 if reports else 0, limit=0.5, most_alarms=1.0)
    assert (rate.per_thousand, rate.suggested) == (per_thousand, suggested)


def test_a_closed_lane_needs_no_limit() -> None:
    assert rate_alarms((0.9,) * 9, reports=5_000, raised=0, limit=None, most_alarms=1.0).suggested is None
