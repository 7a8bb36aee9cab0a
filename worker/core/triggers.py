"""The tiers' own "when" items that are no criteria: legal and press, exceptions, decisions, feature gaps."""

from dataclasses import dataclass

from worker.core.assessment import Evidence, Finding, SlaStatus, Target
from worker.core.criteria.reading import Reading
from worker.core.settlement import State
from worker.core.signals import ANYONE, CUSTOMER, OURS, Signal

_STRONG = 0.7
# After steps that did not help, "I may not look into the log" asks for rights or knowledge, not for an exception.
_HELPLESS = frozenset({"our_no_access", "our_no_idea"})
# "I may not see that" is about rights or knowledge where a cause is sought and nobody asks for anything special.
_UNKNOWING = frozenset({"complexity.beyond_support", "complexity.needs_access"})

# Where a fault is still sought, a refused detour asks for no decision of product.
_DIAGNOSIS = frozenset({"complexity.beyond_support", "complexity.needs_access", "technical.infrastructure"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """One "when" item that holds: the tier's target, its wording, how strongly, and what was seen."""

    target: Target
    when: str
    score: float
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_strong(self) -> bool:
        """True when it outweighs a defect that engineering has to fix anyway."""
        return self.score >= _STRONG


def find_triggers(reading: Reading, findings: tuple[Finding, ...]) -> tuple[Trigger, ...]:
    """The "when" items that hold beside the criteria, strongest first."""
    if reading.is_spam:
        return ()
    found = (
        _find_legal(reading),
        _find_exception(reading, findings),
        _find_cross_team(reading),
        _find_critical_sla(reading),
        _find_feature_gap(reading, findings),
    )
    return tuple(sorted((one for one in found if one is not None), key=lambda one: -one.score))


def _find_legal(reading: Reading) -> Trigger | None:
    legal = reading.signals.find(("legal_strong",), ANYONE)
    press = reading.signals.find(("press_strong",), ANYONE)
    signals = _list_unsettled(reading, (*legal, *press))
    if not signals:
        return None
    return _trigger(Target.LEADERSHIP, "PR or legal risk", 0.8, signals)


def _find_exception(reading: Reading, findings: tuple[Finding, ...]) -> Trigger | None:
    product = {one.turn for one in reading.signals.find(("our_product_decides",), OURS)}
    ours = _list_unsettled(reading, reading.signals.find(("our_authority",), OURS))
    tried = reading.signals.has(("not_helped",), CUSTOMER)
    helpless = {(one.turn, one.sentence) for one in reading.signals.find(_HELPLESS, OURS) if tried}
    ours = tuple(one for one in ours if one.turn not in product and (one.turn, one.sentence) not in helpless)
    if not ours:
        return None
    wanted = reading.signals.find(("exception_wanted", "deadline"), CUSTOMER)
    if not wanted and _UNKNOWING & _list_met(findings):
        return None
    return _trigger(Target.LEADERSHIP, "An exception to policy is required", 0.65 if wanted else 0.6, ours)


def _find_cross_team(reading: Reading) -> Trigger | None:
    ours = _list_unsettled(reading, reading.signals.find(("cross_team",), OURS))
    return _trigger(Target.LEADERSHIP, "A decision across departments is needed", 0.65, ours) if ours else None


def _find_critical_sla(reading: Reading) -> Trigger | None:
    if reading.sla_status is not SlaStatus.BREACHED or not reading.account.is_critical or reading.is_over:
        return None
    fact = Evidence(fact=f"SLA breached on a critical account ({reading.account.tell()})")
    return Trigger(target=Target.LEADERSHIP, when="SLA breach on a critical account", score=0.7, evidence=(fact,))


def _find_feature_gap(reading: Reading, findings: tuple[Finding, ...]) -> Trigger | None:
    signals = reading.signals
    ours = _list_unsettled(reading, signals.find(("our_product_decides",), OURS))
    limit = signals.find(("our_limit",), OURS)
    bad = (*signals.find(("workaround_bad", "gap_hurts"), CUSTOMER), *signals.find(("not_helped",), OURS))
    nothing_else = signals.find(("our_no_workaround",), OURS)
    if "technical.confirmed_bug" in _list_met(findings):
        return None
    if ours:
        return _trigger(Target.PRODUCT, "A design decision is needed", 0.7, ours)
    instead = signals.find(("our_alternative",), OURS)
    refused = instead and any(one.turn > instead[0].turn for one in bad)
    helpless = bool(_DIAGNOSIS & _list_met(findings))
    if not reading.settlement.is_open:
        return None
    lacks = limit or nothing_else or (refused and not helpless)
    if lacks and bad:
        return _trigger(
            Target.PRODUCT, "The workflow doesn't match customer expectations", 0.6, (*nothing_else, *bad)
        )
    if (limit or instead) and not helpless and "impact.multiple_customers" in _list_met(findings):
        return _trigger(
            Target.PRODUCT, "Several customers ask for what the product can't do", 0.6, (*limit, *instead)
        )
    return None


def _list_met(findings: tuple[Finding, ...]) -> frozenset[str]:
    return frozenset(one.id for one in findings if one.is_met)


def _list_unsettled(reading: Reading, signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    if reading.settlement.state is State.OPEN:
        return signals
    return tuple(one for one in signals if one.turn > reading.settlement.turn)


def _trigger(target: Target, when: str, score: float, signals: tuple[Signal, ...]) -> Trigger:
    return Trigger(target=target, when=when, score=score, evidence=tuple(one.tell(when) for one in signals[:3]))
