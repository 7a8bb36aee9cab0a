"""The matching of patterns as plainly as it can be said, to hold the fast one against: every end, in order."""

from collections.abc import Iterator, Sequence

from worker.core.steps import LIGHT_RUN, Line, Step


def find_end(steps: Sequence[Step], at: int, line: Line) -> int | None:
    """Where the first match of `steps` from word `at` ends; None when there is none."""
    return next(_list_ends(steps, 0, at, line), None)


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
    for skip in range(LIGHT_RUN):
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
