"""Finds the lexicon's cues in a sentence, and how each is said: asserted, denied, supposed or asked."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from mappings.lexicon import Lexicon, load_lexicon
from worker.core.steps import (
    Atoms,
    Line,
    Need,
    Search,
    Step,
    build_search,
    compile_pattern,
    list_needs,
    list_openings,
)
from worker.core.words import Word, split_words

_NEGATION_REACH = 4
_NO_CONCEPTS: frozenset[str] = frozenset()
_GRAMMAR = frozenset({"light", "negator", "near_negator", "no_negator", "but", "supposing", "num", "big_num"})


class Mood(StrEnum):
    """How something is said."""

    ASSERTED = "asserted"
    DENIED = "denied"
    SUPPOSED = "supposed"
    ASKED = "asked"


@dataclass(frozen=True, kw_only=True, slots=True)
class CueMatch:
    """One cue found in a sentence, and the words that carry it; `is_hint` when only a weaker pattern matched."""

    cue: str
    mood: Mood
    words: tuple[str, ...]
    is_hint: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Filed:
    """A pattern of a cue or a concept, by its name."""

    name: str
    search: Search
    needs: tuple[Need, ...]
    is_hint: bool = False

    def lacks(self, atoms: AbstractSet[int], concepts: AbstractSet[str]) -> bool:
        """True when a line that holds only these cannot hold a match."""
        for need in self.needs:  # noqa: SIM110 - asked more often than anything else
            if need.atoms.isdisjoint(atoms) and need.concepts.isdisjoint(concepts):
                return True
        return False


class Matcher:
    """The compiled lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._cues = lexicon.cues
        self._atoms = Atoms()
        self._concepts: dict[int, list[Filed]] = {}
        self._by_atom: dict[int, list[Filed]] = {}
        self._by_concept: dict[str, list[Filed]] = {}
        for name, phrases in lexicon.concepts.items():
            for phrase in phrases:
                self._file_concept(name, compile_pattern(phrase, self._atoms))
        for name, cue in lexicon.cues.items():
            for pattern in cue.patterns:
                self._file_cue(name, compile_pattern(pattern, self._atoms), is_hint=False)
            for pattern in cue.hints:
                self._file_cue(name, compile_pattern(pattern, self._atoms), is_hint=True)

    def find_cues(self, text: str, *, is_question: bool) -> tuple[CueMatch, ...]:
        """The cues of one sentence, each at most once in each mood."""
        line = self._read_line(split_words(text))
        found: dict[tuple[str, Mood], CueMatch] = {}
        atoms, concepts = frozenset().union(*line.atoms), frozenset().union(*line.spans)
        for start in range(len(line.words)):
            for filed in self._list_candidates(line, start):
                if filed.lacks(atoms, concepts):
                    continue
                end = filed.search(start, line)
                if end is None:
                    continue
                name, is_hint = filed.name, filed.is_hint
                mood = self._tell_mood(name, line, start, end, is_question=is_question)
                if (name, mood) not in found or (found[name, mood].is_hint and not is_hint):
                    words = tuple(word.text for word in line.words[start:end])
                    found[name, mood] = CueMatch(cue=name, mood=mood, words=words, is_hint=is_hint)
        return tuple(found.values())

    def tell_mood(self, cue: str, text: str, *, is_question: bool) -> Mood:
        """How a sentence that carries `cue` somewhere says it; a cue that the lexicon does not hold is asserted."""
        known = self._cues.get(cue)
        if known is None:
            return Mood.ASSERTED
        if known.asked == "asked" and is_question:
            return Mood.ASKED
        if known.supposed == "supposed" and _holds(self._read_line(split_words(text)).spans, "supposing"):
            return Mood.SUPPOSED
        return Mood.ASSERTED

    def _file_concept(self, name: str, steps: tuple[Step, ...]) -> None:
        # Which concepts a line holds is not known yet while they are looked for.
        needs = tuple(need for need in list_needs(steps) if not need.concepts)
        filed = Filed(name, build_search(steps), needs)
        for opening in list_openings(steps):
            for atom in opening.atoms:
                self._concepts.setdefault(atom, []).append(filed)

    def _file_cue(self, name: str, steps: tuple[Step, ...], *, is_hint: bool) -> None:
        filed = Filed(name, build_search(steps), list_needs(steps), is_hint)
        for opening in list_openings(steps):
            if opening.concept and filed not in self._by_concept.setdefault(opening.concept, []):
                self._by_concept[opening.concept].append(filed)
            for atom in opening.atoms:
                self._by_atom.setdefault(atom, []).append(filed)

    def _read_line(self, words: Sequence[Word]) -> Line:
        atoms = [self._atoms.look_up(word.text) for word in words]
        spans: list[dict[str, int]] = [{} for _ in words]
        line = Line(words=words, atoms=atoms, spans=spans)
        everywhere = frozenset().union(*atoms)
        # From the end, so that a concept may name another one that begins at a later word.
        for start in range(len(atoms) - 1, -1, -1):
            for atom in atoms[start]:
                for filed in self._concepts.get(atom, ()):
                    if filed.lacks(everywhere, _NO_CONCEPTS):
                        continue
                    end = filed.search(start, line)
                    if end is not None and end > spans[start].get(filed.name, 0):
                        spans[start][filed.name] = end
        return line

    def _list_candidates(self, line: Line, start: int) -> Iterator[Filed]:
        for atom in line.atoms[start]:
            yield from self._by_atom.get(atom, ())
        for concept in line.spans[start]:
            yield from self._by_concept.get(concept, ())

    def _tell_mood(self, name: str, line: Line, start: int, end: int, *, is_question: bool) -> Mood:
        cue = self._cues[name]
        if cue.negated == "denied" and _is_negated(line, start, end):
            return Mood.DENIED
        if cue.supposed == "supposed" and _is_supposed(line, start, end):
            return Mood.SUPPOSED
        if cue.asked == "asked" and is_question:
            return Mood.ASKED
        return Mood.ASSERTED


def _is_negated(line: Line, start: int, end: int) -> bool:
    """True when a negator stands shortly before the match in its clause, or in a gap of the match."""
    low = start
    while low > 0 and start - low < _NEGATION_REACH and not _ends_clause(line, low - 1):
        low -= 1
    if _holds(line.spans[low:end], "no_negator"):
        return False
    near = _holds(line.spans[max(low, start - 1) : start], "near_negator")
    return near or _holds(line.spans[low:start], "negator") or _is_negated_within(line, start, end)


def _is_negated_within(line: Line, start: int, end: int) -> bool:
    """True for a negator inside the match that belongs to no phrase of more than one word."""
    covered: set[int] = set()
    for at in range(start, end):
        longest = max((stop for name, stop in line.spans[at].items() if name not in _GRAMMAR), default=at)
        if longest - at > 1:
            covered.update(range(at, longest))
    return any("negator" in line.spans[at] and at not in covered for at in range(start + 1, end))


def _is_supposed(line: Line, start: int, end: int) -> bool:
    """True when a word of supposing stands before the match in its sentence part, or in the match."""
    low = start
    while low > 0 and not line.words[low - 1].is_break:
        low -= 1
    return _holds(line.spans[low:end], "supposing")


def _ends_clause(line: Line, index: int) -> bool:
    return line.words[index].is_break or line.words[index].text == "," or "but" in line.spans[index]


def _holds(spans: Sequence[Mapping[str, int]], concept: str) -> bool:
    return any(concept in here for here in spans)


@cache
def load_matcher() -> Matcher:
    """The matcher of the shipped lexicon, compiled once."""
    return Matcher(load_lexicon())
