"""The problem as it is told: the customer's first telling, since when, what it does to them, what we found."""

import re
from collections.abc import Sequence

from worker.core import attempt_cues, harm_cues
from worker.core.assessment import Speaker
from worker.core.sentences import SentenceKind
from worker.core.telling import Fact, Told, find_told, make_fact

_SHORTEST_TELLING = 30
_FINDING_WEIGHT = 2
_TELLING_WEIGHT = 2
_IMPACT_WEIGHT = 2
_MOST_SYMBOLS = 8
_ARROW = re.compile(r"(?<!\s)\s+(?:->|=>|→|⇒)\s+")
_LOOSE_END = re.compile(r"(?: (?:the|of|on|in|at|le|la|der|die|das|el)){1,4}$", re.IGNORECASE)
_SYMBOLS = re.compile(r"[\[\]{}<>=|\\\"]")


def find_problem(told: Sequence[Told]) -> tuple[Fact, ...]:
    """Return the customer's first telling: the two sentences of it that tell most, in their order."""
    first = [one for one in told if one.speaker is Speaker.CUSTOMER and one.order == _first_order(told)]
    first = first or [one for one in told if one.order == told[0].order] if told else []
    prose = [one for one in first if one.sentence.kind is not SentenceKind.STEP] or first
    best = sorted(prose, key=_weigh_problem, reverse=True)[:2]
    kept = [one for one in best if one is best[0] or _weigh_problem(one) >= _TELLING_WEIGHT]
    return tuple(make_fact(one) for one in prose if one in kept)


def _weigh_problem(one: Told) -> int:
    long_enough = len(one.text) >= _SHORTEST_TELLING
    return (
        2 * (harm_cues.FAILING.search(one.text) is not None)
        + 2 * long_enough
        + any(char.isdigit() for char in one.text)
        - (one.sentence.kind is SentenceKind.QUESTION)
        - 4 * (len(_SYMBOLS.findall(one.text)) > _MOST_SYMBOLS)
    )


def choose_main(problem: Sequence[Fact]) -> Fact | None:
    """Return the sentence that tells of something failing, else the first."""
    return next((fact for fact in problem if harm_cues.FAILING.search(fact.text)), next(iter(problem), None))


def find_finding(told: Sequence[Told]) -> Fact | None:
    """Return what our side found out: the internal sentence that confirms or explains most, else a public one."""
    for speaker in (Speaker.INTERNAL, Speaker.AGENT):
        best = max((one for one in told if one.speaker is speaker), key=_weigh_finding, default=None)
        if best is not None and _weigh_finding(best) >= _FINDING_WEIGHT:
            return make_fact(best)
    return None


def _weigh_finding(one: Told) -> int:
    text = one.text
    return (
        2 * (harm_cues.CONFIRMS.search(text) is not None)
        + (harm_cues.FAILING.search(text) is not None)
        + (harm_cues.EXPLAINS.search(text) is not None)
        + (attempt_cues.ACTED.match(text) is not None)
        + (_ARROW.search(text) is not None or ": " in text)
        - 3 * (one.sentence.kind is SentenceKind.QUESTION or attempt_cues.SUGGESTS.search(text) is not None)
    )


def find_latest(told: Sequence[Told]) -> Fact | None:
    """Return the sentence that tells most of the customer's last word, when they spoke more than once."""
    last = max((one.order for one in told if one.speaker is Speaker.CUSTOMER), default=-1)
    if last == _first_order(told):
        return None
    said = [one for one in told if one.order == last]
    best = max(said, key=_weigh_problem, default=None)
    return make_fact(best) if best is not None and _weigh_problem(best) >= _TELLING_WEIGHT else None


def find_since(told: Sequence[Told]) -> Fact | None:
    """Return the first "since …" of anybody, as the phrase alone."""
    one = find_told(told, harm_cues.SINCE)
    match = harm_cues.SINCE.search(one.text) if one else None
    return make_fact(one, _LOOSE_END.sub("", match["since"])) if one and match else None


def find_impact(told: Sequence[Told], main: Fact | None) -> Fact | None:
    """Return the customer's sentence that tells most of what they cannot do or lose; `main` only if no other does."""
    said = [one for one in told if one.speaker is Speaker.CUSTOMER and _weigh_impact(one) >= _IMPACT_WEIGHT]
    others = [one for one in said if main is None or one.own_text != main.text]
    best = max(others or said, key=_weigh_impact, default=None)
    return make_fact(best) if best else None


def _weigh_impact(one: Told) -> int:
    hard = len({match[0].lower() for match in harm_cues.IMPACT.finditer(one.text)})
    if not hard:
        return 0
    return (
        2 * min(hard, 2)
        + (harm_cues.AFFECTED.search(one.text) is not None)
        + any(char.isdigit() for char in one.text)
    )


def _first_order(told: Sequence[Told]) -> int:
    return next((one.order for one in told if one.speaker is Speaker.CUSTOMER), -1)
