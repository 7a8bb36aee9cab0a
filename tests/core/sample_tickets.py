"""Builds tickets for the judgement tests from a few words: who says what, how long ago."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from connectors.records import Comment, Organization, Person, Role, SlaClock, SlaStage, Ticket, TicketStatus
from mappings.loader import load_policy
from mappings.policy import Policy
from worker.core.assess import assess, read_ticket
from worker.core.assessment import Assessment, Finding
from worker.core.context import Context
from worker.core.criteria import Reading

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
CUSTOMER_ID, AGENT_ID, OTHER_AGENT_ID = 11, 21, 22
PEOPLE = (
    Person(id=CUSTOMER_ID, name="Ada Quill", role=Role.END_USER, email="ada@quillworks.example", organization_id=5),
    Person(id=AGENT_ID, name="Bo", role=Role.AGENT),
    Person(id=OTHER_AGENT_ID, name="Cy (L2)", role=Role.AGENT),
)
ORGANIZATION = Organization(id=5, name="Quillworks", fields={"arr": 20_000, "tier": "growth"})

Line = tuple[str, str]


def make_comments(lines: Sequence[Line], *, days: float = 1.0) -> tuple[Comment, ...]:
    """Comments spread over the last `days`; a line is (customer|agent|internal, text)."""
    step = timedelta(days=days) / max(len(lines), 1)
    return tuple(
        Comment(
            id=100 + number,
            author_id=CUSTOMER_ID if who == "customer" else AGENT_ID if who == "agent" else OTHER_AGENT_ID,
            public=who != "internal",
            body=text,
            created_at=NOW - timedelta(days=days) + step * number,
        )
        for number, (who, text) in enumerate(lines)
    )


def make_ticket(*lines: Line, days: float = 1.0, **changes: Any) -> Ticket:
    """An open ticket of Quillworks with this conversation; `changes` replace fields of the record."""
    comments = make_comments(lines, days=days)
    values: dict[str, Any] = {
        "id": 7,
        "subject": "a question",
        "description": comments[0].body if comments else "",
        "status": TicketStatus.OPEN,
        "created_at": NOW - timedelta(days=days),
        "updated_at": NOW,
        "requester_id": CUSTOMER_ID,
        "assignee_id": AGENT_ID,
        "organization_id": 5,
        "comments": comments,
        "comments_read": True,
        "people": PEOPLE,
        "organization": ORGANIZATION,
    }
    return Ticket(**(values | changes))


def make_clock(metric: str, hours: float, stage: SlaStage = SlaStage.ACTIVE) -> SlaClock:
    """A clock that ends `hours` from NOW (negative: that long ago)."""
    return SlaClock(metric=metric, stage=stage, breach_at=NOW + timedelta(hours=hours))


@cache
def shipped_policy() -> Policy:
    """The policy as shipped."""
    return load_policy()


def judge(ticket: Ticket, context: Context | None = None) -> Assessment:
    """The assessment by the shipped policy at NOW."""
    return assess(ticket, context or Context(), shipped_policy(), NOW)


def read(ticket: Ticket) -> Reading:
    """The reading by the shipped policy at NOW."""
    return read_ticket(ticket, Context(), shipped_policy(), NOW)


def find(assessment: Assessment, finding_id: str) -> Finding:
    """One finding of an assessment."""
    return next(one for one in (*assessment.findings, *assessment.support_findings) if one.id == finding_id)
