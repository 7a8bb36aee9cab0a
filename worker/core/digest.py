"""What happened on the issue since a ticket was told last: folded into at most one note a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.effects import PlannedWrite, UpdateTicket
from mappings.followup import DigestLine
from mappings.policy import Policy
from worker.core.assessment import Severity, Target
from worker.core.escalation import Escalation
from worker.core.plan import Member, Texts
from worker.core.updates import FINISHED

_MOST_LINES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """A question of ours or an answer of the team; `position` counts up in the order in which we learned of them."""

    position: int
    line: DigestLine


@dataclass(frozen=True, kw_only=True, slots=True)
class LastDigest:
    """Up to which position a ticket was told, and when that was decided."""

    position: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """When the ticket is to be told what it does not know yet, and the note once that is due."""

    due_at: datetime | None = None
    planned: tuple[PlannedWrite, ...] = ()


def plan_digest(
    member: Member,
    escalation: Escalation,
    news: Sequence[News],
    last: LastDigest | None,
    *,
    policy: Policy,
    texts: Texts,
    now: datetime,
) -> Digest:
    """The note about all news since the last one; at the policy's hour of the day, and at once when it is critical.

    L2 works on the ticket itself, where nothing needs to be told again.
    """
    untold = [one for one in news if last is None or one.position > last.position]
    is_told = escalation.target is Target.L2 or escalation.issue is None or member.ticket.status in FINISHED
    if is_told or not untold:
        return Digest()
    due_at = untold[0].line.at
    if escalation.severity is not Severity.CRITICAL:
        due_at = policy.cadence.find_digest(max(due_at, last.at) if last else due_at)
    if due_at > now:
        return Digest(due_at=due_at)
    lines = tuple(one.line for one in untold[-_MOST_LINES:])
    note = texts.write_digest(member, escalation, lines)
    key = f"{spell_digest_prefix(escalation.id, member.ticket.id)}{untold[-1].position}"
    effect = UpdateTicket(ticket_id=member.ticket.id, note=note)
    return Digest(due_at=due_at, planned=(PlannedWrite(key=key, effect=effect),))


def spell_digest_prefix(escalation_id: str, ticket_id: int | str) -> str:
    """What the keys of all digests of an escalation on a ticket begin with; the last position told follows."""
    return f"digest:{escalation_id}:{ticket_id}:"
