"""Whether a running escalation goes to another team: on a person's word, or because it is Security's."""

from connectors.records import Ticket
from mappings.policy import Policy
from mappings.routing import Mode
from worker.core.assessment import Assessment, Severity, Target
from worker.core.decision import Action, Decision, Forced
from worker.core.escalation import Escalation
from worker.core.moves import Move, find_move_tag, find_refusal


def decide_redirection(
    assessment: Assessment, ticket: Ticket, escalation: Escalation, policy: Policy, forced: Forced | None
) -> Decision | None:
    """The change of target, or why a person's wish for one is not followed; None when nothing speaks for any."""
    wanted = _find_wanted(assessment, ticket, escalation, policy, forced)
    if wanted is not None:
        return _decide_move(wanted, assessment, escalation, policy, forced)
    if _must_split(assessment, ticket, escalation, policy):
        return _decide_split(assessment, policy)
    return None


def find_sent(ticket: Ticket, policy: Policy) -> Move | None:
    """The team that an agent sends the ticket to with a tag."""
    found = find_move_tag(ticket.tags, policy.routing.tags.move)
    return Move(target=found[1], reasons=(f"an agent asked for it with the tag {found[0]}",)) if found else None


def _find_wanted(
    assessment: Assessment, ticket: Ticket, escalation: Escalation, policy: Policy, forced: Forced | None
) -> Move | None:
    """Another team that a running escalation should go to: on a person's word, or because it is Security's."""
    if forced is not None and forced.target not in {None, escalation.target}:
        assert forced.target is not None  # noqa: S101 - for the type checker
        return Move(target=forced.target, reasons=(f"{forced.by} ordered it: {forced.reason}",))
    sent = find_sent(ticket, policy)
    if sent is not None and sent.target is not escalation.target:
        return sent
    if escalation.target is Target.L2 or len(escalation.tickets) > 1:
        return None
    if not _is_securitys(assessment, ticket, policy) or escalation.target is Target.SECURITY:
        return None
    return Move(target=Target.SECURITY, reasons=assessment.target_verdict.reasons)


def _is_securitys(assessment: Assessment, ticket: Ticket, policy: Policy) -> bool:
    is_found = assessment.escalate and assessment.target is Target.SECURITY
    return is_found and policy.routing.tags.veto not in ticket.tags


def _decide_move(
    wanted: Move, assessment: Assessment, escalation: Escalation, policy: Policy, forced: Forced | None
) -> Decision:
    """A move, or why it may not be."""
    mode = policy.routing.targets.find_target(wanted.target.value).mode
    refusal = find_refusal(escalation.target, wanted.target)
    if refusal is None and mode is Mode.SHADOW:
        refusal = f"{wanted.target.value} is in shadow mode: nothing is written"
    if refusal is not None:
        return Decision(
            action=Action.KEEP,
            reasons=(refusal, *wanted.reasons),
            target=escalation.target,
            severity=escalation.severity,
        )
    ordered = forced.severity if forced is not None else None
    severities = (escalation.severity, assessment.severity or escalation.severity)
    is_first = escalation.target is Target.L2
    reasons = (f"moves on from l2 to {wanted.target.value}", *wanted.reasons) if is_first else wanted.reasons
    return Decision(
        action=Action.UPDATE if is_first else Action.MOVE,
        reasons=reasons,
        target=wanted.target,
        severity=ordered or max(severities, key=lambda item: item.rank),
        mode=mode,
    )


def _must_split(assessment: Assessment, ticket: Ticket, escalation: Escalation, policy: Policy) -> bool:
    """One ticket of several that turns out to be Security's goes there alone: the others keep their team."""
    is_shared = len(escalation.tickets) > 1 and escalation.target not in {Target.SECURITY, Target.L2}
    mode = policy.routing.targets.security.mode
    return is_shared and mode is not Mode.SHADOW and _is_securitys(assessment, ticket, policy)


def _decide_split(assessment: Assessment, policy: Policy) -> Decision:
    return Decision(
        action=Action.OPEN,
        reasons=("it is Security's, unlike the tickets that it was grouped with", *assessment.target_verdict.reasons),
        target=Target.SECURITY,
        severity=assessment.severity or Severity.CRITICAL,
        mode=policy.routing.targets.security.mode,
    )
