"""Measures the facts of briefs on tickets whose facts are marked: `python -m tests.facts.scoring [--misses]`.

A fact is right when it and a mark of its kind lie over each other for half of the shorter one, in the same comment.
Of kinds that a brief tells once, one of several marks is enough.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from mappings.loader import load_policy
from tests.conftest import NOW
from tests.facts.tickets import TUNED, UNSEEN, Label, Labelled, read_labelled
from worker.core.assess import assess
from worker.core.context import Context
from worker.core.facts import find_facts
from worker.core.telling import Fact
from worker.core.thread import read_thread

_LISTS = frozenset({"step", "environment", "tried", "result", "ruled_out"})
_CONCERNS = {
    "use_case": "use_case",
    "requests": "frequency_of_request",
    "competitor": "competitive_pressure",
    "observed": "observed",
    "affected": "affected",
    "containment": "containment",
    "urgency": "urgency",
    "decision": "decision_needed",
}
_ASKED = {
    "product": ("use_case", "requests", "competitor"),
    "security": ("observed", "affected", "containment", "urgency"),
    "leadership": ("decision",),
}
_REPRODUCED = frozenset({"step", "expected", "actual", "frequency", "ruled_out"})


@dataclass(kw_only=True, slots=True)
class Score:
    """Counts by kind of fact: wanted (marked), found, printed, wrong, and printed without a source."""

    wanted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    printed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    sourceless: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    @property
    def present_share(self) -> float:
        """The share of marked facts that were found."""
        return self.found.total() / max(self.wanted.total(), 1)

    @property
    def wrong_share(self) -> float:
        """The share of printed facts that lie on no mark of their kind."""
        return self.wrong.total() / max(self.printed.total(), 1)


def score_tickets(rows: Iterable[Labelled]) -> Score:
    """The counts over all tickets."""
    score = Score()
    for row in rows:
        _score_ticket(row, score)
    return score


def _score_ticket(row: Labelled, score: Score) -> None:
    printed = defaultdict(list)
    for kind, fact in _list_printed(row):
        printed[kind].append(fact)
    for kind in sorted({one.kind for one in row.labels} | set(printed)):
        if not _is_told(kind, row):
            continue
        marks = [one for one in row.labels if one.kind == kind]
        hit = [one for one in marks if any(_lies_on(fact, one) for fact in printed[kind])]
        needed = [one for one in marks if not one.is_optional]
        wrong = [fact for fact in printed[kind] if not any(_lies_on(fact, one) for one in marks)]
        is_list = kind in _LISTS
        score.wanted[kind] += len(needed) if is_list else bool(needed)
        score.found[kind] += len([one for one in hit if not one.is_optional]) if is_list else bool(needed and hit)
        score.printed[kind] += len(printed[kind])
        score.wrong[kind] += len(wrong)
        score.sourceless[kind] += sum(not _has_source(fact, row) for fact in printed[kind])
        score.misses += [f"{row.id} {kind} WRONG {fact.text!r}" for fact in wrong]
        missed = [one for one in needed if one not in hit] if is_list or not hit else []
        score.misses += [f"{row.id} {kind} MISSED {_quote(one, row)!r}" for one in missed]


def _list_printed(row: Labelled) -> Iterator[tuple[str, Fact]]:
    assessment = assess(row.ticket, Context(), load_policy(), NOW)
    facts = find_facts(read_thread(row.ticket), row.ticket, replace(assessment, target=row.target), NOW)
    found = facts.reproduction
    lists = {"step": found.steps, "ruled_out": found.ruled_out, "environment": facts.environment}
    for kind, told in lists.items():
        yield from ((kind, fact) for fact in told)
    singles = {
        "expected": found.expected,
        "actual": found.actual,
        "frequency": found.frequency,
        "impact": found.workflow_impact,
        "wish": facts.wanted.expectation,
        "ask": facts.ask,
    } | {kind: facts.concerns.get(name) for kind, name in _CONCERNS.items()}
    yield from ((kind, fact) for kind, fact in singles.items() if fact is not None)
    for attempt in facts.attempts:
        yield "tried", attempt.action
        if attempt.result is not None:
            yield "result", attempt.result


def _is_told(kind: str, row: Labelled) -> bool:
    """A brief tells a target's own facts to that target only, and no reproduction to Product and Leadership."""
    owner = next((target for target, kinds in _ASKED.items() if kind in kinds), None)
    if owner is not None:
        return owner == row.target.value
    return kind not in _REPRODUCED or row.target.value in {"engineering", "l2"}


def _lies_on(fact: Fact, mark: Label) -> bool:
    if fact.comment_id != mark.comment_id or fact.start is None or fact.end is None:
        return False
    shared = min(fact.end, mark.end) - max(fact.start, mark.start)
    return 2 * shared >= min(fact.end - fact.start, mark.end - mark.start) and shared > 0


def _has_source(fact: Fact, row: Labelled) -> bool:
    """The words stand verbatim at the place that the fact names."""
    body = next((one.body for one in row.ticket.comments if one.id == fact.comment_id), None)
    if body is None or fact.start is None:
        return False
    said = " ".join(body[fact.start : fact.end].split()).casefold()
    return fact.text.rstrip("…").casefold() in said


def _quote(mark: Label, row: Labelled) -> str:
    body = next(one.body for one in row.ticket.comments if one.id == mark.comment_id)
    return body[mark.start : mark.end]


def _print_score(name: str, score: Score) -> None:
    print(
        f"{name:12} present {score.found.total():4}/{score.wanted.total():<4} {score.present_share:6.1%}   "
        f"wrong {score.wrong.total():4}/{score.printed.total():<4} {score.wrong_share:6.1%}   "
        f"without source {score.sourceless.total()}"
    )


def main() -> None:
    """Prints the figures by language and by kind, and with `--misses` each miss."""
    _print_score("unseen", score_tickets(read_labelled(UNSEEN)))
    rows = tuple(read_labelled(TUNED))
    for language in sorted({row.language for row in rows}):
        _print_score(language, score_tickets(row for row in rows if row.language == language))
    score = score_tickets(rows)
    _print_score("all", score)
    for kind in sorted(score.printed | score.wanted):
        found, wanted = score.found[kind], score.wanted[kind]
        print(f"  {kind:12} present {found}/{wanted}  wrong {score.wrong[kind]}/{score.printed[kind]}")
    if "--misses" in sys.argv:
        print(*score.misses, sep="\n")


if __name__ == "__main__":
    main()
