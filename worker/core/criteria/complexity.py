"""Complexity criteria: beyond support's means, access that support lacks, a custom implementation."""

from worker.core.criteria.reading import Judgement, Reading, Scale
from worker.core.criteria.technical import confirms_defect, settle
from worker.core.settlement import State
from worker.core.signals import ANYONE, CUSTOMER, INTERNAL, OURS


def judge_beyond_support(reading: Reading) -> Judgement:
    """Our own people say that they cannot tell, do not know, or have run out of steps."""
    scale = Scale(reading=reading, fact="support has run out of its means")
    said = scale.add({"our_no_idea": 0.65}, INTERNAL) or scale.add({"our_no_idea": 0.3}, OURS)
    if said:
        scale.add({"our_not_reproduced": 0.1, "our_no_access": 0.05}, OURS)
        scale.add({"not_helped": 0.1}, CUSTOMER)
    else:
        scale.add({"our_not_reproduced": 0.25}, OURS)
    if confirms_defect(reading):
        scale.take(0.4, reading.signals.find(("our_reproduced", "our_defect"), OURS), "the cause was found")
    settle(scale, State.EXPLAINED)
    return scale.judge()


def judge_needs_access(reading: Reading) -> Judgement:
    """The next step needs rights that support does not have."""
    scale = Scale(reading=reading, fact="the next step needs rights that support lacks")
    if not scale.add({"our_no_access": 0.65}, INTERNAL):
        scale.add({"our_no_access": 0.4}, OURS)
    decides = reading.signals.find(("our_product_decides",), OURS)
    scale.take(0.25, decides, "it is a question for product")
    settle(scale, State.EXPLAINED)
    return scale.judge()


def judge_custom_implementation(reading: Reading) -> Judgement:
    """A customer-specific build is part of the problem."""
    scale = Scale(reading=reading, fact="a customer-specific build is involved")
    scale.add({"our_custom": 0.65}, ANYONE, subject=0.6)
    settle(scale, State.SOLVED)
    return scale.judge()
