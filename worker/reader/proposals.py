"""Proposes what a sentence says, with the words that made it; whoever asks decides."""

from dataclasses import dataclass
from functools import lru_cache

from worker.core.assessment import Speaker
from worker.reader.concepts import Concept
from worker.reader.model import Cutoffs, Part, Scores, load_model

LANGUAGES = frozenset({"en", "de", "es", "fr"})

_CONCEPTS = tuple(Concept)
_MOST_FEATURES = 5
_REMEMBERED = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """One concept that a sentence may hold.

    `probability` is calibrated on companies that the model had not seen. `features` are what weighed most, the
    strongest first: words, pairs of words, `~class` for a class of words, `not` for words behind a negation.
    `is_sure` when the probability reaches the cut-off at which validation was rarely wrong; `certainty` tells how far
    it is on the way there, from 0 where a concept is just proposed to 1.
    """

    concept: Concept
    probability: float
    features: tuple[str, ...]
    is_sure: bool = False
    certainty: float = 1.0


def propose_concepts(text: str, *, speaker: Speaker, language: str) -> tuple[Proposal, ...]:
    """The concepts proposed for one sentence, the likeliest first; none for a system's text or another language."""
    if speaker is Speaker.SYSTEM or language not in LANGUAGES:
        return ()
    model, scores = load_model(), _score(text, speaker, language)
    found = [
        Proposal(
            concept=concept,
            probability=round(probability, 4),
            features=_tell_features(scores, index),
            is_sure=probability >= cutoffs.sure,
            certainty=_tell_certainty(probability, cutoffs),
        )
        for index, (concept, probability, cutoffs) in enumerate(
            zip(_CONCEPTS, scores.probabilities, model.cutoffs, strict=True)
        )
        if probability >= cutoffs.proposed
    ]
    return tuple(sorted(found, key=lambda one: (-one.probability, one.concept)))


def rate_concepts(text: str, *, speaker: Speaker, language: str) -> dict[Concept, float]:
    """The probability of every concept for one sentence, whatever the cut-offs; empty where nothing is proposed."""
    if speaker is Speaker.SYSTEM or language not in LANGUAGES:
        return {}
    scores = _score(text, speaker, language)
    return dict(zip(_CONCEPTS, scores.probabilities, strict=True))


@lru_cache(maxsize=_REMEMBERED)
def _score(text: str, speaker: Speaker, language: str) -> Scores:
    """Remembered for a while, since one judgement asks what a sentence proposes and how it is rated."""
    return load_model().score(text, speaker=speaker.value, language=language)


def _tell_certainty(probability: float, cutoffs: Cutoffs) -> float:
    room = cutoffs.sure - cutoffs.proposed
    return min((probability - cutoffs.proposed) / room, 1.0) if room > 0 else 1.0


def _tell_features(scores: Scores, index: int) -> tuple[str, ...]:
    weighed: dict[str, float] = {}
    for part in scores.parts:
        for place, weight in part.adds:
            if place == index and weight > 0 and not part.name.startswith(("speaker:", "language:", "short:")):
                name = _tell_part(part)
                weighed[name] = weighed.get(name, 0.0) + weight
    return tuple(sorted(weighed, key=lambda name: (-weighed[name], name))[:_MOST_FEATURES])


def _tell_part(part: Part) -> str:
    kind, _, rest = part.name.partition(":")
    if kind == "m":
        return "~" + rest.partition(":")[0]
    if kind == "p":
        return " ".join("~" + one for one in rest.split(" "))
    if kind == "n":
        return "not " + rest
    return rest or kind
