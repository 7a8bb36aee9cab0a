"""Where each printed fact of a brief was read: ticket, comment, speaker, time and span."""

from collections.abc import Iterator, Mapping, Sequence

from mappings.brief import Source
from worker.core.assessment import Speaker
from worker.core.case import SPEAKER_NAMES, Case
from worker.core.telling import Fact

_TICKET_FIELD = "ticket field"


def list_sources(cases: Sequence[Case]) -> tuple[Source, ...]:
    """Return the sources of the facts that the brief of these cases can print, by field and place in its list."""
    lead = cases[0]
    sources = [
        _point(lead, name, index, fact)
        for name, facts in _list_facts(lead).items()
        for index, fact in enumerate(facts)
    ]
    sources += [
        source
        for index, (case, attempt) in enumerate((case, one) for case in cases for one in case.facts.attempts)
        for source in _point_twice(case, index, attempt.action, attempt.result)
    ]
    return tuple(sources)


def _list_facts(lead: Case) -> Mapping[str, Sequence[Fact]]:
    facts, found = lead.facts, lead.facts.reproduction
    singles = {
        "expected": found.expected,
        "actual": found.actual,
        "frequency": found.frequency,
        "evidence": found.error_text,
        "since": found.since,
        "workflow_impact": found.workflow_impact,
        "what": found.main,
        "finding": found.finding,
        "latest": found.latest,
        "last_customer_update": facts.last_update,
        "customer_expectation": facts.wanted.expectation,
        "escalation_risk": facts.risk_fact,
        "ask": facts.ask,
        **facts.concerns,
    }
    lists = {
        "repro_steps": found.steps,
        "environment": facts.environment,
        "ruled_out": found.ruled_out,
        "problem": found.problem,
    }
    return {**lists, **{name: (fact,) for name, fact in singles.items() if fact is not None}}


def _point_twice(case: Case, index: int, action: Fact, result: Fact | None) -> Iterator[Source]:
    yield _point(case, "tried", index, action)
    if result is not None:
        yield _point(case, "result", index, result)


def _point(case: Case, name: str, index: int, fact: Fact) -> Source:
    is_field = fact.speaker is Speaker.SYSTEM and fact.comment_id is None
    return Source(
        field=name,
        index=index,
        ticket_id=case.ticket.id,
        comment_id=fact.comment_id,
        who=_TICKET_FIELD if is_field else SPEAKER_NAMES[fact.speaker],
        at=fact.at,
        start=fact.start,
        end=fact.end,
    )
