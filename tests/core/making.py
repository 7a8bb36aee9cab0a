"""Small records to judge and decide with."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors.records import Comment, Organization, Person, Role, Ticket, TicketStatus
from mappings.loader import load_policy
from mappings.policy import Policy
from mappings.routing import Mode
from tests.conftest import NOW
from worker.core.assessment import Assessment, Finding, Severity, SlaStatus, Standing, Target, Verdict
from worker.core.escalation import Escalation, EscalationState

CONFIRMED = Finding(id="technical.confirmed_bug", title="Confirmed bug", standing=Standing.MET, score=1.0, weight=1.0)
ALL_AUTO = dict.fromkeys(("l2", "engineering", "product", "security", "leadership"), Mode.AUTO)


def make_ticket(**changes: Any) -> Ticket:
    """An open ticket of a customer with one comment."""
    ticket = Ticket(
        id=501,
        subject="Export stops at row 1000",
        description="The export stops at row 1000 since Friday.",
        status=TicketStatus.OPEN,
        created_at=NOW - timedelta(hours=5),
        updated_at=NOW - timedelta(hours=1),
        requester_id=11,
        organization_id=21,
        comments=(
            Comment(
                id=1,
                author_id=11,
                public=True,
                body="The export stops at row 1000 since Friday.",
                created_at=NOW - timedelta(hours=5),
            ),
        ),
        comments_read=True,
        people=(Person(id=11, name="Ines Falk", role=Role.END_USER, organization_id=21),),
        organization=Organization(id=21, name="Falk & Co"),
    )
    return replace(ticket, **changes)


def make_assessment(**changes: Any) -> Assessment:
    """An assessment that sends the ticket to Engineering as high."""
    assessment = Assessment(
        ticket_id=501,
        now=NOW,
        policy_digest="abc",
        escalate=True,
        target=Target.ENGINEERING,
        severity=Severity.HIGH,
        sla_status=SlaStatus.WITHIN,
        findings=(CONFIRMED,),
        support_findings=(),
        target_verdict=Verdict(value="engineering", reasons=("confirmed bug",)),
        severity_verdict=Verdict(value="high", reasons=("major function broken",)),
        escalate_verdict=Verdict(value="yes", reasons=("a confirmed bug needs a code fix",)),
    )
    return replace(assessment, **changes)


def make_escalation(**changes: Any) -> Escalation:
    """An open escalation without an issue yet."""
    escalation = Escalation(
        id="e1",
        state=EscalationState.OPEN,
        target=Target.ENGINEERING,
        severity=Severity.HIGH,
        title="Export stops at row 1000",
        reasons=("confirmed bug",),
        tickets=(501,),
        policy_digest="abc",
        created_at=NOW,
    )
    return replace(escalation, **changes)


def make_policy(**modes: Mode) -> Policy:
    """The shipped policy with these modes (all auto when none is given)."""
    policy = load_policy()
    targets = policy.routing.targets
    changed = {
        name: targets.find_target(name).model_copy(update={"mode": mode})
        for name, mode in (modes or ALL_AUTO).items()
    }
    routing = policy.routing.model_copy(update={"targets": targets.model_copy(update=changed)})
    return policy.model_copy(update={"routing": routing})
