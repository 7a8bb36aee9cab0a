"""Impact criteria: several customers, production down, data integrity."""

from worker.core.criteria.counting import find_named, list_linked
from worker.core.criteria.reading import Judgement, Reading, Scale
from worker.core.criteria.technical import confirms_defect, found_grave, is_benign_turn, settle
from worker.core.settlement import State
from worker.core.signals import ANYONE, CUSTOMER, OURS

_TOLD = 0.3


def judge_multiple_customers(reading: Reading) -> Judgement:
    """More than one customer organisation, by our own word or by linked incidents."""
    scale = Scale(reading=reading, fact="more than one customer is affected")
    linked = list_linked(reading)
    if linked:
        scale.add_fact(1.0, f"linked incidents of other customers: {', '.join(linked[:5])}")
    others = [one for one in reading.signals.find(("our_others",), OURS) if not is_benign_turn(reading, one.turn)]
    named = find_named(reading)
    if named:
        scale.score += 0.65
        scale.evidence.extend(told for _, told in named[:2])
    if others:
        scale.add({"our_others": 0.65}, OURS)
    elif reading.signals.has(("our_others",), OURS):
        scale.add({"our_others": 0.35}, OURS)
    if not linked:
        settle(scale, State.EXPLAINED)
    return scale.judge()


def judge_production_down(reading: Reading) -> Judgement:
    """The customer's productive use is stopped, and nothing brought it back."""
    scale = Scale(reading=reading, fact="the customer's operation is stopped")
    scale.add({"down_now": 0.6, "urgent": 0.05, "blocked": 0.05}, CUSTOMER, subject=0.5)
    scale.add({"down_now": 0.25}, OURS)
    if scale.score >= _TOLD and reading.ticket.priority == "urgent" and found_grave(reading):
        scale.add_fact(0.25, "filed as urgent, and our side found a failure")
    scale.take(0.4, reading.signals.find(("workaround_ok",), CUSTOMER), "the customer can go on meanwhile")
    settle(scale, State.EXPLAINED)
    return scale.judge()


def judge_data_integrity(reading: Reading) -> Judgement:
    """Data is wrong, or will be if it goes on."""
    scale = Scale(reading=reading, fact="data is wrong or becoming wrong")
    ours = scale.add({"wrong_data": 0.5, "our_ongoing": 0.2}, OURS)
    scale.add({"wrong_data": 0.3}, CUSTOMER, subject=0.5)
    scale.add({"loss": 0.2}, ANYONE)
    if scale.score and confirms_defect(reading):
        scale.add_fact(0.2, "our side confirmed a defect")
    claimed = any(not one.is_hint for one in reading.signals.find(("wrong_data",), CUSTOMER))
    if claimed and not ours and found_grave(reading):
        scale.add_fact(0.3, "our side could not explain it away")
    elif not ours and not confirms_defect(reading):
        scale.score = min(scale.score, 0.5)
    settle(scale, State.EXPLAINED)
    return scale.judge()
