"""From assessment to decision: modes, agents' tags, and what already runs."""

import re
from dataclasses import replace

from connectors.records import Ticket, TicketStatus
from mappings.policy import Policy
from mappings.routing import Mode
from worker.core.assessment import Assessment, Severity, Target, Verdict
from worker.core.confirmation import Word, find_customer_answer
from worker.core.decision import Action, Decision, Forced
from worker.core.escalation import Escalation
from worker.core.moves import Move
from worker.core.redirection import decide_redirection, find_sent

_ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,30}-[1-9][0-9]{0,9}")


def decide(
    assessment: Assessment,
    ticket: Ticket,
    escalation: Escalation | None,
    policy: Policy,
    *,
    shared: Escalation | None = None,
    has_strayed: bool = False,
    earlier: Decision | None = None,
    may_wait: bool = True,
    past: Escalation | None = None,
    forced: Forced | None = None,
) -> Decision:
    """What to do about the ticket now; an agent's veto or force outweighs the assessment.

    `past` is the last escalation of a ticket that has none now; `forced` is a person's order to escalate it.

    `shared` is the escalation of the pattern that the ticket stands in, when there is one; `has_strayed` when the
    ticket's own escalation stands for a pattern that a person took the ticket out of. `earlier` is the last decision
    about it, which tells since when it waits for its brief to be complete.
    """
    if ticket.status in {TicketStatus.CLOSED, TicketStatus.DELETED} and escalation is None:
        return Decision(action=Action.STAY, reasons=(f"the ticket is {ticket.status.value}",))
    if escalation is not None:
        return _decide_running(assessment, ticket, escalation, policy, has_strayed=has_strayed, forced=forced)
    if forced is not None:
        return _decide_ordered(assessment, forced, policy)
    kept = _keep_in_support(assessment, ticket, policy, past)
    if kept is not None:
        return Decision(action=Action.STAY, reasons=(kept,))
    if shared is not None and ticket.status is not TicketStatus.SOLVED and may_share(assessment, shared):
        return _decide_joined(shared)
    decision = _decide_free(assessment, ticket, policy, past)
    is_told = policy.routing.tags.force in ticket.tags or find_sent(ticket, policy) is not None
    holds = may_wait and decision.action is not Action.STAY and not is_told
    return _hold_for_completeness(decision, assessment, ticket, policy, earlier) if holds else decision


def _keep_in_support(assessment: Assessment, ticket: Ticket, policy: Policy, past: Escalation | None) -> str | None:
    """Why the ticket stays whatever the criteria say; None when they decide."""
    veto = policy.routing.tags.veto
    if veto in ticket.tags:
        return f"an agent vetoed with the tag {veto}"
    if past is not None and not _may_go_up_again(assessment, ticket, past):
        return f"{_name_place(past)} is closed, and nothing new was said"
    return None


def _may_go_up_again(assessment: Assessment, ticket: Ticket, past: Escalation) -> bool:
    """After an escalation is over, only the customer's new words that it is not solved take the ticket up again."""
    if assessment.target is Target.SECURITY and past.target is not Target.SECURITY:
        return True
    answer = find_customer_answer(ticket, past.closed_at or past.created_at)
    return answer is not None and answer.word is Word.DENIED


def _resume(assessment: Assessment, past: Escalation) -> Assessment:
    """The customer says in plain words that what was closed is not solved: it goes to the team that had it."""
    reasons = (f"the customer says that it is not solved, and {_name_place(past)} is closed",)
    return replace(
        assessment,
        escalate=True,
        target=past.target,
        severity=past.severity,
        escalate_verdict=Verdict(value="yes", reasons=reasons),
    )


def _decide_free(assessment: Assessment, ticket: Ticket, policy: Policy, past: Escalation | None) -> Decision:
    sent = find_sent(ticket, policy)
    if sent is not None or policy.routing.tags.force in ticket.tags:
        return _decide_forced(assessment, policy, sent)
    if past is not None and (not assessment.escalate or assessment.target is Target.L2):
        assessment = _resume(assessment, past)
    if not assessment.escalate:
        return Decision(action=Action.STAY, reasons=assessment.escalate_verdict.reasons)
    return _decide_new(assessment, ticket, policy, past)


def may_share(assessment: Assessment, shared: Escalation) -> bool:
    """A security matter never joins, nor is it joined by, one of a wider audience."""
    return Target.SECURITY not in {assessment.target, shared.target, *assessment.other_targets}


def find_issue_key(ticket: Ticket, policy: Policy) -> str | None:
    """The Jira key that the ticket's own field names, when it is one."""
    value = ticket.custom_fields.get(policy.fields.zendesk.jira_issue)
    match = _ISSUE_KEY.search(value) if isinstance(value, str) and policy.fields.zendesk.jira_issue else None
    return match.group() if match else None


def _decide_joined(shared: Escalation) -> Decision:
    return Decision(
        action=Action.JOIN,
        reasons=(f"the same problem as {_name_place(shared)}, reported by other customers too",),
        target=shared.target,
        severity=shared.severity,
    )


def _decide_running(
    assessment: Assessment,
    ticket: Ticket,
    escalation: Escalation,
    policy: Policy,
    *,
    has_strayed: bool,
    forced: Forced | None,
) -> Decision:
    if has_strayed and ticket.id != escalation.tickets[0]:
        return Decision(action=Action.LEAVE, reasons=("a person found that this ticket is another problem",))
    veto = policy.routing.tags.veto
    if veto in ticket.tags and len(escalation.tickets) > 1:
        return Decision(action=Action.LEAVE, reasons=(f"an agent vetoed with the tag {veto}",))
    redirected = decide_redirection(assessment, ticket, escalation, policy, forced)
    if redirected is not None:
        return redirected
    if escalation.target is Target.L2 and assessment.escalate and assessment.target is not Target.L2:
        # What runs already is this very escalation.
        onward = _decide_new(replace(assessment, already_escalated=False), ticket, policy)
        if onward.action in {Action.OPEN, Action.ADOPT, Action.ASK}:
            return _move_on(onward, escalation)
    severity = assessment.severity
    # Without a criterion that holds, the severity is only a guess about a ticket that is up already.
    if severity is None or not assessment.criteria or severity.rank <= escalation.severity.rank:
        return Decision(
            action=Action.KEEP,
            reasons=("the escalation runs and nothing changed",),
            target=escalation.target,
            severity=escalation.severity,
        )
    return Decision(
        action=Action.UPDATE,
        reasons=(
            f"severity rises from {escalation.severity.value} to {severity.value}",
            *assessment.severity_verdict.reasons,
        ),
        target=escalation.target,
        severity=severity,
    )


def _move_on(onward: Decision, escalation: Escalation) -> Decision:
    """From L2 to another team under the same escalation; its severity does not fall on the way."""
    target = onward.target.value if onward.target else ""
    return replace(
        onward,
        action=Action.ASK if onward.action is Action.ASK else Action.UPDATE,
        reasons=(f"moves on from l2 to {target}", *onward.reasons),
        severity=max((onward.severity, escalation.severity), key=lambda item: item.rank if item else 0),
    )


def _decide_forced(assessment: Assessment, policy: Policy, sent: Move | None) -> Decision:
    target = sent.target if sent else assessment.target or Target.L2
    mode = policy.routing.targets.find_target(target.value).mode
    reasons = sent.reasons if sent else (f"an agent asked for it with the tag {policy.routing.tags.force}",)
    action = Action.WATCH if mode is Mode.SHADOW else Action.OPEN
    return Decision(
        action=action,
        reasons=reasons,
        target=target,
        severity=assessment.severity or Severity.MEDIUM,
        mode=mode,
    )


def _name_place(escalation: Escalation) -> str:
    return escalation.issue.key if escalation.issue else f"escalation {escalation.id}"


def _decide_ordered(assessment: Assessment, forced: Forced, policy: Policy) -> Decision:
    target = forced.target or assessment.target or Target.L2
    mode = policy.routing.targets.find_target(target.value).mode
    return Decision(
        action=Action.WATCH if mode is Mode.SHADOW else Action.OPEN,
        reasons=(f"{forced.by} ordered it: {forced.reason}",),
        target=target,
        severity=forced.severity or assessment.severity or Severity.MEDIUM,
        mode=mode,
    )


def _decide_new(assessment: Assessment, ticket: Ticket, policy: Policy, past: Escalation | None = None) -> Decision:
    target = assessment.target
    assert target is not None, "an assessment that escalates names its target"  # noqa: S101 - for the type checker
    mode = policy.routing.targets.find_target(target.value).mode
    action, reasons, key = Action.OPEN, assessment.escalate_verdict.reasons, find_issue_key(ticket, policy)
    if past is not None and past.issue is not None and key == past.issue.key:
        key = None
    if mode is Mode.SHADOW:
        action, reasons = Action.WATCH, (*reasons, f"{target.value} is in shadow mode: nothing is written")
    elif key is not None:
        action, reasons = Action.ADOPT, (f"the ticket already names {key}",)
    elif assessment.already_escalated:
        action, reasons = Action.STAY, ("the ticket is already with another team",)
    elif _must_ask(mode, target, ticket, policy):
        action, reasons = Action.ASK, (*reasons, f"{target.value} is in suggest mode: an agent is asked first")
    return Decision(
        action=action,
        reasons=reasons,
        target=target,
        severity=assessment.severity,
        mode=mode,
        issue_key=key,
    )


def _hold_for_completeness(
    decision: Decision, assessment: Assessment, ticket: Ticket, policy: Policy, earlier: Decision | None
) -> Decision:
    """Opening waits where the policy says so; what is critical never does, nor what an agent approved."""
    if decision.action is not Action.OPEN or decision.target is None or not assessment.missing:
        return decision
    rules = policy.routing.targets.find_target(decision.target.value)
    is_pressing = decision.severity is Severity.CRITICAL or policy.routing.tags.approve in ticket.tags
    if not rules.wait_for_completeness or is_pressing:
        return decision
    waits = earlier is not None and earlier.action is Action.WAIT and earlier.target is decision.target
    until = earlier.wait_until if waits and earlier else None
    until = until or assessment.now + rules.longest_wait
    if assessment.now >= until:
        return replace(decision, reasons=(*decision.reasons, "the wait for a complete brief is over"))
    asked = ", ".join(item.field.replace("_", " ") for item in assessment.missing)
    reasons = (*decision.reasons, f"{decision.target.value} waits for a complete brief: {asked}")
    return replace(decision, action=Action.WAIT, reasons=reasons, wait_until=until)


def _must_ask(mode: Mode, target: Target, ticket: Ticket, policy: Policy) -> bool:
    """Security ignores suggest: it bypasses tiers at once."""
    approved = policy.routing.tags.approve in ticket.tags
    return mode is Mode.SUGGEST and target is not Target.SECURITY and not approved
