"""An encoder and a window of vectors in plain Python: words with the same first letters mean the same."""

import math
from collections.abc import Callable, Sequence

from worker.core.patterns.encoder import Near

_DIMENSIONS = 64


class LetterEncoder:
    """Each word is a piece; its vector is one dimension chosen by its first four letters."""

    name = "letters"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.texts_read = 0

    def split(self, text: str) -> tuple[int, ...]:
        """Numbers of the words."""
        self.texts_read += 1
        words = [word for word in text.lower().split() if len(word) > 3]
        return tuple(sum(ord(letter) * 31**n for n, letter in enumerate(word[:4])) % 997 for word in words)

    def expect(self, piece: int) -> float:
        """No piece is expected."""
        return 0.0

    def encode(self, pieces: Sequence[int], weigh: Callable[[int], float]) -> bytes:
        """Counts per dimension."""
        counts = [0.0] * _DIMENSIONS
        for piece in pieces:
            counts[piece % _DIMENSIONS] += weigh(piece)
        largest = max(counts)
        return bytes(round(100 * count / largest) for count in counts) if largest else b""


class ListVectors:
    """Compares with every vector, one by one."""

    def __init__(self) -> None:
        self._vectors: dict[int, bytes] = {}

    def add(self, key: int, vector: bytes) -> None:
        """Keeps a vector."""
        self._vectors[key] = vector

    def drop(self, keys: Sequence[int]) -> None:
        """Forgets vectors."""
        for key in keys:
            del self._vectors[key]

    def get(self, key: int) -> bytes:
        """A vector as it was kept."""
        return self._vectors[key]

    def find_nearest(self, vector: bytes, most: int) -> tuple[Near, ...]:
        """The nearest."""
        ranked = sorted((-_cosine(vector, other, ()), key) for key, other in self._vectors.items())
        return tuple(Near(key, -cosine) for cosine, key in ranked[:most])

    def measure(self, vector: bytes, keys: Sequence[int], center: Sequence[float]) -> tuple[float, ...]:
        """The cosines to some."""
        return tuple(_cosine(vector, self._vectors[key], center) for key in keys)


def _cosine(one: bytes, other: bytes, center: Sequence[float]) -> float:
    a, b = _place(one, center), _place(other, center)
    length = math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))
    return round(sum(x * y for x, y in zip(a, b, strict=True)) / length, 5) if length else 0.0


def _place(vector: bytes, center: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(number * number for number in vector))
    return [number / length - middle for number, middle in zip(vector, center or [0.0] * len(vector), strict=True)]
