"""Assesses a ticket: every finding, and what follows from them. Pure: the same input gives the same output."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.records import Ticket
from mappings.policy import Policy
from worker.core.assessment import Assessment, Finding, MissingItem, Severity, Standing, Target, Verdict
from worker.core.completeness import list_missing
from worker.core.context import Context
from worker.core.criteria import heed_lone_hint, heed_other_cause, judge_criteria
from worker.core.criteria.reading import Reading
from worker.core.deescalation import StandDown, judge_stand_down
from worker.core.facts import find_facts
from worker.core.impact import assess_impact
from worker.core.language import read_language
from worker.core.noise import find_noise
from worker.core.phrases import load_matcher
from worker.core.second_reading import add_proposals
from worker.core.settlement import Settlement, State, read_settlement
from worker.core.severity import choose_severity
from worker.core.signals import read_signals
from worker.core.sla import list_sla_instants, read_sla_status
from worker.core.standing import (
    find_known_target,
    find_waiting_since,
    forget_escalation,
    is_escalated,
    is_finished,
    read_account,
)
from worker.core.support import judge_support_tests
from worker.core.target import choose_target
from worker.core.thread import read_thread
from worker.core.triggers import Trigger, find_triggers

_NEAR_SHARE = 0.3


def assess(ticket: Ticket, context: Context, policy: Policy, now: datetime) -> Assessment:
    """The assessment of `ticket` at `now` by `policy`; never raises, whatever the ticket's text holds."""
    if context.is_past:
        ticket = forget_escalation(ticket, policy)
    reading = read_ticket(ticket, context, policy, now)
    findings = judge_criteria(reading)
    if context.proposals and not (reading.is_spam or reading.is_over):
        findings = add_proposals(findings, context.proposals, policy)
    triggers = find_triggers(reading, findings)
    decides = any(one.target is Target.PRODUCT and one.is_strong for one in triggers)
    findings = heed_other_cause(findings, is_product_decision=decides)
    findings = findings if triggers else heed_lone_hint(findings, reading)
    is_running = is_escalated(ticket, policy)
    stand_down = judge_stand_down(reading, is_running=is_running)
    is_grave = bool(_list_grounds(reading, findings, triggers)[0]) or is_running
    support = judge_support_tests(reading, is_grave=is_grave and not (stand_down.is_due and not stand_down.stays))
    verdict = _decide(reading, findings, support, triggers, stand_down)
    target, target_verdict, others = choose_target(findings, triggers, running=_find_running(ticket, policy))
    severity, severity_verdict = choose_severity(reading, findings, target, is_eased=stand_down.is_due)
    impact = assess_impact(reading, findings)
    escalates = verdict.value == "yes"
    language, is_read = read_language(reading.thread)
    assessment = Assessment(
        ticket_id=ticket.id,
        now=now,
        policy_digest=policy.digest,
        escalate=escalates,
        target=target if escalates else None,
        severity=severity if escalates else None,
        sla_status=reading.sla_status,
        findings=findings,
        support_findings=support,
        target_verdict=target_verdict if escalates else Verdict(value=None),
        severity_verdict=severity_verdict if escalates else Verdict(value=None),
        escalate_verdict=verdict,
        de_escalate=stand_down.is_due,
        de_escalate_reasons=stand_down.reasons,
        already_escalated=is_running,
        other_targets=others if escalates else (),
        impact=impact,
        next_instant=find_next_instant(reading),
        score=_rank(findings, severity if escalates else None),
        language=language,
        language_read=is_read,
        second_reader=context.second_reader,
    )
    return replace(assessment, missing=_find_missing(reading, assessment)) if escalates else assessment


def _find_missing(reading: Reading, assessment: Assessment) -> tuple[MissingItem, ...]:
    """What the target's list asks for and nobody said."""
    policy, target = reading.policy, assessment.target
    if target is None:
        return ()
    titles = policy.routing.targets.find_target(target.value).titles
    zendesk = policy.fields.zendesk
    facts = find_facts(reading.thread, reading.ticket, assessment, reading.now, fields=zendesk, titles=titles)
    return list_missing(reading.ticket, facts, target, policy)


def read_ticket(ticket: Ticket, context: Context, policy: Policy, now: datetime) -> Reading:
    """The ticket as read: conversation, signals, settlement, account and clocks."""
    thread = read_thread(ticket)
    signals = read_signals(thread, load_matcher())
    settlement = read_settlement(thread, signals)
    if is_finished(ticket) and settlement.is_open:
        settlement = Settlement(state=State.SOLVED, turn=len(thread.utterances) - 1, accepted=True)
    thresholds = policy.criteria.thresholds
    return Reading(
        ticket=ticket,
        context=context,
        policy=policy,
        now=now,
        thread=thread,
        signals=signals,
        settlement=settlement,
        account=read_account(ticket.organization, policy.fields.zendesk.organization, thresholds),
        sla_status=read_sla_status(ticket, now, thresholds.at_risk),
        is_spam=find_noise(ticket, thread, signals) is not None,
        is_over=is_finished(ticket) or (settlement.state is State.SOLVED and settlement.accepted),
    )


def find_next_instant(reading: Reading) -> datetime | None:
    """The earliest future moment at which time alone could change the assessment; None when it could not."""
    return min(_list_instants(reading), default=None)


def _list_instants(reading: Reading) -> Iterator[datetime]:
    limits = reading.policy.criteria.thresholds
    if is_finished(reading.ticket):
        return
    yield from list_sla_instants(reading.ticket, reading.now, limits.at_risk)
    since = find_waiting_since(reading.thread)
    instants = [
        _after(reading.ticket.created_at, limits.waiting),
        _after(reading.ticket.created_at, limits.waiting / 2),
    ]
    if since is not None:
        instants.append(_after(since, limits.unanswered))
    yield from (instant for instant in instants if instant is not None and instant > reading.now)


def _after(instant: datetime, duration: timedelta) -> datetime | None:
    try:
        return instant + duration
    except OverflowError:
        return None


def _find_running(ticket: Ticket, policy: Policy) -> Target | None:
    """The team that the ticket says it is with; an escalation that names none left support for engineering."""
    if not is_escalated(ticket, policy):
        return None
    return find_known_target(ticket, policy) or Target.ENGINEERING


def _decide(
    reading: Reading,
    findings: Sequence[Finding],
    support: Sequence[Finding],
    triggers: Sequence[Trigger],
    stand_down: StandDown,
) -> Verdict:
    reasons, ids = _list_grounds(reading, findings, triggers)
    if reading.is_spam:
        return Verdict(value="no", reasons=("unsolicited, automatic or misdirected mail",))
    if is_finished(reading.ticket):
        return Verdict(value="no", reasons=(f"the ticket is {reading.ticket.status.value}",))
    if stand_down.is_due and not stand_down.stays:
        return Verdict(value="no", reasons=stand_down.reasons)
    if is_escalated(reading.ticket, reading.policy):
        return Verdict(value="yes", reasons=("an escalation runs already", *reasons), finding_ids=ids)
    if not reasons:
        held = tuple(finding.title for finding in support if finding.is_met)
        return Verdict(value="no", reasons=held or ("no criterion of the standard holds",))
    return Verdict(value="yes", reasons=reasons, finding_ids=ids)


def _list_grounds(
    reading: Reading, findings: Sequence[Finding], triggers: Sequence[Trigger]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What requires an escalation: criteria that may do so alone, and the tiers' own items."""
    rules = reading.policy.criteria
    ids = tuple(finding.id for finding in findings if finding.is_met and rules.find_rule(finding.id).escalates)
    if set(ids) <= {"business.sla"} and reading.settlement.state is not State.OPEN:
        ids = ()
    titles = tuple(rules.find_rule(finding_id).title for finding_id in ids)
    return (*titles, *(trigger.when for trigger in triggers)), ids


def _rank(findings: Sequence[Finding], severity: Severity | None) -> float:
    """The place in the review list: weights of what holds, a share of what nearly does, and the severity."""
    held = sum(one.weight * one.score for one in findings if one.is_met)
    near = sum(one.weight * one.score for one in findings if one.standing is Standing.NEAR)
    return round(held + _NEAR_SHARE * near + (severity.rank if severity else 0), 3)
