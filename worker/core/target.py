"""Which team a ticket goes to, by each tier's "when" items; security goes before everything else."""

from collections.abc import Iterator, Sequence

from worker.core.assessment import Finding, Target, Verdict
from worker.core.triggers import Trigger

_LEADERSHIP = {"business.high_value_at_risk": "A high-revenue customer is threatening to leave"}
_ENGINEERING = {
    "technical.confirmed_bug": "Confirmed bug",
    "technical.infrastructure": "Infrastructure issue",
    "technical.data_corruption": "Needs a code change",
}
_PRECEDENCE = (Target.SECURITY, Target.LEADERSHIP, Target.ENGINEERING, Target.PRODUCT, Target.L2)


def choose_target(
    findings: Sequence[Finding], triggers: Sequence[Trigger], *, running: Target | None = None
) -> tuple[Target, Verdict, tuple[Target, ...]]:
    """The target with its reasons, and the other targets that hold too.

    `running` is the team that a running escalation is with; it keeps what nothing else claims.
    """
    reasons: dict[Target, list[tuple[str, str]]] = {}
    for target, when, finding_id in _list_reasons(findings, triggers):
        reasons.setdefault(target, []).append((when, finding_id))
    held = [target for target in _PRECEDENCE if target in reasons] or [running or Target.L2]
    target = held[0]
    unclaimed = "It is with this team already" if running else "The issue requires deeper investigation"
    why = reasons.get(target, [(unclaimed, "")])
    verdict = Verdict(
        value=target.value,
        reasons=tuple(dict.fromkeys(when for when, _ in why)),
        finding_ids=tuple(dict.fromkeys(finding_id for _, finding_id in why if finding_id)),
    )
    return target, verdict, tuple(held[1:])


def _list_reasons(findings: Sequence[Finding], triggers: Sequence[Trigger]) -> Iterator[tuple[Target, str, str]]:
    met = {finding.id for finding in findings if finding.is_met}
    if "impact.security" in met:
        yield Target.SECURITY, "Potential data exposure or unauthorized access", "impact.security"
    for trigger in triggers:
        if trigger.is_strong or not met & set(_ENGINEERING):
            yield trigger.target, trigger.when, ""
    for finding_id, when in _LEADERSHIP.items():
        if finding_id in met:
            yield Target.LEADERSHIP, when, finding_id
    if "business.executive" in met and not met & set(_ENGINEERING):
        yield Target.LEADERSHIP, "The customer asks for our management", "business.executive"
    for finding_id, when in _ENGINEERING.items():
        if finding_id in met:
            yield Target.ENGINEERING, when, finding_id
    if met & {"pattern.three_customers", "impact.production_down"} and not _is_feature(triggers):
        yield (
            Target.ENGINEERING,
            "Requires system-level investigation",
            min(met & {"pattern.three_customers", "impact.production_down"}),
        )
    for finding_id in ("complexity.beyond_support", "complexity.needs_access", "complexity.custom_implementation"):
        if finding_id in met:
            yield Target.L2, "Specialized product knowledge is needed", finding_id


def _is_feature(triggers: Sequence[Trigger]) -> bool:
    return any(trigger.target is Target.PRODUCT for trigger in triggers)
