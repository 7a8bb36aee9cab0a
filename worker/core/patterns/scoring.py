"""The two judgements, each a logistic regression: are these two reports one problem, is this group a pattern.

The features are computed here and nowhere else; the weights are data, fitted on the same features by a script.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mappings.pattern_words import Weights
from worker.core.patterns.report import CueScores, Member
from worker.core.patterns.sets import find_odds

_SECONDS_PER_HOUR = 3600.0
_MEANING_SHARE = 0.9
_MOST_MOOD = 8.0
CUES = ("fault", "ask", "single", "onset", "mass", "routine")


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """How alike two reports are: by words, by concepts, and by meaning (None when a vector is missing)."""

    words: float
    concepts: float
    meaning: float | None = None

    @property
    def main(self) -> float:
        """The similarity that is stored. Words keep a share: pasted error texts mean little to an encoder."""
        if self.meaning is None:
            return self.words
        return _MEANING_SHARE * self.meaning + (1.0 - _MEANING_SHARE) * self.words


def weigh(weights: Weights, features: Mapping[str, float]) -> float:
    """The chance that the weights give to the features; features without a weight do not count."""
    odds = weights.bias + sum(weight * features[name] for name, weight in weights.features.items())
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, odds))))


def describe_pair(one: Member, other: Member, likeness: Likeness) -> dict[str, float]:
    """The features of two reports; hours apart as its logarithm."""
    a, b = one.cues, other.cues
    hours = abs((one.at - other.at).total_seconds()) / _SECONDS_PER_HOUR
    by_meaning = likeness.meaning is not None
    a_mood, b_mood = read_mood(one, by_meaning=by_meaning), read_mood(other, by_meaning=by_meaning)
    features = {
        "words": likeness.words,
        "concepts": likeness.concepts,
        "least_fault": min(a.fault, b.fault),
        "most_ask": max(a.ask, b.ask),
        "most_single": max(a.single, b.single),
        "least_onset": min(a.onset, b.onset),
        "sum_mass": a.mass + b.mass,
        "most_routine": max(a.routine, b.routine),
        "log_hours": math.log1p(hours),
        "least_mood": min(a_mood, b_mood),
    }
    if likeness.meaning is not None:
        features["similarity"] = likeness.main
    return features


def read_mood(member: Member, *, by_meaning: bool) -> float:
    """How much a report sounds like one of many about a fault, within bounds; with its vector's word if asked for."""
    mood = member.mood + (member.leaning if by_meaning else 0.0)
    return max(-_MOST_MOOD, min(_MOST_MOOD, mood))


def describe_group(
    members: Sequence[Member],
    ties: Sequence[Sequence[tuple[float, float]]],
    outside: Sequence[float],
    *,
    by_meaning: bool,
) -> dict[str, float]:
    """The features of a group.

    `ties` are (chance, similarity) of each member with each other one, `outside` each member's best chance with a
    ticket outside.
    """
    links = [link for number, row in enumerate(ties) for link in row[number:]]
    odds = sorted((find_odds(chance) for chance, _ in links), reverse=True)
    nearest = [max(find_odds(chance) for chance, _ in row) for row in ties]
    likenesses = [similarity for _, similarity in links]
    span = (max(member.at for member in members) - min(member.at for member in members)).total_seconds()
    mean_odds = sum(odds) / len(odds)
    features = {
        "mean_odds": mean_odds,
        "least_odds": odds[-1],
        "top_odds": sum(odds[:2]) / min(2, len(odds)),
        "mean_similarity": sum(likenesses) / len(likenesses),
        "least_similarity": min(likenesses),
        "weakest_tie": min(nearest),
        "contrast": mean_odds - sum(map(find_odds, outside)) / len(outside),
        "log_span": math.log1p(span / _SECONDS_PER_HOUR),
        "customers": float(min(len(members), 8)),
    }
    moods = [read_mood(member, by_meaning=by_meaning) for member in members]
    features["mean_mood"], features["least_mood"] = sum(moods) / len(moods), min(moods)
    for cue in CUES:
        features[f"mean_{cue}"] = _mean_cue([member.cues for member in members], cue)
    return features


def _mean_cue(cues: Sequence[CueScores], name: str) -> float:
    return sum(float(getattr(one, name)) for one in cues) / len(cues)
