"""What is known about a ticket beyond its snapshot: earlier judgements, its group, past escalations, lessons."""

from dataclasses import dataclass
from datetime import datetime

from worker.core.assessment import Assessment, Target
from worker.core.second_reading import Proposal


@dataclass(frozen=True, kw_only=True, slots=True)
class PastEscalation:
    """An escalation of the past; `closed_at` is None while it runs. `is_sure` unless it may be another problem."""

    target: Target
    opened_at: datetime
    closed_at: datetime | None = None
    was_fixed: bool = False
    issue_key: str | None = None
    is_sure: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """What was learned when a similar ticket was settled; `ticket_id` is where."""

    ticket_id: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """Earlier assessments in order of time, customers in the ticket's group, past escalations, lessons.

    `past_escalations` are of this ticket, `related` of others that are taken for the same problem.
    `proposals` come from a second reader, and `second_reader` says in words what became of asking it.
    """

    earlier: tuple[Assessment, ...] = ()
    group_customers: tuple[str, ...] = ()
    past_escalations: tuple[PastEscalation, ...] = ()
    related: tuple[PastEscalation, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    second_reader: str = ""

    @property
    def is_past(self) -> bool:
        """True when the ticket was escalated before and every escalation of it is over."""
        return bool(self.past_escalations) and all(one.closed_at is not None for one in self.past_escalations)
