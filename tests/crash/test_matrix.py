"""A sample of the crash matrix; `make crash` is the whole."""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.crash.campaign import Kill, Order, run_campaign
from tests.crash.matrix import LENGTH, count_reaches, plan_campaigns, plan_kills
from worker.failpoints import FailPoint


def test_every_name_is_planned_at_the_first_second_and_last_reach() -> None:
    kills = plan_kills(300, Counter({FailPoint.EFFECT_SENT: 8}), random.Random(1))
    assert len(kills) >= 300
    for point in FailPoint:
        counts = {kill.count for kill in kills if kill.point == point}
        assert counts == {1, 2, 8 if point is FailPoint.EFFECT_SENT else 3}
    assert {kill.way for kill in kills} == {"point", "worker", "web", "whole", "parent"}
    campaigns = list(plan_campaigns(kills, random.Random(1)))
    assert sum(map(len, campaigns)) == len(kills)
    assert max(map(len, campaigns)) <= LENGTH


def test_a_seed_plans_the_same_deaths() -> None:
    assert plan_kills(40, Counter(), random.Random(5)) == plan_kills(40, Counter(), random.Random(5))


def test_three_deaths_leave_nothing_lost_or_doubled(tmp_path: Path) -> None:
    play(
        tmp_path, f"sqlite:///{tmp_path / 'escalator.db'}", 4, ["effect.sent", "effect.started", "deliveries.stored"]
    )


@pytest.mark.slow
@pytest.mark.parametrize("part", range(3))
def test_a_death_at_every_point_leaves_nothing_lost_or_doubled(tmp_path: Path, database_url: str, part: int) -> None:
    play(tmp_path, database_url, part, [point.value for point in FailPoint][part::3])


@pytest.mark.slow
def test_deaths_of_the_whole_service_leave_nothing_lost_or_doubled(tmp_path: Path, database_url: str) -> None:
    kills = tuple(Kill(way=way, after_s=0.3) for way in ("whole", "parent", "whole"))
    result = run_campaign(Order(seed=9, folder=str(tmp_path), database_url=database_url, kills=kills))
    assert result.violations == ()


def test_points_are_counted_by_a_plain_run(tmp_path: Path) -> None:
    counted = count_reaches(tmp_path)
    assert counted[FailPoint.EFFECT_SENT] == 8
    assert counted[FailPoint.TICKET_SETTLED] >= 3


def play(folder: Path, database_url: str, seed: int, points: list[str]) -> None:
    kills = tuple(Kill(way="point", point=point, count=1) for point in points)
    result = run_campaign(Order(seed=seed, folder=str(folder), database_url=database_url, kills=kills))
    assert result.violations == ()
    assert result.died, result.missed
    assert result.escalations == 2 * len(points)
