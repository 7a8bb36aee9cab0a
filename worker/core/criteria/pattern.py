"""Pattern criteria: three customers, recurring after a fix, increasing severity."""

import re
from collections.abc import Sequence

from worker.core.assessment import Evidence, Finding, Speaker
from worker.core.confirmation import Word, find_customer_answer
from worker.core.context import PastEscalation
from worker.core.criteria.counting import count_customers, find_growing_figures, find_named, list_linked
from worker.core.criteria.reading import Judgement, Reading, Scale
from worker.core.criteria.technical import is_benign_turn, settle
from worker.core.settlement import State
from worker.core.signals import ANYONE, CUSTOMER, OURS

INCREASING = "pattern.increasing_severity"
_SINCE = "more is harmed than on"
# What grows when a matter gets graver.
_HARM = frozenset(
    [
        "technical.data_corruption",
        "impact.multiple_customers",
        "impact.production_down",
        "impact.data_integrity",
        "pattern.three_customers",
    ]
)
_FIGURES = re.compile(r"\d[^.;!?]{1,60}\d")


def judge_three_customers(reading: Reading) -> Judgement:
    """As many customers as the policy's pattern rule wants report the same."""
    scale = Scale(reading=reading, fact="several customers report the same")
    wanted = reading.policy.patterns.customers
    linked = list_linked(reading)
    if len(linked) + 1 >= wanted:
        scale.add_fact(1.0, f"{len(linked) + 1} customers with linked tickets, {wanted} wanted")
    others = [one for one in reading.signals.find(("our_others",), OURS) if not is_benign_turn(reading, one.turn)]
    if (others or find_named(reading)) and count_customers(reading) >= wanted:
        scale.add({"our_others": 0.65}, OURS)
        _add_named(scale, reading)
    elif others:
        scale.add({"our_others": 0.35}, OURS)
    if not linked:
        settle(scale, State.EXPLAINED)
    return scale.judge()


def judge_recurring(reading: Reading) -> Judgement:
    """It came back after it had been declared fixed."""
    scale = Scale(reading=reading, fact="it came back after a fix")
    signals = reading.signals
    recurred = scale.add({"recurred": 0.4}, ANYONE, subject=0.7)
    recurred = recurred or scale.add({"trouble_back": 0.4}, ANYONE, subject=0.7)
    recurred += scale.add({"came_back": 0.25 if recurred else 0.6}, ANYONE)
    if recurred:
        scale.add({"promised_fix": 0.35}, ANYONE)
    metrics = reading.ticket.metrics
    if metrics is not None and metrics.reopens:
        scale.add_fact(0.25, f"reopened {metrics.reopens} times")
    if _came_back_here(reading):
        scale.score += 0.35
        scale.evidence.extend(one.tell("declared solved before") for one in signals.find(("solved",), OURS)[:1])
    fixed = [past for past in reading.context.past_escalations if past.was_fixed]
    again = [past for past in reading.context.related if past.was_fixed]
    is_denied = bool(fixed) and _is_denied(reading, fixed[-1])
    if fixed and (recurred or is_denied):
        told = f"an earlier escalation of this ticket{_name_issue(fixed[-1])} was closed as fixed"
        scale.add_fact(0.4 if recurred else 0.65, told)
    elif again:
        scale.add_fact(
            0.65 if again[-1].is_sure else 0.35,
            f"the same problem{_name_issue(again[-1])} was closed as fixed before",
        )
    elif recurred and (stood_down := [one.now for one in reading.context.earlier if one.de_escalate]):
        scale.add_fact(0.3, f"judged as settled on {stood_down[-1]:%Y-%m-%d}")
    if not is_denied:
        settle(scale, State.EXPLAINED)
    return scale.judge()


def _is_denied(reading: Reading, past: PastEscalation) -> bool:
    """True when the customer said in plain words, after it was closed, that it is not solved."""
    answer = find_customer_answer(reading.ticket, past.closed_at or past.opened_at)
    return answer is not None and answer.word is Word.DENIED


def judge_increasing_severity(reading: Reading) -> Judgement:
    """Scope or harm grows in the order of the messages."""
    scale = Scale(reading=reading, fact="scope or harm grows")
    growing = reading.signals.find(("growing", "worsening"))
    figures = find_growing_figures(reading.thread)
    if figures:
        scale.add_fact(0.35, f"figures in the customer's messages grow: {' → '.join(str(one) for one in figures)}")
    if growing:
        grows = scale.add({"growing": 0.4}, ANYONE, subject=0.5)
        scale.add({"worsening": 0.25 if grows else 0.6}, ANYONE)
        if any(_FIGURES.search(one.quote) for one in growing):
            scale.add_fact(0.2, "told with figures")
        if len({one.turn for one in growing}) > 1:
            scale.add_fact(0.2, "told more than once")
    settle(scale, State.EXPLAINED)
    return scale.judge()


def compare_with_earlier(findings: Sequence[Finding], reading: Reading) -> Evidence | None:
    """The rise in harm since the last judgement of this ticket, or one told then that still stands; None without."""
    if not reading.context.earlier or not reading.settlement.is_open:
        return None
    last = reading.context.earlier[-1]
    before = [one for one in last.findings if one.id in _HARM and one.is_met]
    now = [one for one in findings if one.id in _HARM and one.is_met]
    added = [one.title for one in now if one.id not in {old.id for old in before}]
    if before and added:
        return Evidence(fact=f"{_SINCE} {last.now:%Y-%m-%d %H:%M} UTC: {', '.join(added)}")
    if len(now) < len(before):
        return None
    told = (known for one in last.findings if one.id == INCREASING for known in one.evidence)
    return next((one for one in told if one.fact.startswith(_SINCE)), None)


def _name_issue(past: PastEscalation) -> str:
    return f" ({past.issue_key})" if past.issue_key else ""


def _came_back_here(reading: Reading) -> bool:
    """True when somebody declared it solved in this ticket and the customer came back with trouble later."""
    solved = [one.turn for one in reading.signals.find(("solved",), (Speaker.AGENT, Speaker.INTERNAL))]
    if not solved:
        return False
    return bool(
        reading.signals.find(("recurred", "trouble_back", "came_back", "not_helped"), CUSTOMER, after=min(solved))
    )


def _add_named(scale: Scale, reading: Reading) -> None:
    named = find_named(reading)
    if named:
        scale.score += 0.65
        scale.evidence.extend(told for _, told in named[:2])
