"""How long the subjects of a killed worker wait until another one takes them over."""

import threading
import time
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from worker.store.database import Database
from worker.store.schema import subjects

_LOOK_S = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A subject that a worker held when it was killed at `since` on the monotonic clock."""

    kind: str
    id: str
    fence: int
    since: float


class Inheritance:
    """Watches what killed workers held. What waits while the database is away is not counted."""

    def __init__(self, database: Database) -> None:
        self.waits: dict[str, list[float]] = {}
        self._database = database
        self._held: list[Held] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Inheritance":
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watcher.join()

    @property
    def longest_s(self) -> float:
        """Seconds of the subject that waited longest; 0.0 when nothing was held."""
        return max((wait for waits in self.waits.values() for wait in waits), default=0.0)

    def describe(self) -> str:
        """How many were taken over of each kind, and the longest wait."""
        counts = ", ".join(f"{len(waits)} {kind}" for kind, waits in sorted(self.waits.items()))
        return f"taken over from the dead: {counts or 'nothing'}; the longest wait {self.longest_s:.1f} s"

    def note_death(self, pid: int) -> None:
        """Call it when the worker with this process number is dead."""
        now = time.monotonic()
        of_it = select(subjects.c.kind, subjects.c.id, subjects.c.fence).where(
            subjects.c.owner.contains(f":{pid}:", autoescape=True)
        )
        try:
            with self._database.snapshot() as connection:
                rows = connection.execute(of_it).all()
        except SQLAlchemyError:
            return
        with self._lock:
            self._held += [Held(kind=row.kind, id=row.id, fence=row.fence, since=now) for row in rows]

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            with self._lock:
                held = tuple(self._held)
            try:
                freed = [one for one in held if self._is_taken(one)]
            except SQLAlchemyError:
                freed = list(held)
            else:
                for one in freed:
                    self.waits.setdefault(one.kind, []).append(time.monotonic() - one.since)
            with self._lock:
                self._held = [one for one in self._held if one not in freed]

    def _is_taken(self, held: Held) -> bool:
        with self._database.snapshot() as connection:
            row = connection.execute(
                select(subjects.c.fence).where(subjects.c.kind == held.kind, subjects.c.id == held.id)
            ).one_or_none()
        return row is None or row.fence > held.fence
