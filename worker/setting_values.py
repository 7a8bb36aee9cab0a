"""The forms that a setting's value can take: each type checks one, and says what is wrong with a value of another.

No message repeats a value that may hold a secret.
"""

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, AwareDatetime, Field, SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from mappings.durations import Duration
from worker.credentials import BadCredentials, check_shape

_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")


def _check_address(url: str) -> str:
    """The address without a slash at its end; https, or http on this machine only, with nothing after the path."""
    parts = _split(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is no web address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("has credentials in it, which belong in settings of their own")
    if parts.query or parts.fragment:
        raise ValueError("has something after its path")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("is http://, which is allowed on this machine (127.0.0.1, localhost) only")
    return url.rstrip("/")


def _check_origin(url: str) -> str:
    address = _check_address(url)
    if _split(address).path:
        raise ValueError("has a path after the host name")
    return address


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - a property that raises for a port which is none
    except ValueError:
        raise ValueError("is no web address") from None
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_database(url: SecretStr) -> SecretStr:
    """The address of a database that both processes can reach."""
    try:
        parsed = make_url(url.get_secret_value())
    except ArgumentError:
        raise ValueError("is no database address") from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in {None, "", ":memory:"}:
            raise ValueError("names no file, and a database in memory is lost at a restart")
    elif parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError("is neither SQLite nor PostgreSQL")
    return url


def _check_secret(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().isprintable():
        raise ValueError("has a line break or another control character in it")
    return secret


def _check_credentials(secret: SecretStr) -> SecretStr:
    try:
        check_shape(secret.get_secret_value())
    except BadCredentials as problem:
        raise ValueError(str(problem)) from None
    return secret


def _check_header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError("is no name of a header")
    return name


def _check_networks(text: str) -> str:
    for part in text.split():
        try:
            ipaddress.ip_network(part, strict=False)
        except ValueError:
            raise ValueError("has a part that is no address or network") from None
    return text


def _check_positive(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        raise ValueError("must be longer than nothing")
    return duration


def _check_folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError("is no folder that can be read")
    return path


def _as_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Address = Annotated[str, AfterValidator(_check_address)]
"""A web address without a slash at its end; `http://` is for this machine only."""

Origin = Annotated[str, AfterValidator(_check_origin)]
"""An `Address` without a path."""

DatabaseUrl = Annotated[SecretStr, AfterValidator(_check_database)]
"""A database that two processes can share; kept as a secret, for it may hold a password."""

Secret = Annotated[SecretStr, AfterValidator(_check_secret)]
"""A secret on one line."""

Period = Annotated[Duration, AfterValidator(_check_positive)]
"""A duration longer than nothing."""

Folder = Annotated[Path, AfterValidator(_check_folder)]
"""A folder that exists."""

Instant = Annotated[AwareDatetime, AfterValidator(_as_utc)]
"""An instant with its zone, in UTC."""

Rate = Annotated[int, Field(ge=1, le=100_000)]
"""So many a minute, at least one."""

Points = Annotated[int, Field(ge=1, le=10_000_000)]
"""So many an hour, at least one."""

Share = Annotated[int, Field(ge=1, le=100)]
"""A part of a hundred."""

Credentials = Annotated[SecretStr, AfterValidator(_check_secret), AfterValidator(_check_credentials)]
"""Who may log in with which password; see `worker.credentials`."""

Header = Annotated[str, AfterValidator(_check_header)]
"""The name of an HTTP header."""

Networks = Annotated[str, AfterValidator(_check_networks)]
"""Addresses or networks, separated by blanks."""
