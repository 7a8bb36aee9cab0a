"""The five stay-in-support tests: does an answer exist that support can give?"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from worker.core.assessment import Evidence, Finding
from worker.core.criteria.reading import Judgement, Reading, Scale, conclude
from worker.core.settlement import is_answer
from worker.core.signals import CUSTOMER, OURS
from worker.core.standing import is_escalated
from worker.core.thread import SentenceKind

# A way through menus: "View > Classic list", "Compte → Droits".
_MENU_PATH = re.compile(
    r"(?<![\w<>=-])[A-ZÀ-Ý][\w&'’-]{1,24}(?: [\w&'’-]{1,24}){0,3} ?(?:>|→|»|›|->) ?[\"“«„]? ?[A-ZÀ-Ý0-9]"
)
_LONGEST = 600
_ESCALATED_SHARE = 0.3


def judge_support_tests(reading: Reading, *, is_grave: bool) -> tuple[Finding, ...]:
    """A finding for each stay-in-support test, in the policy's order; `is_grave`: something asks to go up."""
    return tuple(
        conclude(rule, _gate(reading, _JUDGES[rule.id](reading), is_grave=is_grave), reading.policy)
        for rule in reading.policy.criteria.support
    )


def _judge_documented(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="a documented solution settles it")
    written = scale.add({"our_docs": 0.65}, OURS)
    if not written and reading.settlement.accepted and not reading.settlement.is_open:
        # What our side could tell at once and the customer took up was known, whether or not it names the page.
        known = scale.add({"our_steps": 0.35, "our_setting": 0.3, "our_alternative": 0.2, "our_limit": 0.2}, OURS)
        if known:
            scale.add_fact(0.3, "the customer took up our answer")
    return scale.judge()


def _judge_configuration(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="a setting or setup explains it")
    path = next(_find_menu_paths(reading), None)
    if path is not None:
        scale.score += 0.6
        scale.evidence.append(path)
    scale.add({"our_setting": 0.6, "our_steps": 0.3, "our_explained": 0.2}, OURS)
    scale.add({"own_fault": 0.2}, CUSTOMER)
    return scale.judge()


def _judge_guidance(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="an explanation is what is needed")
    if not any(is_answer(reading.thread, reading.signals, turn) for turn in range(len(reading.thread.utterances))):
        scale.add({"howto": 0.6}, CUSTOMER)
        return scale.judge("nobody has explained anything yet")
    answered = scale.add({"our_steps": 0.35, "our_explained": 0.35, "our_docs": 0.35, "our_limit": 0.3}, OURS)
    asked = scale.add({"howto": 0.35, "own_fault": 0.2, "thanks": 0.1, "solved": 0.2}, CUSTOMER, subject=1.0)
    settled = not reading.settlement.is_open and not is_escalated(reading.ticket, reading.policy)
    if answered or asked or settled:
        scale.add_fact(0.4, "answered by our side")
    return scale.judge()


def _judge_limitation(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="a known limit with an alternative")
    if scale.add({"our_limit": 0.4}, OURS):
        scale.add({"our_alternative": 0.3, "our_docs": 0.2}, OURS)
    scale.take(0.4, reading.signals.find(("our_no_workaround",), OURS), "no alternative")
    return scale.judge()


def _judge_resolved_before(reading: Reading) -> Judgement:
    scale = Scale(reading=reading, fact="support settled the same before")
    scale.add({"our_seen_before": 0.65}, OURS)
    for lesson in reading.context.lessons[:2]:
        scale.add_fact(0.65, f"lesson of ticket {lesson.ticket_id}: {lesson.text}")
    return scale.judge()


def _gate(reading: Reading, judgement: Judgement, *, is_grave: bool) -> Judgement:
    """No answer settles what asks for an escalation, or what the customer rebutted."""
    if reading.is_spam or not judgement.score:
        return Judgement(note=judgement.note or ("unsolicited or automatic mail" if reading.is_spam else ""))
    rebuttals = reading.signals.find(("not_helped", "workaround_bad"), CUSTOMER)
    if is_grave:
        return replace(
            judgement, score=judgement.score * _ESCALATED_SHARE, note="something else asks for an escalation"
        )
    if reading.settlement.is_open and rebuttals:
        against = (*judgement.against, rebuttals[-1].tell("the answer did not help"))
        return replace(judgement, score=judgement.score * _ESCALATED_SHARE, against=against)
    return judgement


def _find_menu_paths(reading: Reading) -> Iterator[Evidence]:
    for utterance in reading.thread.utterances:
        if not utterance.is_ours:
            continue
        for sentence in utterance.sentences[:40]:
            if sentence.kind is not SentenceKind.QUESTION and _MENU_PATH.search(sentence.text[:_LONGEST]):
                yield Evidence(
                    fact="our side names the setting",
                    quote=utterance.body[sentence.start : sentence.end],
                    speaker=utterance.speaker,
                    at=utterance.at,
                    comment_id=utterance.comment_id,
                    start=sentence.start,
                    end=sentence.end,
                )


_JUDGES: Mapping[str, Callable[[Reading], Judgement]] = {
    "support.documented_solution": _judge_documented,
    "support.configuration": _judge_configuration,
    "support.guidance": _judge_guidance,
    "support.known_limitation": _judge_limitation,
    "support.resolved_before": _judge_resolved_before,
}
