"""Fits how much a single report sounds like one of many about a fault, by words and by vector. Needs numpy."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from mappings.pattern_words import Mood
from worker.core.patterns.report import CueScores
from worker.core.patterns.scoring import CUES

_LEAST_TEXTS = 8
_LEAST_PRODUCTS = 3
_WORD_PENALTY, _CUE_PENALTY, _MEANING_PENALTY = 6.0, 2.0, 0.3
_ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Voice:
    """One report: its product, whether it belongs to an incident, and what its mood is judged by."""

    product: str
    right: bool
    words: tuple[str, ...]
    cues: CueScores
    meaning: bytes


def fit_mood(voices: Sequence[Voice], encoder: str) -> Mood:
    """Both regressions over the given reports; without an encoder's name only that of the words."""
    words = _choose_words(voices)
    numbers = {word: number for number, word in enumerate(words)}
    table = numpy.zeros((len(voices), len(words) + len(CUES)))
    for row, voice in enumerate(voices):
        table[row, [numbers[word] for word in voice.words if word in numbers]] = 1
        table[row, len(words) :] = [getattr(voice.cues, cue) for cue in CUES]
    right = numpy.array([voice.right for voice in voices], dtype=float)
    penalty = numpy.array([_WORD_PENALTY] * len(words) + [_CUE_PENALTY] * len(CUES))
    bias, weights = _fit(table, right, penalty)
    meaning_bias, meaning = 0.0, numpy.zeros(0)
    if encoder:
        meant = [row for row, voice in enumerate(voices) if voice.meaning]
        vectors = numpy.stack(
            [numpy.frombuffer(voices[row].meaning, dtype=numpy.int8).astype(float) for row in meant]
        )
        vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
        meaning_bias, meaning = _fit(vectors, right[meant], numpy.full(vectors.shape[1], _MEANING_PENALTY))
    return Mood(
        bias=round(bias, 4),
        words=_round(words, weights[: len(words)]),
        cues=_round(CUES, weights[len(words) :]),
        encoder=encoder,
        meaning_bias=round(meaning_bias, 4),
        meaning=tuple(round(float(weight), 3) for weight in meaning),
        center=_find_center(voices),
    )


def _find_center(voices: Sequence[Voice]) -> tuple[float, ...]:
    """The mean of the products' mean vectors."""
    means = []
    for product in sorted({voice.product for voice in voices}):
        own = [
            numpy.frombuffer(voice.meaning, dtype=numpy.int8).astype(float)
            for voice in voices
            if voice.product == product and voice.meaning
        ]
        if own:
            means.append(numpy.mean([vector / numpy.linalg.norm(vector) for vector in own], axis=0))
    return tuple(round(float(value), 4) for value in numpy.mean(means, axis=0)) if means else ()


def _choose_words(voices: Sequence[Voice]) -> list[str]:
    """Words that several products share: a product's own words tell nothing about another's reports."""
    counts: Counter[str] = Counter()
    products: dict[str, set[str]] = defaultdict(set)
    for voice in voices:
        for word in voice.words:
            counts[word] += 1
            products[word].add(voice.product)
    least = min(_LEAST_PRODUCTS, len({voice.product for voice in voices}))
    return sorted(word for word, n in counts.items() if n >= _LEAST_TEXTS and len(products[word]) >= least)


def _round(names: Sequence[str], weights: Any) -> Mapping[str, float]:
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def _fit(table: Any, right: Any, penalty: Any) -> tuple[float, Any]:
    """A logistic regression by Newton's method; the bias is free."""
    means = table.mean(axis=0)
    rows = numpy.hstack([numpy.ones((len(table), 1)), table - means])
    ridge = numpy.diag([1e-9, *penalty])
    beta = numpy.zeros(rows.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + numpy.exp(-numpy.clip(rows @ beta, -30, 30)))
        gradient = rows.T @ (chance - right) + ridge @ beta
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge
        beta -= numpy.linalg.solve(curve, gradient)
    return float(beta[0] - beta[1:] @ means), beta[1:]
