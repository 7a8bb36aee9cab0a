"""What was tried and what it showed: proposals of our side with the customer's answer, and tests of anybody."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from worker.core import attempt_cues, harm_cues, repeat_cues
from worker.core.assessment import Speaker
from worker.core.sentences import SentenceKind
from worker.core.telling import Attempt, Fact, Told, list_told, make_fact
from worker.core.thread import Thread

_MOST_ATTEMPTS = 15
_FEWEST_WORDS = 4
_STEM = 6
_RESULTS = (harm_cues.FAILING, harm_cues.CONFIRMS, attempt_cues.WORKED_ELSEWHERE, attempt_cues.RULED_OUT)
_RESULT = re.compile(
    r"(?<!\s)\s+(?:->|=>|→)\s+|:\s+|,? (?:but|aber|pero|mais) |; "
    r"| and (?=that |nothing|still)| y (?=nada|sigue|no )|, (?=nothing|hat nichts|leider|aucun|sans|nada"
    r"|(?:the )?same|still|no |works|fails|both|without|they (?:refused|declined)|gleich|ohne|immer noch"
    r"|sigue|igual|sin |idem|m[eê]me|toujours|rien|elles? n|ils? n)"
)
_ARROW = re.compile(r"(?<!\s)\s+(?:->|=>|→)\s+")
_REPRODUCED = re.compile(r"\b(?:reproduced|nachgestellt|reproducid[oa]|reproduit)\b", re.IGNORECASE)
_TRIED_THAT = re.compile(
    r"^(?:yes,? |well,? )?(?:we|i)(?: have|'ve)?(?: already)? (?:tried|did) (?:that|this|it|both|so)\b", re.IGNORECASE
)


def find_attempts(thread: Thread) -> tuple[Attempt, ...]:
    """Return what was tried, in order of time, each thing once."""
    told = list_told(thread)
    found: dict[str, Attempt] = {}
    answered: set[tuple[int | None, int | None]] = set()
    for index, one in enumerate(told):
        if (one.utterance.comment_id, one.sentence.start) in answered:
            continue
        for attempt in _read_attempt(told, index, one):
            found.setdefault(attempt.action.text.casefold(), attempt)
            if attempt.result is not None:
                answered.add((attempt.result.comment_id, attempt.result.start))
    return tuple(found.values())[:_MOST_ATTEMPTS]


def _read_attempt(told: Sequence[Told], index: int, one: Told) -> Iterator[Attempt]:
    if one.speaker is Speaker.AGENT and _proposes(one):
        answer = _find_answer(told, one)
        if answer is not None:
            yield Attempt(action=make_fact(one), result=answer)
    elif one.speaker is Speaker.CUSTOMER and _TRIED_THAT.match(one.text) and _find_proposal(told, index):
        yield Attempt(action=_find_proposal(told, index) or make_fact(one), result=make_fact(one))
    elif _tells_test(one):
        yield _complete(_split_result(one, _find_next(told, index)), told, one)


def _complete(attempt: Attempt, told: Sequence[Told], one: Told) -> Attempt:
    """What we did in the customer's sight is judged by their answer when we did not say how it went."""
    if attempt.result is None and one.speaker is Speaker.AGENT:
        return replace(attempt, result=_find_answer(told, one))
    return attempt


def _tells_test(one: Told) -> bool:
    if one.text.rstrip().endswith("?") or _is_only_a_word(one):
        return False
    said_before = one.speaker is Speaker.CUSTOMER and attempt_cues.TRIED.search(one.text) is not None
    place, colon, _ = one.text.partition(": ")
    in_test = one.speaker is Speaker.INTERNAL and colon and repeat_cues.TEST_PLACE.search(place) is not None
    if one.speaker is not Speaker.AGENT and _tells_deed_and_result(one):
        return True
    did = attempt_cues.ACTED_FOR_THEM.match(one.text) if one.speaker is Speaker.INTERNAL else None
    return said_before or bool(in_test) or (did or attempt_cues.ACTED.match(one.text)) is not None


def _tells_deed_and_result(one: Told) -> bool:
    is_label = repeat_cues.EXPECTED_LABEL.match(one.text) or repeat_cues.ACTUAL_LABEL.match(one.text)
    is_deed = attempt_cues.DID.match(one.text) is not None and is_label is None and _is_about_test(one)
    return is_deed and (attempt_cues.NO_CHANGE.search(one.text) is not None or _shows_after(one))


def _is_about_test(one: Told) -> bool:
    """A first telling often says what "nothing" and "still" do; there the result must stand apart from the deed."""
    return one.order > 0 or _RESULT.search(one.text) is not None


def _shows_after(one: Told) -> bool:
    """Our own note says after a colon or an arrow what it showed."""
    return one.speaker is Speaker.INTERNAL and bool(_ARROW.search(one.text) or ": " in one.text)


def _is_only_a_word(one: Told) -> bool:
    """ "Tested.", "We reproduced it.": nothing that anybody could do again."""
    return (
        len(one.text.split()) < _FEWEST_WORDS
        and _RESULT.search(one.text) is None
        and not attempt_cues.TRIED.search(one.text)
    )


def _proposes(one: Told) -> bool:
    return (
        attempt_cues.SUGGESTS.search(one.text) is not None
        and attempt_cues.ASKS_FOR_INFORMATION.search(one.text) is None
    )


def _find_proposal(told: Sequence[Told], index: int) -> Fact | None:
    """What "we tried that" points to: our side's last public statement before it."""
    for one in reversed(told[:index]):
        if one.speaker is Speaker.AGENT and one.sentence.kind is not SentenceKind.QUESTION:
            return make_fact(one)
    return None


def _find_answer(told: Sequence[Told], proposal: Told) -> Fact | None:
    """The customer's first sentence that tells how it went, before our side spoke in public again."""
    for one in told:
        if one.order <= proposal.order:
            continue
        if one.speaker is Speaker.AGENT:
            return None
        is_statement = one.speaker is Speaker.CUSTOMER and one.sentence.kind is not SentenceKind.QUESTION
        if is_statement and _answers(proposal, one):
            return make_fact(one)
    return None


def _answers(proposal: Told, one: Told) -> bool:
    """It tells how it went, takes up a word of the proposal, or tells a deed; not what will be done."""
    if attempt_cues.LATER.search(one.text):
        return False
    cues_of_results = (*_RESULTS, attempt_cues.ANSWERS, attempt_cues.NO_CHANGE, attempt_cues.DID)
    return any(cue.search(one.text) for cue in cues_of_results) or not _list_stems(proposal).isdisjoint(
        _list_stems(one)
    )


def _list_stems(one: Told) -> frozenset[str]:
    """How the longer words begin: an answer takes up a word of the proposal."""
    return frozenset(word[:_STEM].casefold() for word in one.text.split() if len(word) >= _STEM)


def _find_next(told: Sequence[Told], index: int) -> Told | None:
    following = told[index + 1] if index + 1 < len(told) else None
    return following if following is not None and following.order == told[index].order else None


def _split_result(one: Told, following: Told | None) -> Attempt:
    """The result stands after a colon, arrow or "but"; else the next sentence may tell it."""
    if one.speaker is not Speaker.CUSTOMER and repeat_cues.TEST_PLACE.search(one.text) and ": " in one.own_text:
        place, _, shown = _cut_result(one.own_text)
        return Attempt(action=make_fact(one, place), result=make_fact(one, shown))
    action, *rest = _RESULT.split(one.own_text, maxsplit=1)
    if rest and len(action.split()) > 1:
        return Attempt(action=make_fact(one, action), result=make_fact(one, rest[0]))
    reproduced = _REPRODUCED.search(one.text)
    if reproduced:
        return Attempt(action=make_fact(one), result=make_fact(one, reproduced[0].lower()))
    if following is not None and _shows_result(following):
        return Attempt(action=make_fact(one), result=make_fact(following))
    return Attempt(action=make_fact(one))


def _cut_result(text: str) -> tuple[str, str, str]:
    """What was done in a test place and what it showed: parted by an arrow, else by the last colon."""
    arrow = _ARROW.search(text)
    return (text[: arrow.start()], arrow[0], text[arrow.end() :]) if arrow else text.rpartition(": ")


def _shows_result(one: Told) -> bool:
    if attempt_cues.ACTED.match(one.text) or attempt_cues.SUGGESTS.search(one.text):
        return False
    return any(cue.search(one.text) for cue in _RESULTS)
