"""Compiles the lexicon's patterns into steps over words, and matches them.

Every literal of the lexicon is an atom. A word's atoms are looked up once and remembered. Matching backtracks only
over gaps of bounded width and over the branches of a pattern, so its time is bounded whatever the text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from worker.core.words import Word, fold

_SHORT_GAP = 5
_LONG_GAP = 12
_LIGHT_RUN = 2
_MOST_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pattern: a word with one of `atoms`, a concept, a gap, or one of several `branches`."""

    atoms: frozenset[int] = frozenset()
    concept: str = ""
    gap: int = 0
    crosses: bool = False
    branches: tuple[tuple["Step", ...], ...] = ()
    is_optional: bool = False


@dataclass(slots=True)
class Atoms:
    """Literals by how they match: whole words, beginnings, endings, parts."""

    whole: dict[str, set[int]] = field(default_factory=dict)
    starts: dict[str, set[int]] = field(default_factory=dict)
    ends: dict[str, set[int]] = field(default_factory=dict)
    parts: dict[str, set[int]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    remembered: dict[str, frozenset[int]] = field(default_factory=dict)

    def add(self, literal: str) -> int:
        """The number of a literal; the same literal keeps its number."""
        if literal in self.numbers:
            return self.numbers[literal]
        number = self.numbers[literal] = len(self.numbers) + 1
        self._choose_table(literal).setdefault(fold(literal.strip("*")), set()).add(number)
        return number

    def look_up(self, word: str) -> frozenset[int]:
        """The atoms that a folded word satisfies."""
        known = self.remembered.get(word)
        if known is None:
            known = self._find(word)
            if len(self.remembered) < _MOST_REMEMBERED:
                self.remembered[word] = known
        return known

    def _choose_table(self, literal: str) -> dict[str, set[int]]:
        if literal.startswith("*"):
            return self.parts if literal.endswith("*") else self.ends
        return self.starts if literal.endswith("*") else self.whole

    def _find(self, word: str) -> frozenset[int]:
        found = set(self.whole.get(word, ()))
        for cut in range(1, len(word) + 1):
            found |= self.starts.get(word[:cut], set())
            found |= self.ends.get(word[-cut:], set())
        for part, numbers in self.parts.items():
            if part in word:
                found |= numbers
        return frozenset(found)


@dataclass(slots=True)
class Line:
    """A sentence being matched: its words, their atoms, and the concepts that start at each word with their ends."""

    words: Sequence[Word]
    atoms: Sequence[frozenset[int]]
    spans: Sequence[Mapping[str, int]]


def compile_pattern(pattern: str, atoms: Atoms) -> tuple[Step, ...]:
    """The steps of a pattern; raises ValueError when its brackets do not match."""
    return tuple(_compile_item(item, atoms) for item in _split(pattern, " "))


def list_openings(steps: Sequence[Step]) -> Iterator[Step]:
    """The literal or concept steps with which a match can begin."""
    for step in steps:
        if step.branches:
            for branch in step.branches:
                yield from list_openings(branch)
        else:
            yield step
        if not step.is_optional:
            return


def find_end(steps: tuple[Step, ...], at: int, line: Line) -> int | None:
    """Where the first match of `steps` from word `at` ends; None when there is none."""
    return next(_list_ends(steps, 0, at, line), None)


def _split(text: str, mark: str) -> list[str]:
    """`text` cut at `mark` outside brackets, without empty pieces."""
    pieces, depth, start = [], 0, 0
    for index, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth == 0:
            pieces.append(text[start:index])
            start = index + 1
    if depth:
        raise ValueError(f"brackets do not match in {text!r}")
    return [piece for piece in (*pieces, text[start:]) if piece.strip()]


def _compile_item(item: str, atoms: Atoms) -> Step:
    if item in {"..", "..."}:
        crosses = item == "..."
        return Step(gap=_LONG_GAP if crosses else _SHORT_GAP, crosses=crosses)
    is_optional = len(item) > 1 and item.endswith("?")
    bare = item[:-1] if is_optional else item
    if bare.startswith("("):
        return _compile_group(bare[1:-1], atoms, is_optional=is_optional)
    if bare.startswith("{"):
        return Step(concept=bare.strip("{}"), is_optional=is_optional)
    literals = frozenset(atoms.add(one) for one in bare.split("|") if not one.startswith("{"))
    concepts = [one.strip("{}") for one in bare.split("|") if one.startswith("{")]
    if concepts:
        branches = ((Step(atoms=literals),), *((Step(concept=name),) for name in concepts))
        return Step(branches=branches, is_optional=is_optional)
    return Step(atoms=literals, is_optional=is_optional)


def _compile_group(inner: str, atoms: Atoms, *, is_optional: bool) -> Step:
    """A group; its one-word branches become a single step, so that they are compared at once."""
    branches: list[tuple[Step, ...]] = []
    single: set[int] = set()
    for option in _split(inner, "|"):
        steps = compile_pattern(option, atoms)
        if len(steps) == 1 and steps[0].atoms and not steps[0].is_optional:
            single |= steps[0].atoms
        else:
            branches.append(steps)
    if single:
        branches.insert(0, (Step(atoms=frozenset(single)),))
    if len(branches) == 1 and single:
        return Step(atoms=frozenset(single), is_optional=is_optional)
    return Step(branches=tuple(branches), is_optional=is_optional)


def _list_ends(steps: Sequence[Step], step_at: int, at: int, line: Line) -> Iterator[int]:
    if step_at == len(steps):
        yield at
        return
    step = steps[step_at]
    if step.gap:
        yield from _cross_gap(steps, step_at, at, line)
        return
    for low in _list_starts(step_at, at, line):
        for end in _match_step(step, low, line):
            yield from _list_ends(steps, step_at + 1, end, line)
    if step.is_optional:
        yield from _list_ends(steps, step_at + 1, at, line)


def _list_starts(step_at: int, at: int, line: Line) -> Iterator[int]:
    """Where a step may match: here, or after one or two light words when it is not the first."""
    yield at
    if not step_at:
        return
    for skip in range(_LIGHT_RUN):
        if at + skip >= len(line.words) or "light" not in line.spans[at + skip]:
            return
        yield at + skip + 1


def _match_step(step: Step, at: int, line: Line) -> Iterator[int]:
    if at >= len(line.words):
        return
    if step.branches:
        for branch in step.branches:
            yield from _list_ends(branch, 0, at, line)
    elif step.concept:
        end = line.spans[at].get(step.concept)
        if end is not None:
            yield end
    elif not step.atoms.isdisjoint(line.atoms[at]):
        yield at + 1


def _cross_gap(steps: Sequence[Step], step_at: int, at: int, line: Line) -> Iterator[int]:
    step = steps[step_at]
    if step_at + 1 == len(steps):
        yield at
        return
    for skip in range(step.gap + 1):
        if at + skip > len(line.words):
            return
        if skip and line.words[at + skip - 1].is_break and not step.crosses:
            return
        yield from _list_ends(steps, step_at + 1, at + skip, line)
