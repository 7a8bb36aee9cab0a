"""Carrying out a change of target: the old issue is left behind, and the escalation is to open one with its new team.

One transaction, and only while no create is under way: so no issue is ever opened for a team that it left.
"""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from connectors.records import Issue
from worker.core.escalation import Escalation
from worker.core.life import LIFE, Happening, move_on
from worker.core.moves import FormerIssue
from worker.core.plan import find_opening_key
from worker.failpoints import FailPoint, reach
from worker.flow.means import Means
from worker.flow.survey import is_touched
from worker.store.audit import add_audit
from worker.store.effects import EffectState, abandon_writes, find_effect
from worker.store.escalations import save_course
from worker.store.moves import leave_issues
from worker.store.subjects import Claim, Lane, SubjectKind, check_fence, insert_wakes, release_subject


def move_escalation(means: Means, claim: Claim, known: Escalation, issue: Issue | None) -> bool:
    """Leaves the issue for the new team; False while it must wait, or when there is nothing to do any more.

    Raises VendorProblem and LeaseLost. What waits for the escalation is looked at right after it.
    """
    moving = known.moving
    if moving is None or Happening.MOVED not in LIFE[known.course.stage]:
        return False
    now, kind = means.now(), SubjectKind.ESCALATION
    left = tuple(_list_left(means, known, issue))
    moved = replace(known, target=moving.target, moves=known.moves + 1, revision=0, sightings=0)
    course = replace(move_on(known.course, Happening.MOVED, moving.reasons, now), outcome=None, mark="")
    with means.database.transaction() as connection:
        check_fence(connection, claim, lease_until=now + means.timing.lease)
        if _is_opening(connection, known) or not leave_issues(connection, known, moved, left, now):
            return False
        unsure = abandon_writes(connection, kind, known.id, reason="it went to another team", now=now)
        save_course(connection, known.id, course, now)
        data = {
            "from": known.target,
            "to": moving.target,
            "left": [one.issue.key for one in left],
            "reasons": moving.reasons,
            "unsure": unsure,
        }
        add_audit(connection, kind, known.id, "moved", data, now=now, policy_digest=means.policy.digest)
        tickets = [str(ticket_id) for ticket_id in known.tickets]
        insert_wakes(connection, SubjectKind.TICKET, tickets, lane=Lane.LIVE, now=now)
        release_subject(connection, claim, plan_due_at=now, write_due_at=None)
        reach(FailPoint.ESCALATION_SETTLING)
    reach(FailPoint.ESCALATION_SETTLED)
    means.log.info("moved", escalation=known.id, source=known.target.value, target=moving.target.value)
    return True


def _list_left(means: Means, known: Escalation, issue: Issue | None) -> Iterator[FormerIssue]:
    """Its own issue, and those that were stood down in favour of it."""
    assert known.moving is not None  # noqa: S101 - that is what is carried out
    number, reasons = known.moves + 1, known.moving.reasons
    if known.issue is not None:
        touched = known.adopted or issue is None or is_touched(means, issue)
        yield FormerIssue(issue=known.issue, target=known.target, number=number, touched=touched, reasons=reasons)
    for twin in known.twins:
        yield FormerIssue(issue=twin.issue, target=known.target, number=number, touched=twin.touched, reasons=reasons)


def _is_opening(connection: Connection, known: Escalation) -> bool:
    """True while it is not known whether the issue of the old team was opened."""
    row = find_effect(connection, find_opening_key(known))
    return row is not None and row.state is EffectState.STARTED
