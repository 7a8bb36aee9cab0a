"""The five stay-in-support tests: does an answer exist that support can give?"""

from collections.abc import Callable, Mapping

from worker.core.assessment import Finding
from worker.core.criteria.reading import Judgement, Reading, Scale, conclude
from worker.core.settlement import BENIGN, GRAVE, State, weigh_turn
from worker.core.signals import CUSTOMER, OURS


def judge_support_tests(reading: Reading) -> tuple[Finding, ...]:
    """A finding for each stay-in-support test, in the order of the policy's rows."""
    return tuple(
        conclude(rule, _JUDGES[rule.id](reading), reading.policy) for rule in reading.policy.criteria.support
    )


def _judge_documented(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="a documented solution settles it")
    scale.add({"our_docs": 0.65}, OURS)
    return _gate(scale)


def _judge_configuration(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="a setting or setup explains it")
    scale.add({"our_steps": 0.4, "our_explained": 0.3}, OURS)
    if any(
        one.cue == "our_steps" and {">", "→"} & set(one.words) for one in reading.signals.find(("our_steps",), OURS)
    ):
        scale.score += 0.2
    scale.add({"own_fault": 0.2}, CUSTOMER)
    return _gate(scale)


def _judge_guidance(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="an explanation is what is needed")
    answered = scale.add({"our_steps": 0.35, "our_explained": 0.35, "our_docs": 0.35, "our_limit": 0.3}, OURS)
    if answered:
        scale.add({"howto": 0.25, "own_fault": 0.2, "thanks": 0.1, "solved": 0.2}, CUSTOMER, subject=1.0)
    if _is_answered(scale.reading):
        scale.add_fact(0.6, f"answered, and the matter is {scale.reading.settlement.state.value}")
    return _gate(scale)


def _is_answered(reading: Reading) -> bool:
    return not reading.settlement.is_open and any(one.is_ours for one in reading.thread.utterances)


def _judge_limitation(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="a known limit with an alternative")
    if scale.add({"our_limit": 0.4}, OURS):
        scale.add({"our_alternative": 0.3}, OURS)
    scale.take(0.4, reading.signals.find(("our_no_workaround",), OURS), "no alternative")
    return _gate(scale)


def _judge_resolved_before(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="support settled the same before")
    scale.add({"our_seen_before": 0.65}, OURS)
    for lesson in reading.context.lessons[:2]:
        scale.add_fact(0.65, f"lesson of ticket {lesson.ticket_id}: {lesson.text}")
    return _gate(scale)


def _gate(scale: Scale) -> Judgement:
    """No answer settles what requires an escalation, or what the customer rebutted."""
    reading = scale.reading
    if reading.is_spam or not scale.score:
        return Judgement(note="nothing of the kind" if not scale.score else "unsolicited or automatic mail")
    rebuttals = reading.signals.find(("not_helped", "workaround_bad"), CUSTOMER)
    if reading.settlement.is_open and rebuttals:
        scale.score *= 0.3
        scale.take(0.1, rebuttals, "the answer did not help")
    return scale.judge()


def _is_answered_at_all(reading: Reading) -> bool:
    return any(is_answer(reading.thread, reading.signals, turn) for turn in range(len(reading.thread.utterances)))


_JUDGES: Mapping[str, Callable[[Reading], Judgement]] = {
    "support.documented_solution": _judge_documented,
    "support.configuration": _judge_configuration,
    "support.guidance": _judge_guidance,
    "support.known_limitation": _judge_limitation,
    "support.resolved_before": _judge_resolved_before,
}
