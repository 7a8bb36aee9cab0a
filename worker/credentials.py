"""Who may open the dashboard: names, roles and passwords as the settings give them, kept as slow hashes only."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_SCHEME = "scrypt"
_N, _R, _P = 2**14, 8, 1
_MOST_MEMORY = 64 * 1024 * 1024
_LENGTH = 32
_SALT_BYTES = 16


class Role(StrEnum):
    """What somebody may do: look, or look and act."""

    VIEWER = "viewer"
    OPERATOR = "operator"


class BadCredentials(ValueError):
    """The text holds no credentials; the message says how to write them and repeats nothing of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Somebody who may log in. `salt` and `hash` are of scrypt; the password itself is not kept."""

    name: str
    role: Role
    salt: bytes
    hash: bytes

    def accepts(self, password: str) -> bool:
        """True for the right password; takes as long for a wrong one, some fifty milliseconds of one core."""
        return hmac.compare_digest(_stretch(password, self.salt), self.hash)


def read_accounts(text: str, role: Role) -> tuple[Account, ...]:
    """The accounts of a setting: `name:password`, several separated by blanks; a password alone is the role's own.

    In place of a password stands what `write_hash` wrote. Raises BadCredentials.
    """
    return tuple(_make_account(name, password, role) for name, password in check_shape(text, role))


def check_shape(text: str, role: Role = Role.VIEWER) -> tuple[tuple[str, str], ...]:
    """The names with their passwords, none of them hashed; raises BadCredentials."""
    pieces = text.split()
    pairs = [(role.value, text.strip())] if len(pieces) == 1 and ":" not in text else list(map(_split, pieces))
    names = [name for name, _ in pairs]
    if not pairs or len(set(names)) < len(names):
        raise BadCredentials("names nobody, or somebody twice")
    for _, password in pairs:
        if password.startswith(f"{_SCHEME}$"):
            _read_hash(password)
    return tuple(pairs)


def check_password(accounts: Iterable[Account], name: str, password: str) -> Account | None:
    """The account that this name and password open; an unknown name takes as long as a wrong password."""
    found = next((account for account in accounts if hmac.compare_digest(account.name.encode(), name.encode())), None)
    if found is None:
        _stretch(password, b"nobody has this name")
        return None
    return found if found.accepts(password) else None


def write_hash(password: str) -> str:
    """What a setting may hold in place of the password: the slow hash with a salt of its own."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"{_SCHEME}${_encode(salt)}${_encode(_stretch(password, salt))}"


def _split(piece: str) -> tuple[str, str]:
    name, colon, password = piece.partition(":")
    if not (colon and name and password):
        raise BadCredentials("has a part that is no name:password")
    return name, password


def _make_account(name: str, password: str, role: Role) -> Account:
    if password.startswith(f"{_SCHEME}$"):
        salt, kept = _read_hash(password)
    else:
        # The same at each start and in each process, so that sessions outlive a restart.
        salt = hashlib.sha256(f"escalator:{role.value}:{name}".encode()).digest()
        kept = _stretch(password, salt)
    return Account(name=name, role=role, salt=salt, hash=kept)


def _read_hash(text: str) -> tuple[bytes, bytes]:
    try:
        _, salt, kept = text.split("$")
        found = _decode(salt), _decode(kept)
    except (ValueError, binascii.Error):
        raise BadCredentials("has a hash that is none; make one with escalator config password") from None
    if len(found[1]) != _LENGTH:
        raise BadCredentials("has a hash of another length; make one with escalator config password")
    return found


def _stretch(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"), salt=salt, n=_N, r=_R, p=_P, maxmem=_MOST_MEMORY, dklen=_LENGTH
    )


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
