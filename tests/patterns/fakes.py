"""An encoder and a window of vectors in plain Python: words with the same first letters mean the same."""

import math
from collections.abc import Callable, Sequence

from worker.core.patterns.encoder import Comparison, Near

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

    def compare(self, vector: bytes, most: int) -> Comparison:
        """The nearest, with mean and spread."""
        cosines = {key: _cosine(vector, other) for key, other in self._vectors.items()}
        if not cosines:
            return Comparison(nearest=(), count=0, mean=0.0, deviation=0.0)
        mean = sum(cosines.values()) / len(cosines)
        spread = math.sqrt(sum((cosine - mean) ** 2 for cosine in cosines.values()) / len(cosines))
        ranked = sorted(cosines.items(), key=lambda item: (-item[1], item[0]))[:most]
        nearest = tuple(Near(key, cosine) for key, cosine in ranked)
        return Comparison(nearest=nearest, count=len(cosines), mean=mean, deviation=spread)

    def measure(self, vector: bytes, keys: Sequence[int]) -> tuple[float, ...]:
        """The cosines to some."""
        return tuple(_cosine(vector, self._vectors[key]) for key in keys)


def _cosine(one: bytes, other: bytes) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return round(product / math.sqrt(sum(a * a for a in one) * sum(b * b for b in other)), 5)
