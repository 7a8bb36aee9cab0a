"""Business criteria: a high-value customer at risk, SLA, executives asked for."""

import re

from worker.core.assessment import Evidence, SlaStatus
from worker.core.criteria.reading import Judgement, Reading, Scale
from worker.core.criteria.technical import settle
from worker.core.settlement import State
from worker.core.signals import CUSTOMER, OURS, Signal
from worker.core.sla import list_at_risk, list_breached

_OWN_EXECUTIVE = re.compile(
    r"\b(?:our|my|the customer's|unser\w*|mein\w*|nuestr\w+|mi|mis|notre|nos|mon|ma)\s+(?:\w+\s+){0,2}"
    r"(?:ceo|cto|coo|cfo|cio|md|board|boss|manager|management|director|head|chief|owner|founder|vp|president|leadership"
    r"|supervisor|principal|executive|geschäftsführ\w+|chef\w*|vorstand|leitung|direktor\w*|director\w*|gerente|jefe"
    r"|direcci[oó]n|directeur|directrice|direction|patron|responsable)",
    re.I,
)
# "We need it for the management" asks for a report, not for a person.
_FOR_THEM = frozenset({"for", "fur", "para", "pour"})
_YOURS = re.compile(
    r"\b(?:your|you|ihre\w?|euer|eure\w?|su|sus|vuestr\w+|votre|vos|vous|escalat\w+|eskal\w+|speak to|talk to)\b",
    re.I,
)


def judge_high_value_at_risk(reading: Reading) -> Judgement:
    """A high-value customer is really about to leave or to hold back business."""
    scale = Scale(reading=reading, fact="the customer is about to leave")
    scale.add({"churn": 0.65}, CUSTOMER, subject=0.5)
    scale.add({"churn": 0.5}, OURS)
    scale.take(0.5, reading.signals.find(("stays",), CUSTOMER), "the customer wants to stay")
    worth = reading.account.tell()
    if scale.score and reading.account.is_high_value:
        scale.evidence.append(Evidence(fact=f"high-value customer ({worth})"))
    elif scale.score:
        scale.score = min(scale.score, 0.4)
        scale.against.append(Evidence(fact=f"not a high-value customer ({worth or 'worth unknown'})"))
    settle(scale, State.SOLVED)
    return scale.judge()


def judge_sla(reading: Reading) -> Judgement:
    """A clock of the unresolved ticket is breached, or ends within the policy's window."""
    scale = Scale(reading=reading, fact="SLA")
    window = reading.policy.criteria.thresholds.at_risk
    if reading.sla_status in {SlaStatus.BREACHED, SlaStatus.AT_RISK} and not reading.is_over:
        for clock in list_breached(reading.ticket, reading.now):
            scale.add_fact(1.0, f"{clock.metric} breached at {clock.breach_at:%Y-%m-%d %H:%M} UTC")
        for clock in list_at_risk(reading.ticket, reading.now, window):
            scale.add_fact(0.9, f"{clock.metric} ends at {clock.breach_at:%Y-%m-%d %H:%M} UTC, within {window}")
    return scale.judge()


def judge_executive(reading: Reading) -> Judgement:
    """The customer asks for somebody at executive or management level on our side."""
    scale = Scale(reading=reading, fact="the customer asks for our management")
    asked = [one for one in reading.signals.find(("executive",), CUSTOMER) if _asks_for_ours(one)]
    if asked:
        scale.score += 0.7
        scale.evidence.extend(one.tell(scale.fact) for one in asked[:3])
    else:
        scale.add({"executive": 0.3, "exec_mention": 0.15}, CUSTOMER)
    settle(scale, State.SOLVED)
    return scale.judge()


def _asks_for_ours(signal: Signal) -> bool:
    if _FOR_THEM & set(signal.words) and not _YOURS.search(signal.quote):
        return False
    return _OWN_EXECUTIVE.search(signal.quote) is None or _YOURS.search(signal.quote) is not None
