"""Records to stored text and back: one place that knows how snapshots, assessments and decisions are spelt."""

import zlib
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class RecordCodec(Generic[T]):
    """Spells records of one type as JSON and reads them back."""

    def __init__(self, record: type[T]) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(record)

    def write_text(self, value: T) -> str:
        """The record as JSON text."""
        return self._adapter.dump_json(value).decode()

    def read_text(self, text: str | bytes) -> T:
        """The record that `write_text` wrote; raises pydantic.ValidationError for anything else."""
        return self._adapter.validate_json(text)

    def pack(self, value: T) -> bytes:
        """The record as compressed JSON."""
        return zlib.compress(self._adapter.dump_json(value), 6)

    def unpack(self, packed: bytes) -> T:
        """The record that `pack` packed."""
        return self._adapter.validate_json(zlib.decompress(packed))

    def spell(self, value: T) -> dict[str, Any]:
        """The record as plain JSON values."""
        spelt: dict[str, Any] = self._adapter.dump_python(value, mode="json")
        return spelt
