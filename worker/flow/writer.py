"""What a kind of write must say of itself, so that any of them is performed exactly once by the same steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from connectors.errors import VendorProblem
from worker.core.recovery import Doubt, Lookup
from worker.flow.means import Means
from worker.store.effects import EffectRow

DONE = "{}"
"""The outcome of a write that leaves nothing to remember."""

E = TypeVar("E")


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """A look for an uncertain write. When the last one finds nothing, the write is sent again."""

    row: EffectRow
    is_last: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """What a look showed: the outcome when the write was found; with a doubt, nothing that can be relied on."""

    outcome: str | None = None
    doubt: Doubt | None = None
    detail: str = ""


def _find_nothing(_means: Means, _look: Look, _effect: Any) -> Sight:
    return Sight()


def _settle_nothing(_connection: Connection, _means: Means, _effect: Any, _outcome: str, _now: datetime) -> None:
    return None


def _note_nothing(_connection: Connection, _means: Means, _effect: Any, _now: datetime) -> None:
    return None


def _never(_problem: VendorProblem) -> bool:
    return False


def _never_gone(_means: Means, _effect: Any) -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer(Generic[E]):
    """One kind of write.

    `send` returns the outcome as text. `settle` keeps what follows from it. `doubt` and `resend` are told, in the
    same transaction, that the outcome became unknown and that another request goes out. `is_final`: this refusal is
    an outcome like any other, so the write is over. `is_gone`: what was to be written to is not there (asked after a
    NotFound), so the write waits until it is there again.
    """

    vendor: str
    lookup: Lookup
    send: Callable[[Means, EffectRow, E], str]
    find: Callable[[Means, Look, E], Sight] = _find_nothing
    settle: Callable[[Connection, Means, E, str, datetime], None] = _settle_nothing
    doubt: Callable[[Connection, Means, E, datetime], None] = _note_nothing
    resend: Callable[[Connection, Means, E, datetime], None] = _note_nothing
    is_final: Callable[[VendorProblem], bool] = _never
    is_gone: Callable[[Means, E], bool] = _never_gone


def spell_found(found: bool) -> Sight:
    """The sight of a write that leaves nothing to remember."""
    return Sight(outcome=DONE if found else None)
