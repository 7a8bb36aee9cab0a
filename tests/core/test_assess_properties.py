"""Whatever a ticket holds: judged without an exception, alike each time, with quotes that are there."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.records import (
    Comment,
    Organization,
    Person,
    Role,
    SlaClock,
    SlaStage,
    Ticket,
    TicketMetrics,
    TicketStatus,
)
from tests.core.sample_tickets import (
    AGENT_ID,
    CUSTOMER_ID,
    NOW,
    Line,
    find,
    judge,
    make_clock,
    make_ticket,
    shipped_policy,
)
from worker.core.assessment import Assessment
from worker.core.explain import explain

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
VOCABULARY = (
    "we you not no if data lost gone deleted down production reproduced bug our test account other customer"
    " invoices see director lawyer fixed again back works now thanks > Settings nicht verloren weg nuestro"
    " fallo pas marche ? ! . , ;"
)
WORDS = st.sampled_from(VOCABULARY.split())
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(WORDS, max_size=40).map(" ".join),
    st.sampled_from(
        ["", "\x00\x07\u202e", "\ud83d\ude00" * 50, "שלום עולם", "> q\n>> r", "<div><br></div>", "\r\n" * 20]
    ),
)
VALUES = st.one_of(st.none(), st.text(max_size=20), st.integers(), st.floats(), st.booleans())


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    comments = tuple(
        Comment(
            id=number + 1,
            author_id=draw(st.sampled_from([CUSTOMER_ID, AGENT_ID, -1, 999])),
            public=draw(st.booleans()),
            body=draw(TEXTS),
            created_at=draw(INSTANTS),
        )
        for number in range(draw(st.integers(0, 5)))
    )
    return Ticket(
        id=draw(st.integers(1, 10**12)),
        subject=draw(TEXTS),
        description=draw(TEXTS),
        status=draw(st.sampled_from(TicketStatus)),
        created_at=draw(INSTANTS),
        updated_at=draw(INSTANTS),
        requester_id=CUSTOMER_ID,
        assignee_id=draw(st.sampled_from([None, AGENT_ID])),
        priority=draw(st.sampled_from([None, "urgent", "nonsense"])),
        tags=tuple(draw(st.lists(st.sampled_from(["escalated", "spam", "", "x"]), max_size=2))),
        custom_fields={1: draw(st.one_of(st.text(max_size=9), st.integers()))},
        comments=comments,
        people=draw(st.sampled_from([(), (Person(id=CUSTOMER_ID, name="", role=Role.END_USER),)])),
        organization=draw(st.sampled_from([None, Organization(id=1, name="", fields={})]))
        or Organization(
            id=2, name="x", fields={"arr": draw(VALUES), "tier": draw(VALUES), "reference_customer": draw(VALUES)}
        ),
        sla=draw(st.sampled_from([None, (), (SlaClock(metric="m", stage=SlaStage.ACTIVE),)])),
        metrics=draw(st.sampled_from([None, TicketMetrics(reopens=3, assignee_stations=9, group_stations=9)])),
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ticket=tickets())
def test_any_ticket_is_judged_alike_and_quotes_are_verbatim(ticket: Ticket) -> None:
    first = judge(ticket)
    assert judge(ticket) == first
    bodies = {comment.id: comment.body for comment in ticket.comments}
    for quote, comment_id, start, end in list_quotes(first):
        body = bodies[comment_id] if comment_id is not None else ticket.description
        assert body[start:end] == quote
    assert explain(first, ticket, shipped_policy())
    assert (first.target is None) == (not first.escalate) == (first.severity is None)
    assert first.next_instant is None or first.next_instant > NOW


def list_quotes(assessment: Assessment) -> list[tuple[str, int | None, int | None, int | None]]:
    return [
        (one.quote, one.comment_id, one.start, one.end)
        for finding in (*assessment.findings, *assessment.support_findings)
        for one in (*finding.evidence, *finding.against)
        if one.quote
    ]


EVIDENCE: dict[str, Line] = {
    "technical.confirmed_bug": ("internal", "Reproduced on my own test account, it's a bug in our export."),
    "complexity.beyond_support": ("internal", "I'm out of ideas here, this needs a specialist."),
    "complexity.needs_access": ("internal", "I have no access to the server logs."),
    "impact.security": ("customer", "I can see invoices of another customer when I log in."),
    "impact.production_down": ("customer", "Our production line is down, nobody can work."),
    "business.executive": ("customer", "I want to speak to your director."),
}


@pytest.mark.parametrize(("criterion", "line"), EVIDENCE.items())
def test_repeating_evidence_never_lowers_a_finding(criterion: str, line: Line) -> None:
    once = find(judge(make_ticket(("customer", "Hello."), line)), criterion).score
    twice = find(judge(make_ticket(("customer", "Hello."), line, line)), criterion).score
    assert 0 < once <= twice


STRONGER: list[tuple[str, Line, Line]] = [
    ("impact.security", ("customer", "Ich sehe die Rechnungen einer fremden Firma."),
     ("customer", "Auch deren Bankdaten und Passwörter kann ich lesen.")),
    ("impact.production_down", ("customer", "Está todo parado."),
     ("customer", "Nadie puede trabajar, producción caída.")),
    ("technical.data_corruption", ("internal", "Les lignes ont été supprimées par notre traitement."),
     ("internal", "Les données sont perdues et ne peuvent pas être restaurées.")),
    ("impact.multiple_customers", ("internal", "Two other customers have reported the same."),
     ("internal", "Now nine customers are affected by this.")),
    ("pattern.increasing_severity", ("customer", "On Monday it was 3 orders."),
     ("customer", "Today it is 60 orders and it gets worse every hour.")),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "line", "more"), STRONGER)
def test_stronger_evidence_never_lowers_a_finding(criterion: str, line: Line, more: Line) -> None:
    once = find(judge(make_ticket(("customer", "Hello."), line)), criterion).score
    stronger = find(judge(make_ticket(("customer", "Hello."), line, more)), criterion).score
    assert once <= stronger
    assert stronger > 0


@pytest.mark.parametrize(
    "text",
    ["Siamo fermi, tutti i dati sono persi e vediamo le fatture di un altro cliente che non conosciamo.",
     "すべてのデータが失われ、他の顧客の請求書が見えます。"],
)  # fmt: skip
def test_another_language_leaves_the_structured_facts_and_says_so(text: str) -> None:
    assessment = judge(make_ticket(("customer", text), days=12, sla=(make_clock("requester_wait_time", -5),)))
    assert not assessment.language_read
    assert {"business.sla", "time.open_beyond_sla"} <= set(assessment.criteria)


@pytest.mark.parametrize(("criterion", "line"), EVIDENCE.items())
def test_a_later_solution_lowers_a_finding(criterion: str, line: Line) -> None:
    lines = [("customer", "Hello."), line]
    before = find(judge(make_ticket(*lines)), criterion).score
    after = find(
        judge(make_ticket(*lines, ("customer", "It works now, problem solved, you can close it."))), criterion
    )
    assert after.score < before
    assert after.against


UNRELATED: list[Line] = [("internal", "Nice customer."), ("internal", "Prefers mail."), ("internal", "Speaks Welsh.")]


@pytest.mark.parametrize(("criterion", "line"), EVIDENCE.items())
def test_the_order_of_unrelated_notes_does_not_matter(criterion: str, line: Line) -> None:
    one = judge(make_ticket(("customer", "Hello."), *UNRELATED, line))
    other = judge(make_ticket(("customer", "Hello."), line, *reversed(UNRELATED)))
    assert one.criteria == other.criteria == (criterion,)


def test_comments_are_judged_in_order_of_time_however_they_come() -> None:
    ticket = make_ticket(
        ("customer", "Down."), EVIDENCE["technical.confirmed_bug"], ("customer", "It works now, thanks.")
    )
    shuffled = make_ticket(comments=tuple(reversed(ticket.comments)), description=ticket.description)
    assert judge(shuffled) == judge(ticket)


def test_time_alone_changes_the_assessment_at_the_next_instant() -> None:
    ticket = make_ticket(("customer", "The weekly mail is blue."), days=1)
    first = judge(ticket)
    assert first.next_instant == ticket.created_at + timedelta(days=4)
