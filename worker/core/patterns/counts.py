"""What the desk's past teaches: how rare words are, what is boilerplate, how alike reports are by chance."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from worker.core.patterns.vectors import number_term

# Marks a concept among the terms.
CONCEPT_MARK = "{"
_BOILERPLATE_CUSTOMERS = 3
_PRIOR_TEXTS = 50
_MOST_TERMS = 150_000
_MOST_SENTENCES = 100_000
_LETTERS_PER_SENTENCE = 6


@dataclass(kw_only=True, slots=True)
class DeskCounts:
    """Counts that grow with every report, up to a bound, and are stored with the groups.

    `texts` is how many reports were counted, `terms` and `pieces` in how many of them each occurs. `sentences` maps a
    fingerprint to the customers (at most three) who wrote it longer ago than the window. When 150,000 terms or
    100,000 sentences are known, new ones are not counted: they stay rare.
    """

    texts: int = 0
    terms: dict[str, int] = field(default_factory=dict)
    pieces: dict[int, int] = field(default_factory=dict)
    sentences: dict[str, tuple[str, ...]] = field(default_factory=dict)
    vectors: int = 0
    vector_sum: list[float] = field(default_factory=list)

    def add_terms(self, terms: Iterable[str]) -> None:
        """Counts a report's distinct terms."""
        self.texts += 1
        for term in set(terms):
            if term in self.terms or len(self.terms) < _MOST_TERMS:
                self.terms[term] = self.terms.get(term, 0) + 1

    def add_pieces(self, pieces: Iterable[int]) -> None:
        """Counts a report's distinct pieces."""
        for piece in set(pieces):
            self.pieces[piece] = self.pieces.get(piece, 0) + 1

    def add_sentences(self, sentences: str, customer: str) -> None:
        """Remembers who wrote which sentence, as far as it matters and there is room."""
        for start in range(0, len(sentences), _LETTERS_PER_SENTENCE):
            sentence = sentences[start : start + _LETTERS_PER_SENTENCE]
            known = self.sentences.get(sentence, ())
            if not known and len(self.sentences) >= _MOST_SENTENCES:
                continue
            if len(known) < _BOILERPLATE_CUSTOMERS and customer not in known:
                self.sentences[sentence] = (*known, customer)

    def is_boilerplate(self, sentence: str) -> bool:
        """True when three customers wrote this sentence before."""
        return len(self.sentences.get(sentence, ())) >= _BOILERPLATE_CUSTOMERS

    def name_terms(self, numbers: Iterable[int]) -> dict[int, str]:
        """The terms and concepts of a vector's numbers, as far as they are still counted."""
        wanted = set(numbers)
        names = (term.removeprefix(CONCEPT_MARK) for term in self.terms)
        return {number: name for name in names if (number := number_term(name)) in wanted}

    def weigh_term(self, term: str, priors: Mapping[str, float]) -> float:
        """The rarity of a term: its inverse document frequency over the desk's past and `priors`."""
        expected = priors.get(term, 0.0) * _PRIOR_TEXTS
        return math.log((self.texts + _PRIOR_TEXTS + 1) / (self.terms.get(term, 0) + expected + 0.5))

    def weigh_piece(self, piece: int, expected: float) -> float:
        """The rarity of an encoder's piece, of which `expected` is the share of ordinary texts that hold it."""
        seen = self.pieces.get(piece, 0) + _PRIOR_TEXTS * expected
        return max(0.0, math.log((self.texts + _PRIOR_TEXTS + 1) / (seen + 0.5)))

    def add_vector(self, packed: bytes) -> None:
        """Counts a report's vector, one signed byte for each dimension."""
        numbers = memoryview(packed).cast("b")
        norm = math.sqrt(sum(number * number for number in numbers))
        if len(self.vector_sum) != len(numbers):
            self.vectors, self.vector_sum = 0, [0.0] * len(numbers)
        self.vectors += 1
        self.vector_sum = [total + number / norm for total, number in zip(self.vector_sum, numbers, strict=True)]

    def find_center(self, expected: Sequence[float]) -> tuple[float, ...]:
        """The mean of the desk's vectors and of the `expected` one, which counts as much as fifty.

        What all reports of a desk have in common says nothing about which of them are one problem, and leaving it out
        makes one threshold fit desks of any subject.
        """
        if not self.vector_sum:
            return tuple(expected)
        prior = expected if len(expected) == len(self.vector_sum) else [0.0] * len(self.vector_sum)
        count = self.vectors + _PRIOR_TEXTS
        return tuple((total + _PRIOR_TEXTS * one) / count for total, one in zip(self.vector_sum, prior, strict=True))
