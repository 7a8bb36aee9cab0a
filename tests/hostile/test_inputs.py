"""A hundred thousand generated bodies and tickets: nothing raises, nothing takes long, no memory is kept."""

import random
import resource
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.inputs import (
    ODD_TEXTS,
    decode_body,
    judge_line,
    judge_members,
    make_huge_record,
    parse_jira_answer,
    pick_ticket_line,
    tell_everything,
)
from tests.hostile.json_values import null_everything, spell
from tests.rig import make_record

SEED = 20260302
_EACH_LIMIT_S = 20.0
_TELL_EVERY = 10
_KEPT_COUNT = 50
_KEPT_LIMIT = 8 * 2**20


def read_ticket(dice: random.Random) -> None:
    judge_line(pick_ticket_line(dice), tell=dice.randrange(_TELL_EVERY) == 0)


KINDS: dict[str, Callable[[random.Random], None]] = {
    "webhook bodies": decode_body,
    "jira answers": parse_jira_answer,
    "tickets": read_ticket,
}
COUNTS = [("webhook bodies", 3_000), ("jira answers", 3_000), ("tickets", 100)]
MANY = [("webhook bodies", 60_000), ("jira answers", 20_000), ("tickets", 30_000)]


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize(
    ("kind", "count"),
    [*COUNTS, *(pytest.param(kind, count, marks=pytest.mark.slow, id=f"many {kind}") for kind, count in MANY)],
)
def test_generated_input_raises_nothing_and_keeps_no_memory(kind: str, count: int) -> None:
    work, slowest, began = KINDS[kind], 0.0, time.monotonic()
    for number in range(count // 10):
        work(random.Random(f"warm {SEED} {number}"))
    resident = resident_bytes()
    for number in range(count):
        dice = random.Random(f"{SEED} {number}")  # a failure is repeated by its number alone
        started = time.monotonic()
        try:
            work(dice)
        except Exception as error:
            raise AssertionError(f"{kind} number {number} of seed {SEED}") from error
        slowest = max(slowest, time.monotonic() - started)
    grown = resident_bytes() - resident
    kept = measure_kept(work)
    print(  # noqa: T201 - a figure to read
        f"{kind}: {count}, seed {SEED}, {time.monotonic() - began:.0f} s, slowest {slowest:.3f} s, "
        f"RSS {grown / 2**20:+.1f} MiB, kept by the last {_KEPT_COUNT} {kept / 2**20:+.2f} MiB"
    )
    assert slowest < _EACH_LIMIT_S
    assert kept < _KEPT_LIMIT
    assert grown < 100 * 2**20


def measure_kept(work: Callable[[random.Random], None]) -> int:
    """Bytes that are still there after some more, in Python's own count."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(_KEPT_COUNT):
            work(random.Random(f"kept {number}"))
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_a_ticket_of_nothing_but_null_is_a_problem_and_no_exception() -> None:
    assert not judge_line(spell(null_everything(make_record(7))), tell=False)


@pytest.mark.parametrize("place", ["now", "created_at", "updated_at", "comment", "breach_at", "all"])
@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"])
def test_the_ends_of_time(place: str, instant: str) -> None:
    record = make_record(7)
    record["slas"] = {"policy_metrics": [{"metric": "first_reply_time", "stage": "active", "breach_at": None}]}
    if place in {"now", "all"}:
        record["now"] = instant
    for name in ("created_at", "updated_at"):
        if place in {name, "all"}:
            record["ticket"][name] = instant
    if place in {"comment", "all"}:
        for comment in record["comments"]:
            comment["created_at"] = instant
    if place in {"breach_at", "all"}:
        record["slas"]["policy_metrics"][0]["breach_at"] = instant
    is_told = judge_line(spell(record), tell=True)
    assert is_told or (place in {"now", "all"} and not instant.startswith("1970"))


@pytest.mark.parametrize(
    "number", [10**400, -(10**400), 1e308 * 10, -1e308 * 10, 2**63, 5e-324, -0.0, True, "9" * 400]
)
def test_an_odd_number_where_money_and_people_are_counted(number: float | str) -> None:
    record = make_record(7, custom_fields=[{"id": 900106, "value": number}])
    record["organizations"][0]["organization_fields"] = {"arr": number, "tier": number}
    assert judge_line(spell(record).replace(b"Infinity", b"1e999"), tell=True)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_an_odd_text_everywhere(text: str) -> None:
    record = make_record(7, note=text, text=text, subject=text, tags=[text], priority=text, type=text)
    record["organizations"][0] |= {"name": text, "organization_fields": {"arr": text, "tier": text}}
    record["users"][0] |= {"name": text, "email": text}
    record["comments"][0]["attachments"] = [{"id": 1, "file_name": text, "content_url": text, "size": 1}]
    assert judge_line(spell(record), tell=True)


SENTENCE = "We lost data since Friday, it fails for 42 users. "
HUGE = [
    pytest.param(5_000, 200, SENTENCE),
    pytest.param(1, 3_000_000, "`*_["),
    *(
        pytest.param(comments, characters, text, marks=pytest.mark.slow)
        for comments, characters in ((5_000, 200), (5_000, 2_000), (20, 50_000), (1, 3_000_000))
        for text in (SENTENCE, "a", "(", "> ", "`*_[", "\n")
    ),
]


@pytest.mark.parametrize(("comments", "characters", "text"), HUGE)
def test_huge_tickets(comments: int, characters: int, text: str) -> None:
    began = time.monotonic()
    told = tell_everything("7", judge_members(make_huge_record(comments=comments, characters=characters, text=text)))
    print(f"{comments} comments of {characters} characters: {time.monotonic() - began:.1f} s")  # noqa: T201 - a figure to read
    assert max(len(text) for name, text in told if name.startswith("description adf")) <= 33_000
