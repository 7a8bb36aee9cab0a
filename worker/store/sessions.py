"""Sessions of people at the dashboard. A row holds no secret: whoever reads it cannot log in with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from worker.store.schema import sessions


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRow:
    """Who logged in when. `id` is a digest of the cookie, `proof` one of the cookie with the credentials used."""

    id: str
    name: str
    role: str
    proof: str
    created_at: datetime
    seen_at: datetime


def add_session(connection: Connection, session: SessionRow) -> None:
    """Keeps a new session."""
    connection.execute(
        sessions.insert().values(
            id=session.id,
            name=session.name,
            role=session.role,
            proof=session.proof,
            created_at=session.created_at,
            seen_at=session.seen_at,
        )
    )


def find_session(connection: Connection, session_id: str) -> SessionRow | None:
    """The session with this id, whether or not it is too old."""
    row = connection.execute(select(sessions).where(sessions.c.id == session_id)).first()
    return SessionRow(**row._mapping) if row else None


def touch_session(connection: Connection, session_id: str, now: datetime) -> None:
    """Notes that it is in use."""
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=now))


def end_session(connection: Connection, session_id: str) -> None:
    """Its cookie opens nothing any more."""
    connection.execute(delete(sessions).where(sessions.c.id == session_id))


def forget_sessions(connection: Connection, *, created_before: datetime, seen_before: datetime) -> None:
    """Removes those that are too old, or unused for too long."""
    connection.execute(
        delete(sessions).where(or_(sessions.c.created_at < created_before, sessions.c.seen_at < seen_before))
    )
