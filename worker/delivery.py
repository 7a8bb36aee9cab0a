"""What one accepted webhook leaves behind, and what a store must promise to take it.

It stands beside the rooms and not in one of them: the web edge makes it, the flow carries it, the store keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """A verified hint that a subject may have changed.

    `dedupe_keys` holds one or two names, each at most 255 characters, under which the sender may deliver the same
    hint again: its own id for it if it gave one, and last what stands for the signed content. A known one makes it
    a duplicate. `subject_id` is None when the sender named none. `body` is None unless the source wants it kept.
    """

    source: str
    dedupe_keys: tuple[str, ...]
    subject_kind: str
    subject_id: str | None
    lane: int
    received_at: datetime
    body: bytes | None = None


class DeliveryStore(Protocol):
    """Takes deliveries for good."""

    def add_deliveries(self, deliveries: Sequence[Delivery]) -> int:
        """Store all of them durably in one transaction and return how many were new; raise if none was stored."""
        ...


class NotStored(Exception):
    """The delivery is not known to be stored; the sender must send it again. The message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitFigures:
    """What a group commit has done so far; `seconds` is the time spent in the store, failed commits included."""

    commits: int = 0
    failed_commits: int = 0
    stored: int = 0
    duplicates: int = 0
    seconds: float = 0.0


class Intake(Protocol):
    """Takes deliveries at the edge and answers each only when its fate is known."""

    @property
    def figures(self) -> CommitFigures:
        """What has been done so far."""
        ...

    @property
    def waiting(self) -> int:
        """How many deliveries wait to be stored."""
        ...

    @property
    def is_accepting(self) -> bool:
        """Tell whether `accept` has room for one more."""
        ...

    def start(self) -> None:
        """Begin to accept, on the running event loop."""
        ...

    async def accept(self, delivery: Delivery) -> None:
        """Return once the delivery is durable; raise NotStored when that cannot be promised."""
        ...

    async def drain(self) -> None:
        """Accept no more and see to those that wait."""
        ...
