"""Sparse unit vectors of terms, and the index that finds the remembered reports which share rare ones."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from worker.core.patterns.report import Vector

_CODE_BOOST = 1.6
_MOST_TERMS = 80
_DIGITS = 4


def build_vector(terms: Iterable[str], weigh: Callable[[str], float]) -> Vector:
    """The unit vector of the 80 heaviest terms, rounded so that it can be stored; codes (marked #) weigh more."""
    counted = Counter(terms)
    weighted = {
        term: (1 + math.log(count)) * max(weigh(term), 0.0) * (_CODE_BOOST if term.startswith("#") else 1.0)
        for term, count in counted.items()
    }
    heaviest = sorted(weighted.items(), key=lambda item: (-item[1], item[0]))[:_MOST_TERMS]
    norm = math.sqrt(sum(weight * weight for _, weight in heaviest)) or 1.0
    return tuple((term, round(weight / norm, _DIGITS)) for term, weight in heaviest if weight > 0)


def multiply(vector: Mapping[str, float], other: Vector) -> float:
    """The cosine of two unit vectors."""
    return sum(weight * vector[term] for term, weight in other if term in vector)


class TermIndex:
    """Finds by shared terms. A term that more than `longest` reports hold finds none: it tells nothing."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._holders: dict[str, dict[int, float]] = {}

    def add(self, key: int, vector: Vector) -> None:
        """Keeps a vector under a key; keys grow."""
        for term, weight in vector:
            self._holders.setdefault(term, {})[key] = weight

    def drop(self, key: int, vector: Vector) -> None:
        """Forgets the vector of a key."""
        for term, _ in vector:
            holders = self._holders.get(term)
            if holders is not None:
                holders.pop(key, None)
                if not holders:
                    del self._holders[term]

    def score(self, vector: Vector, scores: dict[int, float], factor: float) -> None:
        """Adds to `scores` the cosines to all vectors that share a term, times `factor`."""
        for term, weight in vector:
            holders = self._holders.get(term)
            if holders is None or weight <= 0:
                continue
            share = weight * factor
            if len(holders) <= self._longest:
                for key, other in holders.items():
                    scores[key] = scores.get(key, 0.0) + share * other
