"""How each vendor has been answering, and what it asked us to wait for: rows that all workers share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from worker.core.breaker import LONGEST_WAIT_S, Breaker, Trouble
from worker.store.insertion import insert_into
from worker.store.schema import pauses, vendors


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorRow:
    """A vendor's breaker, and until when (seconds since 1970) only one request at a time goes to it."""

    name: str
    breaker: Breaker
    careful_until: float | None = None
    probe_until: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Nothing is sent on `name` (a vendor, or one of its limits) before `not_before`; noted at `noted_at`.

    `refusals` counts those in a row and `since` is when the first came. Instants are seconds since 1970.
    """

    name: str
    vendor: str
    since: float
    noted_at: float
    not_before: float
    refusals: int = 1
    logged_at: float | None = None

    def left(self, clock: float) -> float:
        """Seconds left; a clock that went back makes it no longer than it was."""
        return max(0.0, min(self.not_before - clock, self.not_before - self.noted_at))


_BREAKER_FIELDS = tuple(field.name for field in fields(Breaker))


def read_vendors(connection: Connection) -> dict[str, VendorRow]:
    """The state of every vendor that was called before."""
    return {row.name: _read_row(row) for row in connection.execute(select(vendors))}


def read_vendor(connection: Connection, name: str) -> VendorRow:
    """The state of one vendor, without locking it."""
    row = connection.execute(select(vendors).where(vendors.c.name == name)).first()
    return _read_row(row) if row is not None else VendorRow(name=name, breaker=Breaker())


def lock_vendor(connection: Connection, name: str) -> VendorRow:
    """The state of one vendor, locked until the transaction ends."""
    chosen = select(vendors).where(vendors.c.name == name).with_for_update()
    row = connection.execute(chosen).first()
    if row is None:
        insertion = insert_into(connection, vendors).values(
            name=name, failures=0, several=False, trips=0, is_told=False
        )
        connection.execute(insertion.on_conflict_do_nothing(index_elements=["name"]))
        row = connection.execute(chosen).first()
    return _read_row(row)


def save_breaker(connection: Connection, name: str, breaker: Breaker) -> None:
    """Keeps the breaker of a vendor whose row is there; whatever probe was out has been answered."""
    values: dict[str, Any] = {field: getattr(breaker, field) for field in _BREAKER_FIELDS}
    values |= {"probe_until": None, "trouble": breaker.trouble.value if breaker.trouble else None}
    connection.execute(update(vendors).where(vendors.c.name == name).values(**values))


def claim_probe(connection: Connection, name: str, *, clock: float, until: float) -> bool:
    """True for the one caller that may try whether an open vendor answers again."""
    done = connection.execute(
        update(vendors)
        .where(
            vendors.c.name == name,
            vendors.c.opened_at.is_not(None),
            or_(vendors.c.not_before <= clock, vendors.c.not_before > clock + LONGEST_WAIT_S),
            or_(vendors.c.probe_until.is_(None), vendors.c.probe_until <= clock, vendors.c.probe_until > until),
        )
        .values(probe_until=until)
    )
    return done.rowcount == 1


def be_careful(connection: Connection, name: str, *, until: float) -> None:
    """From now until then only one request at a time goes to the vendor."""
    connection.execute(update(vendors).where(vendors.c.name == name).values(careful_until=until))


def drop_probe(connection: Connection, name: str) -> None:
    """The probe was not sent, so another may be."""
    connection.execute(update(vendors).where(vendors.c.name == name).values(probe_until=None))


def claim_slot(connection: Connection, name: str, *, owner: str, clock: float, until: float) -> bool:
    """True for the one owner whose request may go now; its own slot it may claim again."""
    done = connection.execute(
        update(vendors)
        .where(
            vendors.c.name == name,
            or_(
                vendors.c.slot_until.is_(None),
                vendors.c.slot_until <= clock,
                vendors.c.slot_until > until,
                vendors.c.slot_owner == owner,
            ),
        )
        .values(slot_owner=owner, slot_until=until)
    )
    return done.rowcount == 1


def leave_slot(connection: Connection, name: str, *, owner: str) -> None:
    """The owner's request is over."""
    connection.execute(
        update(vendors)
        .where(vendors.c.name == name, vendors.c.slot_owner == owner)
        .values(slot_owner=None, slot_until=None)
    )


def is_slot_free(connection: Connection, name: str, *, owner: str, clock: float) -> bool:
    """True when the owner could claim the slot now."""
    row = connection.execute(select(vendors.c.slot_owner, vendors.c.slot_until).where(vendors.c.name == name)).first()
    return row is None or row.slot_until is None or row.slot_until <= clock or row.slot_owner == owner


def read_pauses(connection: Connection, names: Iterable[str] | None = None) -> dict[str, Pause]:
    """The pauses of these names, or all, over ones included."""
    chosen = select(pauses) if names is None else select(pauses).where(pauses.c.name.in_(sorted(names)))
    return {row.name: Pause(**row._mapping) for row in connection.execute(chosen)}


def save_pause(connection: Connection, pause: Pause) -> None:
    """Keeps a pause."""
    values: Mapping[str, Any] = {field.name: getattr(pause, field.name) for field in fields(Pause)}
    insertion = insert_into(connection, pauses).values(**values)
    changed = {name: insertion.excluded[name] for name in values if name != "name"}
    connection.execute(insertion.on_conflict_do_update(index_elements=["name"], set_=changed))


def ease_pauses(connection: Connection, names: Iterable[str], *, clock: float) -> None:
    """Something got through: the next refusal is the first again."""
    over = (pauses.c.name.in_(sorted(names)), pauses.c.not_before <= clock)
    connection.execute(update(pauses).where(*over).values(refusals=0))


def forget_pauses(connection: Connection, before: float) -> None:
    """Removes pauses that ended long ago."""
    connection.execute(delete(pauses).where(pauses.c.not_before < before))


def spell_clock(seconds: float) -> datetime:
    """Seconds since 1970 as an aware instant."""
    return datetime.fromtimestamp(seconds, UTC)


def _read_row(row: Any) -> VendorRow:
    values = {field: getattr(row, field) for field in _BREAKER_FIELDS}
    values["trouble"] = Trouble(row.trouble) if row.trouble else None
    return VendorRow(
        name=row.name,
        breaker=Breaker(**values),
        careful_until=row.careful_until,
        probe_until=row.probe_until,
    )
