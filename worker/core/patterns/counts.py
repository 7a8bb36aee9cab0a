"""What the desk's past teaches: how rare words are, what is boilerplate, how alike reports are by chance."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from worker.core.patterns.vectors import number_term

# Marks a concept among the terms.
CONCEPT_MARK = "{"
_BOILERPLATE_CUSTOMERS = 3
_PRIOR_TEXTS = 50
_PRIOR_MEAN = 0.12
_PRIOR_DEVIATION = 0.11
_PRIOR_COMPARISONS = 50
_REFERENCE_MEAN = 0.12
_REFERENCE_DEVIATION = 0.11
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
    comparisons: float = 0.0
    cosine_sum: float = 0.0
    cosine_square_sum: float = 0.0

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

    def add_cosines(self, count: int, mean: float, deviation: float) -> None:
        """Learns from one report's comparison with `count` others; each report counts once."""
        if count:
            self.comparisons += 1
            self.cosine_sum += mean
            self.cosine_square_sum += deviation * deviation + mean * mean

    def level_cosine(self, cosine: float) -> float:
        """The cosine on the scale of an ordinary desk, so that one threshold fits desks of any subject."""
        total = self.comparisons + _PRIOR_COMPARISONS
        mean = (self.cosine_sum + _PRIOR_COMPARISONS * _PRIOR_MEAN) / total
        prior_square = _PRIOR_DEVIATION**2 + _PRIOR_MEAN**2
        square = (self.cosine_square_sum + _PRIOR_COMPARISONS * prior_square) / total
        deviation = math.sqrt(max(square - mean * mean, 1e-6))
        return (cosine - mean) / deviation * _REFERENCE_DEVIATION + _REFERENCE_MEAN
