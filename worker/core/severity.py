"""The severity by the policy's table: criteria that hold, and states of the clocks, the customer and the case."""

from collections.abc import Iterator, Sequence

from mappings.criteria import SeverityRule
from worker.core.assessment import Finding, Severity, SlaStatus, Target, Verdict
from worker.core.criteria.reading import Reading
from worker.core.signals import ANYONE, CUSTOMER, OURS
from worker.core.standing import count_affected

_REPORT_ONLY = frozenset({"vulnerability", "compliance"})
_EXPOSURE = frozenset({"sees_foreign", "foreign_data", "sensitive_seen", "no_login", "stranger_in", "guessable"})


def choose_severity(reading: Reading, findings: Sequence[Finding], target: Target) -> tuple[Severity, Verdict]:
    """The severity with the row that gave it."""
    met = {finding.id for finding in findings if finding.is_met}
    holding = met | set(list_conditions(reading, met, target))
    for rule in reading.policy.severity.rules:
        if _applies(rule, holding):
            named = tuple(name for name in (*rule.all, *rule.any) if name in holding)
            ids = tuple(name for name in named if name in met)
            return Severity(rule.severity), Verdict(
                value=rule.severity, reasons=(f"{rule.because} ({', '.join(named)})",), finding_ids=ids
            )
    otherwise = reading.policy.severity.otherwise
    return Severity(otherwise), Verdict(value=otherwise, reasons=("no graver row of the severity table applies",))


def list_conditions(reading: Reading, met: set[str], target: Target) -> Iterator[str]:
    """The names of the states that hold, as `severity.toml` spells them."""
    yield f"target.{target.value}"
    yield from _list_account_conditions(reading)
    yield from _list_case_conditions(reading, met)


def _applies(rule: SeverityRule, holding: set[str]) -> bool:
    return (
        set(rule.all) <= holding and (not rule.any or bool(set(rule.any) & holding)) and not set(rule.none) & holding
    )


def _list_account_conditions(reading: Reading) -> Iterator[str]:
    if reading.sla_status is SlaStatus.BREACHED:
        yield "sla.breached"
    if reading.sla_status is SlaStatus.AT_RISK:
        yield "sla.at_risk"
    if reading.account.is_high_value:
        yield "customer.high_value"
    if reading.account.is_critical:
        yield "customer.critical_account"


def _list_case_conditions(reading: Reading, met: set[str]) -> Iterator[str]:
    signals = reading.signals
    if signals.has(("our_workaround", "workaround_ok")):
        yield "case.workaround"
    if signals.has(("workaround_ok",), CUSTOMER) and not signals.has(("workaround_bad",), CUSTOMER):
        yield "case.unblocked"
    if signals.has(("blocked", "down_now", "workaround_bad"), CUSTOMER):
        yield "case.blocked"
    if "impact.data_integrity" in met and signals.has(("our_ongoing", "loss", "unrecoverable"), OURS):
        yield "case.data_at_risk"
    if signals.has(("wrong_data",), ANYONE):
        yield "case.wrong_data"
    affected = count_affected(reading.ticket, reading.policy)
    if affected is not None and affected >= reading.policy.criteria.thresholds.many_users:
        yield "case.many_affected"
    if reading.ticket.priority in {"urgent", "high"} or signals.has(("urgent",), CUSTOMER):
        yield "case.urgent"
    yield from _list_outside_conditions(reading)


def _list_outside_conditions(reading: Reading) -> Iterator[str]:
    signals = reading.signals
    for cue, name in (("churn", "case.churn"), ("legal_strong", "case.legal"), ("press_strong", "case.public")):
        if signals.has((cue,)):
            yield name
    if signals.has(("our_authority",), OURS):
        yield "case.exception"
    if signals.has(("deadline",), CUSTOMER):
        yield "case.deadline"
    cues = {one.cue for one in signals.find(_EXPOSURE | _REPORT_ONLY)}
    if cues & _EXPOSURE or not cues & _REPORT_ONLY:
        yield "case.exposure"
