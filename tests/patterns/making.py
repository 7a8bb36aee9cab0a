"""Makes reports and detectors for the tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mappings.loader import load_policy
from mappings.pattern_words import PatternWeights, load_pattern_weights
from mappings.patterns import PatternRules
from worker.core.patterns.detector import Detector
from worker.core.patterns.report import Member, Report, Step
from worker.core.patterns.setting import build_detector

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OUTAGE = (
    (
        "Export stuck",
        "Since this morning every CSV export fails with error EXP_QUEUE_504. All our users are affected.",
    ),
    ("exports fail", "Our CSV export does not finish since today, error EXP_QUEUE_504 for everyone."),
    ("CSV export broken", "Export of orders stopped today with EXP_QUEUE_504, nobody here can download anything."),
    ("No export possible", "The CSV export fails with EXP_QUEUE_504 since the update this morning, all users."),
)


def make_rules(**changes: object) -> PatternRules:
    """The shipped rules, changed."""
    return load_policy().patterns.model_copy(update=changes)


def make_letter_weights() -> PatternWeights:
    """The shipped weights, as if fitted for the encoder of the tests, whose vectors tell nothing of a mood."""
    weights = load_pattern_weights()
    return weights.model_copy(
        update={"mood": weights.mood.model_copy(update={"encoder": "letters", "meaning": (), "center": ()})}
    )


def make_detector(**changes: object) -> Detector:
    """A detector that compares by words only."""
    return build_detector(make_rules(**changes))


def make_report(number: int, customer: str, text: tuple[str, str], *, hours: float = 0.0) -> Report:
    """A report `hours` after the start."""
    return Report(
        id=f"t{number}", customer=customer, at=START + timedelta(hours=hours), subject=text[0], body=text[1]
    )


def store_steps(detector: Detector, steps: Sequence[Step]) -> list[Member]:
    """The members of the window as rows keep them: each in the group that a later ticket last moved it to."""
    rows: dict[str, Member] = {}
    for step in steps:
        rows[step.member.id] = step.member
        rows.update({ticket: replace(rows[ticket], group=step.standing.group) for ticket in step.moved})
    return [row for row in rows.values() if row.id in detector.window]
