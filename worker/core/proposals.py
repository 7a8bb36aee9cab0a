"""What the statistical reader proposes, as cues of the lexicon that count less where the reader is less sure.

A proposal passes the same gates as a phrase of the lexicon (speaker, question, supposition, denial, the order of
events), and its evidence is the sentence itself.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker.core.assessment import Speaker
from worker.core.phrases import CueMatch, Matcher, Mood
from worker.core.words import split_words
from worker.reader.concepts import Concept
from worker.reader.proposals import Proposal, propose_concepts, rate_concepts

_LEAST_SHARE = 0.4
_UNSURE_SHARE = 0.85
# What the likeliest sentence counts beside the whole message, and the probability below which nothing is told apart.
_ALONE = 3 / 7
_TINY = 1e-9
_LIKELY = 0.6
# What sends a ticket to the leadership at once has to be likelier.
_WEIGHTY_LIKELY = 0.75
_WEIGHTY = frozenset({Concept.LEGAL_OR_PRESS, Concept.EXCEPTION_WANTED})

# What a concept is called among the cues, by who says it.
_SAID_BY_CUSTOMER: Mapping[Concept, str] = {
    Concept.DATA_LOST: "loss",
    Concept.DATA_WRONG: "wrong_data",
    Concept.DATA_HIDDEN: "found_again",
    Concept.STOPPED_NOW: "down_now",
    Concept.WORKAROUND_WORKS: "workaround_ok",
    Concept.WORKAROUND_UNACCEPTABLE: "workaround_bad",
    Concept.SECURITY_PRECAUTION: "security_question",
    Concept.SPAM_OR_AUTOREPLY: "spam_sign",
    Concept.ASKS_FOR_MANAGEMENT: "executive",
    Concept.THREATENS_TO_LEAVE: "churn",
    Concept.LEGAL_OR_PRESS: "legal_strong",
    Concept.CAME_BACK: "came_back",
    Concept.GETS_WORSE: "worsening",
    Concept.WAITS_TOO_LONG: "waiting",
    Concept.PASSED_AROUND: "passed_around",
    Concept.CUSTOM_BUILD: "our_custom",
    Concept.SOLVED: "solved",
    Concept.HEALED_BY_ITSELF: "solved",
    Concept.CAUSE_IS_SETUP: "own_fault",
    Concept.HOWTO_QUESTION: "howto",
    Concept.STILL_FAILING: "not_helped",
    Concept.FALSE_ALARM_EXPLAINED: "false_alarm",
    Concept.FIX_STILL_WANTED: "still_needs_fix",
    Concept.DEADLINE: "deadline",
    Concept.FEATURE_GAP_HURTS: "gap_hurts",
}
_SAID_BY_US: Mapping[Concept, str] = {
    Concept.DATA_LOST: "loss",
    Concept.DATA_WRONG: "wrong_data",
    Concept.DATA_HIDDEN: "found_again",
    Concept.INFRASTRUCTURE_TROUBLE: "our_infra",
    Concept.DEFECT_REPRODUCED: "our_reproduced",
    Concept.GETS_WORSE: "worsening",
    Concept.WORKS_AS_DESIGNED: "our_explained",
    Concept.FALSE_ALARM_EXPLAINED: "false_alarm",
    Concept.EXCEPTION_WANTED: "our_authority",
    Concept.SEVERAL_CUSTOMERS: "our_others",
    Concept.CAME_BACK: "came_back",
    Concept.PASSED_AROUND: "our_no_owner",
    Concept.SUPPORT_OUT_OF_MEANS: "our_no_idea",
    Concept.NEEDS_ACCESS: "our_no_access",
    Concept.CUSTOM_BUILD: "our_custom",
    Concept.CAUSE_IS_SETUP: "our_explained",
    Concept.DOCUMENTED_ANSWER: "our_docs",
    Concept.CONFIGURATION_ANSWER: "our_setting",
    Concept.GUIDANCE_GIVEN: "our_steps",
    Concept.LIMITATION_WITH_ALTERNATIVE: "our_limit",
    Concept.RESOLVED_BEFORE: "our_seen_before",
    Concept.HEALED_BY_ITSELF: "solved",
    Concept.FEATURE_GAP_HURTS: "our_product_decides",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProposedCue:
    """A cue that the reader proposes for a sentence; `share` of the cue's weight counts.

    `is_guess` when it is about as likely not to be said.
    """

    cue: str
    mood: Mood
    words: tuple[str, ...]
    share: float
    is_guess: bool


def propose_cues(
    text: str,
    *,
    speaker: Speaker,
    language: str,
    is_question: bool,
    matcher: Matcher,
    known: Collection[CueMatch],
) -> Iterator[ProposedCue]:
    """The cues proposed for one sentence beside the `known` ones, which were matched or denied by phrase."""
    named = _SAID_BY_CUSTOMER if speaker is Speaker.CUSTOMER else _SAID_BY_US
    taken = {one.cue for one in known if not one.is_hint}
    for proposal in propose_concepts(text, speaker=speaker, language=language):
        cue = named.get(proposal.concept)
        if cue is None or cue in taken:
            continue
        taken.add(cue)
        yield ProposedCue(
            cue=cue,
            mood=matcher.tell_mood(cue, text, is_question=is_question),
            words=tuple(word.text for word in split_words(text)),
            share=_tell_share(proposal),
            is_guess=_is_guess(proposal),
        )


def rate_exposure(texts: Sequence[str], *, speaker: Speaker, language: str) -> tuple[float, int] | None:
    """How likely a message tells of an exposure (log odds), and the place of its likeliest sentence.

    The message as a whole and its likeliest sentence are asked: one may say it alone, or several may together. None
    in a language that is not read.
    """
    rates = [_rate(text, speaker, language) for text in texts]
    if None in rates or not rates:
        return None
    likeliest = max(rate for rate in rates if rate is not None)
    whole = _rate("\n".join(texts), speaker, language) or 0.0
    return _ALONE * likeliest + (1 - _ALONE) * whole, rates.index(likeliest)


def _rate(text: str, speaker: Speaker, language: str) -> float | None:
    probability = rate_concepts(text, speaker=speaker, language=language).get(Concept.EXPOSURE)
    if probability is None:
        return None
    probability = min(max(probability, _TINY), 1 - _TINY)
    return math.log(probability / (1 - probability))


def _tell_share(proposal: Proposal) -> float:
    if proposal.is_sure:
        return 1.0
    return _LEAST_SHARE + (_UNSURE_SHARE - _LEAST_SHARE) * proposal.certainty


def _is_guess(proposal: Proposal) -> bool:
    least = _WEIGHTY_LIKELY if proposal.concept in _WEIGHTY else _LIKELY
    return not proposal.is_sure and proposal.probability < least
