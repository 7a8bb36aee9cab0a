"""Compiles the lexicon's patterns into steps over words, and matches them.

Every literal of the lexicon is an atom. A word's atoms are looked up once and remembered. Matching backtracks only
over gaps of bounded width and over the branches of a pattern, so its time is bounded whatever the text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from worker.core.words import Word, fold

_SHORT_GAP = 5
_LONG_GAP = 12
LIGHT_RUN = 2
"""How many light words may stand between two steps."""
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


@dataclass(frozen=True, slots=True)
class Need:
    """Literals and concepts of which a match holds at least one."""

    atoms: frozenset[int]
    concepts: frozenset[str]


Search = Callable[[int, Line], int | None]
"""Where the first match from a word of the line ends; None when there is none."""


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


def build_search(steps: Sequence[Step]) -> Search:
    """What finds where the first match of `steps` from a word ends.

    Each step becomes one function that knows what comes after it. A step that cannot begin at a word says so after
    one comparison, which is how nearly all searches end.
    """
    return _build_from(steps, 0, _arrive)


def list_needs(steps: Sequence[Step]) -> tuple[Need, ...]:
    """What a line must hold for these steps to match at all, apart from where they begin."""
    needs = (_join_openings((step,)) for step in steps[1:] if not step.is_optional and not step.gap)
    return tuple(need for need in needs if need is not None)


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


def _arrive(at: int, _line: Line) -> int | None:
    return at


def _build_from(steps: Sequence[Step], step_at: int, arrive: Search) -> Search:
    """The search for the steps from `step_at` on; what stands behind them goes on with `arrive`."""
    if step_at == len(steps):
        return arrive
    step = steps[step_at]
    after = _build_from(steps, step_at + 1, arrive)
    if step.gap:
        return after if step_at + 1 == len(steps) else _build_gap(step, after)
    here = _build_step(step, after)
    if step_at:
        here = _skip_light(here)
    return _or_without(here, after) if step.is_optional else here


def _build_step(step: Step, after: Search) -> Search:
    if step.branches:
        searches = (_build_from(branch, 0, after) for branch in step.branches)
        openings = (_join_openings(branch[:1]) for branch in step.branches)
        return _build_branches(_join_openings((step,)), tuple(zip(openings, searches, strict=True)))
    if step.concept:
        return _build_concept(step.concept, after)
    return _build_literal(step.atoms, after)


def _build_literal(atoms: frozenset[int], after: Search) -> Search:
    misses = atoms.isdisjoint

    def search(at: int, line: Line) -> int | None:
        if at >= len(line.atoms) or misses(line.atoms[at]):
            return None
        return after(at + 1, line)

    return search


def _build_concept(concept: str, after: Search) -> Search:
    def search(at: int, line: Line) -> int | None:
        end = line.spans[at].get(concept) if at < len(line.spans) else None
        return None if end is None else after(end, line)

    return search


def _build_branches(opening: Need | None, branches: tuple[tuple[Need | None, Search], ...]) -> Search:
    """The first branch that leads to an end counts; one that cannot begin at the word is not tried."""

    def search(at: int, line: Line) -> int | None:
        if at >= len(line.atoms):
            return None
        if opening and opening.atoms.isdisjoint(line.atoms[at]) and opening.concepts.isdisjoint(line.spans[at]):
            return None
        atoms, spans = line.atoms[at], line.spans[at]
        for need, branch in branches:
            if need and need.atoms.isdisjoint(atoms) and need.concepts.isdisjoint(spans):
                continue
            end = branch(at, line)
            if end is not None:
                return end
        return None

    return search


def _skip_light(here: Search) -> Search:
    """A step that is not the first may match here, or behind one or two light words."""

    def search(at: int, line: Line) -> int | None:
        end = here(at, line)
        for skip in range(LIGHT_RUN):
            if end is not None or at + skip >= len(line.spans) or "light" not in line.spans[at + skip]:
                return end
            end = here(at + skip + 1, line)
        return end

    return search


def _or_without(here: Search, after: Search) -> Search:
    def search(at: int, line: Line) -> int | None:
        end = here(at, line)
        return after(at, line) if end is None else end

    return search


def _build_gap(step: Step, after: Search) -> Search:
    reach, crosses = step.gap, step.crosses

    def search(at: int, line: Line) -> int | None:
        words = line.words
        for to in range(at, min(at + reach, len(words)) + 1):
            if to > at and words[to - 1].is_break and not crosses:
                return None
            end = after(to, line)
            if end is not None:
                return end
        return None

    return search


def _join_openings(steps: Sequence[Step]) -> Need | None:
    """One of these must stand where one of these steps begins; None when one may begin with something else."""
    if not all(map(_opens_firmly, ((step,) for step in steps))):
        return None
    openings = [opening for step in steps for opening in list_openings((step,))]
    return Need(
        atoms=frozenset().union(*(opening.atoms for opening in openings)),
        concepts=frozenset(opening.concept for opening in openings if opening.concept),
    )


def _opens_firmly(branch: Sequence[Step]) -> bool:
    first = branch[0] if branch else None
    if first is None or first.is_optional or first.gap:
        return False
    return all(map(_opens_firmly, first.branches))
