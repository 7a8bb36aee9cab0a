"""Renders an assessment as a colleague would give the reasons, near misses included."""

from collections.abc import Iterator, Sequence

from connectors.records import Ticket
from mappings.policy import Policy
from worker.core.assessment import Assessment, Evidence, Finding, Standing, Verdict

_LONGEST_QUOTE = 220
_NAMES = {"customer": "customer", "agent": "agent", "internal": "internal note", "system": "system"}


def explain(assessment: Assessment, ticket: Ticket, policy: Policy) -> str:
    """The assessment as text: verdict, what holds, what nearly holds, what speaks for support, impact, clocks."""
    return "\n".join(
        (
            *_tell_verdict(assessment, ticket, policy),
            *_tell_findings("Holds", [one for one in assessment.findings if one.is_met]),
            *_tell_findings("Nearly", [one for one in assessment.findings if one.standing is Standing.NEAR]),
            *_tell_findings(
                "For support", [one for one in assessment.support_findings if one.standing is not Standing.UNMET]
            ),
            *_tell_impact(assessment),
            *_tell_rest(assessment),
        )
    )


def _tell_verdict(assessment: Assessment, ticket: Ticket, policy: Policy) -> Iterator[str]:
    yield f"#{ticket.id}  {ticket.subject}"
    if assessment.escalate and assessment.target and assessment.severity:
        title = policy.routing.targets.find_target(assessment.target.value).title
        yield f"  Escalate to {title}, {assessment.severity.value}."
    else:
        yield "  Stays in support."
    yield from _tell_reasons("because", assessment.escalate_verdict)
    yield from _tell_reasons(f"target {assessment.target_verdict.value}", assessment.target_verdict)
    yield from _tell_reasons(f"severity {assessment.severity_verdict.value}", assessment.severity_verdict)
    if assessment.other_targets:
        yield f"    also holds for: {', '.join(one.value for one in assessment.other_targets)}"
    if assessment.already_escalated:
        yield "    an escalation runs already"
    if assessment.de_escalate:
        yield f"    stand down or lower: {'; '.join(assessment.de_escalate_reasons)}"
    if assessment.second_reader:
        yield f"    {assessment.second_reader}"
    if not assessment.language_read:
        yield f"    language {assessment.language} is not read: only structured facts were used"


def _tell_reasons(label: str, verdict: Verdict) -> Iterator[str]:
    if verdict.reasons:
        yield f"    {label}: {'; '.join(verdict.reasons)}"


def _tell_findings(heading: str, findings: Sequence[Finding]) -> Iterator[str]:
    if findings:
        yield f"  {heading}"
    for finding in findings:
        yield f"    {finding.id}  {finding.title}  ({finding.score:.2f})"
        for one in finding.evidence:
            yield f"      + {_tell_evidence(one)}"
        for one in finding.against:
            yield f"      - {_tell_evidence(one)}"
        if finding.note:
            yield f"      {finding.note}"


def _tell_evidence(evidence: Evidence) -> str:
    if not evidence.quote:
        return evidence.fact
    who = _NAMES[evidence.speaker.value] if evidence.speaker else "unknown"
    when = f", {evidence.at:%Y-%m-%d %H:%M}" if evidence.at else ""
    where = f", comment {evidence.comment_id}" if evidence.comment_id else ""
    return f'{evidence.fact}: "{_shorten(evidence.quote)}" ({who}{when}{where})'


def _shorten(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE].rsplit(' ', 1)[0]} …"


def _tell_impact(assessment: Assessment) -> Iterator[str]:
    yield "  Impact"
    for dimension in assessment.impact:
        yield f"    {dimension.title}: {dimension.answer or f'not known yet: ask for {dimension.ask_for}'}"


def _tell_rest(assessment: Assessment) -> Iterator[str]:
    yield f"  SLA: {assessment.sla_status.value.replace('_', ' ')}"
    if assessment.missing:
        yield f"  Missing: {', '.join(item.field for item in assessment.missing)}"
    if assessment.next_instant:
        yield f"  Looks again at {assessment.next_instant:%Y-%m-%d %H:%M} UTC at the latest"
    yield f"  Policy {assessment.policy_digest}"
