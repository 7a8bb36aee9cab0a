"""What goes to a customer by itself, and everything that keeps it from going."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.records import Comment, TicketStatus
from tests.conftest import NOW
from tests.core.making import make_assessment, make_escalation, make_policy, make_ticket
from worker.core.assessment import Severity, Target
from worker.core.plan import Member
from worker.core.replies import find_objection, may_send

VETO = ("escalator_veto", "escalator_snooze")
LATER = NOW + timedelta(minutes=5)


def make_sending(*kinds: str) -> Any:
    policy = make_policy()
    high = policy.cadence.high.model_copy(update={"send": kinds})
    return policy.model_copy(update={"cadence": policy.cadence.model_copy(update={"high": high})})


def add_comment(*, public: bool, at: Any = LATER) -> Any:
    ticket = make_ticket()
    added = Comment(id=9, author_id=11, public=public, body="Any news?", created_at=at)
    return replace(ticket, comments=(*ticket.comments, added))


@pytest.mark.parametrize(
    ("ticket", "objection"),
    [
        (make_ticket(), None),
        (make_ticket(status=TicketStatus.PENDING), None),
        (make_ticket(status=TicketStatus.SOLVED), "the ticket is solved"),
        (make_ticket(status=TicketStatus.CLOSED), "the ticket is closed"),
        (make_ticket(status=TicketStatus.DELETED), "the ticket is deleted"),
        (make_ticket(tags=("escalator_snooze",)), "an agent set the tag escalator_snooze"),
        (make_ticket(tags=("escalator_veto",)), "an agent set the tag escalator_veto"),
        (add_comment(public=True), "somebody wrote in public meanwhile"),
        (add_comment(public=True, at=NOW), None),
        (add_comment(public=False), None),
    ],
)
def test_what_keeps_a_word_from_going_by_itself(ticket: Any, objection: str | None) -> None:
    assert find_objection(ticket, NOW, VETO) == objection


@pytest.mark.parametrize(
    ("kinds", "severity", "target", "judged", "expected"),
    [
        (("update",), Severity.HIGH, Target.ENGINEERING, (Target.ENGINEERING,), True),
        ((), Severity.HIGH, Target.ENGINEERING, (Target.ENGINEERING,), False),
        (("confirm",), Severity.HIGH, Target.ENGINEERING, (Target.ENGINEERING,), False),
        (("update",), Severity.MEDIUM, Target.ENGINEERING, (Target.ENGINEERING,), False),
        (("update",), Severity.HIGH, Target.SECURITY, (Target.ENGINEERING,), False),
        (("update",), Severity.HIGH, Target.ENGINEERING, (Target.SECURITY,), False),
        (("update",), Severity.HIGH, Target.ENGINEERING, (Target.ENGINEERING, Target.SECURITY), False),
        (("update", "confirm"), Severity.HIGH, Target.L2, (Target.L2,), True),
    ],
)
def test_only_what_is_switched_on_for_the_severity_and_never_about_security(
    kinds: Any, severity: Severity, target: Target, judged: Any, expected: bool
) -> None:
    member = Member(ticket=make_ticket(), assessment=make_assessment(target=judged[0], other_targets=judged[1:]))
    escalation = make_escalation(severity=severity, target=target)
    assert may_send("update", member, escalation, NOW, make_sending(*kinds)) is expected
