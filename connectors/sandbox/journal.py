"""The record of every request served, so that a test can ask what really happened outside.

Headers and bodies never enter it: they hold credentials and customer texts.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Effect = Literal["committed", "none", "read"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One request: `at` in the wall clock, `monotonic` for intervals, status 0 when nothing was answered.

    `effect` is `committed` for a write that changed the sandbox whatever the caller was told, `none` for a
    write that did not, and `read` for everything else.
    """

    at: datetime
    monotonic: float
    vendor: str
    method: str
    path: str
    status: int
    effect: Effect
    fault: str = ""


class Journal:
    """An append-only list of entries that any thread may read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries())

    def __len__(self) -> int:
        return len(self._entries)

    def append(self, entry: Entry) -> None:
        """Add one served request."""
        with self._lock:
            self._entries.append(entry)

    def entries(self, *, vendor: str = "", method: str = "", path: str = "") -> list[Entry]:
        """The entries so far, filtered by vendor, method and a part of the path."""
        with self._lock:
            found = list(self._entries)
        return [
            entry
            for entry in found
            if (not vendor or entry.vendor == vendor)
            and (not method or entry.method == method)
            and path in entry.path
        ]

    def clear(self) -> None:
        """Forget everything served so far."""
        with self._lock:
            self._entries.clear()
