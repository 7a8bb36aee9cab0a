"""Measures briefs on tickets in the golden format, whose labels are gists: `python -m tests.facts.gists FILE…`.

Wording cannot be compared with a gist, so this counts what is told where the label tells something, and what is
told where the label has nothing (a label leaves out what its author found unimportant: an upper bound of the wrong).
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.ticket_file import FileTicket, read_ticket_file
from mappings.loader import load_policy
from mappings.policy import Policy
from worker.core.assess import assess
from worker.core.context import Context
from worker.core.facts import Facts, find_facts
from worker.core.thread import read_thread


def score_files(paths: Iterable[Path]) -> Counter[tuple[str, str]]:
    """Counts by kind of fact and outcome: told, missed, unasked, and for the last update right or wrong."""
    counts: Counter[tuple[str, str]] = Counter()
    policy = load_policy()
    for path in paths:
        labels = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        for row, label in zip(read_ticket_file(path), labels, strict=True):
            assert isinstance(row, FileTicket), row
            _score_row(row, label["expected"], policy, counts)
    return counts


def _score_row(row: FileTicket, label: Mapping[str, Any], policy: Policy, counts: Counter[tuple[str, str]]) -> None:
    assessment = assess(row.ticket, Context(), policy, row.now)
    facts = find_facts(read_thread(row.ticket), row.ticket, assessment, row.now)
    wanted = label.get("brief") or {}
    if not label["escalate"] or not wanted:
        return
    update = wanted.get("last_customer_update")
    at = datetime.fromisoformat(update) if update else None
    told_at = facts.last_update.at if facts.last_update else None
    counts["last_customer_update", "right" if told_at == at else "wrong"] += 1
    is_reproduced = label["target"] in {"engineering", "l2"}
    for kind, told in _list_told(facts).items():
        if kind in {"repro_steps", "expected", "actual"} and not is_reproduced:
            continue
        is_wanted = bool(wanted.get(kind))
        outcome = {(True, True): "told", (True, False): "missed", (False, True): "unasked"}.get((is_wanted, told))
        if outcome:
            counts[kind, outcome] += 1


def _list_told(facts: Facts) -> dict[str, bool]:
    found = facts.reproduction
    return {
        "repro_steps": bool(found.steps),
        "expected": found.expected is not None,
        "actual": found.actual is not None,
        "environment": bool(facts.environment),
        "tried": bool(facts.attempts),
        "customer_expectation": facts.wanted.expectation is not None,
    }


def main() -> None:
    """Prints a line for each kind of fact."""
    counts = score_files(Path(name) for name in sys.argv[1:])
    for kind in dict.fromkeys(kind for kind, _ in counts):
        print(f"{kind:22}", *(f"{outcome} {count}" for (one, outcome), count in counts.items() if one == kind))


if __name__ == "__main__":
    main()
