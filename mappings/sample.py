"""Invented briefs, from a full one to one that knows almost nothing, on which templates are tried."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from mappings.brief import (
    AffectedCustomer,
    Brief,
    Change,
    Communication,
    Context,
    EvidenceRow,
    Impact,
    ImpactRow,
    L2Part,
    LeadershipPart,
    LeftIssue,
    LinkRef,
    MissingItem,
    Need,
    Opening,
    ProductPart,
    RemovedKind,
    ReproSteps,
    SecurityPart,
    Source,
    SuspectedPattern,
    TagNames,
    TargetPart,
    TimelineRow,
    TriedStep,
    Wait,
)
from mappings.sample_followup import list_followup_samples

_TICKET = LinkRef(
    label="ZD-48211", url="https://tidelane.zendesk.example/agent/tickets/48211", note="Manifests come out empty"
)
_ISSUE = LinkRef(label="ENG-731", url="https://tidelane.atlassian.example/browse/ENG-731")

_PATTERN = SuspectedPattern(
    id="48211",
    customers=("Harrowgate Ferries", "Tern Lines", "Solent Crossings"),
    tickets=(_TICKET, LinkRef(label="ZD-48230", url=None)),
    reasons=("3 customers in 3 tickets, score 0.62 by meaning",),
)


def list_samples() -> Mapping[str, tuple[Mapping[str, object], ...]]:
    """Return, for each template's file name, the contexts it must be able to render."""
    briefs = (sample_brief(), *map(sample_part, _PARTS), sample_bare())
    tags = TagNames()
    changes = (sample_change(), Change())
    waits = (sample_wait(), Wait(what="", since=_at(20, 14, 5), is_over=True))
    own: dict[str, tuple[Mapping[str, object], ...]] = {
        "brief.md.j2": tuple({"brief": brief} for brief in briefs),
        "note_opened.md.j2": tuple(
            {"brief": brief, "issue": _ISSUE, "tags": tags, "waited": waited, "left": left}
            for brief in briefs
            for waited, left in ((False, ()), (True, ()), (False, (_sample_left(),)))
        ),
        "note_suggest.md.j2": tuple({"brief": brief, "project": "ENG", "tags": tags} for brief in briefs),
        "note_l2.md.j2": tuple({"brief": brief, "group": "Senior support", "tags": tags} for brief in briefs),
        "note_incomplete.md.j2": tuple({"brief": brief, "until": _at(5, 13, 40), "tags": tags} for brief in briefs),
        "note_updated.md.j2": tuple(
            {"brief": brief, "issue": _ISSUE, "change": change, "tags": tags}
            for brief in briefs
            for change in changes
        ),
        "note_left.md.j2": tuple(
            {"brief": brief, "issue": issue, "tags": tags} for brief in briefs for issue in (_ISSUE, None)
        ),
        "note_pattern.md.j2": tuple({"brief": brief, "pattern": _PATTERN, "tags": tags} for brief in briefs),
        "issue_comment_twin.md.j2": tuple(
            {"issue": _ISSUE, "is_ours_to_close": closes, "token": briefs[0].token} for closes in (True, False)
        ),
        "issue_comment_moved.md.j2": tuple(
            {
                "issue": issue,
                "team": "Product",
                "reasons": ("kim ordered it: works as designed",) if issue else (),
                "closes": closes,
                "token": briefs[0].token,
            }
            for issue in (_ISSUE, None)
            for closes in (False, True)
        ),
        "note_problem.md.j2": (
            {"issue": _ISSUE, "token": briefs[0].token, "policy_digest": briefs[0].policy_digest},
        ),
        "note_waiting.md.j2": tuple({"brief": brief, "wait": wait} for wait in waits for brief in briefs),
        "issue_stub.md.j2": tuple(
            {"brief": brief, "ticket": _TICKET, "change": change} for brief in briefs for change in (None, *changes)
        ),
        "issue_comment_update.md.j2": tuple(
            {"brief": brief, "change": change} for brief in briefs for change in changes
        ),
    }
    return own | dict(list_followup_samples(sample_brief(), _ISSUE))


def sample_brief() -> Brief:
    """Return a confirmed bug on its way to Engineering, told by somebody who knows what Engineering needs."""
    return Brief(
        id="7Q4M2KX9",
        policy_digest="3f9c1a7d20be",
        written_at=_at(5, 9, 40),
        summary="Harrowgate Ferries cannot board vehicles: manifests export without any rows",
        severity="high",
        target="engineering",
        target_title="Engineering",
        severity_reason="a key customer is blocked, and the only workaround is typing lists by hand",
        target_reason="our side reproduced the defect, and it needs a code fix",
        opening=Opening(
            who="Harrowgate Ferries (strategic, 480,000 USD a year), 35 gate clerks at four ports",
            what="Since release 8.14 the vehicle manifest exports with its header and no rows when a sailing "
            "has more than 200 bookings",
            impact="Clerks type boarding lists by hand; two sailings left 40 minutes late on 4 November",
            since="the first sailing after release 8.14, 3 November",
            reported_at=_at(3, 7, 2),
        ),
        impact=_sample_impact(),
        description=(
            "The vehicle manifest of a large sailing exports as a CSV with the header line and nothing else.",
            "It began on 3 November with the first sailing after release 8.14. Up to 200 bookings export well.",
            "From 201 on every export is empty; the list on the screen is complete, so no data is lost.",
        ),
        repro=_sample_repro(),
        tried=(
            TriedStep(action="Exported as PDF instead of CSV", result="empty as well", who="agent", at=_at(3, 8, 50)),
            TriedStep(
                action="Split the sailing into two decks of 150",
                result="both export, but the port authority refuses two lists",
                who="agent",
                at=_at(4, 7, 30),
            ),
            TriedStep(action="Asked the customer to clear the export cache", who="agent", at=_at(4, 9, 5)),
        ),
        communication=Communication(
            last_update_at=_at(4, 16, 20),
            last_update_gist="We can see the empty export on our side too and are taking it to our engineers.",
            expectation="A manifest that exports before the weekend sailings",
            expectation_by="Friday 6 November, 18:00",
            escalation_risk="High: their operations director asked for a call with our management",
        ),
        need=Need(
            kind="fix",
            ask="Fix the empty manifest export for sailings of more than 200 bookings, or name a way to export "
            "them in one list until it is fixed",
            deadline=_at(5, 17, 0),
            deadline_reason="the ticket's resolution clock ends then, and the weekend sailings are loaded on Friday",
        ),
        evidence=_sample_evidence(),
        other_targets=("Leadership",),
        missing=(
            MissingItem(field="frequency", ask_for="whether a repeated export of the same sailing is ever complete"),
            MissingItem(field="evidence", ask_for="the HAR file of one failing export"),
        ),
        practices=(MissingItem(field="ruled_out", ask_for="other sailings, other ports"),),
        context=Context(
            issues=(LinkRef(label="PROD-88", url=None, note="with Product"),),
            tickets=(_TICKET,),
            attachments=(LinkRef(label="manifest-ND4410.csv", note="3 Nov 2026, from the customer"),),
            threads=(LinkRef(label="Internal note, 4 Nov 2026, 15:55 UTC", note="reproduction on the demo tenant"),),
            timeline=(
                TimelineRow(at=_at(3, 7, 2), what="Customer reports the empty manifest"),
                TimelineRow(at=_at(3, 8, 50), what="First public reply"),
                TimelineRow(at=_at(4, 15, 55), what="Support reproduces it on 8.14"),
            ),
        ),
        sources=_sample_sources(),
        removed=(RemovedKind(kind="card number", count=1), RemovedKind(kind="e-mail address", count=3)),
    )


def sample_part(part: TargetPart) -> Brief:
    """Return the sample as it would go to the team that wants this part."""
    target, title, need = _PARTS[part]
    return replace(sample_brief(), target=target, target_title=title, target_reason=None, part=part, need=need)


def sample_bare() -> Brief:
    """Return a brief whose ticket says next to nothing, so that every gap shows."""
    return Brief(
        id="0",
        policy_digest="0",
        written_at=_at(5, 9, 40),
        summary="It does not work",
        severity="medium",
        target="engineering",
        target_title="Engineering",
        opening=Opening(who=None, what="It does not work", impact=None, since=None),
        impact=Impact(customers=(), workflow_impact=None, revenue_at_risk=None, sla_status="No SLA policy"),
        description=(),
        need=Need(kind="investigate", ask="Find out what does not work"),
    )


def sample_wait() -> Wait:
    """Return a wait that somebody must end."""
    return Wait(
        what="open the issue",
        since=_at(20, 14, 5),
        reason="Jira does not take it: customfield_1: Team is required.",
        remedy="an operator must act; escalator deadletters show escalation:0a1b2c3d says how",
    )


def sample_change() -> Change:
    """Return a change in everything that a comment can tell."""
    return Change(
        severity_before="medium",
        target_before="L2 support",
        members_added=(
            AffectedCustomer(
                name="Kestrel Lines",
                detail="enterprise",
                ticket=LinkRef(label="ZD-48390", url="https://tidelane.zendesk.example/agent/tickets/48390"),
            ),
            AffectedCustomer(name=None),
        ),
        members_removed=(LinkRef(label="ZD-48102", note="another cause"),),
        state=("status In Progress", "assigned to Marit Solheim"),
        facts_added=("The export fails from 201 bookings on",),
        reasons=("A second customer reported the same export", "The resolution clock ends in 1 h 20 min"),
    )


def _sample_sources() -> tuple[Source, ...]:
    note = Source(field="expected", who="internal note", at=_at(4, 15, 55), ticket_id=48211, comment_id=104)
    customer = Source(field="use_case", who="customer", at=_at(3, 7, 2), ticket_id=48211, comment_id=100)
    return (
        *(replace(note, field="repro_steps", index=index) for index in range(4)),
        *(replace(note, field=name) for name in ("expected", "actual", "frequency", "evidence", "containment")),
        *(replace(customer, field=name) for name in ("workflow_impact", "customer_expectation", "use_case")),
        Source(field="environment", who="ticket field", at=_at(4, 16, 20), ticket_id=48211),
        Source(field="tried", who="support, in public", at=_at(3, 8, 50), ticket_id=48211, comment_id=101),
    )


def _sample_impact() -> Impact:
    return Impact(
        customers=(
            AffectedCustomer(
                name="Harrowgate Ferries",
                detail="strategic, 480,000 USD a year, reference customer, 35 users",
                ticket=_TICKET,
            ),
        ),
        workflow_impact="Vehicles cannot be boarded from the manifest; clerks type lists, 25 minutes a sailing",
        revenue_at_risk="480,000 USD a year, renewal on 31 Jan 2027",
        sla_status="At risk",
        sla_detail="resolution time ends 5 Nov 2026, 17:00 UTC",
        rows=(
            ImpactRow(dimension="Breadth", answer="1 customer, 35 people at four ports", ask_for=""),
            ImpactRow(
                dimension="Depth", answer="Blocked on large sailings; hand-typed lists keep ferries going", ask_for=""
            ),
            ImpactRow(dimension="Duration", answer="2 days 3 h; critical with the weekend sailings", ask_for=""),
            ImpactRow(dimension="Revenue", answer="480,000 USD a year; renewal in 87 days", ask_for=""),
            ImpactRow(dimension="Reputation", answer="Reference customer; no public mention seen", ask_for=""),
            ImpactRow(
                dimension="Contractual",
                answer=None,
                ask_for="the penalties their contract sets for late sailings",
            ),
        ),
    )


def _sample_repro() -> ReproSteps:
    return ReproSteps(
        steps=(
            "Sign in to the demo tenant as a gate clerk (role “Boarding”, release 8.14)",
            "Open Sailings > ND4410 (212 vehicle bookings)",
            "Click “Export manifest” in the top right and choose CSV",
            "Open the file",
        ),
        expected="One row for each of the 212 bookings",
        actual="The header line only, and no error on the screen",
        environment=("Tidelane 8.14.2", "Chrome 141 and Edge 141 on Windows 11", "plan Enterprise", "region EU-west"),
        frequency="Always from 201 bookings on; never with 200 or fewer",
        ruled_out=("Same in two browsers", "Not account-specific: reproduced on the demo tenant"),
        error_text="WARN manifest.export page=2 size=200 total=212 rows_written=0 (limit reached before flush)",
    )


def _sample_left() -> LeftIssue:
    return LeftIssue(
        issue=LinkRef(label="PROD-88", url="https://tidelane.atlassian.example/browse/PROD-88"),
        team="Product",
        reasons=("moves on from product to engineering", "kim ordered it: it is a fault, not a gap"),
        restricted=True,
    )


def _sample_evidence() -> tuple[EvidenceRow, ...]:
    return (
        EvidenceRow(
            criterion="Bug confirmed and needs a code fix",
            fact="reproduced by support",
            quote="Reproduced on the demo tenant with 8.14.2: 200 bookings fine, 201 gives an empty file.",
            who="internal note",
            at=_at(4, 15, 55),
        ),
        EvidenceRow(
            criterion="SLA breach imminent or occurred",
            fact="resolution time ends in 7 h 20 min (at risk from 8 h)",
        ),
        EvidenceRow(
            criterion="Customer requests executive involvement",
            fact="asked for management",
            quote="Our operations director wants to speak to somebody in charge on your side today.",
            who="customer",
            at=_at(5, 8, 12),
        ),
    )


def _at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


_PARTS: Mapping[TargetPart, tuple[str, str, Need]] = {
    L2Part(customer_context="Strategic ferry operator on Enterprise; boards 900 vehicles a day with Tidelane"): (
        "l2",
        "L2 support",
        Need(kind="investigate", ask="Find out why manifests of large sailings export empty", deadline=_at(5, 17, 0)),
    ),
    ProductPart(
        use_case="One manifest per sailing for the port authority, however many vehicles",
        frequency_of_request="3 customers in 90 days",
    ): (
        "product",
        "Product",
        Need(kind="decide", ask="Decide whether manifests of more than 200 bookings will be supported"),
    ),
    SecurityPart(
        observed="A gate clerk's export held the bookings of another operator",
        affected="Names and number plates of about 210 passengers of one other operator",
        containment="Export switched off for the tenant on 4 November, 16:05 UTC",
        urgency="Stopped for this tenant; other tenants on 8.14 not checked",
    ): (
        "security",
        "Security",
        Need(kind="investigate", ask="Establish whose data was exported and whether other tenants are open"),
    ),
    LeadershipPart(
        business_context="Customer for six years; third serious fault this quarter",
        decision_needed="Whether to grant a service credit for November, and who takes the call with their director",
    ): (
        "leadership",
        "Leadership",
        Need(
            kind="approve",
            ask="Approve the service credit, and name somebody from management for a call today",
            deadline=_at(5, 15, 0),
        ),
    ),
}
