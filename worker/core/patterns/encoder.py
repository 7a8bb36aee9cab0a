"""What detection needs of an encoder of meaning and of the place where its vectors are compared.

Both are ports: the core runs without them and then only suggests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Near:
    """A vector that is near: the key it was added under, and the cosine."""

    key: int
    cosine: float


class Encoder(Protocol):
    """Turns text into a unit vector, packed small. `name` changes whenever vectors stop being comparable."""

    @property
    def name(self) -> str:
        """The identity of model and packing."""

    @property
    def languages(self) -> frozenset[str]:
        """The languages it understands, as two letters."""

    def split(self, text: str) -> tuple[int, ...]:
        """The pieces it reads the text as, cut at its longest input."""

    def expect(self, piece: int) -> float:
        """The share of ordinary texts that hold this piece."""

    def encode(self, pieces: Sequence[int], weigh: Callable[[int], float]) -> bytes:
        """The packed vector of the pieces, each weighted by `weigh`."""


class VectorWindow(Protocol):
    """Packed vectors of the reports that are still compared."""

    def add(self, key: int, vector: bytes) -> None:
        """Keeps a vector under a key."""

    def drop(self, keys: Sequence[int]) -> None:
        """Forgets vectors."""

    def get(self, key: int) -> bytes:
        """The packed vector of a key."""

    def find_nearest(self, vector: bytes, most: int) -> tuple[Near, ...]:
        """The at most `most` nearest, nearest first, ties by key."""

    def measure(self, vector: bytes, keys: Sequence[int], center: Sequence[float]) -> tuple[float, ...]:
        """The cosines to the vectors of these keys, in order, of all as they lie around `center`, if there is one."""
