"""How many tickets one core assesses, and what a brief costs: the pure part, without database or network."""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mappings.loader import load_policy
from tests.bench.figures import Figure, Result, divide, find_median, find_percentile
from tests.bench.tickets import StoryTicket, list_story
from worker.core.assess import assess
from worker.core.context import Context
from worker.core.plan import Member
from worker.wiring import build_texts

NAME = "assess"
_SECONDS = 5.0
_JSON_TURNS = 20
METHOD = (
    "The demo story's tickets, judged again and again for 5 s of processor time on one thread (nothing of a ticket is"
    " cached); briefs of those that escalate. Floor: json.loads of the same tickets."
)


def run(_folder: Path) -> Result:
    """Measures assessing and writing briefs."""
    policy = load_policy(None)
    story = list_story()
    texts = build_texts(policy, None)

    def judge(ticket: StoryTicket) -> Member:
        assessment = assess(ticket.row.ticket, Context(), policy, ticket.row.now)
        return Member(ticket=ticket.row.ticket, assessment=assessment)

    members = [(ticket.row.id, member) for ticket in story if (member := judge(ticket)).assessment.escalate]
    parsing_s = _time_parsing(story)
    judging = _time_turns([partial(judge, ticket) for ticket in story], _SECONDS)
    writing = _time_turns([partial(texts.spell_brief, *pair) for pair in members], _SECONDS / 2)
    floor = f"json.loads of the same: {parsing_s * 1000:.3f} ms a ticket"
    size = sum(len(ticket.line) for ticket in story) / len(story)
    return Result(
        benchmark=NAME,
        method=METHOD,
        figures=(
            Figure(name="tickets per second per core", value=len(judging) / sum(judging), unit="/s"),
            Figure(
                name=f"one ticket, mean ({size / 1024:.1f} KB of JSON)",
                value=sum(judging) / len(judging) * 1000,
                unit="ms",
                floor=floor,
                ratio=divide(sum(judging) / len(judging), parsing_s),
            ),
            Figure(name="one ticket, median", value=find_median(judging) * 1000, unit="ms"),
            Figure(name="one ticket, p95", value=find_percentile(judging, 95) * 1000, unit="ms"),
            Figure(
                name="one brief, median",
                value=find_median(writing) * 1000,
                unit="ms",
                floor="one ticket's assessment, median",
                ratio=divide(find_median(writing), find_median(judging)),
            ),
            Figure(name="one brief, p95", value=find_percentile(writing, 95) * 1000, unit="ms"),
        ),
    )


def _time_turns(calls: list[Callable[[], object]], seconds: float) -> list[float]:
    """The processor seconds of each call, over whole turns until they add up; other processes do not count."""
    spent: list[float] = []
    ends = time.process_time() + seconds
    while time.process_time() < ends:
        for call in calls:
            began = time.process_time()
            call()
            spent.append(time.process_time() - began)
    return spent


def _time_parsing(story: tuple[StoryTicket, ...]) -> float:
    """Processor seconds that json.loads needs for one ticket, on average."""
    began = time.process_time()
    for _ in range(_JSON_TURNS):
        for ticket in story:
            json.loads(ticket.line)
    return (time.process_time() - began) / (_JSON_TURNS * len(story))
