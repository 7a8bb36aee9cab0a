"""The severity by the policy's table: criteria that hold, and states of the clocks, the customer and the case."""

from collections.abc import Iterator, Sequence

from mappings.criteria import SeverityRule
from worker.core.assessment import Finding, Severity, SlaStatus, Target, Verdict
from worker.core.criteria.reading import Reading
from worker.core.signals import ANYONE, CUSTOMER, OURS
from worker.core.standing import count_affected

# How a condition of the severity table is told to a person.
_SPELLED = {
    "sla.at_risk": "an SLA clock is about to end",
    "sla.breached": "an SLA clock is breached",
    "customer.high_value": "a high-value customer",
    "customer.critical_account": "a critical account",
    "case.workaround": "a workaround exists",
    "case.unblocked": "the customer can go on",
    "case.blocked": "the customer is blocked",
    "case.data_at_risk": "data keeps going wrong",
    "case.wrong_data": "data is wrong",
    "case.many_affected": "many people are affected",
    "case.urgent": "filed or told as urgent",
    "case.filed_urgent": "filed as urgent",
    "case.churn": "the customer speaks of leaving",
    "case.legal": "legal steps are mentioned",
    "case.public": "the press or the public is involved",
    "case.exception": "an exception is wanted",
    "case.deadline": "the customer names a date",
    "case.exposure": "something is exposed",
}
_CONCERN_ONLY = "compliance"
_EXPOSURE = frozenset(
    {
        *("sees_foreign", "foreign_data", "sensitive_seen", "no_login", "stranger_in", "guessable"),
        *("outsider_reaches", "reads_all", "hack_word", "vulnerability", "fraud"),
    }
)


def choose_severity(
    reading: Reading, findings: Sequence[Finding], target: Target, *, is_eased: bool = False
) -> tuple[Severity, Verdict]:
    """The severity with the row that gave it; `is_eased` when a running escalation may be lowered."""
    met = {finding.id for finding in findings if finding.is_met}
    holding = met | set(list_conditions(reading, met, target))
    if is_eased:
        holding.add("case.unblocked")
    for rule in reading.policy.severity.rules:
        if _applies(rule, holding):
            named = tuple(name for name in (*rule.all, *rule.any) if name in holding)
            ids = tuple(name for name in named if name in met)
            return Severity(rule.severity), Verdict(
                value=rule.severity, reasons=(_explain(rule, named, reading),), finding_ids=ids
            )
    otherwise = reading.policy.severity.otherwise
    return Severity(otherwise), Verdict(value=otherwise, reasons=("no graver row of the severity table applies",))


def _explain(rule: SeverityRule, named: Sequence[str], reading: Reading) -> str:
    """The rule's reason with what holds of it, in words."""
    told = (_SPELLED.get(name) or _spell_criterion(name, reading) for name in named if not name.startswith("target."))
    return f"{rule.because} ({'; '.join(words)})" if (words := tuple(dict.fromkeys(told))) else rule.because


def _spell_criterion(name: str, reading: Reading) -> str:
    title = reading.policy.criteria.find_rule(name).title
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


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
    if _has_workaround(reading):
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
    if reading.ticket.priority == "urgent":
        yield "case.filed_urgent"
    yield from _list_outside_conditions(reading)


def _has_workaround(reading: Reading) -> bool:
    """True when a workaround was named, and the customer has not turned it down since."""
    named = reading.signals.find(("our_workaround", "workaround_ok"))
    if not named:
        return False
    return not reading.signals.has(("workaround_bad", "not_helped"), CUSTOMER, after=named[-1].turn)


def _list_outside_conditions(reading: Reading) -> Iterator[str]:
    signals = reading.signals
    for cue, name in (("churn", "case.churn"), ("legal_strong", "case.legal"), ("press_strong", "case.public")):
        if signals.has((cue,)):
            yield name
    if signals.has(("our_authority",), OURS):
        yield "case.exception"
    if signals.has(("deadline",), CUSTOMER):
        yield "case.deadline"
    if signals.has(_EXPOSURE) or not signals.has((_CONCERN_ONLY,)):
        yield "case.exposure"
