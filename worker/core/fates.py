"""What became of a ticket that belongs to an escalation, and how its issue is told: once for each turn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.effects import CommentIssue, LinkTwin, PlannedWrite
from connectors.records import Ticket, TicketStatus
from mappings.escaping import escape_markdown, flatten_text
from worker.core.assessment import Target

MERGED_TAG = "closed_by_merge"
"""The tag that Zendesk puts on the tickets that were merged into another (Zendesk help centre, merging tickets)."""

_INTO = re.compile(r"merged into (?:request|ticket) #(\d{1,18})", re.IGNORECASE)
_NUMBER = re.compile(r"#(\d{1,18})\b")
_LONGEST_NOTE = 2_000
_LAST_COMMENTS = 3


class Fate(StrEnum):
    """The last turn of a ticket's life that its issue should know of."""

    CLOSED = "closed"
    MERGED = "merged"
    DELETED = "deleted"
    RESTORED = "restored"
    REOPENED = "reopened"
    MOVED = "moved"
    FOLLOWED = "followed"


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberFate:
    """A fate of one ticket of an escalation; `turn` counts them. `other` is the ticket that goes with it.

    `detail` is the customer's new name after a move, or the key of the earlier issue of a follow-up.
    """

    ticket_id: int
    fate: Fate
    turn: int
    other: int | None = None
    detail: str | None = None


_ENDS = frozenset({Fate.CLOSED, Fate.MERGED, Fate.DELETED})


def find_fate(known: Fate | None, before: Ticket | None, after: Ticket | None) -> Fate | None:
    """The fate that is news for a ticket that was last seen as `before`; None when nothing turned.

    `after` is None for a ticket that is gone: deleted, spam, or out of our sight, which cannot be told apart.
    """
    if after is None or after.status is TicketStatus.DELETED:
        return None if known is Fate.DELETED else Fate.DELETED
    if known is Fate.DELETED:
        return Fate.RESTORED
    if after.status is TicketStatus.CLOSED:
        return None if known in _ENDS else _find_end(after)
    if before is None:
        return None
    if before.status is TicketStatus.SOLVED and after.status is not TicketStatus.SOLVED:
        return Fate.REOPENED
    return Fate.MOVED if before.organization_id != after.organization_id else None


def find_merge_target(ticket: Ticket) -> int | None:
    """The ticket that this one was merged into, as the note on it says; None when it was not merged.

    Zendesk has no field for it: the closing comment of the merge names the other ticket, in words that an agent
    may change (Zendesk help centre, merging tickets).
    """
    if ticket.status is not TicketStatus.CLOSED or MERGED_TAG not in ticket.tags:
        return None
    for comment in reversed(ticket.comments[-_LAST_COMMENTS:]):
        text = comment.body[:_LONGEST_NOTE]
        found = [int(number) for number in _INTO.findall(text) or _NUMBER.findall(text)]
        others = [number for number in found if number not in {0, ticket.id}]
        if others:
            return others[0]
    return None


def plan_fates(escalation_id: str, fates: Sequence[MemberFate], target: Target) -> tuple[PlannedWrite, ...]:
    """A comment on the issue for the last turn of each ticket."""
    return tuple(
        PlannedWrite(
            key=f"fate:{escalation_id}:{one.ticket_id}:{one.turn}",
            effect=CommentIssue(escalation_id=escalation_id, markdown=_word_fate(one, target)),
        )
        for one in fates
    )


def plan_farewell(escalation_id: str, successor_id: str, place: str, *, is_one_problem: bool) -> PlannedWrite:
    """The comment on an issue whose tickets go on in another escalation; `place` is that one's issue or id.

    `is_one_problem` when the tickets stay apart but turned out to be about the same, else they were merged.
    """
    because = "it is the same problem" if is_one_problem else "they were merged"
    words = f"The Zendesk tickets of this issue go on in {escape_markdown(place)}: {because}. "
    return PlannedWrite(
        key=f"farewell:{escalation_id}:{successor_id}",
        effect=CommentIssue(escalation_id=escalation_id, markdown=words + "Nothing more is told here."),
    )


def plan_duplicate(escalation_id: str, issue_id: str, survivor_id: str) -> PlannedWrite:
    """The link that calls an issue a duplicate of the one in which its tickets go on."""
    return PlannedWrite(
        key=f"duplicate:{escalation_id}:{issue_id}:{survivor_id}",
        effect=LinkTwin(escalation_id=escalation_id, issue_id=issue_id, survivor_id=survivor_id),
    )


def _find_end(ticket: Ticket) -> Fate:
    return Fate.MERGED if MERGED_TAG in ticket.tags else Fate.CLOSED


def _word_fate(one: MemberFate, target: Target) -> str:
    name = f"Zendesk ticket #{one.ticket_id}"
    other = f"#{one.other}" if one.other else "another ticket"
    customer = flatten_text(one.detail or "") if target is not Target.SECURITY else ""
    return {
        Fate.CLOSED: f"{name} was closed. What happens here can no longer be told on it.",
        Fate.MERGED: f"{name} was merged into {other}, which goes on in its place.",
        Fate.DELETED: f"{name} is gone: it was deleted or marked as spam, or our account may not see it any more.",
        Fate.RESTORED: f"{name} is back after it had been deleted.",
        Fate.REOPENED: f"{name} was reopened: the customer is not done with it.",
        Fate.MOVED: f"{name} belongs to another organisation now"
        + (f": {escape_markdown(customer)}." if customer else "."),
        Fate.FOLLOWED: f"{name} follows up {other}, which is closed."
        + (f" Its issue was {escape_markdown(one.detail)}." if one.detail else ""),
    }[one.fate]
