"""How many vendor calls a thousand tickets cost, which is what the vendors' rate limits make a backfill wait for."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.sandbox.journal import Entry
from tests.bench.figures import Figure, Result, divide
from tests.bench.polling import COUNT, measure_polls

NAME = "vendor-calls"
METHOD = (
    "The sandbox's journal of one `poll --once` over 1,000 generated tickets (2 % escalate), then of the next poll,"
    " which sees what our own writes changed. Floor: one export page, one read of comments a ticket that is not"
    " closed, four writes an opened issue."
)
_ID = re.compile(r"(?<=/)\d+(?=/|$)")
_KEY = re.compile(r"(?<=/)[A-Z]{2,10}(-\d+)?(?=/|$)")
_WRITES_PER_ISSUE = 4
_FEW = 5
_SPARES = ("oauth",)


def run(folder: Path) -> Result:
    """Counts the calls by kind."""
    polls = measure_polls(folder)
    read, opened = polls.full.counts["read"], polls.full.counts["opened"]
    kinds = _count_kinds(polls.full.calls)
    comments = sum(number for kind, number in kinds.items() if kind.endswith("/comments"))
    floor = 1 + comments + _WRITES_PER_ISSUE * opened
    total = sum(kinds.values())
    scale = COUNT / read if read else 0.0
    return Result(
        benchmark=NAME,
        method=METHOD,
        figures=(
            Figure(
                name="all calls per 1,000 tickets read",
                value=total * scale,
                unit="calls",
                floor=f"{floor} = 1 page + {comments} comments + {_WRITES_PER_ISSUE} × {opened} opened",
                ratio=divide(total, floor),
            ),
            *_describe_kinds(kinds, total, scale),
            Figure(
                name="next poll: calls per issue opened",
                value=len(_keep_calls(polls.echo.calls)) / opened if opened else 0.0,
                unit="calls",
                floor="our own writes come back as changes; 0 would be ideal",
            ),
        ),
    )


def _describe_kinds(kinds: Counter[str], total: int, scale: float) -> Iterator[Figure]:
    """One figure a kind, the largest first; kinds of a few calls together in the last."""
    shown = [(kind, number) for kind, number in kinds.most_common() if number >= _FEW]
    rest = total - sum(number for _, number in shown)
    for kind, number in (*shown, (f"{len(kinds) - len(shown)} kinds of fewer than {_FEW} each", rest)):
        floor, ratio = "all calls", divide(number, total)
        yield Figure(name=kind, value=number * scale, unit="calls", floor=floor, ratio=ratio)


def _count_kinds(calls: Sequence[Entry]) -> Counter[str]:
    return Counter(f"{entry.vendor} {entry.method} {_name_path(entry.path)}" for entry in _keep_calls(calls))


def _keep_calls(calls: Sequence[Entry]) -> list[Entry]:
    """Without what a long-running service does once, such as asking for a token."""
    return [entry for entry in calls if not any(word in entry.path for word in _SPARES)]


def _name_path(path: str) -> str:
    """A path without its numbers and keys, so that calls of one kind count together."""
    bare = path.partition("?")[0]
    for start in ("/api/v2", "/rest/api/3"):
        bare = bare.removeprefix(start)
    return _KEY.sub("*", _ID.sub("*", bare))
