"""Builds a detector as the policy sets it."""

from mappings.pattern_words import PatternWeights, load_pattern_weights, load_pattern_words
from mappings.patterns import PatternRules, Score
from worker.core.patterns.counts import DeskCounts
from worker.core.patterns.detector import Detector
from worker.core.patterns.encoder import Encoder, VectorWindow
from worker.core.patterns.reading import Reader
from worker.core.patterns.report import Lane
from worker.core.patterns.terms import LaneLimits, Terms


def build_detector(
    rules: PatternRules,
    *,
    encoder: Encoder | None = None,
    vectors: VectorWindow | None = None,
    counts: DeskCounts | None = None,
    weights: PatternWeights | None = None,
) -> Detector:
    """A detector with the shipped word lists and weights; give `counts` to go on from stored ones.

    Raises ValueError for an encoder that the weights were not fitted for: its scores would mean nothing.
    """
    weights = weights or load_pattern_weights()
    if encoder is not None and encoder.name != weights.mood.encoder:
        raise ValueError(f"the weights are fitted for the encoder {weights.mood.encoder}, not for {encoder.name}")
    return Detector(
        terms=Terms(
            window=rules.window,
            customers=rules.customers,
            limits=_read_limits(rules),
            weights=weights,
            join_chance=rules.join.by_words if encoder is None else rules.join.by_meaning,
            unite_chance=rules.join.unite,
            raise_mood=rules.raise_mood,
            raise_tie=rules.raise_tie,
            slow_window=rules.slow_window if rules.slow_window > rules.window else None,
        ),
        reader=Reader(load_pattern_words(), weights.mood),
        counts=counts if counts is not None else DeskCounts(),
        encoder=encoder,
        vectors=vectors,
    )


def _read_limits(rules: PatternRules) -> LaneLimits:
    lanes = {Lane.RAISE: rules.lanes.raises, Lane.SUGGEST: rules.lanes.suggest}
    return LaneLimits(
        words={lane: _read_score(limits.by_words) for lane, limits in lanes.items()},
        meaning={lane: _read_score(limits.by_meaning) for lane, limits in lanes.items()},
    )


def _read_score(score: Score) -> float | None:
    return None if score == "never" else score
