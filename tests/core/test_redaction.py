"""What leaves support carries no secret, in whichever section, title, quote or comment it stood."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.records import Ticket
from mappings.loader import load_policy
from mappings.mistakes import PolicyProblem
from mappings.policy import Policy
from tests.core.making import make_escalation, make_policy
from tests.core.stories import AGENT, CUSTOMER, NOW, SENIOR, make_ticket
from worker.core.assess import assess
from worker.core.assessment import Severity, Target
from worker.core.context import Context
from worker.core.life_texts import LifeTexts
from worker.core.plan import Addresses, Member, plan_escalation

ADDRESSES = Addresses(zendesk="https://desk.example", jira="https://jira.example")
CARD = "4111 1111 1111 1111"
SECRETS = (CARD, "hunter2", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "AKIAIOSFODNN7EXAMPLE")
LEAKY = make_ticket(
    (
        CUSTOMER,
        True,
        (
            f"We can't pay: the card {CARD} is refused with error 57 since Monday, and our clerks can't board. "
            "Write to ines@ferries.example. We need this before Friday, my password is hunter2!"
        ),
    ),
    (AGENT, True, f"Please try the card {CARD} again."),
    (CUSTOMER, True, f"Tried {CARD} again, still refused."),
    (
        SENIOR,
        False,
        (
            "Reproduced with 8.14.2 on the demo tenant with key AKIAIOSFODNN7EXAMPLE:\n1. Open Pay\n"
            f"2. Enter {CARD}\nExpected: paid\nActual: error 57\n"
            "curl -H 'Authorization: token ghp_16C7e42F292c6912E7710c838347Ae178B4a' needs a code fix"
        ),
    ),
    subject=f"Card {CARD} refused",
)
EVERYWHERE = [Target.ENGINEERING, Target.PRODUCT, Target.SECURITY, Target.LEADERSHIP]


def make_texts(policy: Policy) -> LifeTexts:
    return LifeTexts(policy=policy, overlay=None, addresses=ADDRESSES)


def make_member(policy: Policy, target: Target, ticket: Ticket = LEAKY) -> Member:
    return Member(ticket=ticket, assessment=replace(assess(ticket, Context(), policy, NOW), target=target))


def read_outward(policy: Policy, target: Target) -> str:
    """Everything that Jira would get: summary, description, attachment, comment and link."""
    member, texts = make_member(policy, target), make_texts(policy)
    escalation = make_escalation(target=target, severity=Severity.HIGH)
    issue = texts.write_issue([member], escalation)
    moved = replace(escalation, issue_severity=Severity.MEDIUM, revision=1)
    comment = texts.write_change_comment([member], moved)
    opened = plan_escalation([member], escalation, policy, texts, ADDRESSES)
    return "\n".join([issue.summary, issue.description, issue.brief, comment, repr(opened)])


@pytest.mark.parametrize("target", EVERYWHERE)
def test_no_secret_leaves_in_any_section(target: Target) -> None:
    told = read_outward(make_policy(), target)
    flat = "".join(letter for letter in told if letter.isalnum())
    for secret in SECRETS:
        assert "".join(letter for letter in secret if letter.isalnum()) not in flat
    assert "[removed: card number]" in told.replace("\\[", "[").replace("\\]", "]")
    assert "Removed before this left support: card number" in told


def test_the_policy_says_which_personal_data_stays() -> None:
    policy = make_policy()
    assert "ines@ferries.example" not in read_outward(policy, Target.ENGINEERING)
    assert "ines@ferries.example" in read_outward(policy, Target.SECURITY)


def test_notes_on_the_ticket_itself_are_not_touched() -> None:
    policy = make_policy()
    note = make_texts(policy).write_l2_note(make_member(policy, Target.L2), make_escalation(target=Target.L2))
    assert CARD in note


def test_the_brief_row_says_what_was_removed() -> None:
    policy = make_policy()
    row = make_texts(policy).spell_brief("r1", make_member(policy, Target.ENGINEERING))
    assert row["removed"] == {"card number": 5, "secret or token": 2, "password": 1, "e-mail address": 1}
    assert CARD not in str(row)


@pytest.mark.parametrize("target", [Target.SECURITY, Target.ENGINEERING])
def test_a_stub_leaves_every_word_of_the_customer_in_zendesk(target: Target) -> None:
    policy = make_policy()
    rules = policy.routing.targets.find_target(target.value).model_copy(update={"stub": True})
    targets = policy.routing.targets.model_copy(update={target.value: rules})
    policy = policy.model_copy(update={"routing": policy.routing.model_copy(update={"targets": targets})})
    member, texts = make_member(policy, target), make_texts(policy)
    issue = texts.write_issue([member], make_escalation(target=target))
    assert issue.summary == f"{rules.title} report, details in Zendesk #48211"
    told = read_outward(policy, target)
    for word in ("refused", "Pay", "clerks", "Harrowgate", "ines@", "error 57", "demo tenant"):
        assert word not in told
    assert "https://desk.example/agent/tickets/48211" in issue.description
    assert "escalator-e1" in issue.description


def test_a_mistake_in_the_policy_is_told(tmp_path: Path) -> None:
    (tmp_path / "redaction.toml").write_text("[targets.engineering]\nemails = false\n", encoding="utf-8")
    with pytest.raises(PolicyProblem, match=r"redaction\.toml: targets\.engineering\.emails: unknown key"):
        load_policy(tmp_path)


def test_the_switches_are_part_of_the_digest(tmp_path: Path) -> None:
    (tmp_path / "redaction.toml").write_text("[targets.engineering]\nemail = false\n", encoding="utf-8")
    assert load_policy(tmp_path).digest != load_policy().digest
