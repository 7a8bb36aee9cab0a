"""What a desk's past taught detection, as rows: only what a report changed is written again."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from worker.core.patterns.counts import DeskCounts
from worker.store.insertion import insert_into
from worker.store.schema import pattern_counts

K = TypeVar("K")
V = TypeVar("V")

_SINGLE = ""
_COUNTS: TypeAdapter[DeskCounts] = TypeAdapter(DeskCounts)


class TrackedDict(dict[K, V]):
    """A dictionary that remembers which keys were written since they were last taken."""

    def __init__(self, values: Mapping[K, V]) -> None:
        super().__init__(values)
        self.changed: set[K] = set()

    def __setitem__(self, key: K, value: V) -> None:
        self.changed.add(key)
        super().__setitem__(key, value)

    def take_changed(self) -> dict[K, V]:
        """The entries written since the last call."""
        taken = {key: self[key] for key in self.changed if key in self}
        self.changed = set()
        return taken


def read_desk_counts(connection: Connection) -> DeskCounts:
    """The counts as they were last saved; empty ones on a new desk."""
    stored: dict[str, Any] = {}
    for row in connection.execute(select(pattern_counts)):
        value = json.loads(row.value)
        if row.name == _SINGLE:
            stored[row.field] = value
        else:
            stored.setdefault(row.field, {})[json.loads(row.name)] = value
    counts = _COUNTS.validate_python(stored)
    for name, value in _list_dicts(counts).items():
        setattr(counts, name, TrackedDict(value))
    return counts


def save_desk_counts(connection: Connection, counts: DeskCounts) -> None:
    """Writes what changed since `read_desk_counts` or the last call."""
    dicts = _list_dicts(counts)
    rows = [
        {"field": name, "name": json.dumps(key), "value": json.dumps(value)}
        for name, entries in dicts.items()
        if isinstance(entries, TrackedDict)
        for key, value in entries.take_changed().items()
    ]
    singles = (one.name for one in fields(counts) if one.name not in dicts)
    rows += [{"field": name, "name": _SINGLE, "value": json.dumps(getattr(counts, name))} for name in singles]
    insertion = insert_into(connection, pattern_counts)
    changed = insertion.on_conflict_do_update(
        index_elements=["field", "name"], set_={"value": insertion.excluded.value}
    )
    connection.execute(changed, rows)


def _list_dicts(counts: DeskCounts) -> dict[str, dict[Any, Any]]:
    return {one.name: value for one in fields(counts) if isinstance(value := getattr(counts, one.name), dict)}
