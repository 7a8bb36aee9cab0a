"""Each criterion on short conversations: what makes it hold, what makes it fall."""

from datetime import timedelta

import pytest

from connectors.records import Incident, Organization, TicketMetrics, TicketStatus
from tests.core.sample_tickets import NOW, Line, find, judge, make_ticket
from worker.core.assessment import Standing, Target
from worker.core.context import Context, PastEscalation

STRATEGIC = Organization(id=5, name="Quillworks", fields={"arr": 250_000, "tier": "strategic"})

REPRODUCED: Line = ("internal", "Reproduced on my own test account, it's a bug in our export since release 4.2.")
DONT_KNOW: Line = ("internal", "I'm out of ideas, this needs a specialist.")
HOLDS: list[tuple[str, list[Line]]] = [
    ("technical.confirmed_bug", [("customer", "Totals are off."), REPRODUCED]),
    (
        "technical.confirmed_bug",
        [
            ("customer", "Falsch."),
            ("internal", "Im Testmandanten nachgestellt, der Fehler liegt bei uns und muss im Code behoben werden."),
        ],
    ),
    (
        "technical.confirmed_bug",
        [
            ("customer", "Mal."),
            (
                "internal",
                "Reproducido en la cuenta de prueba, es un fallo nuestro y tiene que corregirlo desarrollo.",
            ),
        ],
    ),
    (
        "technical.confirmed_bug",
        [
            ("customer", "Faux."),
            ("internal", "Reproduit sur un compte vierge, le défaut vient de chez nous, il faut un correctif."),
        ],
    ),
    (
        "technical.infrastructure",
        [("customer", "Slow."), ("internal", "Queue worker is stuck, node 4 doesn't answer health checks.")],
    ),
    (
        "technical.data_corruption",
        [("customer", "All our orders from May were deleted. The files can't be opened either.")],
    ),
    ("complexity.beyond_support", [("customer", "Odd noise."), DONT_KNOW]),
    ("complexity.needs_access", [("customer", "Odd."), ("internal", "I have no access to the server logs.")]),
    (
        "complexity.custom_implementation",
        [("customer", "Our own developers wrote a custom connector and it stopped.")],
    ),
    (
        "impact.multiple_customers",
        [("customer", "Slow."), ("internal", "Two other customers reported the same today.")],
    ),
    ("impact.production_down", [("customer", "Our production line is down, nobody can work.")]),
    (
        "impact.data_integrity",
        [
            ("customer", "Invoices are wrong."),
            ("internal", "The totals are wrong by a factor of ten on our side too."),
        ],
    ),
    ("impact.security", [("customer", "I can see invoices of another customer when I log in.")]),
    ("business.executive", [("customer", "I want to speak to your director today.")]),
    (
        "time.not_progressing",
        [
            ("customer", "Slow."),
            ("internal", "Nobody owns this, the two teams send it back to each other, ping-pong."),
        ],
    ),
    (
        "pattern.three_customers",
        [("customer", "Slow."), ("internal", "Third customer today with this, also from Acme and Bolt Ltd.")],
    ),
    ("pattern.recurring", [("customer", "The same problem is back again. You told us it was fixed in April.")]),
    ("pattern.increasing_severity", [("customer", "It's getting worse: yesterday 3 tills, now 40 tills.")]),
]


@pytest.mark.parametrize(("criterion", "lines"), HOLDS)
def test_it_holds_with_evidence_from_the_thread(criterion: str, lines: list[Line]) -> None:
    finding = find(judge(make_ticket(*lines)), criterion)
    assert finding.is_met
    assert any(one.quote and any(one.quote in text for _, text in lines) for one in finding.evidence)


@pytest.mark.parametrize(
    ("criterion", "lines"),
    [
        ("technical.confirmed_bug", [("customer", "This is a bug in your software, I reproduced it.")]),
        (
            "technical.confirmed_bug",
            [("customer", "Bug!"), ("internal", "Could not reproduce it on my test account, all fine.")],
        ),
        (
            "technical.confirmed_bug",
            [
                ("customer", "Bug!"),
                REPRODUCED,
                ("agent", "It was fixed in 4.3."),
                ("customer", "It works now, you can close it."),
            ],
        ),
        ("technical.data_corruption", [("customer", "Did you lose our data?")]),
        (
            "technical.data_corruption",
            [("customer", "Our data is gone!"), ("internal", "Nothing is lost, everything is in the archive.")],
        ),
        (
            "complexity.beyond_support",
            [("customer", "Odd."), DONT_KNOW, ("customer", "It works again, thanks, problem solved.")],
        ),
        ("impact.production_down", [("customer", "Production is not down, all is well.")]),
        (
            "impact.production_down",
            [
                ("customer", "Our shop is offline, nobody can order!"),
                ("agent", "Holiday mode was switched on by your colleague, Settings > Shop > Open."),
                ("customer", "That was us, it works again."),
            ],
        ),
        ("impact.security", [("customer", "Are you certified to ISO 27001? Just as a precaution.")]),
        ("business.executive", [("customer", "Our director would like the logo in blue.")]),
        ("pattern.recurring", [("customer", "It does not print.")]),
        ("impact.multiple_customers", [("customer", "My whole team of 40 users has it.")]),
    ],
)
def test_it_does_not_hold(criterion: str, lines: list[Line]) -> None:
    assert not find(judge(make_ticket(*lines)), criterion).is_met


def test_a_customers_word_is_a_near_miss_at_most() -> None:
    finding = find(
        judge(make_ticket(("customer", "I can no longer defend the extension in front of the board."))),
        "business.high_value_at_risk",
    )
    assert finding.standing is Standing.NEAR
    assert any("not a high-value customer" in one.fact for one in finding.against)


def test_churn_counts_for_a_high_value_customer() -> None:
    ticket = make_ticket(("customer", "We will not renew, two competitors made us an offer."), organization=STRATEGIC)
    assert find(judge(ticket), "business.high_value_at_risk").is_met


def test_linked_incidents_of_other_customers_count() -> None:
    incidents = tuple(
        Incident(id=n, subject="same", status=TicketStatus.OPEN, organization_name=name)
        for n, name in enumerate(("Acme", "Bolt", "Quillworks"))
    )
    assessment = judge(make_ticket(("customer", "Slow."), incidents=incidents))
    assert find(assessment, "pattern.three_customers").is_met
    assert find(assessment, "impact.multiple_customers").is_met


def test_customers_of_the_group_count_like_linked_ones() -> None:
    assessment = judge(make_ticket(("customer", "Slow.")), Context(group_customers=("Acme", "Bolt")))
    assert find(assessment, "pattern.three_customers").is_met


@pytest.mark.parametrize(
    ("days", "status", "is_met"), [(9, "open", False), (11, "open", True), (11, "pending", False)]
)
def test_waiting_long_by_age(days: int, status: str, *, is_met: bool) -> None:
    lines = [("customer", "It is slow."), ("agent", "Which browser do you use?")]
    ticket = make_ticket(*lines, days=days, status=TicketStatus(status))
    assert find(judge(ticket), "time.waiting_long").is_met is is_met


def test_waiting_long_without_any_answer() -> None:
    assert find(judge(make_ticket(("customer", "It is slow."), days=5)), "time.waiting_long").is_met


def test_the_same_question_again_is_no_progress() -> None:
    lines = [
        ("customer", "The scale drifts."),
        ("agent", "Could you check whether the cable of the scale is plugged in?"),
        ("customer", "It is."),
        ("agent", "Hello, please check whether the cable of the scale is plugged in."),
        ("customer", "As I said, it is."),
    ]
    assert find(judge(make_ticket(*lines)), "time.not_progressing").is_met


def test_an_earlier_escalation_closed_as_fixed_makes_a_return_recurring() -> None:
    past = PastEscalation(
        target=Target.ENGINEERING,
        opened_at=NOW - timedelta(days=60),
        closed_at=NOW - timedelta(days=30),
        was_fixed=True,
    )
    ticket = make_ticket(("customer", "It is broken again."), metrics=TicketMetrics())
    assert not find(judge(ticket), "pattern.recurring").is_met
    assert find(judge(ticket, Context(past_escalations=(past,))), "pattern.recurring").is_met


@pytest.mark.parametrize(
    ("test", "lines"),
    [
        (
            "support.documented_solution",
            [("customer", "How do I export?"), ("agent", 'It is described in the help article "Exports".')],
        ),
        (
            "support.configuration",
            [
                ("customer", "No mails!"),
                ("agent", "A colleague of yours switched the filter on. Settings > Mail > Filter > Off."),
            ],
        ),
        (
            "support.guidance",
            [("customer", "How do I add a user?"), ("agent", "Open Settings > Users and click Add.")],
        ),
        (
            "support.known_limitation",
            [
                ("customer", "Only 100 rows!"),
                (
                    "agent",
                    "100 rows is the limit of your plan, as an alternative you can use the CSV export instead.",
                ),
            ],
        ),
        (
            "support.resolved_before",
            [
                ("customer", "No sound."),
                ("internal", "Same as in ticket #4711 last year, solved with the audio setting back then."),
            ],
        ),
    ],
)
def test_support_tests(test: str, lines: list[Line]) -> None:
    assessment = judge(make_ticket(*lines))
    assert find(assessment, test).is_met
    assert not assessment.escalate


def test_an_answer_that_did_not_help_keeps_nothing_in_support() -> None:
    lines = [
        ("customer", "No mails!"),
        ("agent", "Please clear the cache, see the help article."),
        ("customer", "Done, same result, still no mails. It did not help."),
    ]
    assert judge(make_ticket(*lines)).handle_in_support == ()
