"""Scores assessments of labelled tickets as the acceptance does: shares of decisions that a support lead accepts."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from connectors.ticket_file import FileTicket, read_ticket_file
from mappings.loader import load_policy
from mappings.policy import Policy
from worker.core.assess import assess
from worker.core.assessment import Assessment
from worker.core.context import Context

HERE = Path(__file__).parent


@dataclass(slots=True)
class Score:
    """Counts over one set of tickets; a missed escalation has a wrong target and a wrong severity."""

    escalate: Counter[str] = field(default_factory=Counter)
    criteria: Counter[str] = field(default_factory=Counter)
    support: Counter[str] = field(default_factory=Counter)
    stand_down: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    security_missed: list[str] = field(default_factory=list)

    @property
    def target(self) -> float:
        """The share of true escalations with an accepted target."""
        return self.right["target"] / max(self.right["escalations"], 1)

    @property
    def severity(self) -> float:
        """The share of true escalations with an accepted severity."""
        return self.right["severity"] / max(self.right["escalations"], 1)

    def tell(self) -> str:
        """The figures in one line."""
        return (
            f"escalate F1 {share_f1(self.escalate):.2f}, target {self.target:.2f}, severity {self.severity:.2f},"
            f" criteria F1 {share_f1(self.criteria):.2f}, support F1 {share_f1(self.support):.2f},"
            f" stand down F1 {share_f1(self.stand_down):.2f}, security missed {len(self.security_missed)}"
        )


def share_f1(counts: Counter[str]) -> float:
    """The harmonic mean of precision and recall; 0 when nothing was found or wanted."""
    return 2 * counts["tp"] / max(2 * counts["tp"] + counts["fp"] + counts["fn"], 1)


@cache
def field_policy() -> Policy:
    """The shipped policy with the custom field ids that the labelled tickets use."""
    return load_policy(HERE / "policy")


def score_folder(folder: str) -> Score:
    """The score over all companies of a folder beside this file."""
    return score_files(sorted((HERE / folder).glob("*.jsonl")))


def score_files(paths: Iterable[Path]) -> Score:
    """The score over the tickets of these files."""
    score = Score()
    for expected, assessment in _judge_all(paths):
        _count_decision(score, expected, assessment)
        optional = set(expected.get("criteria_optional") or ())
        _count_sets(score.criteria, set(assessment.criteria), set(expected["criteria"]), optional)
        optional = set(expected.get("handle_in_support_optional") or ())
        wanted = set(expected.get("handle_in_support") or ())
        _count_sets(score.support, set(assessment.handle_in_support), wanted, optional)
        _count(score.stand_down, got=assessment.de_escalate, wanted=bool(expected["de_escalate"]))
    return score


def _judge_all(paths: Iterable[Path]) -> Iterator[tuple[dict[str, Any], Assessment]]:
    for path in paths:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        for row, ticket in zip(rows, read_ticket_file(path), strict=True):
            assert isinstance(ticket, FileTicket), ticket
            yield row["expected"] | {"id": row["id"]}, assess(ticket.ticket, Context(), field_policy(), ticket.now)


def _count_decision(score: Score, expected: dict[str, Any], assessment: Assessment) -> None:
    if expected.get("escalate_either"):
        return
    _count(score.escalate, got=assessment.escalate, wanted=expected["escalate"])
    if not expected["escalate"]:
        return
    score.right["escalations"] += 1
    targets = {expected["target"], *(expected.get("acceptable_targets") or ())}
    severities = {expected["severity"], *(expected.get("acceptable_severities") or ())}
    is_right = assessment.target is not None and assessment.target.value in targets
    score.right["target"] += is_right
    score.right["severity"] += assessment.severity is not None and assessment.severity.value in severities
    if expected["target"] == "security" and not is_right:
        score.security_missed.append(expected["id"])


def _count(counts: Counter[str], *, got: bool, wanted: bool) -> None:
    counts["tp"] += got and wanted
    counts["fp"] += got and not wanted
    counts["fn"] += wanted and not got


def _count_sets(counts: Counter[str], got: set[str], wanted: set[str], optional: set[str]) -> None:
    counts["tp"] += len(got & wanted)
    counts["fp"] += len(got - wanted - optional)
    counts["fn"] += len(wanted - got)
