"""Compares a vector with all that are kept, exactly: at a hundred thousand no index is worth its cost."""

import importlib
from collections.abc import Sequence
from typing import Any

from worker.core.patterns.encoder import Comparison, Near
from worker.encoder.packing import unpack

_BLOCK = 8192
_FREE = -1
_BELOW_ALL = -2.0


class NumpyVectors:
    """Vectors in blocks of rows; the row of a dropped vector is used again."""

    def __init__(self, dimensions: int = 384) -> None:
        self._numpy: Any = importlib.import_module("numpy")
        self._dimensions = dimensions
        self._blocks: list[Any] = []
        self._keys: list[Any] = []
        self._rows: dict[int, int] = {}
        self._free: list[int] = []

    def add(self, key: int, vector: bytes) -> None:
        """Keeps a packed vector under a key."""
        if not self._free:
            self._grow()
        row = self._free.pop()
        block, place = divmod(row, _BLOCK)
        self._blocks[block][place] = unpack(self._numpy, vector)
        self._keys[block][place] = key
        self._rows[key] = row

    def drop(self, keys: Sequence[int]) -> None:
        """Forgets vectors."""
        for key in keys:
            row = self._rows.pop(key)
            block, place = divmod(row, _BLOCK)
            self._blocks[block][place] = 0.0
            self._keys[block][place] = _FREE
            self._free.append(row)

    def compare(self, vector: bytes, most: int) -> Comparison:
        """The nearest of all kept vectors, and mean and spread of all cosines."""
        count = len(self._rows)
        if not count:
            return Comparison(nearest=(), count=0, mean=0.0, deviation=0.0)
        numpy, query = self._numpy, unpack(self._numpy, vector)
        cosines = [block @ query for block in self._blocks]
        total = float(sum(part.sum(dtype=numpy.float64) for part in cosines))
        squares = float(sum((part * part).sum(dtype=numpy.float64) for part in cosines))
        mean = total / count
        return Comparison(
            nearest=self._pick(cosines, most),
            count=count,
            mean=mean,
            deviation=max(squares / count - mean * mean, 0.0) ** 0.5,
        )

    def measure(self, vector: bytes, keys: Sequence[int]) -> tuple[float, ...]:
        """The cosines to the vectors of these keys, in order."""
        query = unpack(self._numpy, vector)
        rows = [divmod(self._rows[key], _BLOCK) for key in keys]
        return tuple(round(float(self._blocks[block][place] @ query), 5) for block, place in rows)

    def _grow(self) -> None:
        numpy, first = self._numpy, len(self._blocks) * _BLOCK
        self._blocks.append(numpy.zeros((_BLOCK, self._dimensions), dtype=numpy.float32))
        self._keys.append(numpy.full(_BLOCK, _FREE, dtype=numpy.int64))
        self._free.extend(range(first + _BLOCK - 1, first - 1, -1))

    def _pick(self, cosines: Sequence[Any], most: int) -> tuple[Near, ...]:
        numpy = self._numpy
        found: list[tuple[float, int]] = []
        for cosines_of_block, keys in zip(cosines, self._keys, strict=True):
            part = numpy.where(keys == _FREE, _BELOW_ALL, cosines_of_block)
            places = numpy.argpartition(part, -most)[-most:] if most < len(part) else numpy.arange(len(part))
            found += [(-round(float(part[place]), 5), int(keys[place])) for place in places if keys[place] != _FREE]
        found.sort()
        return tuple(Near(key, -cosine) for cosine, key in found[:most])
