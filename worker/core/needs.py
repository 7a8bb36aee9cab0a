"""What is asked of the receiving team: one kind of ask, in words that can be acted on, and by when."""

from collections.abc import Mapping
from datetime import datetime

from connectors.records import Ticket
from mappings.brief import Need
from mappings.escaping import flatten_text
from worker.core import wishes
from worker.core.assessment import Assessment, Severity, Target
from worker.core.case import Case
from worker.core.facts import Facts
from worker.core.telling import clip_words

_GIST = 200
_FIXABLE = ("technical.confirmed_bug", "technical.data_corruption", "pattern.recurring")
_ATTENTION: Mapping[Severity, str] = {
    Severity.CRITICAL: "critical: needs immediate attention",
    Severity.HIGH: "high: needs attention the same day",
    Severity.MEDIUM: "medium: needs attention this week",
}


def compose_need(case: Case, target: Target, severity: Severity, deadline: datetime) -> Need:
    """Return the ask for `target`, to be met by `deadline`."""
    kind = choose_kind(case.assessment, case.facts, target)
    return Need(
        kind=kind,
        ask=_word_ask(kind, case.ticket, case.facts, target),
        deadline=deadline,
        deadline_reason=_explain(case.facts, severity, deadline),
    )


def choose_kind(assessment: Assessment, facts: Facts, target: Target) -> str:
    """Return investigate, fix, decide or approve."""
    if target is Target.ENGINEERING:
        return "fix" if any(name in assessment.criteria for name in _FIXABLE) else "investigate"
    if target is Target.PRODUCT:
        return "decide"
    if target is Target.LEADERSHIP:
        wish = facts.concerns.get("decision_needed")
        return "approve" if wish and wishes.APPROVES.search(wish.text) else "decide"
    return "investigate"


def _word_ask(kind: str, ticket: Ticket, facts: Facts, target: Target) -> str:
    about = facts.reproduction.main.text if facts.reproduction.main else flatten_text(ticket.subject)
    matter = f"“{clip_words(about, _GIST).rstrip('.')}”"
    words = {
        ("fix", Target.ENGINEERING): f"Fix the defect behind {matter} and name the release that will hold the fix",
        ("investigate", Target.ENGINEERING): f"Find the cause of {matter}, and say what restores service and when",
        (
            "decide",
            Target.PRODUCT,
        ): f"Decide whether and when this will change: {matter}; support needs a yes, a no or a date",
        ("investigate", Target.SECURITY): f"Establish whether anything was exposed, to whom and since when: {matter}",
        ("decide", Target.LEADERSHIP): f"Decide how we answer this, and who speaks to the customer: {matter}",
        (
            "approve",
            Target.LEADERSHIP,
        ): f"Approve or refuse what the customer asks for, and name who tells them: {matter}",
        ("investigate", Target.L2): f"Diagnose {matter}, and either solve it or say what the next team needs",
    }[kind, target]
    return f"{words}. Support adds: “{facts.ask.text}”" if facts.ask else words


def _explain(facts: Facts, severity: Severity, deadline: datetime) -> str | None:
    """Why then: the clock or the customer when they are the ones that bind, else the severity."""
    if deadline == facts.wanted.deadline:
        return facts.wanted.deadline_reason
    return _ATTENTION[severity]
