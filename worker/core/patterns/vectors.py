"""Sparse unit vectors of terms in a few bytes each, and the index that finds the reports which share rare ones."""

import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from zlib import crc32

from worker.core.patterns.report import Vector

_CODE_BOOST = 1.6
_MOST_TERMS = 60
_SCALE = 255
_BYTES_PER_TERM = 5
_MOST_POSTINGS = 12_000


def number_term(term: str) -> int:
    """The number by which vectors name a term, from 0 to 2**32 - 1; the same on every machine."""
    return crc32(term.encode("utf-8", "surrogatepass"))


def build_vector(terms: Iterable[str], weigh: Callable[[str], float]) -> Vector:
    """The unit vector of the 60 heaviest terms: their numbers, four letters each, then a letter a weight."""
    weighted: dict[int, float] = {}
    for term, count in Counter(terms).items():
        weight = (1 + math.log(count)) * max(weigh(term), 0.0) * (_CODE_BOOST if term.startswith("#") else 1.0)
        weighted[number_term(term)] = max(weight, weighted.get(number_term(term), 0.0))
    heaviest = sorted(weighted.items(), key=lambda item: (-item[1], item[0]))[:_MOST_TERMS]
    norm = math.sqrt(sum(weight * weight for _, weight in heaviest)) or 1.0
    return write_vector([(number, weight / norm) for number, weight in heaviest])


def write_vector(terms: Iterable[tuple[int, float]]) -> Vector:
    """The vector of numbers with weights from 0 to 1, which are rounded to 255 steps."""
    kept = [(number, step) for number, weight in terms if (step := round(_SCALE * weight))]
    packed = array("I", [number for number, _ in kept]).tobytes() + bytes(step for _, step in kept)
    return packed.decode("latin-1")


def read_vector(vector: Vector) -> Iterator[tuple[int, float]]:
    """The numbers of a vector's terms with their weights, heaviest first."""
    packed = vector.encode("latin-1")
    count = len(packed) // _BYTES_PER_TERM
    numbers = memoryview(packed)[: 4 * count].cast("I")
    return zip(numbers, (weight / _SCALE for weight in packed[4 * count :]), strict=True)


def multiply(vector: Mapping[int, float], other: Vector) -> float:
    """The cosine of two unit vectors, one of them read into a mapping."""
    return sum(vector[number] * weight for number, weight in read_vector(other) if number in vector)


class TermIndex:
    """Finds by shared terms, the rarest first, until 12,000 entries were read: commoner terms tell nothing."""

    def __init__(self) -> None:
        self._keys: dict[int, array[int]] = {}
        self._weights: dict[int, bytearray] = {}

    def add(self, key: int, vector: Vector) -> None:
        """Keeps a vector under a key; keys grow."""
        for number, weight in read_vector(vector):
            self._keys.setdefault(number, array("I")).append(key)
            self._weights.setdefault(number, bytearray()).append(round(weight * _SCALE))

    def drop(self, key: int, vector: Vector) -> None:
        """Forgets the vector of a key."""
        for number, _ in read_vector(vector):
            keys = self._keys[number]
            place = bisect_left(keys, key)
            del keys[place], self._weights[number][place]
            if not keys:
                del self._keys[number], self._weights[number]

    def score(self, vector: Vector, scores: dict[int, float], factor: float) -> None:
        """Adds to `scores` the cosines to the vectors that share a term, times `factor`."""
        known = [
            (len(self._keys[number]), number, weight)
            for number, weight in read_vector(vector)
            if number in self._keys
        ]
        left = _MOST_POSTINGS
        for length, number, weight in sorted(known):
            left -= length
            if left < 0:
                return
            share = weight * factor / _SCALE
            for key, other in zip(self._keys[number], self._weights[number], strict=True):
                scores[key] = scores.get(key, 0.0) + share * other
