"""A backfill that is killed with SIGKILL at random ends with the same result as one that nobody disturbed."""

from pathlib import Path

import pytest

from tests.crash.backfill import Played, draw_kills, play


def play_both(folder: Path, tickets: int, kills: int, *, seed: int) -> tuple[Played, Played]:
    """The undisturbed one and the one that dies, each with a database and vendors of its own."""
    whole = play(folder / "whole", tickets, f"sqlite:///{folder / 'whole.db'}", ([], []))
    deaths = draw_kills(whole, kills, seed)
    return whole, play(folder / "broken", tickets, f"sqlite:///{folder / 'broken.db'}", deaths)


def check_alike(whole: Played, broken: Played, *, least_deaths: int) -> None:
    assert sum(broken.deaths) >= least_deaths
    assert whole.ending.state == "done"
    assert whole.ending.escalations
    assert broken.ending == whole.ending


def test_a_backfill_that_dies_at_random_ends_as_one_that_lives(tmp_path: Path) -> None:
    check_alike(*play_both(tmp_path, 200, 3, seed=7), least_deaths=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20])
def test_twenty_thousand_tickets_and_ten_deaths(tmp_path: Path, seed: int) -> None:
    check_alike(*play_both(tmp_path, 20_000, 10, seed=seed), least_deaths=8)
