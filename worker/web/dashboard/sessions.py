"""Who somebody is: a cookie with a random token, of which the database keeps a digest only."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.credentials import Account, Role
from worker.store.sessions import SessionRow, add_session, end_session, find_session, forget_sessions, touch_session
from worker.web.dashboard.visit import Proxy

LONGEST = timedelta(hours=12)
"""A session ends so long after its login."""

LONGEST_UNUSED = timedelta(hours=2)
"""And so long after somebody last opened a page by hand."""

_TOUCH_EVERY = timedelta(minutes=5)
_TOKEN_BYTES = 32
_LONGEST_TOKEN = 100
_LONGEST_NAME = 255
_BY_PROXY = b"the proxy says so"


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A valid session; `form_token` must come back with every form."""

    id: str
    name: str
    role: Role
    form_token: str
    wants_touch: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Guest:
    """Whom a trusted proxy names."""

    name: str
    role: Role


def open_session(connection: Connection, who: Account | Guest, now: datetime) -> str:
    """Makes a session and returns the cookie's token."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    forget_sessions(connection, created_before=now - LONGEST, seen_before=now - LONGEST_UNUSED)
    row = SessionRow(
        id=_digest(token),
        name=who.name,
        role=who.role.value,
        proof=_prove(token, who),
        created_at=now,
        seen_at=now,
    )
    add_session(connection, row)
    return token


def read_session(
    connection: Connection, token: str, *, accounts: Iterable[Account], guest: Guest | None, now: datetime
) -> Session | None:
    """The session of a token; None when it ended, or when its credentials are not those of the settings any more.

    Where a proxy names somebody, the session must be theirs.
    """
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    row = find_session(connection, _digest(token))
    if row is None or now - row.created_at > LONGEST or now - row.seen_at > LONGEST_UNUSED:
        return None
    known = [guest] if guest is not None else [one for one in accounts if one.name == row.name]
    for who in known:
        if who.name == row.name and who.role.value == row.role and hmac.compare_digest(_prove(token, who), row.proof):
            return Session(
                id=row.id,
                name=row.name,
                role=who.role,
                form_token=make_form_token(token),
                wants_touch=now - row.seen_at > _TOUCH_EVERY,
            )
    return None


def keep_session(connection: Connection, session: Session, now: datetime) -> None:
    """Somebody uses it."""
    touch_session(connection, session.id, now)


def close_session(connection: Connection, token: str) -> None:
    """Logs out."""
    end_session(connection, _digest(token))


def make_form_token(token: str) -> str:
    """What a form must bring along; nobody can make it without the cookie."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def is_form_token(given: str, token: str) -> bool:
    """True for the one that was made for this cookie."""
    return bool(token) and hmac.compare_digest(given.encode(), make_form_token(token).encode())


def read_guest(proxy: Proxy | None, peer: str, headers: Mapping[str, str]) -> Guest | None:
    """Whom the trusted proxy names; None without one, or when the request did not come from it."""
    if proxy is None or not _is_peer(peer, proxy.peers):
        return None
    name = headers.get(proxy.header, "").strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        return None
    role = Role.OPERATOR if {name, "*"} & proxy.operators else Role.VIEWER
    return Guest(name=name, role=role)


def _is_peer(peer: str, networks: Iterable[str]) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network, strict=False) for network in networks)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _prove(token: str, who: Account | Guest) -> str:
    secret = who.hash if isinstance(who, Account) else _BY_PROXY
    return hmac.new(token.encode(), secret, hashlib.sha256).hexdigest()
