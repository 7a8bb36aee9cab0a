"""What a person may order at the dashboard, and how the order can fail. The web edge asks, the flow carries it out.

It stands beside the rooms and not in one of them, as `worker.delivery` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from worker.core.assessment import Severity, Target
from worker.core.patterns.orders import Verdict
from worker.core.review import Order


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """Somebody's word: who gives it, why, and under which unique name, so that the same form says it once.

    `seen` is what the page showed of the subject, by name; the order stands only while that is still so.
    """

    by: str
    reason: str
    command_id: str
    seen: Mapping[str, str] = field(default_factory=dict)


class PlanStep(StrEnum):
    """What may be ordered of a backfill plan."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is another than the page showed."""

    what: str
    was: str
    now: str


class NotThere(Exception):
    """There is no such subject, or it is over."""


class Refused(Exception):
    """It cannot be done; the message says why and what can."""


class Stale(Exception):
    """The subject has changed since the page was made; nothing was done."""

    def __init__(self, changes: tuple[Change, ...]) -> None:
        self.changes = changes
        super().__init__("; ".join(f"{change.what}: {change.was} is {change.now} now" for change in changes))


class Desk(Protocol):
    """Takes orders. Each is one transaction; raises NotThere, Refused or Stale, and what the database raises."""

    def instruct(self, escalation_id: str, order: Order, word: Word, *, lesson: str = "") -> None:
        """Orders a step in an escalation's life, and keeps a lesson with it."""
        ...

    def learn(self, escalation_id: str, lesson: str, word: Word) -> None:
        """Keeps what was learned."""
        ...

    def snooze(self, escalation_id: str, ticket_id: int, lasting: timedelta, word: Word) -> None:
        """Puts the customer's clock of a ticket to sleep, or the team's (ticket 0)."""
        ...

    def escalate(self, ticket_id: int, word: Word, *, target: Target | None, severity: Severity | None) -> None:
        """Orders that a ticket goes up, whatever the rules say."""
        ...

    def judge_pattern(
        self, pattern_id: str, verdict: Verdict, word: Word, *, tickets: tuple[int, ...] = (), other: str = ""
    ) -> None:
        """Gives a verdict on a pattern."""
        ...

    def replay(self, letter_id: str, word: Word) -> None:
        """Tries a dead letter again."""
        ...

    def drop(self, letter_id: str, word: Word) -> None:
        """Gives a dead letter up."""
        ...

    def steer_backfill(self, plan_id: str, step: PlanStep, word: Word) -> None:
        """Pauses a backfill, lets it run on, or ends it."""
        ...
