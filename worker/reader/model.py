"""The weights that were learnt, read from package data, and how a sentence is scored with them.

The model is linear: each feature of a sentence adds its weight to some concepts, the sum is divided by the length of
the sentence's feature vector and turned into a probability. So every probability can be told by its words.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from worker.reader.concepts import Concept
from worker.reader.features import list_joint_features, list_word_features, split_tokens, weigh_feature
from worker.reader.meanings import Meanings, load_meanings

Pairs = tuple[tuple[int, float], ...]

_ZERO = 78
_FIRST = 48
_MOST_CACHED = 20_000


class BadWeights(ValueError):
    """The weights file is not the one that was shipped, or does not fit this reader."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cutoffs:
    """From which probability on a concept is proposed, and from which it is sure (rarely wrong in validation)."""

    proposed: float
    sure: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What one word, pair of words or class of words adds to the concepts' sums, before normalisation."""

    name: str
    adds: Pairs


@dataclass(frozen=True, kw_only=True, slots=True)
class WordParts:
    """All that a word adds by itself, with the square of its length in the feature vector and its classes."""

    part: Part
    square: float
    classes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Probabilities in the order of `Concept`, and what made them."""

    probabilities: tuple[float, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """Weights per feature, and the curve and cut-offs of each concept in the order of `Concept`."""

    weights: Mapping[str, Pairs]
    slopes: tuple[float, ...]
    offsets: tuple[float, ...]
    cutoffs: tuple[Cutoffs, ...]
    meanings: Meanings
    known: dict[str, WordParts] = field(default_factory=dict)

    def score(self, text: str, *, speaker: str, language: str) -> Scores:
        """The probabilities of all concepts for one sentence, in time bounded whatever its length."""
        words = split_tokens(text)
        read = [self._read_word(word) for word in words]
        sums = [0.0] * len(self.slopes)
        parts = [one.part for one in read if one.part.adds]
        square = sum(one.square for one in read)
        for feature in list_joint_features(words, [one.classes for one in read], speaker, language):
            value = weigh_feature(feature)
            square += value * value
            pairs = self.weights.get(feature)
            if pairs:
                parts.append(Part(name=feature, adds=pairs))
        for part in parts:
            for index, weight in part.adds:
                sums[index] += weight
        length = math.sqrt(square) or 1.0
        return Scores(
            probabilities=tuple(
                _squash(slope * total / length + offset)
                for slope, total, offset in zip(self.slopes, sums, self.offsets, strict=True)
            ),
            parts=tuple(parts),
        )

    def _read_word(self, word: str) -> WordParts:
        found = self.known.get(word)
        if found is None:
            if len(self.known) >= _MOST_CACHED:
                self.known.clear()
            found = self.known[word] = self._weigh_word(word)
        return found

    def _weigh_word(self, word: str) -> WordParts:
        sums: dict[int, float] = {}
        square = 0.0
        for feature in list_word_features(word):
            square += weigh_feature(feature) ** 2
            for index, weight in self.weights.get(feature, ()):
                sums[index] = sums.get(index, 0.0) + weight
        part = Part(name="w:" + word, adds=tuple(sorted(sums.items())))
        return WordParts(part=part, square=square, classes=self.meanings.list_classes(word))


@cache
def load_model() -> Model:
    """The shipped model; raises BadWeights when the file is damaged or was made for other concepts."""
    folder = files("mappings").joinpath("defaults", "reader")
    raw = folder.joinpath("weights.txt").read_bytes()
    if hashlib.sha256(raw).hexdigest() != folder.joinpath("weights.sha256").read_text(encoding="ascii").strip():
        raise BadWeights("mappings/defaults/reader/weights.txt differs from its checksum")
    return unpack_model(raw.decode("utf-8"), load_meanings())


def unpack_model(text: str, meanings: Meanings) -> Model:
    """The model written in `text`: a line of JSON, then a line for each feature with two letters a weight."""
    first, *lines = text.rstrip("\n").split("\n")
    head = json.loads(first)
    rows = head["concepts"]
    if [row["id"] for row in rows] != [concept.value for concept in Concept]:
        raise BadWeights("the weights were made for other concepts; run tests/reader/train.py")
    step = float(head["step"])
    return Model(
        weights=dict(_unpack_line(line, step) for line in lines),
        slopes=tuple(row["slope"] for row in rows),
        offsets=tuple(row["offset"] for row in rows),
        cutoffs=tuple(Cutoffs(proposed=row["proposed"], sure=row["sure"]) for row in rows),
        meanings=meanings,
    )


def pack_line(feature: str, weights: Sequence[tuple[int, int]]) -> str:
    """One line of the weights file: `weights` are pairs of a concept's place and a whole number from -45 to 45."""
    return feature + "\t" + "".join(chr(_FIRST + index) + chr(_ZERO + weight) for index, weight in weights)


def _unpack_line(line: str, step: float) -> tuple[str, Pairs]:
    """Weights come out multiplied by the value of their feature, so that scoring only adds."""
    feature, packed = line.split("\t")
    value = weigh_feature(feature) * step
    pairs = zip(packed[::2], packed[1::2], strict=True)
    return feature, tuple((ord(index) - _FIRST, (ord(weight) - _ZERO) * value) for index, weight in pairs)


def _squash(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(min(score, 30.0), -30.0)))
