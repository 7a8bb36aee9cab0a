"""What holds now, given the order of events: is the matter solved, explained, or taken up again?

An explanation of ours settles what the customer feared until the customer rebuts it or our side finds otherwise; a
solution settles what was broken until it comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from worker.core.assessment import Speaker
from worker.core.phrases import Mood
from worker.core.signals import OURS, Signals
from worker.core.thread import SentenceKind, Thread

# How much a cue of our own people speaks for a matter that support cannot settle, and for one that it can.
GRAVE: Mapping[str, float] = {
    "our_reproduced": 0.5,
    "our_defect": 0.5,
    "our_tested": 0.15,
    "our_version_blame": 0.4,
    "our_code_change": 0.4,
    "our_infra": 0.5,
    "our_no_idea": 0.5,
    "our_no_access": 0.45,
    "our_authority": 0.45,
    "our_no_owner": 0.4,
    "our_product_decides": 0.65,
    "our_no_workaround": 0.4,
    "our_security": 0.4,
    "our_others": 0.25,
    "loss": 0.3,
    "unrecoverable": 0.3,
    "wrong_data": 0.2,
    "our_ongoing": 0.3,
    "churn": 0.5,
    "legal_strong": 0.4,
    "stranger_in": 0.4,
    "vulnerability": 0.4,
}
BENIGN: Mapping[str, float] = {
    "our_explained": 0.6,
    "false_alarm": 0.6,
    "our_docs": 0.45,
    "our_steps": 0.35,
    "our_limit": 0.3,
    "our_seen_before": 0.25,
    "found_again": 0.4,
    "solved": 0.3,
    "spam_sign": 0.3,
}
_REBUTS = frozenset(
    [
        "not_helped",
        "recurred",
        "trouble_back",
        "came_back",
        "worsening",
        "passed_around",
        "same_question",
        "workaround_bad",
        "gap_hurts",
        "down_now",
        "loss",
        "growing",
        "churn",
        "executive",
    ]
)
_IMPATIENT = frozenset({"waiting", "same_question"})
_CONTENT = frozenset({"content", "thanks", "solved", "own_fault"})
_COMPLAINS = frozenset({"complaint", "waiting", "same_question", "urgent"})
_HELPS = frozenset(
    {"false_alarm", "our_workaround", "our_steps", "our_alternative", "our_explained", "solved", "our_docs"}
)
# What our own people tell each other about trouble outweighs what sounds like an explanation beside it.
_AMONG_OURSELVES = 1.5
_SHORTEST_ANSWER = 5
_REPAIRED = frozenset({"solved", "fix_declared"})
_GOES_ON = frozenset({"our_ongoing", "our_others"})
_EASE = frozenset({"solved", "own_fault", "workaround_ok", "false_alarm"})


class State(StrEnum):
    """How the matter stands."""

    OPEN = "open"
    EXPLAINED = "explained"
    SOLVED = "solved"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """The state now and the turn that brought it (-1 while open). `accepted` when the customer agreed to it."""

    state: State
    turn: int = -1
    accepted: bool = False

    @property
    def is_open(self) -> bool:
        """True while nothing settled the matter."""
        return self.state is State.OPEN


def weigh_turn(signals: Signals, turn: int, weights: Mapping[str, float]) -> float:
    """The sum of the weights of the cues asserted in a turn."""
    return sum(weights.get(cue, 0.0) for cue in signals.in_turn(turn))


def weigh_answer(signals: Signals, turn: int) -> float:
    """How much of an answer a turn holds; what is only asked ("did you check the filter?") answers nothing."""
    return sum(BENIGN.get(cue, 0.0) for cue in signals.in_turn(turn, questions=False))


def is_answer(thread: Thread, signals: Signals, turn: int) -> bool:
    """True when one of our own tells something beyond a greeting, an acknowledgement or a question."""
    acknowledged = {one.sentence for one in signals.find(("our_ack", "our_handed"), OURS) if one.turn == turn}
    utterance = thread.utterances[turn]
    return utterance.is_ours and any(
        sentence.kind is not SentenceKind.QUESTION
        and number not in acknowledged
        and len(sentence.text.split()) >= _SHORTEST_ANSWER
        for number, sentence in enumerate(utterance.sentences)
    )


def goes_on_elsewhere(signals: Signals, turn: int) -> bool:
    """True when our last note up to `turn` says that the cause is still there, or that others still have it."""
    notes = [one for one in signals.all if one.speaker is Speaker.INTERNAL and one.turn <= turn]
    last = max((one.turn for one in notes), default=-1)
    return any(
        one.turn == last
        and (one.mood is Mood.DENIED if one.cue in _REPAIRED else one.cue in _GOES_ON and one.mood is Mood.ASSERTED)
        for one in notes
        if not one.is_guess
    )


def read_settlement(thread: Thread, signals: Signals) -> Settlement:
    """The state of the matter after the last turn."""
    settlement = Settlement(state=State.OPEN)
    grave_block = 0.0
    answered_in = -1
    is_answered = False
    for turn, utterance in enumerate(thread.utterances):
        if utterance.speaker is Speaker.CUSTOMER:
            settlement = _hear_customer(signals, turn, settlement, is_answered=is_answered)
            helped = answered_in >= 0 and (not grave_block or bool(signals.in_turn(answered_in) & _HELPS))
            if settlement.is_open and helped and _sounds_content(signals, turn):
                settlement = Settlement(state=State.EXPLAINED, turn=turn, accepted=True)
            grave_block = grave_block if settlement.is_open else 0.0
            answered_in = -1
        elif utterance.is_ours:
            grave = weigh_turn(signals, turn, GRAVE)
            if utterance.speaker is Speaker.INTERNAL:
                grave *= _AMONG_OURSELVES
            benign = weigh_answer(signals, turn)
            is_answered = is_answered or is_answer(thread, signals, turn)
            if utterance.speaker is Speaker.AGENT:
                answered_in = turn if is_answer(thread, signals, turn) else -1
            if grave > benign:
                grave_block = max(grave_block, grave)
                settlement = Settlement(state=State.OPEN) if grave >= 0.4 else settlement  # noqa: PLR2004
            elif benign > 0:
                settlement = _hear_ours(signals, turn, settlement, grave_block)
    return settlement


def _hear_customer(signals: Signals, turn: int, before: Settlement, *, is_answered: bool) -> Settlement:
    said = signals.in_turn(turn, hints=False)
    if not turn:
        return before
    easing = _EASE if is_answered and not said & _IMPATIENT else _EASE - {"workaround_ok"}
    ease = (said & easing) or (_list_likely_ease(signals, turn) if is_answered and not said & _IMPATIENT else set())
    if ease and not _list_rebuttals(signals, turn) - {"not_helped"}:
        waits = ease == {"workaround_ok"} or "still_needs_fix" in said
        return Settlement(state=State.EXPLAINED if waits else State.SOLVED, turn=turn, accepted=True)
    if before.is_open:
        return before
    if said & _REBUTS:
        return Settlement(state=State.OPEN)
    if said & {"thanks"}:
        return Settlement(state=before.state, turn=before.turn, accepted=True)
    return before


def _list_rebuttals(signals: Signals, turn: int) -> set[str]:
    """What a turn says against a solution, but not in a sentence that tells of one: "the stuck mails are out"."""
    asserted = [one for one in signals.all if one.turn == turn and one.mood is Mood.ASSERTED and not one.in_subject]
    eased = {one.sentence for one in asserted if one.cue in _EASE and not one.is_guess and not one.is_hint}
    return {
        one.cue
        for one in asserted
        if one.cue in _REBUTS and not one.is_guess and not one.is_hint and one.sentence not in eased
    }


def _list_likely_ease(signals: Signals, turn: int) -> set[str]:
    """What of a turn may say that it is well now, when nothing in the turn may say the contrary."""
    asserted = [one for one in signals.all if one.turn == turn and not one.in_subject]
    if any(one.cue in _REBUTS | _COMPLAINS or one.is_question for one in asserted):
        return set()
    return {one.cue for one in asserted if one.cue in _EASE and one.is_guess and one.mood is Mood.ASSERTED}


def _sounds_content(signals: Signals, turn: int) -> bool:
    """True when a customer's reply to an answer is content, and complains of nothing in another sentence."""
    said = [one for one in signals.all if one.turn == turn and not one.in_subject]
    content = {one.sentence for one in said if one.cue in _CONTENT and one.mood is Mood.ASSERTED}
    complaints = {one.sentence for one in said if one.cue in _COMPLAINS and not one.is_question}
    return bool(content) and not complaints - content and not {one.cue for one in said} & _REBUTS


def _hear_ours(signals: Signals, turn: int, before: Settlement, grave_block: float) -> Settlement:
    """Steps and articles do not undo what our side found before; an explicit explanation or a fix does."""
    said = signals.in_turn(turn)
    explicit = said & {"our_explained", "false_alarm", "found_again", "our_retracts"}
    if grave_block >= 0.5 and not explicit and "solved" not in said:  # noqa: PLR2004
        return before
    if "solved" in said and not weigh_turn(signals, turn, GRAVE):
        return Settlement(state=State.SOLVED, turn=turn)
    return Settlement(state=State.EXPLAINED, turn=turn)
