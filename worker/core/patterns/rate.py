"""How often detection raises what nobody confirmed, and which limit would hold that to what is put up with."""

from collections.abc import Sequence
from dataclasses import dataclass

_FEWEST_REPORTS = 1_000
_STEPS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmRate:
    """Over the policy's slow window: reports read, groups raised that no person confirmed, those per 1,000 reports.

    It is an upper bound of the false alarms, for people do not confirm all that is right. `limit` is that of the lane
    that raises, `suggested` the least one that holds the rate to the policy's `most_alarms`; None below 1,000
    reports, or when the lane is closed.
    """

    reports: int
    raised: int
    per_thousand: float | None
    limit: float | None
    suggested: float | None


def rate_alarms(
    scores: Sequence[float], *, reports: int, raised: int, limit: float | None, most_alarms: float
) -> AlarmRate:
    """`scores` are those of all groups by meaning that no person confirmed."""
    enough = reports >= _FEWEST_REPORTS
    return AlarmRate(
        reports=reports,
        raised=raised,
        per_thousand=round(1000.0 * raised / reports, 3) if reports else None,
        limit=limit,
        suggested=_find_limit(scores, reports, most_alarms) if enough and limit is not None else None,
    )


def _find_limit(scores: Sequence[float], reports: int, most_alarms: float) -> float:
    """The least hundredth from 0.05 on at which few enough of the scores are left."""
    steps = [step / _STEPS for step in range(5, _STEPS)]
    allowed = most_alarms * reports / 1000.0
    return next((step for step in steps if sum(score >= step for score in scores) <= allowed), steps[-1])
