"""What a detector is set to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from mappings.pattern_words import PatternWeights
from worker.core.patterns.report import Lane


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneLimits:
    """The least score at which each lane announces. None closes the lane for that kind of score."""

    words: Mapping[Lane, float | None]
    meaning: Mapping[Lane, float | None]

    def list_open(self, score: float | None, *, by_meaning: bool) -> frozenset[Lane]:
        """The lanes that a score opens."""
        limits = self.meaning if by_meaning else self.words
        return frozenset(
            lane for lane, limit in limits.items() if limit is not None and score is not None and score >= limit
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """Window, number of customers, limits, fitted weights.

    `join_chance` is the least mean chance at which a ticket joins a group, `unite_chance` that at which a ticket of a
    forming group comes over to an announced one. `raise_mood` is the least mean mood of the reports of a group that
    raises by itself, `raise_tie` the least chance that each of them has with its nearest. `slow_window` is how far
    apart reports may be that are suggested, never raised; None for no such lane.
    """

    window: timedelta
    customers: int
    limits: LaneLimits
    weights: PatternWeights
    join_chance: float
    unite_chance: float
    raise_mood: float = float("-inf")
    raise_tie: float = 0.0
    slow_window: timedelta | None = None

    @property
    def reach(self) -> timedelta:
        """How far apart reports are compared at all."""
        return max(self.window, self.slow_window or self.window)
