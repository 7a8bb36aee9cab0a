"""What follows from the findings: whether, to whom, how urgently, and when to stand down."""

import pytest

from connectors.records import Organization, Person, Role, TicketStatus
from tests.core.sample_tickets import CUSTOMER_ID, Line, judge, make_clock, make_ticket, shipped_policy
from worker.core.assessment import Severity, Target
from worker.core.score import spell_score

STRATEGIC = Organization(id=5, name="Quillworks", fields={"arr": 250_000, "tier": "strategic"})
REPRODUCED: Line = ("internal", "Reproduced on my own test account, it's a bug in our export since release 4.2.")


@pytest.mark.parametrize(
    ("lines", "target"),
    [
        ([("customer", "Totals are off."), REPRODUCED], Target.ENGINEERING),
        ([("customer", "Odd."), ("internal", "I'm out of ideas, this needs a specialist.")], Target.L2),
        ([("customer", "I can see invoices of another customer when I log in.")], Target.SECURITY),
        ([("customer", "I can see invoices of another customer."), REPRODUCED], Target.SECURITY),
        ([("customer", "Our lawyer has sent you a letter before action.")], Target.LEADERSHIP),
        ([("customer", "A journalist asked us for a statement about the mix-up.")], Target.LEADERSHIP),
        (
            [
                ("customer", "Please waive the fee."),
                ("internal", "That is above my limit, it needs a decision by management."),
            ],
            Target.LEADERSHIP,
        ),
        (
            [
                ("customer", "We need shared carts."),
                ("internal", "There is no such function, product has to decide whether it will ever come."),
            ],
            Target.PRODUCT,
        ),
    ],
)
def test_targets(lines: list[Line], target: Target) -> None:
    assessment = judge(make_ticket(*lines))
    assert assessment.escalate
    assert assessment.target is target
    assert assessment.target_verdict.reasons


def test_what_several_customers_lack_is_for_product_and_a_sought_cause_is_for_l2() -> None:
    lacks: list[Line] = [
        ("customer", "Our law asks for two signatures, the form has room for one."),
        ("agent", "One signature is the limit, the product does not support a second one."),
        ("customer", "Paper is no good, we tried it and had to stop, the queue went round the block."),
        ("internal", "Two other customers reported the same to us, they have the same law."),
    ]
    assert judge(make_ticket(*lacks)).target is Target.PRODUCT
    sought: list[Line] = [
        ("customer", "Gateway C goes offline every night."),
        ("internal", "I'm out of ideas. I have no access to the broker's logs, I'm not allowed to see them."),
    ]
    assert judge(make_ticket(*sought)).target is Target.L2


@pytest.mark.parametrize(
    ("lines", "severity"),
    [
        ([("customer", "Our production line is down, nobody can work.")], Severity.CRITICAL),
        ([("customer", "I can see invoices of another customer when I log in.")], Severity.CRITICAL),
        (
            [("customer", "All our orders from May were deleted. The files can't be opened either.")],
            Severity.CRITICAL,
        ),
        ([("customer", "Our testers found a stored XSS vulnerability, report attached.")], Severity.CRITICAL),
        (
            [
                ("customer", "We need shared carts, without them our branches lose sales. Everything stands still."),
                ("internal", "There is no such function, product has to decide whether it will ever come."),
            ],
            Severity.MEDIUM,
        ),
        ([("customer", "Our lawyer has sent you a letter before action.")], Severity.HIGH),
        (
            [("customer", "Odd glyphs in the log by the 1st of June."), ("internal", "I'm out of ideas here.")],
            Severity.MEDIUM,
        ),
        (
            [
                ("customer", "Export cuts names."),
                REPRODUCED,
                ("customer", "We can live with the old version, no rush."),
            ],
            Severity.MEDIUM,
        ),
        ([("customer", "The letters of the second column can't be sent."), REPRODUCED], Severity.HIGH),
    ],
)
def test_severities(lines: list[Line], severity: Severity) -> None:
    assert judge(make_ticket(*lines)).severity is severity


def test_an_urgent_failure_that_our_side_found_is_critical_until_the_customer_can_go_on() -> None:
    told: list[Line] = [("customer", "The labels can't be printed."), REPRODUCED]
    assert judge(make_ticket(*told)).severity is Severity.HIGH
    assert judge(make_ticket(*told, priority="urgent")).severity is Severity.CRITICAL
    eased: Line = ("customer", "The other printer works for us meanwhile, we can live with it, but please fix it.")
    assert judge(make_ticket(*told, eased, priority="urgent")).severity is Severity.MEDIUM
    running = judge(make_ticket(*told, eased, priority="urgent", tags=("escalated",)))
    assert running.de_escalate
    assert running.severity in {Severity.MEDIUM, None}


def test_an_sla_breach_on_a_critical_account_goes_to_leadership() -> None:
    clocks = (make_clock("next_reply_time", -30),)
    critical = judge(make_ticket(("customer", "Which is right?"), sla=clocks, organization=STRATEGIC))
    small = judge(make_ticket(("customer", "Which is right?"), sla=clocks))
    assert (critical.target, small.target) == (Target.LEADERSHIP, Target.L2)


@pytest.mark.parametrize("status", [TicketStatus.SOLVED, TicketStatus.CLOSED, TicketStatus.DELETED])
def test_a_finished_ticket_stays(status: TicketStatus) -> None:
    assert not judge(make_ticket(("customer", "Totals are off."), REPRODUCED, status=status)).escalate


def test_spam_and_automatic_mail_stay() -> None:
    stranger = (Person(id=CUSTOMER_ID, name="no-reply@offers.example", role=Role.END_USER),)
    spam = make_ticket(
        ("customer", "Production down? Click here for a special offer. Unsubscribe."),
        organization=None,
        people=stranger,
    )
    reply = make_ticket(("customer", "Automatic reply: I am out of the office, for data loss call 555."))
    accepted = make_ticket(
        ("customer", "Zoe has accepted this invitation: outage post-mortem"), subject="Accepted: x"
    )
    assert [judge(one).escalate for one in (spam, reply, accepted)] == [False, False, False]


def test_a_running_escalation_stays_until_there_is_a_reason() -> None:
    ticket = make_ticket(("customer", "Any news on the export?"), tags=("escalated",))
    assessment = judge(ticket)
    assert (assessment.escalate, assessment.already_escalated, assessment.de_escalate) == (True, True, False)


@pytest.mark.parametrize(
    ("last", "escalate"),
    [
        ("It works now, you can close it, thanks.", False),
        ("The workaround does the job for us, no rush.", False),
        ("The workaround works for now. But it still has to be fixed by Friday.", True),
        ("Damit kommen wir gut über die Runden, eilt nicht.", False),
        ("Con la versión antigua nos apañamos, no corre prisa.", False),
        ("Avec l'ancienne version, on s'en sort, ce n'est pas urgent.", False),
    ],
)
def test_standing_down(last: str, *, escalate: bool) -> None:
    lines = [("customer", "Export fails."), REPRODUCED, ("agent", "Please use 4.1 meanwhile."), ("customer", last)]
    assessment = judge(make_ticket(*lines, tags=("jira_linked",)))
    assert assessment.de_escalate
    assert assessment.de_escalate_reasons
    assert assessment.escalate is escalate


def test_a_language_that_is_not_read_leaves_the_structured_facts() -> None:
    ticket = make_ticket(
        ("customer", "本日より地図が表示されません。至急ご確認ください。"),
        sla=(make_clock("requester_wait_time", -1),),
    )
    assessment = judge(ticket)
    assert (assessment.language, assessment.language_read) == ("ja", False)
    assert "business.sla" in assessment.criteria


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The label is not printed and we have to wait.", "en"),
        ("Das Etikett wird nicht gedruckt und wir müssen warten.", "de"),
        ("La etiqueta no se imprime y tenemos que esperar.", "es"),
        ("L'étiquette ne s'imprime pas et nous devons attendre.", "fr"),
        ("Etykieta nie drukuje się i nie można na to czekać, proszę.", "pl"),
        ("", "en"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert judge(make_ticket(("customer", text))).language == language


def test_what_the_target_wants_and_does_not_have_is_missing() -> None:
    assessment = judge(make_ticket(("customer", "Totals are off."), REPRODUCED))
    wanted = {item.field for item in shipped_policy().routing.targets.engineering.include}
    missing = {item.field for item in assessment.missing}
    assert missing < wanted
    assert "frequency" not in missing or "deadline" in missing


def test_the_score_row_has_the_contracts_keys() -> None:
    row = spell_score("dev-1", judge(make_ticket(("customer", "Totals are off."), REPRODUCED)))
    assert list(row) == [
        "id",
        "escalate",
        "target",
        "severity",
        "criteria",
        "sla_status",
        "handle_in_support",
        "de_escalate",
        "missing",
        "policy_digest",
    ]
    assert row["target"] == "engineering"
    assert row["criteria"] == ["technical.confirmed_bug"]
