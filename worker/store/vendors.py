"""How each vendor has been answering: what `/readyz` calls degraded, and when to try again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from worker.store.insertion import insert_into
from worker.store.schema import vendors

_LONGEST_WAIT_S = 300.0


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorState:
    """A vendor's health; `not_before` is when the next call makes sense while it fails."""

    name: str
    last_success_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    not_before: datetime | None = None
    detail: str | None = None
    remedy: str | None = None


def read_vendors(connection: Connection) -> dict[str, VendorState]:
    """The state of every vendor that was called before."""
    return {row.name: VendorState(**row._mapping) for row in connection.execute(select(vendors)).all()}


def note_success(connection: Connection, name: str, now: datetime) -> None:
    """The vendor answered as it should."""
    _save(connection, VendorState(name=name, last_success_at=now))


def note_failure(
    connection: Connection, name: str, *, detail: str, remedy: str, retry_after_s: float | None, now: datetime
) -> datetime:
    """The vendor failed; returns when to try again: doubling from one second to five minutes, or as it asked."""
    known = read_vendors(connection).get(name, VendorState(name=name))
    wait = min(2.0 ** min(known.failures, 10), _LONGEST_WAIT_S)
    not_before = now + timedelta(seconds=max(wait, retry_after_s or 0.0))
    _save(
        connection,
        VendorState(
            name=name,
            last_success_at=known.last_success_at,
            failing_since=known.failing_since or now,
            failures=known.failures + 1,
            not_before=not_before,
            detail=detail,
            remedy=remedy,
        ),
    )
    return not_before


def _save(connection: Connection, state: VendorState) -> None:
    values = {name: getattr(state, name) for name in VendorState.__dataclass_fields__}
    insertion = insert_into(connection, vendors).values(**values)
    changed = {name: insertion.excluded[name] for name in values if name != "name"}
    connection.execute(insertion.on_conflict_do_update(index_elements=["name"], set_=changed))
