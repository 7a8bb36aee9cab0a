"""From an assessment to what is done, mode by mode and tag by tag."""

from typing import Any

import pytest

from connectors.records import TicketStatus
from mappings.routing import Mode
from tests.core.making import make_assessment, make_escalation, make_policy, make_ticket
from worker.core.assessment import Severity, Target, Verdict
from worker.core.decide import decide
from worker.core.decision import Action

STAY: dict[str, Any] = {
    "escalate": False,
    "target": None,
    "severity": None,
    "escalate_verdict": Verdict(value="no", reasons=("guidance is enough",)),
}
SECURITY: dict[str, Any] = {"target": Target.SECURITY, "severity": Severity.CRITICAL}


@pytest.mark.parametrize(
    ("mode", "assessment", "tags", "action"),
    [
        (Mode.AUTO, {}, (), Action.OPEN),
        (Mode.SHADOW, {}, (), Action.WATCH),
        (Mode.SUGGEST, {}, (), Action.ASK),
        (Mode.SUGGEST, {}, ("escalator_approve",), Action.OPEN),
        (Mode.SUGGEST, SECURITY, (), Action.OPEN),
        (Mode.SHADOW, SECURITY, (), Action.WATCH),
        (Mode.AUTO, STAY, (), Action.STAY),
        (Mode.AUTO, STAY, ("escalator_now",), Action.OPEN),
        (Mode.SHADOW, STAY, ("escalator_now",), Action.WATCH),
        (Mode.AUTO, {}, ("escalator_veto",), Action.STAY),
        (Mode.AUTO, {}, ("escalator_veto", "escalator_now"), Action.STAY),
        (Mode.AUTO, {"already_escalated": True}, (), Action.STAY),
    ],
)
def test_actions(mode: Mode, assessment: dict[str, Any], tags: tuple[str, ...], action: Action) -> None:
    names = ("l2", "engineering", "product", "security", "leadership")
    policy = make_policy(**dict.fromkeys(names, mode))
    decision = decide(make_assessment(**assessment), make_ticket(tags=tags), None, policy)
    assert decision.action is action
    assert decision.reasons


@pytest.mark.parametrize("status", [TicketStatus.CLOSED, TicketStatus.DELETED])
def test_a_finished_ticket_stays(status: TicketStatus) -> None:
    assert decide(make_assessment(), make_ticket(status=status), None, make_policy()).action is Action.STAY


@pytest.mark.parametrize(
    ("severity", "action", "result"),
    [
        (Severity.CRITICAL, Action.UPDATE, Severity.CRITICAL),
        (Severity.HIGH, Action.KEEP, Severity.HIGH),
        (Severity.MEDIUM, Action.KEEP, Severity.HIGH),
        (None, Action.KEEP, Severity.HIGH),
    ],
)
def test_a_running_escalation_only_rises(severity: Severity | None, action: Action, result: Severity) -> None:
    assessment = make_assessment(severity=severity, escalate=severity is not None)
    decision = decide(assessment, make_ticket(), make_escalation(), make_policy())
    assert (decision.action, decision.severity) == (action, result)


@pytest.mark.parametrize(
    ("value", "key"),
    [("ENG-77", "ENG-77"), ("https://x.example/browse/ENG-77", "ENG-77"), ("later", None), ("", None)],
)
def test_an_issue_that_the_ticket_names_is_adopted(value: str, key: str | None) -> None:
    policy = make_policy()
    zendesk = policy.fields.zendesk.model_copy(update={"jira_issue": 900})
    policy = policy.model_copy(update={"fields": policy.fields.model_copy(update={"zendesk": zendesk})})
    decision = decide(make_assessment(), make_ticket(custom_fields={900: value}), None, policy)
    assert (decision.action, decision.issue_key) == (Action.ADOPT if key else Action.OPEN, key)


@pytest.mark.parametrize(
    ("mode", "target", "severity", "action", "result"),
    [
        (Mode.AUTO, Target.ENGINEERING, Severity.HIGH, Action.UPDATE, Severity.HIGH),
        (Mode.AUTO, Target.LEADERSHIP, Severity.MEDIUM, Action.UPDATE, Severity.HIGH),
        (Mode.AUTO, Target.L2, Severity.HIGH, Action.KEEP, Severity.HIGH),
        (Mode.SUGGEST, Target.ENGINEERING, Severity.HIGH, Action.ASK, Severity.HIGH),
        (Mode.SHADOW, Target.ENGINEERING, Severity.HIGH, Action.KEEP, Severity.HIGH),
    ],
)
def test_l2_goes_on_under_the_same_escalation(
    mode: Mode, target: Target, severity: Severity, action: Action, result: Severity
) -> None:
    names = ("l2", "engineering", "product", "security", "leadership")
    policy = make_policy(**dict.fromkeys(names, mode))
    running = make_escalation(target=Target.L2)
    seen = make_assessment(target=target, severity=severity, already_escalated=True)
    decision = decide(seen, make_ticket(), running, policy)
    assert (decision.action, decision.severity) == (action, result)
    if action is not Action.KEEP:
        assert decision.target is target


def test_a_running_escalation_does_not_rise_by_a_guess() -> None:
    guess = make_assessment(severity=Severity.CRITICAL, findings=())
    assert decide(guess, make_ticket(), make_escalation(), make_policy()).action is Action.KEEP
