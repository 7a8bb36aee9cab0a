"""Small facts about progress: cursors of the exports and the heartbeats of the workers."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select, true

from worker.store.insertion import insert_into
from worker.store.schema import cursors, heartbeats


def read_cursor(connection: Connection, name: str) -> str | None:
    """Where an export was left."""
    row = connection.execute(select(cursors.c.value).where(cursors.c.name == name)).first()
    return row.value if row else None


def save_cursor(connection: Connection, name: str, value: str | None, now: datetime) -> None:
    """Keeps where an export goes on."""
    insertion = insert_into(connection, cursors).values(name=name, value=value, updated_at=now)
    connection.execute(
        insertion.on_conflict_do_update(index_elements=["name"], set_={"value": value, "updated_at": now})
    )


def beat(connection: Connection, owner: str, role: str, now: datetime) -> None:
    """Says that a worker is alive."""
    insertion = insert_into(connection, heartbeats).values(owner=owner, role=role, at=now)
    connection.execute(insertion.on_conflict_do_update(index_elements=["owner"], set_={"at": now}))


def forget_beats(connection: Connection, before: datetime) -> None:
    """Removes the heartbeats of workers that ended long ago."""
    connection.execute(delete(heartbeats).where(heartbeats.c.at < before))


def read_last_beat(connection: Connection, role: str, machine: str = "") -> datetime | None:
    """When a worker of this role was last alive, on that machine or on any."""
    owned = heartbeats.c.owner.startswith(f"{machine}:", autoescape=True) if machine else true()
    return connection.execute(select(func.max(heartbeats.c.at)).where(heartbeats.c.role == role, owned)).scalar()
