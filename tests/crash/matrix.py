"""The crash matrix: which deaths, in which campaigns, on which stores; played by processes, summed up here."""

import dataclasses
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from tests.crash.campaign import Kill, Order, Result
from tests.crash.scene import QUESTION, WEB_POINTS
from tests.rig import build_rig, make_record
from worker.failpoints import FailPoint, install_hook
from worker.store.database import Database
from worker.store.migrate import upgrade_database

_RESULT = TypeAdapter(Result)
CAMPAIGN = (sys.executable, "-m", "tests.crash.campaign")
LENGTH = 12
"""Deaths of one campaign: enough to overlap, few enough to see which of them a violation hangs on."""

_LIMIT_S = 900.0
_LONGEST_S = 1.5
_SHARES = (("worker", 0.48), ("web", 0.24), ("whole", 0.19), ("parent", 0.09))


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What the campaigns of one store came to."""

    store: str
    results: tuple[Result, ...]

    @property
    def violations(self) -> list[str]:
        """All of them, each with the seed of its campaign."""
        return [f"{self.store}, seed {result.seed}: {what}" for result in self.results for what in result.violations]

    def describe(self) -> str:
        """One line of figures."""
        died = [name for result in self.results for name in result.died]
        named = [name.split(":")[0] for name in died if ":" in name]
        missed = [name for result in self.results for name in result.missed]
        return (
            f"{self.store}: {len(died) + len(missed)} kills ({len(named)} at {len(set(named))} named points,"
            f" {len(died) - len(named) + len(missed)} elsewhere)"
            f" in {len(self.results)} campaigns, {sum(result.escalations for result in self.results)} escalations,"
            f" {sum(result.acked for result in self.results)} deliveries followed by id,"
            f" {sum(result.faults for result in self.results)} faults,"
            f" {sum(result.drained for result in self.results)} subjects parked and replayed:"
            f" {len(self.violations)} violations"
        )


def count_reaches(folder: Path) -> Counter[FailPoint]:
    """How often each point is reached by what one kill is given to do; the last of them is a `k` of the matrix."""
    counted: Counter[FailPoint] = Counter()
    url = f"sqlite:///{folder / 'count.db'}"
    with Database(url) as database:
        upgrade_database(database)
        with build_rig(folder, database) as rig:
            install_hook(lambda point: counted.update([point]))
            try:
                rig.load(make_record(501), make_record(502), make_record(503, note=None, text=QUESTION))
                rig.run()
                rig.run_for(0.5)
            finally:
                install_hook(None)
    return counted


def plan_kills(count: int, reaches: Counter[FailPoint], dice: random.Random) -> list[Kill]:
    """Every name at k = 1, 2 and the last, as often as half of `count` has room for it; the rest at random."""
    named = [
        Kill(way="point", point=point.value, count=k)
        for point in FailPoint
        for k in sorted({1, 2, max(3, reaches[point])})
    ]
    rounds = max(1, round(count * 0.6 / len(named))) if count >= len(named) else 0
    kills = named * rounds or dice.sample(named, min(len(named), max(1, count * 6 // 10)))
    left = max(0, count - len(kills))
    for way, share in _SHARES:
        kills += [Kill(way=way, after_s=dice.uniform(0.0, _LONGEST_S)) for _ in range(round(left * share))]
    while len(kills) < count:
        kills.append(Kill(way="worker", after_s=dice.uniform(0.0, _LONGEST_S)))
    return kills


def plan_campaigns(kills: Sequence[Kill], dice: random.Random) -> Iterator[tuple[Kill, ...]]:
    """Deaths of one role together, because starting the other one costs most of the time."""
    groups: dict[str, list[Kill]] = {}
    for kill in kills:
        is_web = kill.way == "web" or kill.point in WEB_POINTS
        groups.setdefault("web" if is_web else kill.way if kill.way in {"whole", "parent"} else "worker", []).append(
            kill
        )
    for group in groups.values():
        dice.shuffle(group)
        for start in range(0, len(group), LENGTH):
            yield tuple(group[start : start + LENGTH])


def play(orders: Sequence[Order], jobs: int, told: Callable[[Result], None]) -> tuple[Result, ...]:
    """Runs the campaigns, `jobs` at a time; raises when one of them breaks down by itself.

    When this is cut short, so are they, and none leaves a process behind.
    """
    running: set[subprocess.Popen[bytes]] = set()

    def run(order: Order) -> Result:
        Path(order.folder).mkdir(parents=True, exist_ok=True)
        with subprocess.Popen(CAMPAIGN, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            running.add(process)
            try:
                out, _ = process.communicate(json.dumps(dataclasses.asdict(order)).encode(), timeout=_LIMIT_S)
            finally:
                running.discard(process)
                process.terminate()
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, CAMPAIGN)
        result = _RESULT.validate_json(out)
        told(result)
        return result

    with ThreadPoolExecutor(jobs) as pool:
        try:
            return tuple(pool.map(run, orders))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in tuple(running):
                process.terminate()
            raise
