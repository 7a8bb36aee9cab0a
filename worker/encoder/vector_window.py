"""Compares a vector with all that are kept, exactly: at a hundred thousand no index is worth its cost."""

import importlib
from collections.abc import Sequence
from typing import Any

from worker.core.patterns.encoder import Near
from worker.encoder.packing import unpack

_BLOCK = 8192
_AT_ONCE = 256
_FREE = -1
_BELOW_ALL = -2.0
_SHORTEST = 1e-6


class NumpyVectors:
    """Vectors as they are packed, in blocks of rows; the row of a dropped vector is used again.

    A dimension takes one byte; only 256 rows at a time are widened for multiplying.
    """

    def __init__(self, dimensions: int = 384) -> None:
        self._numpy: Any = importlib.import_module("numpy")
        self._dimensions = dimensions
        self._blocks: list[Any] = []
        self._norms: list[Any] = []
        self._wide: Any = self._numpy.empty((_AT_ONCE, dimensions), dtype=self._numpy.float32)
        self._keys: list[Any] = []
        self._rows: dict[int, int] = {}
        self._free: list[int] = []

    def add(self, key: int, vector: bytes) -> None:
        """Keeps a packed vector under a key."""
        if not self._free:
            self._grow()
        row = self._free.pop()
        block, place = divmod(row, _BLOCK)
        row_of_bytes = self._numpy.frombuffer(vector, dtype=self._numpy.int8)
        self._blocks[block][place] = row_of_bytes
        self._norms[block][place] = 1.0 / self._numpy.linalg.norm(row_of_bytes.astype(self._numpy.float32))
        self._keys[block][place] = key
        self._rows[key] = row

    def drop(self, keys: Sequence[int]) -> None:
        """Forgets vectors."""
        for key in keys:
            row = self._rows.pop(key)
            block, place = divmod(row, _BLOCK)
            self._blocks[block][place] = 0
            self._keys[block][place] = _FREE
            self._free.append(row)

    def find_nearest(self, vector: bytes, most: int) -> tuple[Near, ...]:
        """The nearest of all kept vectors."""
        query = unpack(self._numpy, vector)
        return self._pick([self._multiply(place, query) for place in range(len(self._blocks))], most)

    def measure(self, vector: bytes, keys: Sequence[int], center: Sequence[float]) -> tuple[float, ...]:
        """The cosines to the vectors of these keys around `center`, in order."""
        numpy = self._numpy
        middle = numpy.array(center, dtype=numpy.float32) if center else numpy.float32(0.0)
        query = unpack(numpy, vector) - middle
        rows = [divmod(self._rows[key], _BLOCK) for key in keys]
        table = numpy.stack([self._blocks[block][place] for block, place in rows]).astype(numpy.float32)
        table = table * numpy.array([[self._norms[block][place]] for block, place in rows]) - middle
        lengths = numpy.linalg.norm(table, axis=1) * numpy.linalg.norm(query)
        # One after the other: a product of matrices may round by how many rows there are.
        return tuple(
            round(float(row @ query) / max(float(length), _SHORTEST), 5)
            for row, length in zip(table, lengths, strict=True)
        )

    def get(self, key: int) -> bytes:
        """The packed vector of a key."""
        block, place = divmod(self._rows[key], _BLOCK)
        return bytes(self._blocks[block][place].tobytes())

    def _multiply(self, block: int, query: Any) -> Any:
        numpy, rows = self._numpy, self._blocks[block]
        products = numpy.empty(_BLOCK, dtype=numpy.float32)
        for start in range(0, _BLOCK, _AT_ONCE):
            numpy.copyto(self._wide, rows[start : start + _AT_ONCE])
            numpy.dot(self._wide, query, out=products[start : start + _AT_ONCE])
        products *= self._norms[block]
        return products

    def _grow(self) -> None:
        numpy, first = self._numpy, len(self._blocks) * _BLOCK
        self._blocks.append(numpy.zeros((_BLOCK, self._dimensions), dtype=numpy.int8))
        self._norms.append(numpy.zeros(_BLOCK, dtype=numpy.float32))
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
