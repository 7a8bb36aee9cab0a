"""Dead letters: parked subjects and writes that were given up, with what they hold up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from worker.store.effects import OPEN, EffectRow, EffectState, list_dead
from worker.store.schema import effects, inbox, subjects
from worker.store.subjects import SubjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """A subject that needs an operator or a new event.

    `writes` are those that were given up; `held_up` counts the writes behind them, `events` what waits to be read.
    `parked_at` is None for a subject that went on without its dead writes.
    """

    kind: SubjectKind
    subject_id: str
    parked_at: datetime | None
    error: str | None
    attempts: int
    writes: tuple[EffectRow, ...] = ()
    held_up: int = 0
    events: int = 0

    @property
    def id(self) -> str:
        """What an operator types."""
        return f"{self.kind.value}:{self.subject_id}"

    @property
    def since(self) -> datetime | None:
        """Since when it needs somebody."""
        found = [self.parked_at, *(write.finished_at for write in self.writes)]
        return min((instant for instant in found if instant is not None), default=None)

    @property
    def reason(self) -> str:
        """Why it stopped, in one line."""
        return next((write.error for write in self.writes if write.error), None) or self.error or "no reason was kept"

    @property
    def tries(self) -> int:
        """How often it was tried."""
        return max((write.attempts for write in self.writes), default=self.attempts)

    @property
    def is_unknown(self) -> bool:
        """True when a write may have happened."""
        return any(write.state is EffectState.UNKNOWN for write in self.writes)


def list_dead_letters(connection: Connection, *, most: int | None = None) -> tuple[DeadLetter, ...]:
    """Dead letters, the longest waiting first; at most so many."""
    letters = sorted(_read_letters(connection), key=lambda letter: (str(letter.since), letter.id))
    return tuple(_count_held(connection, letter) for letter in letters[:most])


def read_dead_letter(connection: Connection, kind: SubjectKind, subject_id: str) -> DeadLetter | None:
    """The dead letter of one subject, if there is any."""
    letter = next(iter(_read_letters(connection, kind, subject_id)), None)
    return _count_held(connection, letter) if letter is not None else None


def count_dead_letters(connection: Connection) -> int:
    """How many there are."""
    return len(_read_letters(connection))


def _read_letters(
    connection: Connection, kind: SubjectKind | None = None, subject_id: str = ""
) -> tuple[DeadLetter, ...]:
    dead: dict[tuple[str, str], list[EffectRow]] = {}
    for row in list_dead(connection, kind, subject_id):
        dead.setdefault((row.subject_kind.value, row.subject_id), []).append(row)
    wanted: list[ColumnElement[bool]] = [subjects.c.parked_at.is_not(None)]
    if kind is not None:
        wanted += [subjects.c.kind == kind.value, subjects.c.id == subject_id]
    rows = {(row.kind, row.id): row for row in connection.execute(select(subjects).where(*wanted))}
    return tuple(
        DeadLetter(
            kind=SubjectKind(key[0]),
            subject_id=key[1],
            parked_at=rows[key].parked_at if key in rows else None,
            error=rows[key].error if key in rows else None,
            attempts=rows[key].attempts if key in rows else 0,
            writes=tuple(dead.get(key, ())),
        )
        for key in {**dict.fromkeys(rows), **dict.fromkeys(dead)}
    )


def _count_held(connection: Connection, letter: DeadLetter) -> DeadLetter:
    kind, subject_id = letter.kind.value, letter.subject_id
    return replace(
        letter,
        held_up=_count_open(connection, kind, subject_id),
        events=_count_events(connection, kind, subject_id),
    )


def find_dead_letter(letters: Sequence[DeadLetter], name: str) -> DeadLetter | None:
    """The letter with this id, or the one that holds the write of this number."""
    number = name.removeprefix("effect:")
    return next(
        (
            letter
            for letter in letters
            if letter.id == name or any(str(write.id) == number for write in letter.writes)
        ),
        None,
    )


def _count_open(connection: Connection, kind: str, subject_id: str) -> int:
    return _count(
        connection,
        effects,
        effects.c.subject_kind == kind,
        effects.c.subject_id == subject_id,
        effects.c.state.in_(OPEN),
    )


def _count_events(connection: Connection, kind: str, subject_id: str) -> int:
    return _count(
        connection,
        inbox,
        inbox.c.subject_kind == kind,
        inbox.c.subject_id == subject_id,
        inbox.c.consumed_at.is_(None),
    )


def _count(connection: Connection, table: object, *conditions: object) -> int:
    found = connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar()  # type: ignore[arg-type]
    return int(found or 0)
