"""`make crash`: the crash matrix on both stores, then the state machine; figures at the end, exit 1 on a violation.

A seed gives the same deaths in the same order; which instruction a death at a random instant meets, it cannot.
"""

import argparse
import dataclasses
import json
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.conftest import PostgresServer
from tests.crash.campaign import Order as Campaign
from tests.crash.campaign import Result
from tests.crash.ending import exit_at_signal
from tests.crash.matrix import Summary, count_reaches, plan_campaigns, plan_kills, play
from tests.crash.storm import Order

_SLOWER = 20
"""So many times fewer deaths of the state machine on PostgreSQL, whose commits wait for a disk."""


def main() -> None:
    """Plays, prints, exits; a signal ends what was started too."""
    exit_at_signal()
    asked = _read_arguments()
    _say(f"seed {asked.seed}; repeat with make crash SEED={asked.seed}")
    folder = Path(tempfile.mkdtemp(prefix="escalator-crash-"))
    began = time.monotonic()
    summaries = []
    try:
        for store in asked.stores.split(","):
            summaries.append(_play_store(store, folder / store, asked))
            _say(summaries[-1].describe())
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
    violations = [what for summary in summaries for what in summary.violations]
    for store in asked.stores.split(","):
        figures, wrong = _storm(store, asked)
        _say(figures)
        violations += wrong
    for what in violations:
        _say(f"VIOLATION {what}")
    _say(f"took {(time.monotonic() - began) / 60:.1f} minutes")
    sys.exit(1 if violations else 0)


def _play_store(store: str, folder: Path, asked: argparse.Namespace) -> Summary:
    dice = random.Random(f"{asked.seed}:{store}")
    folder.mkdir(parents=True)
    kills = plan_kills(asked.kills, count_reaches(folder), dice)
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="escalator-pg-"))) if store == "postgresql" else None
    try:
        make_url = _choose_url(server)
        orders = []
        for number, lot in enumerate(plan_campaigns(kills, dice)):
            home = folder / f"campaign-{number}"
            url = make_url(home)
            orders.append(Campaign(seed=dice.randrange(1 << 30), folder=str(home), database_url=url, kills=lot))
        return Summary(store=store, results=play(orders, asked.jobs, _tell))
    finally:
        if server is not None:
            server.stop()


def _storm(store: str, asked: argparse.Namespace) -> tuple[str, list[str]]:
    """The state machine on one store, by several processes with seeds of their own."""
    share = asked.deaths if store == "sqlite" else asked.deaths // _SLOWER
    orders = [
        Order(deaths=-(-share // asked.jobs), seed=asked.seed * asked.jobs + number, store=store)
        for number in range(asked.jobs)
    ]
    with ThreadPoolExecutor(asked.jobs) as pool:
        ended = list(pool.map(_run_storm, orders))
    tallies = [json.loads(done.stdout) for done in ended if done.returncode == 0]
    total = {
        key: sum(tally[key] for tally in tallies)
        for key in ("deaths", "sleeps", "schedules", "escalations", "replays")
    }
    points = {point for tally in tallies for point in tally["points"]}
    wrong = [f"state machine on {store}: {done.stderr[-6000:]}" for done in ended if done.returncode != 0]
    figures = (
        f"{store}, state machine: {total['deaths']} deaths at {len(points)} points and {total['sleeps']} sleeps past"
        f" a take-over, in {total['schedules']} schedules with {total['escalations']} escalations,"
        f" {total['replays']} replays of parked subjects: {len(wrong)} violations"
    )
    return figures, wrong


def _run_storm(order: Order) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        (sys.executable, "-m", "tests.crash.storm"),
        input=json.dumps(dataclasses.asdict(order)),
        capture_output=True,
        text=True,
        check=False,
    )


def _choose_url(server: PostgresServer | None) -> Callable[[Path], str]:
    if server is None:
        return lambda home: f"sqlite:///{home / 'escalator.db'}"
    return lambda _home: server.create_database()


def _tell(result: Result) -> None:
    deaths = len(result.died) + len(result.missed)
    missed = f", not reached: {' '.join(result.missed)}" if result.missed else ""
    _say(f"  campaign {result.seed}: {deaths} kills in {result.seconds:.0f} s{missed}")
    for what in (*result.violations, *result.unexpected):
        _say(f"    {what}")


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--kills", type=int, default=300, help="on each store")
    parser.add_argument("--deaths", type=int, default=10_000, help="of the state machine, on SQLite")
    parser.add_argument("--stores", default="sqlite,postgresql")
    parser.add_argument("--jobs", type=int, default=3, help="campaigns at a time")
    parser.add_argument("--keep", action="store_true", help="leave databases and logs where they are")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
