"""Effects: one keyed write to the outside each. A row before it is a request; no state without an exit.

intended -> started -> done | rejected | unknown     started without an outcome = uncertain: looked up, never re-sent
                                                     blindly; when even that tells nothing it is unknown
rejected, unknown -> a dead letter: replayed, dropped by an operator, or skipped when nothing wants it any more
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select, update

from worker.store.insertion import insert_into
from worker.store.schema import effects
from worker.store.subjects import SubjectKind


class EffectState(StrEnum):
    """Where a write stands.

    rejected: the vendor said no. unknown: sent, and never found on the other side. skipped: nothing wants it now
    (its ticket is closed or gone, or a newer state took its place). dropped: an operator gave it up, for good.
    """

    INTENDED = "intended"
    STARTED = "started"
    DONE = "done"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    DROPPED = "dropped"


OPEN = (EffectState.INTENDED.value, EffectState.STARTED.value)
"""States in which something is still to be done for a write."""

DEAD = (EffectState.REJECTED.value, EffectState.UNKNOWN.value)
"""States of a dead letter."""

_REVIVED = case(
    (effects.c.state == EffectState.UNKNOWN.value, EffectState.STARTED.value), else_=EffectState.INTENDED.value
)
"""What was sent and never found is looked for first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A write that should happen once: its key names the change, so planning it again is harmless."""

    key: str
    kind: str
    payload: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EffectRow:
    """An effect as stored.

    `looks` counts searches for an uncertain one, `attempts` the requests that may have arrived.
    """

    id: int
    key: str
    subject_kind: SubjectKind
    subject_id: str
    kind: str
    payload: str
    state: EffectState
    attempts: int
    looks: int
    intended_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    error: str | None


def add_intents(
    connection: Connection,
    kind: SubjectKind,
    subject_id: str,
    intents: Sequence[Intent],
    *,
    policy_digest: str,
    now: datetime,
    revive: bool = True,
) -> int:
    """Stores intents whose key is new, and revives dead or skipped ones; returns how many are to be sent.

    One whose outcome is unknown stays as it was sent, and is looked for before anything else. Those that an
    operator dropped stay dropped.
    """
    added = 0
    for intent in intents:
        insertion = insert_into(connection, effects).values(
            key=intent.key,
            subject_kind=kind.value,
            subject_id=subject_id,
            kind=intent.kind,
            payload=intent.payload,
            state=EffectState.INTENDED.value,
            attempts=0,
            looks=0,
            intended_at=now,
            policy_digest=policy_digest,
        )
        was_sent = effects.c.state == EffectState.UNKNOWN.value
        statement = insertion.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "state": _REVIVED,
                "payload": case((was_sent, effects.c.payload), else_=insertion.excluded.payload),
                "looks": 0,
                "started_at": case((was_sent, now), else_=effects.c.started_at),
                "error": None,
                "finished_at": None,
            },
            where=effects.c.state.in_((*DEAD, EffectState.SKIPPED.value)),
        )
        if not revive:
            statement = insertion.on_conflict_do_nothing()
        added += len(connection.execute(statement.returning(effects.c.id)).all())
    return added


def list_open(connection: Connection, kind: SubjectKind, subject_id: str) -> tuple[EffectRow, ...]:
    """The subject's effects that are not finished, in the order in which they were intended."""
    rows = connection.execute(
        select(effects)
        .where(
            effects.c.subject_kind == kind.value,
            effects.c.subject_id == subject_id,
            effects.c.state.in_(OPEN),
        )
        .order_by(effects.c.id)
    )
    return tuple(_read_row(row._mapping) for row in rows)


def has_open(connection: Connection, kind: SubjectKind, subject_id: str) -> bool:
    """True when a write of the subject is not finished."""
    found = select(effects.c.id).where(
        effects.c.subject_kind == kind.value,
        effects.c.subject_id == subject_id,
        effects.c.state.in_(OPEN),
    )
    return connection.execute(found.limit(1)).first() is not None


def has_started(connection: Connection, kind: SubjectKind, subject_id: str) -> bool:
    """True when a write of the subject was sent and its outcome is not known."""
    found = select(effects.c.id).where(
        effects.c.subject_kind == kind.value,
        effects.c.subject_id == subject_id,
        effects.c.state.in_((EffectState.STARTED.value, EffectState.UNKNOWN.value)),
    )
    return connection.execute(found.limit(1)).first() is not None


def has_dead(connection: Connection, kind: SubjectKind, subject_id: str) -> bool:
    """True when a write of the subject is a dead letter."""
    found = select(effects.c.id).where(
        effects.c.subject_kind == kind.value, effects.c.subject_id == subject_id, effects.c.state.in_(DEAD)
    )
    return connection.execute(found.limit(1)).first() is not None


def has_new(connection: Connection, keys: Collection[str]) -> bool:
    """True when one of these keys was never intended."""
    known = connection.execute(
        select(func.count()).select_from(effects).where(effects.c.key.in_(list(keys)))
    ).scalar()
    return int(known or 0) < len(set(keys))


def list_done_since(
    connection: Connection, kind: SubjectKind, subject_id: str, since: datetime
) -> tuple[EffectRow, ...]:
    """The writes of a subject that happened after an instant, oldest first."""
    rows = connection.execute(
        select(effects)
        .where(
            effects.c.subject_kind == kind.value,
            effects.c.subject_id == subject_id,
            effects.c.state == EffectState.DONE.value,
            effects.c.finished_at > since,
        )
        .order_by(effects.c.id)
    )
    return tuple(_read_row(row._mapping) for row in rows)


def list_effects(connection: Connection, kind: SubjectKind, subject_id: str) -> tuple[EffectRow, ...]:
    """All effects of a subject, oldest first."""
    rows = connection.execute(
        select(effects)
        .where(effects.c.subject_kind == kind.value, effects.c.subject_id == subject_id)
        .order_by(effects.c.id)
    )
    return tuple(_read_row(row._mapping) for row in rows)


def list_dead(connection: Connection, kind: SubjectKind | None = None, subject_id: str = "") -> tuple[EffectRow, ...]:
    """The dead letters among the writes of a subject, or among all, oldest first."""
    wanted: list[ColumnElement[bool]] = [effects.c.state.in_(DEAD)]
    if kind is not None:
        wanted += [effects.c.subject_kind == kind.value, effects.c.subject_id == subject_id]
    rows = connection.execute(select(effects).where(*wanted).order_by(effects.c.id))
    return tuple(_read_row(row._mapping) for row in rows)


def find_effect(connection: Connection, key: str) -> EffectRow | None:
    """The write with this key."""
    row = connection.execute(select(effects).where(effects.c.key == key)).first()
    return _read_row(row._mapping) if row else None


def list_finished(connection: Connection, state: EffectState) -> tuple[EffectRow, ...]:
    """All effects in a state, oldest first."""
    rows = connection.execute(select(effects).where(effects.c.state == state.value).order_by(effects.c.id))
    return tuple(_read_row(row._mapping) for row in rows)


def start_effect(connection: Connection, effect_id: int, now: datetime) -> None:
    """Marks the one request of this attempt as under way."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect_id)
        .values(
            state=EffectState.STARTED.value,
            started_at=now,
            attempts=effects.c.attempts + 1,
            looks=0,
            error=None,
        )
    )


def finish_effect(connection: Connection, effect_id: int, *, outcome: str | None, now: datetime) -> None:
    """The write happened."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect_id)
        .values(state=EffectState.DONE.value, outcome=outcome, error=None, finished_at=now)
    )


def reject_effect(
    connection: Connection, effect_id: int, *, error: str, now: datetime, state: EffectState = EffectState.REJECTED
) -> None:
    """Nothing more is tried: the vendor said no for good, or the outcome stayed unknown."""
    connection.execute(
        update(effects).where(effects.c.id == effect_id).values(state=state.value, error=error, finished_at=now)
    )


def skip_effect(connection: Connection, effect_id: int, *, reason: str, now: datetime) -> None:
    """The other side takes it no more; it comes back only when it is planned again."""
    reject_effect(connection, effect_id, error=reason, now=now, state=EffectState.SKIPPED)


def skip_intended(connection: Connection, kind: SubjectKind, subject_id: str, *, reason: str, now: datetime) -> None:
    """Gives up what was not sent yet; what was sent is still looked for."""
    _skip_all(connection, kind, subject_id, EffectState.INTENDED, error=reason, finished_at=now)


def abandon_writes(
    connection: Connection, kind: SubjectKind, subject_id: str, *, reason: str, now: datetime
) -> tuple[str, ...]:
    """Gives up all that is not done for a subject, sent or not; returns the keys of what may have arrived."""
    unsure = (EffectState.STARTED.value, EffectState.UNKNOWN.value)
    of_subject = (effects.c.subject_kind == kind.value, effects.c.subject_id == subject_id)
    rows = connection.execute(
        select(effects.c.key).where(*of_subject, effects.c.state.in_(unsure)).order_by(effects.c.id)
    ).all()
    connection.execute(
        update(effects)
        .where(*of_subject, effects.c.state.in_((*OPEN, *DEAD)))
        .values(state=EffectState.SKIPPED.value, error=reason, finished_at=now)
    )
    return tuple(row.key for row in rows)


def skip_unwanted(
    connection: Connection,
    kind: SubjectKind,
    subject_id: str,
    *,
    prefix: str,
    wanted: Collection[str],
    reason: str,
    now: datetime,
) -> None:
    """Gives up what was not sent yet, whose key begins with `prefix`, and which a new plan does not want any more."""
    unwanted = (effects.c.key.startswith(prefix, autoescape=True), effects.c.key.not_in(list(wanted)))
    _skip_all(connection, kind, subject_id, EffectState.INTENDED, *unwanted, error=reason, finished_at=now)


def retire_dead(
    connection: Connection, kind: SubjectKind, subject_id: str, *, wanted: Collection[str], now: datetime
) -> None:
    """Lets go of rejected writes whose keys a new plan of their subject does not want any more.

    One of unknown outcome stays: it may have happened, and somebody should look.
    """
    unwanted = effects.c.key.not_in(list(wanted))
    _skip_all(connection, kind, subject_id, EffectState.REJECTED, unwanted, finished_at=now)


def _skip_all(
    connection: Connection,
    kind: SubjectKind,
    subject_id: str,
    state: EffectState,
    *conditions: ColumnElement[bool],
    **values: Any,
) -> None:
    """Skips a subject's effects that stand in `state`."""
    of_subject = (effects.c.subject_kind == kind.value, effects.c.subject_id == subject_id)
    connection.execute(
        update(effects)
        .where(*of_subject, effects.c.state == state.value, *conditions)
        .values(state=EffectState.SKIPPED.value, **values)
    )


def revive_effect(connection: Connection, effect_id: int, now: datetime) -> bool:
    """Gives a dead letter another try, one request at most; one of unknown outcome is looked for first."""
    was_sent = effects.c.state == EffectState.UNKNOWN.value
    done = connection.execute(
        update(effects)
        .where(effects.c.id == effect_id, effects.c.state.in_(DEAD))
        .values(
            state=_REVIVED,
            attempts=case((was_sent, 1), else_=effects.c.attempts),
            looks=0,
            started_at=case((was_sent, now), else_=effects.c.started_at),
            finished_at=None,
        )
    )
    return done.rowcount == 1


def drop_effect(connection: Connection, effect_id: int, *, reason: str, now: datetime) -> bool:
    """Gives a dead letter up for good: no plan and no event brings it back."""
    done = connection.execute(
        update(effects)
        .where(effects.c.id == effect_id, effects.c.state.in_(DEAD))
        .values(state=EffectState.DROPPED.value, error=reason, finished_at=now)
    )
    return done.rowcount == 1


def return_effect(connection: Connection, effect_id: int, *, error: str) -> None:
    """The request was not sent, or surely did not happen: it is an intent again, and as if it was never started."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect_id)
        .values(state=EffectState.INTENDED.value, error=error, attempts=effects.c.attempts - 1)
    )


def note_uncertain(connection: Connection, effect_id: int, *, error: str) -> None:
    """The request was sent and its outcome is unknown."""
    connection.execute(update(effects).where(effects.c.id == effect_id).values(error=error))


def count_look(connection: Connection, effect_id: int) -> None:
    """One more search for an uncertain write came back without it."""
    connection.execute(update(effects).where(effects.c.id == effect_id).values(looks=effects.c.looks + 1))


def count_states(connection: Connection) -> dict[EffectState, int]:
    """How many effects stand in each state."""
    rows = connection.execute(select(effects.c.state, func.count()).group_by(effects.c.state)).all()
    return {EffectState(row[0]): row[1] for row in rows}


def count_done(connection: Connection) -> dict[str, int]:
    """How many writes of each kind happened."""
    rows = connection.execute(
        select(effects.c.kind, func.count()).where(effects.c.state == EffectState.DONE.value).group_by(effects.c.kind)
    ).all()
    return {row[0]: row[1] for row in rows}


def _read_row(row: object) -> EffectRow:
    values = dict(row)  # type: ignore[call-overload]
    return EffectRow(
        id=values["id"],
        key=values["key"],
        subject_kind=SubjectKind(values["subject_kind"]),
        subject_id=values["subject_id"],
        kind=values["kind"],
        payload=values["payload"],
        state=EffectState(values["state"]),
        attempts=values["attempts"],
        looks=values["looks"],
        intended_at=values["intended_at"],
        started_at=values["started_at"],
        finished_at=values["finished_at"],
        outcome=values["outcome"],
        error=values["error"],
    )
