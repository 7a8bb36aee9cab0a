"""Effects: one keyed write to the outside each. A row before it is a request; no state without an exit.

intended -> started -> done | rejected        started without an outcome = uncertain: looked up, never re-sent blindly
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, select, update

from worker.store.insertion import insert_into
from worker.store.schema import effects
from worker.store.subjects import SubjectKind


class EffectState(StrEnum):
    """Where a write stands."""

    INTENDED = "intended"
    STARTED = "started"
    DONE = "done"
    REJECTED = "rejected"


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
) -> int:
    """Stores intents whose key is new, and revives rejected ones; returns how many are to be sent."""
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
        revived = insertion.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "state": EffectState.INTENDED.value,
                "payload": insertion.excluded.payload,
                "error": None,
                "finished_at": None,
            },
            where=effects.c.state == EffectState.REJECTED.value,
        )
        added += len(connection.execute(revived.returning(effects.c.id)).all())
    return added


def list_open(connection: Connection, kind: SubjectKind, subject_id: str) -> tuple[EffectRow, ...]:
    """The subject's effects that are not finished, in the order in which they were intended."""
    rows = connection.execute(
        select(effects)
        .where(
            effects.c.subject_kind == kind.value,
            effects.c.subject_id == subject_id,
            effects.c.state.in_([EffectState.INTENDED.value, EffectState.STARTED.value]),
        )
        .order_by(effects.c.id)
    )
    return tuple(_read_row(row._mapping) for row in rows)


def has_open(connection: Connection, kind: SubjectKind, subject_id: str) -> bool:
    """True when a write of the subject is not finished."""
    found = select(effects.c.id).where(
        effects.c.subject_kind == kind.value,
        effects.c.subject_id == subject_id,
        effects.c.state.in_([EffectState.INTENDED.value, EffectState.STARTED.value]),
    )
    return connection.execute(found.limit(1)).first() is not None


def list_effects(connection: Connection, kind: SubjectKind, subject_id: str) -> tuple[EffectRow, ...]:
    """All effects of a subject, oldest first."""
    rows = connection.execute(
        select(effects)
        .where(effects.c.subject_kind == kind.value, effects.c.subject_id == subject_id)
        .order_by(effects.c.id)
    )
    return tuple(_read_row(row._mapping) for row in rows)


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


def reject_effect(connection: Connection, effect_id: int, *, error: str, now: datetime) -> None:
    """The vendor said no for good."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect_id)
        .values(state=EffectState.REJECTED.value, error=error, finished_at=now)
    )


def drop_open(connection: Connection, kind: SubjectKind, subject_id: str, *, reason: str, now: datetime) -> None:
    """Gives up what is not finished, because its subject is gone on the other side."""
    connection.execute(
        update(effects)
        .where(
            effects.c.subject_kind == kind.value,
            effects.c.subject_id == subject_id,
            effects.c.state.in_([EffectState.INTENDED.value, EffectState.STARTED.value]),
        )
        .values(state=EffectState.REJECTED.value, error=reason, finished_at=now)
    )


def return_effect(connection: Connection, effect_id: int, *, error: str) -> None:
    """The request was not sent, or surely did not happen: it is an intent again, and the attempt does not count."""
    connection.execute(
        update(effects)
        .where(effects.c.id == effect_id)
        .values(state=EffectState.INTENDED.value, attempts=effects.c.attempts - 1, error=error)
    )


def note_uncertain(connection: Connection, effect_id: int, *, error: str) -> None:
    """The request was sent and its outcome is unknown."""
    connection.execute(update(effects).where(effects.c.id == effect_id).values(error=error))


def count_look(connection: Connection, effect_id: int) -> None:
    """One more search for an uncertain write came back without it."""
    connection.execute(update(effects).where(effects.c.id == effect_id).values(looks=effects.c.looks + 1))


def forget_looks(connection: Connection, effect_id: int) -> None:
    """The searches start anew, because a human may have changed what they find."""
    connection.execute(update(effects).where(effects.c.id == effect_id).values(looks=0))


def find_effect(connection: Connection, key: str) -> EffectRow | None:
    """The effect with this key."""
    row = connection.execute(select(effects).where(effects.c.key == key)).first()
    return _read_row(row._mapping) if row else None


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
        outcome=values["outcome"],
        error=values["error"],
    )
