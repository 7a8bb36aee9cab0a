"""A change of target: the escalation goes on under another team, in an issue of its own; the old one is left behind.

It leads anywhere on a person's word, by itself only towards Security, and never away from Security. So it cannot
flap, and no detail of Security's ever goes to a wider audience.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.effects import CloseTwin, CommentTwin, PlannedWrite, RelateIssue
from connectors.records import IssueRef
from worker.core.assessment import Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A change of target that is decided and not carried out yet, with its reasons, in words."""

    target: Target
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FormerIssue:
    """An issue that an escalation left behind when it went from `target` to another team; `number` counts moves.

    `touched` when a person worked on it or opened it, so that it is not ours to close. `reasons` are those of the
    move, in words.
    """

    issue: IssueRef
    target: Target
    number: int
    touched: bool
    reasons: tuple[str, ...]


def spell_move_tags(prefix: str) -> Mapping[str, Target]:
    """The tags by which agents send a ticket to a team, each with that team; none without a prefix."""
    teams = (target for target in Target if target is not Target.L2)
    return {f"{prefix}{target.value}": target for target in teams} if prefix else {}


def find_move_tag(tags: Sequence[str], prefix: str) -> tuple[str, Target] | None:
    """The tag among these by which an agent sends the ticket to a team; Security's goes before the others."""
    known = spell_move_tags(prefix)
    found = [(tag, known[tag]) for tag in tags if tag in known]
    return min(found, key=lambda one: (one[1] is not Target.SECURITY, one[0]), default=None)


def find_refusal(current: Target, wanted: Target) -> str | None:
    """Why an escalation may not go from one team to another; None when it may."""
    if current is Target.SECURITY:
        return "what is with Security goes to no other team"
    return "support takes it back by de-escalating it" if wanted is Target.L2 else None


def list_former(issues: Sequence[FormerIssue]) -> tuple[FormerIssue, ...]:
    """The issues that the last move left behind."""
    last = max((one.number for one in issues), default=0)
    return tuple(one for one in issues if one.number == last)


def plan_former(
    escalation_id: str, issue: IssueRef | None, former: FormerIssue, *, quiet: bool, comment: str, closes: bool
) -> Iterator[PlannedWrite]:
    """The comment on an issue that was left behind, the link to the one that took its place, and its end.

    `quiet` when it may not say where it goes on: it is told at once, and gets no link, which shows on both ends.
    """
    key = f"moved:{escalation_id}:{former.number}:{former.issue.id}"
    if issue is not None and not quiet:
        link = RelateIssue(escalation_id=escalation_id, issue_id=issue.id, other_id=former.issue.id)
        yield PlannedWrite(key=f"{key}:link", effect=link)
    told = CommentTwin(escalation_id=escalation_id, issue_id=former.issue.id, markdown=comment)
    yield PlannedWrite(key=f"{key}:comment", effect=told)
    if closes:
        yield PlannedWrite(
            key=f"{key}:close", effect=CloseTwin(escalation_id=escalation_id, issue_id=former.issue.id)
        )
