"""Subjects: what a worker holds while it works, when it is due, and who holds it.

A subject is due twice: to be looked at again (`plan_due_at`) and to have its intended writes sent
(`write_due_at`). No subject updates another's row: it inserts a wake, and only a claim folds wakes in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    null,
    or_,
    select,
    union,
    update,
)

from worker.store.insertion import insert_into
from worker.store.schema import Instant, subjects, wakes


class Lane(IntEnum):
    """Urgency; the lower number goes first."""

    LIVE = 0
    FOLLOW_UP = 1
    BACKFILL = 2


class SubjectKind(StrEnum):
    """What can be due."""

    TICKET = "ticket"
    ESCALATION = "escalation"
    POLL = "poll"
    BACKFILL = "backfill"
    PATTERN = "pattern"
    RETENTION = "retention"


class Due(StrEnum):
    """Why a subject is claimed: to plan, or to write what was planned."""

    PLAN = "plan"
    WRITE = "write"


class LeaseLost(Exception):
    """Another worker took the subject over; whatever was being done must stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A held subject; every write of its holder checks the fence. `parked` when only time made it due."""

    kind: SubjectKind
    id: str
    fence: int
    lane: Lane
    attempts: int
    parked: bool = False


_FOLD_LIMIT = 1000


def _build_due_kinds() -> CompoundSelect[tuple[str]]:
    """Built once: idle workers ask it all day."""
    now = bindparam("now", type_=Instant())
    free = or_(subjects.c.lease_until.is_(None), subjects.c.lease_until <= now)
    held = and_(subjects.c.kind == wakes.c.subject_kind, subjects.c.id == wakes.c.subject_id)
    woken = select(wakes.c.subject_kind.label("kind")).select_from(wakes.outerjoin(subjects, held)).where(free)
    planned = select(subjects.c.kind).where(subjects.c.plan_due_at <= now, free)
    written = select(subjects.c.kind).where(subjects.c.write_due_at <= now, free)
    return union(planned, written, woken)


_DUE_KINDS = _build_due_kinds()


def insert_wakes(connection: Connection, kind: SubjectKind, ids: Iterable[str], *, lane: Lane, now: datetime) -> None:
    """Makes subjects due; unknown ones come into being at the next claim."""
    rows = [
        {"subject_kind": kind.value, "subject_id": subject_id, "lane": int(lane), "created_at": now}
        for subject_id in ids
    ]
    if rows:
        connection.execute(wakes.insert(), rows)


def claim_subjects(
    connection: Connection,
    kind: SubjectKind,
    due: Due,
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    limit: int,
) -> tuple[Claim, ...]:
    """Up to `limit` due subjects, most urgent lane first, each leased and fenced."""
    if due is Due.PLAN:
        _fold_wakes(connection, kind, now)
    column = subjects.c.plan_due_at if due is Due.PLAN else subjects.c.write_due_at
    free = or_(subjects.c.lease_until.is_(None), subjects.c.lease_until <= now)
    chosen = (
        select(subjects.c.id)
        .where(subjects.c.kind == kind.value, column <= now, free)
        .order_by(subjects.c.lane, column)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(
        update(subjects)
        .where(subjects.c.kind == kind.value, subjects.c.id.in_(chosen.scalar_subquery()))
        .values(owner=owner, lease_until=now + lease, fence=subjects.c.fence + 1)
        .returning(subjects.c.id, subjects.c.fence, subjects.c.lane, subjects.c.attempts, subjects.c.parked_at)
    ).all()
    claims = [
        Claim(
            kind=kind,
            id=row.id,
            fence=row.fence,
            lane=Lane(row.lane),
            attempts=row.attempts,
            parked=row.parked_at is not None,
        )
        for row in rows
    ]
    return tuple(sorted(claims, key=lambda claim: (claim.lane, claim.id)))


def claim_subject(
    connection: Connection, kind: SubjectKind, subject_id: str, *, owner: str, now: datetime, lease: timedelta
) -> Claim | None:
    """One subject by its name, due or not, leased and fenced; None while another holds it."""
    insertion = insert_into(connection, subjects).values(
        kind=kind.value, id=subject_id, lane=int(Lane.BACKFILL), fence=0, attempts=0
    )
    connection.execute(insertion.on_conflict_do_nothing())
    named = and_(subjects.c.kind == kind.value, subjects.c.id == subject_id)
    free = or_(subjects.c.lease_until.is_(None), subjects.c.lease_until <= now)
    row = connection.execute(
        update(subjects)
        .where(named, free)
        .values(owner=owner, lease_until=now + lease, fence=subjects.c.fence + 1)
        .returning(subjects.c.fence, subjects.c.lane, subjects.c.attempts)
    ).first()
    if row is None:
        return None
    return Claim(kind=kind, id=subject_id, fence=row.fence, lane=Lane(row.lane), attempts=row.attempts)


def let_go(connection: Connection, claim: Claim) -> None:
    """Gives a subject back as it was."""
    _update_held(connection, claim, _LET_GO)


def find_lease_end(connection: Connection, kind: SubjectKind, subject_id: str) -> datetime | None:
    """Until when somebody holds the subject, if anybody does or did."""
    named = and_(subjects.c.kind == kind.value, subjects.c.id == subject_id)
    return connection.execute(select(subjects.c.lease_until).where(named)).scalar()


def list_due_kinds(connection: Connection, now: datetime) -> frozenset[SubjectKind]:
    """Cheap look without a write: of which kinds is anything due, or woken?"""
    return frozenset(SubjectKind(row.kind) for row in connection.execute(_DUE_KINDS, {"now": now}))


def find_next_due(connection: Connection) -> datetime | None:
    """The earliest instant at which any subject is due, for a sleeper that wants to know."""
    plan = connection.execute(select(func.min(subjects.c.plan_due_at))).scalar()
    write = connection.execute(select(func.min(subjects.c.write_due_at))).scalar()
    found = [instant for instant in (plan, write) if instant is not None]
    return min(found) if found else None


def check_fence(connection: Connection, claim: Claim, *, lease_until: datetime) -> None:
    """Proves that the claim still holds and renews it; raises LeaseLost otherwise."""
    _update_held(connection, claim, {"lease_until": lease_until})


def release_subject(
    connection: Connection,
    claim: Claim,
    *,
    plan_due_at: datetime | None,
    write_due_at: datetime | None,
    waits: bool = True,
) -> None:
    """Lets go of a subject whose work went well, due again at these instants.

    Writes that wait already for a later instant (a vendor asked for it, or a search must come first) go on waiting,
    unless `waits` says that there is nothing to wait for any more; None says that no write is open.
    """
    wait = func.coalesce(subjects.c.write_due_at, write_due_at) if waits and write_due_at else write_due_at
    _update_held(
        connection,
        claim,
        _LET_GO
        | {
            "plan_due_at": plan_due_at,
            "write_due_at": wait,
            "attempts": 0,
            "error": None,
            "parked_at": None,
            "lane": int(Lane.FOLLOW_UP) if write_due_at is None else int(claim.lane),
        },
    )


def release_writer(
    connection: Connection, claim: Claim, *, write_due_at: datetime | None, failed: bool = False
) -> None:
    """Lets go of a subject after its writes; when to plan next stays as it was. `failed` counts an attempt."""
    values: dict[str, Any] = {"write_due_at": write_due_at}
    if write_due_at is None:
        values["attempts"] = 0
    elif failed:
        values["attempts"] = subjects.c.attempts + 1
    _update_held(connection, claim, _LET_GO | values)


def postpone_subject(
    connection: Connection, claim: Claim, *, until: datetime, error: str, counts: bool = True
) -> None:
    """Lets go of a subject that could not be planned now, to try again at `until`; `counts` counts an attempt."""
    values: dict[str, Any] = {"plan_due_at": until, "error": error}
    if counts:
        values["attempts"] = subjects.c.attempts + 1
    _update_held(connection, claim, _LET_GO | values)


def park_subject(
    connection: Connection,
    claim: Claim,
    *,
    error: str,
    now: datetime,
    look_at: datetime | None = None,
    write_at: datetime | None = None,
) -> None:
    """Sets a subject aside as a visible dead letter; a new event or an operator drains it.

    At `look_at` it is planned once although it is parked; at `write_at` its open writes are sent.
    """
    since = func.coalesce(subjects.c.parked_at, bindparam("parked_now", now, type_=Instant()))
    values = {"plan_due_at": look_at, "write_due_at": write_at, "parked_at": since, "error": error}
    _update_held(connection, claim, _LET_GO | values)


def stay_parked(
    connection: Connection, claim: Claim, *, plan_due_at: datetime | None, write_due_at: datetime | None
) -> None:
    """Lets go of a parked subject that had something to say all the same."""
    _update_held(connection, claim, _LET_GO | {"plan_due_at": plan_due_at, "write_due_at": write_due_at})


_LET_GO: dict[str, Any] = {"owner": None, "lease_until": None}


def _update_held(connection: Connection, claim: Claim, values: dict[str, Any]) -> None:
    done = connection.execute(
        update(subjects)
        .where(
            subjects.c.kind == claim.kind.value,
            subjects.c.id == claim.id,
            subjects.c.fence == claim.fence,
            subjects.c.owner.is_not(None),
        )
        .values(**values)
    )
    if done.rowcount != 1:
        raise LeaseLost(f"{claim.kind.value} {claim.id}: the lease went to another worker")


def _fold_wakes(connection: Connection, kind: SubjectKind, now: datetime) -> None:
    held = and_(subjects.c.kind == wakes.c.subject_kind, subjects.c.id == wakes.c.subject_id)
    ready = (
        select(wakes.c.id)
        .select_from(wakes.outerjoin(subjects, held))
        .where(
            wakes.c.subject_kind == kind.value,
            or_(subjects.c.lease_until.is_(None), subjects.c.lease_until <= now),
        )
        .order_by(wakes.c.id)
        .limit(_FOLD_LIMIT)
        .with_for_update(skip_locked=True, of=wakes)
    )
    folded = connection.execute(
        delete(wakes).where(wakes.c.id.in_(ready.scalar_subquery())).returning(wakes.c.subject_id, wakes.c.lane)
    ).all()
    if not folded:
        return
    lanes: dict[str, int] = {}
    for row in folded:
        lanes[row.subject_id] = min(row.lane, lanes.get(row.subject_id, row.lane))
    taken = _upsert_due(connection, kind, lanes, now)
    for subject_id in sorted(lanes.keys() - taken):
        insert_wakes(connection, kind, [subject_id], lane=Lane(lanes[subject_id]), now=now)


def _upsert_due(connection: Connection, kind: SubjectKind, lanes: dict[str, int], now: datetime) -> frozenset[str]:
    """Makes the subjects due; returns them without those that another worker has claimed since we looked.

    Its release would write over what we set, so they must keep their wakes (PostgreSQL; SQLite has one writer).
    """
    insertion = insert_into(connection, subjects)
    sooner = or_(subjects.c.plan_due_at.is_(None), subjects.c.plan_due_at > insertion.excluded.plan_due_at)
    more_urgent = or_(subjects.c.lane > insertion.excluded.lane, subjects.c.plan_due_at.is_(None))
    taken = connection.execute(
        insertion.on_conflict_do_update(
            index_elements=["kind", "id"],
            set_={
                "plan_due_at": case((sooner, insertion.excluded.plan_due_at), else_=subjects.c.plan_due_at),
                "lane": case((more_urgent, insertion.excluded.lane), else_=subjects.c.lane),
                "attempts": 0,
                "parked_at": null(),
            },
            where=or_(subjects.c.lease_until.is_(None), subjects.c.lease_until <= now),
        ).returning(subjects.c.id),
        [
            {
                "kind": kind.value,
                "id": subject_id,
                "lane": lanes[subject_id],
                "plan_due_at": now,
                "fence": 0,
                "attempts": 0,
            }
            for subject_id in sorted(lanes)
        ],
    )
    return frozenset(taken.scalars())
