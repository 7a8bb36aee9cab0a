"""Scores announcements against labels: a small form of what a benchmark does, so that the suite needs nothing else.

An announcement is good when at least half of its tickets, from two customers, are one incident that was not
announced before. `kinds` are those of wrong announcements in which at least half of the customers have one
issue.
"""

from collections import Counter
from dataclasses import dataclass

from tests.patterns.authored import Stream
from tests.patterns.streams import read_report
from worker.core.patterns.detector import Detector
from worker.core.patterns.report import Lane, Step


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one or more streams."""

    tickets: int
    incidents: int
    good: int
    false: int
    kinds: frozenset[str]

    @property
    def precision(self) -> float:
        """The share of good announcements; 1 when there is none."""
        return self.good / (self.good + self.false) if self.good + self.false else 1.0

    @property
    def recall(self) -> float:
        """The share of incidents that were found."""
        return self.good / self.incidents if self.incidents else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def false_per_thousand(self) -> float:
        """Wrong announcements for every thousand tickets."""
        return 1000 * self.false / self.tickets

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.tickets + other.tickets,
            self.incidents + other.incidents,
            self.good + other.good,
            self.false + other.false,
            self.kinds | other.kinds,
        )


def run_stream(detector: Detector, stream: Stream) -> list[Step]:
    """All steps of a stream."""
    return [detector.observe(read_report(row)) for row in stream.tickets]


def score_steps(stream: Stream, steps: list[Step], lane: Lane) -> Score:
    """The score of a lane's announcements; every incident of the stream counts as one to be found."""
    labels = {row["id"]: row for row in stream.labels}
    customers = {row["id"]: row["org"] for row in stream.tickets}
    kinds = {row["issue"]: row["kind"] for row in stream.labels}
    found: set[str] = set()
    false, wrong_kinds = 0, set()
    for step in steps:
        if lane not in step.opened:
            continue
        tickets = step.standing.tickets
        issue, count = Counter(labels[ticket]["issue"] for ticket in tickets).most_common(1)[0]
        reporters = {customers[ticket] for ticket in tickets if labels[ticket]["issue"] == issue}
        is_good = kinds[issue] == "incident" and len(reporters) > 1 and 2 * count >= len(tickets)
        if is_good and issue not in found:
            found.add(issue)
        else:
            false += 1
            if 2 * len(reporters) >= step.standing.customers:
                wrong_kinds.add(kinds[issue])
    incidents = sum(1 for kind in kinds.values() if kind == "incident")
    return Score(len(stream.tickets), incidents, len(found), false, frozenset(wrong_kinds))
