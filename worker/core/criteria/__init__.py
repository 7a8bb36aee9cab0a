"""The standard's criteria, one function each, grouped as in the standard."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from worker.core.assessment import Finding, Standing
from worker.core.criteria.business import judge_executive, judge_high_value_at_risk, judge_sla
from worker.core.criteria.complexity import judge_beyond_support, judge_custom_implementation, judge_needs_access
from worker.core.criteria.impact import (
    judge_data_integrity,
    judge_multiple_customers,
    judge_production_down,
)
from worker.core.criteria.pattern import (
    INCREASING,
    compare_with_earlier,
    judge_increasing_severity,
    judge_recurring,
    judge_three_customers,
)
from worker.core.criteria.reading import Judgement, Reading, conclude
from worker.core.criteria.security import judge_security
from worker.core.criteria.technical import judge_confirmed_bug, judge_data_corruption, judge_infrastructure
from worker.core.criteria.time import judge_not_progressing, judge_open_beyond_sla, judge_waiting_long

_JUDGES: Mapping[str, Callable[[Reading], Judgement]] = {
    "technical.confirmed_bug": judge_confirmed_bug,
    "technical.infrastructure": judge_infrastructure,
    "technical.data_corruption": judge_data_corruption,
    "complexity.beyond_support": judge_beyond_support,
    "complexity.needs_access": judge_needs_access,
    "complexity.custom_implementation": judge_custom_implementation,
    "impact.multiple_customers": judge_multiple_customers,
    "impact.production_down": judge_production_down,
    "impact.data_integrity": judge_data_integrity,
    "impact.security": judge_security,
    "business.high_value_at_risk": judge_high_value_at_risk,
    "business.sla": judge_sla,
    "business.executive": judge_executive,
    "time.open_beyond_sla": judge_open_beyond_sla,
    "time.waiting_long": judge_waiting_long,
    "time.not_progressing": judge_not_progressing,
    "pattern.three_customers": judge_three_customers,
    "pattern.recurring": judge_recurring,
    "pattern.increasing_severity": judge_increasing_severity,
}

# The share of the threshold that is enough when nothing else asks for an escalation.
_LONE_SHARE = 0.66
# How likely an exposure has to be beside a cause that is told in the same words.
_LEAST_BESIDE = 0.7


def judge_criteria(reading: Reading) -> tuple[Finding, ...]:
    """A finding for each criterion, in the order of the policy's rows."""
    if reading.is_spam:
        nothing = Judgement(note="not judged: unsolicited or automatic mail")
        return tuple(conclude(rule, nothing, reading.policy) for rule in reading.policy.criteria.criteria)
    findings = tuple(
        conclude(rule, _JUDGES[rule.id](reading), reading.policy) for rule in reading.policy.criteria.criteria
    )
    return _heed_earlier(findings, reading)


def _heed_earlier(findings: tuple[Finding, ...], reading: Reading) -> tuple[Finding, ...]:
    """Harm that was not there when the ticket was judged last is a rise, whether anybody says so or not."""
    rise = compare_with_earlier(findings, reading)
    rule = reading.policy.criteria.find_rule(INCREASING)
    if rise is None or not rule.enabled:
        return findings
    least = reading.policy.criteria.thresholds.met
    return tuple(
        replace(one, standing=Standing.MET, score=max(one.score, least), evidence=(rise, *one.evidence))
        if one.id == INCREASING
        else one
        for one in findings
    )


def heed_lone_hint(findings: tuple[Finding, ...], reading: Reading) -> tuple[Finding, ...]:
    """The findings with a hint of exposure met; it weighs more where nothing else would make anybody look.

    For tickets whose other criteria and triggers ask for nothing.
    """
    rules = reading.policy.criteria
    if not reading.settlement.is_open or any(one.is_met and rules.find_rule(one.id).escalates for one in findings):
        return findings
    least = rules.thresholds.met * _LONE_SHARE
    return tuple(
        replace(one, standing=Standing.MET, note="a hint alone, but nobody else would look at it")
        if one.id == "impact.security" and one.score >= least and rules.find_rule(one.id).enabled
        else one
        for one in findings
    )


def heed_other_cause(findings: tuple[Finding, ...], *, is_product_decision: bool) -> tuple[Finding, ...]:
    """The findings without an exposure that is hardly likelier than not, where another cause explains the same words.

    What was mixed up or lost in the customer's own data, and what the product cannot do, is told in such words.
    """
    corrupted = any(one.is_met for one in findings if one.id == "technical.data_corruption")
    if not corrupted and not is_product_decision:
        return findings
    return tuple(
        replace(one, standing=Standing.NEAR, note="another cause explains it")
        if one.id == "impact.security" and one.is_met and one.score < _LEAST_BESIDE
        else one
        for one in findings
    )


__all__ = ["Reading", "heed_lone_hint", "heed_other_cause", "judge_criteria"]
