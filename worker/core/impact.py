"""The standard's six impact dimensions, answered from what is known or asked for."""

import re
from collections.abc import Sequence

from worker.core.assessment import Evidence, Finding, ImpactDimension, SlaStatus
from worker.core.criteria.counting import count_customers
from worker.core.criteria.reading import Reading
from worker.core.signals import ANYONE, CUSTOMER
from worker.core.standing import count_affected

_PEOPLE = re.compile(
    r"\b\d[\d.,']{0,20}\s+(?:of (?:our|the) )?(?:users?|people|employees|staff|customers|patients|students|drivers"
    r"|agents|shops|stores"
    r"|sites|orders|parcels|members|guests|seats|teachers|nurses|mitarbeiter\w*|nutzer\w*|kunden|personen"
    r"|patienten|usuarios"
    r"|clientes|empleados|pacientes|utilisateurs|clients|salariés|personnes)",
    re.I,
)


def assess_impact(reading: Reading, findings: Sequence[Finding]) -> tuple[ImpactDimension, ...]:
    """Breadth, depth, duration, revenue, reputation and contractual, in the standard's order."""
    met = {finding.id: finding for finding in findings if finding.is_met}
    return (
        _tell_breadth(reading),
        _tell_depth(reading, met),
        _tell_duration(reading),
        _tell_revenue(reading, met),
        _tell_reputation(reading),
        _tell_contract(reading),
    )


def _tell_breadth(reading: Reading) -> ImpactDimension:
    customers, users = count_customers(reading), count_affected(reading.ticket, reading.policy)
    seen = next((m[0] for one in reading.thread.utterances if (m := _PEOPLE.search(one.text[:8_000]))), None)
    parts = (
        f"at least {customers} customers" if customers > 1 else "",
        f"{users} affected users" if users else "",
        f"named: {seen}" if seen and not users else "",
    )
    return _make("breadth", "Breadth", parts, "how many customers and users are affected, and whether it grows")


def _tell_depth(reading: Reading, met: dict[str, Finding]) -> ImpactDimension:
    down, blocked = met.get("impact.production_down"), reading.signals.find(("blocked", "workaround_bad"), CUSTOMER)
    unblocked = reading.signals.find(("workaround_ok",), CUSTOMER)
    if down:
        return _make("depth", "Depth", ("productive use is stopped",), "", down.evidence)
    if unblocked:
        return _make("depth", "Depth", ("a workaround lets them go on",), "", (unblocked[-1].tell("workaround"),))
    parts = ("blocked",) if blocked else ()
    evidence = tuple(one.tell("blocked") for one in blocked[:1])
    return _make("depth", "Depth", parts, "whether they are blocked or only inconvenienced", evidence)


def _tell_duration(reading: Reading) -> ImpactDimension:
    hours = (reading.now - reading.ticket.created_at).total_seconds() / 3600
    text = f"reported {hours:.0f} h ago" if hours < 72 else f"reported {hours / 24:.0f} days ago"  # noqa: PLR2004
    return _make("duration", "Duration", (text,), "since when it goes on, and until when it becomes critical")


def _tell_revenue(reading: Reading, met: dict[str, Finding]) -> ImpactDimension:
    worth = reading.account.tell()
    at_risk = "customer may leave" if "business.high_value_at_risk" in met else ""
    return _make("revenue", "Revenue", (worth, at_risk), "the customer's ARR and renewal date, pending deals")


def _tell_reputation(reading: Reading) -> ImpactDimension:
    press = reading.signals.find(("press_strong", "legal_strong"), ANYONE)
    parts = (
        "may become public or legal" if press else "",
        "reference customer" if reading.account.is_reference else "",
    )
    evidence = tuple(one.tell("public or legal") for one in press[:2])
    return _make("reputation", "Reputation", parts, "whether it could become public", evidence)


def _tell_contract(reading: Reading) -> ImpactDimension:
    told = {
        SlaStatus.BREACHED: "SLA breached",
        SlaStatus.AT_RISK: "SLA at risk",
        SlaStatus.WITHIN: "within SLA",
        SlaStatus.NONE: "",
    }[reading.sla_status]
    return _make("contractual", "Contractual", (told,), "which SLA or contractual obligation applies")


def _make(
    name: str, title: str, parts: Sequence[str], ask_for: str, evidence: tuple[Evidence, ...] = ()
) -> ImpactDimension:
    answer = "; ".join(part for part in parts if part) or None
    return ImpactDimension(id=name, title=title, answer=answer, ask_for=ask_for, evidence=evidence)
