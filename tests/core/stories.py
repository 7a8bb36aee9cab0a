"""Invented tickets and assessments for the tests of facts and briefs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from connectors.records import (
    Comment,
    FieldValue,
    Organization,
    Person,
    Role,
    SlaClock,
    SlaStage,
    Ticket,
    TicketStatus,
)
from worker.core.assessment import (
    Assessment,
    Evidence,
    Finding,
    ImpactDimension,
    Severity,
    SlaStatus,
    Speaker,
    Standing,
    Target,
    Verdict,
)

NOW = datetime(2026, 11, 4, 16, 0, tzinfo=UTC)
CUSTOMER = Person(id=1, name="Ines Varga", role=Role.END_USER, organization_id=70)
AGENT = Person(id=2, name="Tom Ruiz", role=Role.AGENT)
SENIOR = Person(id=3, name="Ada Kern (L2)", role=Role.AGENT)
COMPANY = Organization(
    id=70, name="Harrowgate Ferries", fields={"arr": 480_000, "tier": "strategic", "renewal_date": "2027-01-31"}
)

Said = tuple[Person, bool, str]


def make_ticket(
    *said: Said,
    subject: str = "Manifests come out empty",
    organization: Organization | None = COMPANY,
    custom_fields: Mapping[int, FieldValue] | None = None,
    sla: Sequence[SlaClock] | None = None,
    ticket_id: int = 48211,
) -> Ticket:
    """A ticket whose comments come one each hour from 3 November, 7:00 on."""
    comments = tuple(
        Comment(id=100 + n, author_id=person.id, public=public, body=body, created_at=_hour(n))
        for n, (person, public, body) in enumerate(said)
    )
    return Ticket(
        id=ticket_id,
        subject=subject,
        description=comments[0].body if comments else "",
        status=TicketStatus.OPEN,
        created_at=_hour(0),
        updated_at=_hour(len(said)),
        requester_id=CUSTOMER.id,
        assignee_id=AGENT.id,
        organization_id=organization.id if organization else None,
        organization=organization,
        custom_fields=custom_fields or {},
        comments=comments,
        comments_read=True,
        people=(CUSTOMER, AGENT, SENIOR),
        sla=tuple(sla) if sla is not None else None,
    )


def make_assessment(
    *criteria: str,
    target: Target = Target.ENGINEERING,
    severity: Severity = Severity.HIGH,
    sla_status: SlaStatus = SlaStatus.NONE,
    quote: str = "",
    others: tuple[Target, ...] = (),
) -> Assessment:
    """An assessment in which these criteria hold."""
    evidence = Evidence(fact="seen", quote=quote, speaker=Speaker.INTERNAL if quote else None, at=NOW)
    return Assessment(
        ticket_id=48211,
        now=NOW,
        policy_digest="d1",
        escalate=True,
        target=target,
        severity=severity,
        sla_status=sla_status,
        findings=tuple(
            Finding(id=name, title=f"Title of {name}", standing=Standing.MET, score=1, weight=1, evidence=(evidence,))
            for name in criteria
        ),
        support_findings=(),
        target_verdict=Verdict(value=target.value, reasons=("reproduced by us",)),
        severity_verdict=Verdict(value=severity.value, reasons=("key customer blocked",)),
        escalate_verdict=Verdict(value="yes"),
        other_targets=others,
        impact=(
            ImpactDimension(id="breadth", title="Breadth", answer="1 customer", ask_for="how many"),
            ImpactDimension(id="revenue", title="Revenue", answer=None, ask_for="the yearly revenue"),
        ),
    )


def make_clock(metric: str, hour: int, stage: SlaStage = SlaStage.ACTIVE) -> SlaClock:
    """A clock that is due on 5 November at that hour."""
    return SlaClock(metric=metric, stage=stage, breach_at=datetime(2026, 11, 5, hour, tzinfo=UTC))


def _hour(number: int) -> datetime:
    return datetime(2026, 11, 3 + (7 + number) // 24, (7 + number) % 24, tzinfo=UTC)


_REPORT = """Hello team,

the vehicle manifest of large sailings exports empty since Tuesday, only the header line is there. \
Our clerks type the lists by hand and two ferries left 40 minutes late. We use Chrome 141 on Windows 11."""
_STEPS = """Steps to reproduce on 8.14.2:
1. Sign in to the demo tenant as gate clerk
2. Open sailing ND4410 (212 bookings)
3. Click Export manifest and choose CSV
Expected: 212 rows
Actual: the header only
Always from 201 bookings on. Needs a fix in the export paging.

2026-11-03 09:12:44 WARN manifest.export page=2 size=200 total=212 rows=0"""
BUG = make_ticket(
    (CUSTOMER, True, _REPORT),
    (AGENT, True, "Hi Ines, could you please try the PDF export instead of CSV?"),
    (CUSTOMER, True, "PDF is empty too, same result. With 200 bookings or less it works fine in CSV."),
    (SENIOR, False, _STEPS),
    (AGENT, True, "Hi Ines, we can see it on our side as well and are taking it to our engineers."),
    (CUSTOMER, True, "Thanks. We need this before Friday, otherwise the weekend sailings cannot be loaded."),
    custom_fields={11: "Boarding", 12: "8.14.2", 13: "35"},
    sla=(make_clock("requester_wait_time", 17), make_clock("next_reply_time", 9)),
)
