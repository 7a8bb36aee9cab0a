"""Budgets: whatever the calls and lanes, no window of the vendor's length ever holds more than the vendor allows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.limits import Level, Limit, learn, size_budget, take

CLOCK = 1_800_000_000.0
LIMITS = st.builds(
    Limit,
    count=st.integers(1, 200),
    period_s=st.sampled_from([1.0, 2.0, 30.0, 60.0, 600.0, 3600.0]),
    share=st.floats(0.01, 1.0),
)
CALLS = st.lists(
    st.tuples(st.floats(0, 1.5), st.sampled_from([1.0, 0.75, 0.5]), st.integers(1, 3)), min_size=1, max_size=400
)


@given(limit=LIMITS, calls=CALLS)
def test_no_window_ever_holds_more_than_the_limit(limit: Limit, calls: list[tuple[float, float, int]]) -> None:
    budget = size_budget(limit, None)
    clock, level, granted = CLOCK, Level(), list[tuple[float, int]]()
    for gap, part, cost in calls:
        clock += gap * limit.period_s / max(1, limit.count)
        wait, level = take(budget, level, part=part, cost=cost, clock=clock)
        if wait == 0:
            granted.append((clock, min(cost, budget.burst)))
    for number, (start, _) in enumerate(granted):
        within = sum(cost for at, cost in granted[number:] if at <= start + limit.period_s)
        assert within <= max(1, math.floor(limit.count * limit.share + 1e-6))


def test_thirty_updates_in_any_ten_minutes_of_a_ticket_that_wants_thousands() -> None:
    limit = Limit(count=30, period_s=600.0)
    budget, level, granted = size_budget(limit, None), Level(), list[float]()
    for step in range(36_000):
        clock = CLOCK + step / 10
        wait, level = take(budget, level, part=1.0, cost=1, clock=clock)
        if wait == 0:
            granted.append(clock)
    most = max(sum(1 for at in granted if start <= at <= start + 600.0) for start in granted)
    assert 25 <= most <= 30
    assert len(granted) > 130  # of the 180 that an hour allows


@given(limit=LIMITS, cost=st.integers(1, 5), part=st.sampled_from([1.0, 0.75, 0.5]), used=st.integers(0, 60))
def test_whoever_waits_as_long_as_told_gets_through(limit: Limit, cost: int, part: float, used: int) -> None:
    budget, level = size_budget(limit, None), Level()
    for _ in range(used):
        _, level = take(budget, level, part=1.0, cost=1, clock=CLOCK)
    wait, level = take(budget, level, part=part, cost=cost, clock=CLOCK)
    assert wait <= budget.interval_s * budget.burst + 1e-3
    assert wait == 0.0 or take(budget, level, part=part, cost=cost, clock=CLOCK + wait + 1e-6)[0] == 0.0


def test_the_last_part_of_a_budget_is_for_the_urgent() -> None:
    budget, level = size_budget(Limit(count=80, period_s=60.0), None), Level()
    spent = {0.5: 0, 0.75: 0, 1.0: 0}
    for part in (0.5, 0.75, 1.0):
        while (taken := take(budget, level, part=part, cost=1, clock=CLOCK))[0] == 0:
            level, spent[part] = taken[1], spent[part] + 1
    assert spent == {0.5: 10, 0.75: 5, 1.0: 5}


def test_a_busy_backfill_leaves_a_call_for_the_poller() -> None:
    budget, level = size_budget(Limit(count=10, period_s=60.0, share=0.8), None), Level()
    for second in range(600):
        _, level = take(budget, level, part=0.5, cost=1, clock=CLOCK + second)
        if second % 60 == 59:
            wait, level = take(budget, level, part=1.0, cost=1, clock=CLOCK + second)
            assert wait == 0.0


@pytest.mark.parametrize(
    ("configured", "announced", "share", "count", "reserve"),
    [
        (1_000_000, 700, 0.8, 560, 140),
        (1_000_000, 200, 0.8, 160, 40),
        (100, 300, 0.8, 80, 20),
        (100, 20, 0.8, 16, 4),
        (30, None, 1.0, 30, 0),
        (10, 1, 0.8, 1, 0),
        (10, 0, 0.8, 1, 0),
    ],
)
def test_people_keep_their_part_of_what_the_vendor_announces(
    configured: int, announced: int | None, share: float, count: int, reserve: int
) -> None:
    budget = size_budget(Limit(count=configured, period_s=60.0, share=share), announced)
    assert (budget.count, budget.reserve) == (count, reserve)


@pytest.mark.parametrize(
    ("remaining", "part", "waits"),
    [(141, 1.0, False), (140, 1.0, True), (0, 1.0, True), (281, 0.75, False), (280, 0.75, True), (420, 0.5, True)],
)
def test_what_others_used_is_seen_and_the_reserve_is_not_touched(remaining: int, part: float, waits: bool) -> None:
    budget = size_budget(Limit(count=1_000_000, period_s=60.0, share=0.8), 700)
    level = learn(Level(), limit=700, remaining=remaining, resets_s=42.0, clock=CLOCK)
    wait, after = take(budget, level, part=part, cost=1, clock=CLOCK + 2)
    assert wait == (40.0 if waits else 0.0)
    assert after.remaining == (remaining if waits else remaining - 1)
    assert take(budget, level, part=part, cost=1, clock=CLOCK + 42)[0] == 0.0


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_a_tiny_limit_can_be_used_when_it_is_full(limit: int) -> None:
    budget = size_budget(Limit(count=1_000_000, period_s=60.0, share=0.8), limit)
    for part in (1.0, 0.75, 0.5):
        level = learn(Level(), limit=limit, remaining=limit, resets_s=60.0, clock=CLOCK)
        assert take(budget, level, part=part, cost=1, clock=CLOCK)[0] == 0.0


@given(limit=LIMITS, jump_s=st.floats(1, 1e9))
def test_a_clock_that_goes_back_starves_nobody(limit: Limit, jump_s: float) -> None:
    budget, level = size_budget(limit, None), Level()
    for _ in range(budget.burst):
        _, level = take(budget, level, part=1.0, cost=1, clock=CLOCK)
    clock, granted = CLOCK - jump_s, 0
    for _ in range(4):
        wait, level = take(budget, level, part=0.5, cost=1, clock=clock)
        granted += wait == 0
        clock += budget.interval_s * budget.burst + 1e-3
    assert granted >= 3


def test_what_was_left_before_a_clock_went_back_is_forgotten() -> None:
    budget = size_budget(Limit(count=700, period_s=60.0), 700)
    level = learn(Level(), limit=700, remaining=0, resets_s=60.0, clock=CLOCK)
    assert take(budget, level, part=1.0, cost=1, clock=CLOCK - 86_400)[0] == 0.0
