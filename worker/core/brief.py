"""Composes the brief of an escalation from its tickets, their assessments and the facts read from them.

What a person said is quoted as theirs; what follows from fields and clocks is said in our words; what nobody
knows stays None and is listed as missing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from connectors.records import SlaClock, SlaStage
from mappings import brief as texts
from mappings.escaping import flatten_text
from mappings.policy import Policy
from mappings.routing import TargetRules
from worker.core.accounts import list_revenue, read_worth
from worker.core.assessment import Assessment, Evidence, MissingItem, Severity, SlaStatus, Speaker, Target
from worker.core.case import SPEAKER_NAMES, Case, join_words
from worker.core.completeness import list_missing, list_weak_practices
from worker.core.dossier import collect_context, refer_ticket
from worker.core.facts import Facts
from worker.core.figures import spell_day, spell_number, spell_span
from worker.core.needs import compose_need
from worker.core.parts import compose_part
from worker.core.plan import find_deadline
from worker.core.sources import list_sources
from worker.core.telling import Fact, clip_words

__all__ = ["Case", "build_brief", "summarise_case"]

_MOST_EVIDENCE = 8
_GIST = 160
_WORDLESS = 2
_SLA_WORDS = {
    SlaStatus.WITHIN: "Within SLA",
    SlaStatus.AT_RISK: "At risk",
    SlaStatus.BREACHED: "Breached",
    SlaStatus.NONE: "No SLA policy on the ticket",
}


def build_brief(
    cases: Sequence[Case],
    policy: Policy,
    *,
    escalation_id: str,
    now: datetime,
    deadline: datetime | None = None,
    severity: Severity | None = None,
    target: Target | None = None,
    find_page: Callable[[int], str] | None = None,
    name_customers: bool = True,
) -> texts.Brief:
    """Return the brief of an escalation; the first case leads, the others are further customers with the problem.

    `deadline`, `severity` and `target` are the escalation's own; by default they follow from the lead and policy.
    `find_page` gives a ticket's page; without it tickets are named only. `name_customers` False leaves out who
    they are.
    """
    lead = cases[0]
    goal = target or lead.assessment.target or Target.L2
    rules = policy.routing.targets.find_target(goal.value)
    weight = severity or lead.assessment.severity or Severity.MEDIUM
    money = read_worth(lead.ticket, policy)
    due = deadline or find_deadline(weight, policy, now, lead.facts.wanted.deadline)
    return texts.Brief(
        id=escalation_id,
        policy_digest=policy.digest,
        written_at=now,
        summary=summarise_case(lead, name_customers=name_customers),
        severity=weight.value,
        target=goal.value,
        target_title=rules.title,
        severity_reason=join_words(lead.assessment.severity_verdict.reasons),
        target_reason=join_words(lead.assessment.target_verdict.reasons),
        opening=_open_brief(lead, money if name_customers else (), name_customers=name_customers),
        impact=_compose_impact(cases, policy, find_page, now, name_customers=name_customers),
        description=_describe(lead, cases),
        need=compose_need(lead, goal, weight, due),
        repro=_spell_reproduction(lead.facts, goal),
        tried=_spell_attempts(cases),
        communication=_spell_communication(lead.facts),
        part=compose_part(lead, goal, money),
        evidence=_list_evidence(cases),
        other_targets=_list_others(lead.assessment, goal, policy),
        context=collect_context(cases, find_page),
        missing=_title_items(list_missing(lead.ticket, lead.facts, goal, policy), rules),
        practices=_title_items(list_weak_practices(lead.facts, goal), rules),
        sources=list_sources(cases),
    )


def _title_items(items: Sequence[MissingItem], rules: TargetRules) -> tuple[texts.MissingItem, ...]:
    titles = {item.field: item.title for item in rules.include}
    return tuple(
        texts.MissingItem(field=item.field, ask_for=item.ask_for, title=titles.get(item.field)) for item in items
    )


def summarise_case(case: Case, *, name_customers: bool = True) -> str:
    """Return one line that says who has what: the organisation and the subject, or what was told if that is empty."""
    subject = flatten_text(case.ticket.subject)
    if len(subject.split()) < _WORDLESS and case.facts.reproduction.problem:
        subject = clip_words(case.facts.reproduction.problem[0].text, _GIST)
    who = case.ticket.organization.name if case.ticket.organization and name_customers else None
    return f"{who}: {subject}" if who else subject or f"Ticket {case.ticket.id}"


def _open_brief(lead: Case, money: Sequence[str], *, name_customers: bool) -> texts.Opening:
    facts = lead.facts
    organization = lead.ticket.organization
    people = f"{spell_number(facts.affected_users)} users" if facts.affected_users else None
    name = organization.name if organization and name_customers else None
    who = f"{name}{f' ({join_words(money)})' if money else ''}" if name else None
    return texts.Opening(
        who=join_words([part for part in (who, people) if part]),
        what=_say_what(lead),
        impact=facts.reproduction.workflow_impact.text if facts.reproduction.workflow_impact else None,
        since=f"“{facts.reproduction.since.text}”" if facts.reproduction.since else None,
        reported_at=lead.ticket.created_at,
    )


def _say_what(lead: Case) -> str:
    main = lead.facts.reproduction.main
    return main.text if main else flatten_text(lead.ticket.subject) or f"Ticket {lead.ticket.id}"


def _compose_impact(
    cases: Sequence[Case],
    policy: Policy,
    find_page: Callable[[int], str] | None,
    now: datetime,
    *,
    name_customers: bool,
) -> texts.Impact:
    lead = cases[0]
    impact = lead.facts.reproduction.workflow_impact
    return texts.Impact(
        customers=tuple(_spell_customer(case, policy, find_page, is_named=name_customers) for case in cases),
        workflow_impact=impact.text if impact else None,
        revenue_at_risk=join_words(list_revenue([case.ticket for case in cases], policy)),
        sla_status=_SLA_WORDS[lead.assessment.sla_status],
        sla_detail=_spell_clocks(lead.ticket.sla or (), now),
        rows=tuple(
            texts.ImpactRow(dimension=row.title, answer=row.answer, ask_for=row.ask_for)
            for row in lead.assessment.impact
        ),
    )


def _spell_customer(
    case: Case, policy: Policy, find_page: Callable[[int], str] | None, *, is_named: bool
) -> texts.AffectedCustomer:
    organization = case.ticket.organization
    users = case.facts.affected_users
    detail = [*read_worth(case.ticket, policy), *([f"{spell_number(users)} users"] if users else [])]
    return texts.AffectedCustomer(
        name=organization.name if organization and is_named else None,
        detail=join_words(detail) if is_named else None,
        ticket=refer_ticket(case.ticket, find_page),
    )


def _spell_clocks(clocks: Sequence[SlaClock], now: datetime) -> str | None:
    running = [clock for clock in clocks if clock.breach_at and clock.stage in {SlaStage.ACTIVE, SlaStage.BREACHED}]
    words = []
    for clock in sorted(running, key=lambda one: one.breach_at or now):
        assert clock.breach_at is not None  # noqa: S101 - filtered above, for the type checker
        name = clock.metric.replace("_", " ")
        span = spell_span(abs(clock.breach_at - now))
        words.append(f"{name} ended {span} ago" if clock.breach_at <= now else f"{name} ends in {span}")
    return join_words(words)


def _describe(lead: Case, cases: Sequence[Case]) -> tuple[str, ...]:
    """Three to five sentences: what the customer tells, since when, what we found, how far it reaches, the latest."""
    facts = lead.facts
    told = [fact.text for fact in facts.reproduction.problem]
    sentences = [f"The customer reports: {_quote(' '.join(told))}"] if told else []
    if facts.reproduction.finding is not None:
        sentences.append(f"{_name_speaker(facts.reproduction.finding)}: {_quote(facts.reproduction.finding.text)}")
    impact = facts.reproduction.workflow_impact
    if impact is not None and impact.text not in told:
        sentences.append(f"What it does to them: {_quote(impact.text)}")
    latest = facts.wanted.expectation or facts.reproduction.latest
    if latest is not None and latest.text not in told and latest != impact:
        sentences.append(f"They {'ask' if latest.text.endswith('?') else 'say now'}: {_quote(latest.text)}")
    if len(cases) > 1:
        sentences.append(f"{len(cases)} tickets report the same.")
    return tuple(sentences)


def _name_speaker(fact: Fact) -> str:
    return "Support found" if fact.speaker is Speaker.INTERNAL else "Support told the customer"


def _quote(text: str) -> str:
    """In quotation marks, with the full stop that a sentence needs."""
    return f"“{text}”" if text.endswith((".", "!", "?", "…")) else f"“{text}”."


def _spell_reproduction(facts: Facts, target: Target) -> texts.ReproSteps:
    """Product and Leadership are not asked to reproduce anything; the environment is told to everybody."""
    found = facts.reproduction
    if target in {Target.PRODUCT, Target.LEADERSHIP}:
        return texts.ReproSteps(environment=tuple(fact.text for fact in facts.environment))
    return texts.ReproSteps(
        steps=tuple(step.text for step in found.steps),
        expected=found.expected.text if found.expected else None,
        actual=found.actual.text if found.actual else None,
        environment=tuple(fact.text for fact in facts.environment),
        frequency=found.frequency.text if found.frequency else None,
        ruled_out=tuple(fact.text for fact in found.ruled_out),
        error_text=found.error_text.text if found.error_text else None,
    )


def _spell_attempts(cases: Sequence[Case]) -> tuple[texts.TriedStep, ...]:
    return tuple(
        texts.TriedStep(
            action=attempt.action.text,
            result=attempt.result.text if attempt.result else None,
            who=SPEAKER_NAMES[attempt.action.speaker],
            at=attempt.action.at,
        )
        for case in cases
        for attempt in case.facts.attempts
    )


def _spell_communication(facts: Facts) -> texts.Communication:
    risk = facts.risk
    if risk and facts.risk_fact:
        risk = f"{risk}: {_quote(facts.risk_fact.text)}"
    wanted = facts.wanted
    return texts.Communication(
        last_update_at=facts.last_update.at if facts.last_update else None,
        last_update_gist=facts.last_update.text if facts.last_update else None,
        expectation=_quote(wanted.expectation.text) if wanted.expectation else None,
        expectation_by=spell_day(wanted.by_day.isoformat()) if wanted.by_day else None,
        escalation_risk=risk,
    )


def _list_evidence(cases: Sequence[Case]) -> tuple[texts.EvidenceRow, ...]:
    """One row for each criterion that holds, the one with the most weight first."""
    met = [finding for finding in cases[0].assessment.findings if finding.is_met]
    rows = []
    for finding in sorted(met, key=lambda one: -one.weight):
        shown = max(finding.evidence, key=lambda one: bool(one.quote), default=Evidence(fact=finding.note))
        rows.append(
            texts.EvidenceRow(
                criterion=finding.title,
                fact=shown.fact or finding.title,
                quote=clip_words(shown.quote, 2 * _GIST) if shown.quote else None,
                who=SPEAKER_NAMES[shown.speaker] if shown.speaker else None,
                at=shown.at,
            )
        )
    return tuple(rows[:_MOST_EVIDENCE])


def _list_others(assessment: Assessment, chosen: Target, policy: Policy) -> tuple[str, ...]:
    return tuple(
        policy.routing.targets.find_target(target.value).title
        for target in assessment.other_targets
        if target is not chosen
    )
