"""A backfill killed with SIGKILL again and again, beside one that nobody disturbs: both must end alike.

Run it with `python -m tests.crash.backfill [--tickets N] [--seed N]`.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.crash.ending import exit_at_signal
from tests.rig import make_record, spell, write_policy
from worker.settings import PREFIX
from worker.store.backfills import list_backfills
from worker.store.database import Database
from worker.store.escalations import list_escalations

COMMAND = (sys.executable, "-m", "worker.cli", "backfill")
_QUESTION = "Could you tell me where I change the colour of the header on my invoices? I did not find it."
_EXPOSURE = "I can see another customer's invoices in my account. This is a data leak."
_CONFIRMED = "Confirmed: this is a security breach, customer data is exposed to other customers."
_DOWN = "Nobody in our company can log in since this morning, the whole service is down for all our 240 users."
_REPRODUCED = "I reproduced this: every login fails with error 500. No workaround. All customers are affected."
_TIMES = {"REQUEST_TIMEOUT": "5s", "LEASE": "11s", "SEARCH_LAG": "0.5s", "CREATE_QUIET_WINDOW": "3s"}
_RATES = ("ZENDESK_EXPORTS_PER_MINUTE", "ZENDESK_UPDATES_PER_MINUTE")
_LIMIT_S = 3600.0
_OLDEST_DAYS = 300
_KINDS, _OPEN = 250, 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """What a backfill has come to, outside and inside, in values that two runs can share."""

    state: str
    planned: tuple[tuple[str, int], ...]
    outcomes: tuple[tuple[str, int], ...]
    escalations: frozenset[tuple[tuple[int, ...], str, str]]
    issues: tuple[tuple[str, int], ...]
    notes: tuple[tuple[int, int], ...]
    tags: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """An ending with what it took: deaths in the planning and in the run, requests and seconds of each."""

    ending: Ending
    deaths: tuple[int, int]
    requests: tuple[int, int]
    seconds: tuple[float, float]


def generate_record(number: int) -> dict[str, Any]:
    """One of some kinds of past tickets, most of them closed long ago; the number decides which."""
    now = datetime.now(UTC).replace(microsecond=0, second=0, minute=0)
    created = now - timedelta(days=1 + number % _OLDEST_DAYS, hours=3)
    by_kind: dict[int, dict[str, Any]] = {
        0: {},
        1: {"text": _EXPOSURE, "note": _CONFIRMED, "subject": "I can see another company's invoices"},
        2: {"text": _DOWN, "note": _REPRODUCED, "subject": "Nobody can log in", "priority": "urgent"},
        3: {"tags": ["escalator_veto"]},
        4: {"note": None, "text": _QUESTION, "tags": ["escalator_now"]},
        5: {"status": "solved", "text": _EXPOSURE, "note": _CONFIRMED},
    }
    kind = number % _KINDS
    shape = by_kind.get(kind, {"note": None, "text": _QUESTION, "status": "closed" if kind >= _OPEN else "solved"})
    stamps = {"created_at": spell(created), "updated_at": spell(created + timedelta(hours=2))}
    return make_record(1000 + number, **stamps, **shape)


def play(folder: Path, tickets: int, database_url: str, kills: tuple[list[int], list[int]]) -> Played:
    """Plans and runs a backfill of so many tickets; dies when the vendors served these numbers of requests.

    The first list is of the planning, the second of the run. After each death the command `resume` goes on.
    """
    folder.mkdir(parents=True)
    # A ticket that nobody reads again needs no faithful export lag, and a hundred thousand requests no journal file.
    with Sandbox(SandboxSettings(export_lag_s=0.0, search_lag_s=0.2)) as box:
        box.zendesk.load_records([generate_record(number) for number in range(tickets)])
        environment = _spell_environment(box, folder, database_url)
        _call(("status",), environment, folder, upgrade=True)
        began, served = time.monotonic(), len(box.journal)
        plan_deaths = _work(("plan", "--since", _spell_since()), environment, folder, (box, database_url), kills[0])
        planned_s, plan_requests = time.monotonic() - began, len(box.journal) - served
        plan_id = _find_plan(database_url)
        status = json.loads(_call(("status", plan_id, "--json"), environment, folder))
        assert status["state"] == "planned", status
        began, served = time.monotonic(), len(box.journal)
        words = ("run", plan_id, "--max-create", str(tickets), "--yes")
        run_deaths = _work(words, environment, folder, (box, database_url), kills[1])
        ran_s, run_requests = time.monotonic() - began, len(box.journal) - served
        report = json.loads(_call(("report", plan_id, "--json"), environment, folder))
        return Played(
            ending=_read_ending(box, database_url, report),
            deaths=(plan_deaths, run_deaths),
            requests=(plan_requests, run_requests),
            seconds=(planned_s, ran_s),
        )


def draw_kills(whole: Played, count: int, seed: int) -> tuple[list[int], list[int]]:
    """Instants of death, as numbers of requests since the step began: four of ten in the planning."""
    dice = random.Random(seed)
    first = round(count * 0.4)
    return (
        sorted(dice.randint(1, max(1, whole.requests[0] - 1)) for _ in range(first)),
        sorted(dice.randint(1, max(1, whole.requests[1] - 1)) for _ in range(count - first)),
    )


def _work(
    words: tuple[str, ...], environment: dict[str, str], folder: Path, scene: tuple[Sandbox, str], kills: list[int]
) -> int:
    """Runs a command to its end over all its deaths; how many there were."""
    box, database_url = scene
    deaths, served = 0, len(box.journal)
    ends = time.monotonic() + _LIMIT_S
    for due in (*kills, None):
        with (folder / "log").open("ab") as log, (folder / "out").open("wb") as out:
            process = subprocess.Popen((*COMMAND, *words, "--json"), env=environment, stdout=out, stderr=log)
        try:
            while process.poll() is None and (due is None or len(box.journal) - served < due):
                assert time.monotonic() < ends, f"{words} takes too long"
                time.sleep(0.02)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                deaths += 1
        finally:
            process.kill()
            process.wait()
        if process.returncode == 0:
            return deaths
        log_end = (folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]
        assert process.returncode == -signal.SIGKILL, log_end
        plan_id = _find_plan(database_url)
        if plan_id:
            words = ("resume", plan_id)
        if words[0] == "resume":
            _await_lease(environment, folder, plan_id)
    raise AssertionError("the last start must end by itself")


def _await_lease(environment: dict[str, str], folder: Path, plan_id: str) -> None:
    """A dead planner's lease must be over before another may go on; a run needs no such wait."""
    ends = time.monotonic() + 60
    while json.loads(_call(("status", plan_id, "--json"), environment, folder))["state"] == "planning":
        assert time.monotonic() < ends
        time.sleep(1.0)


def _call(words: tuple[str, ...], environment: dict[str, str], folder: Path, *, upgrade: bool = False) -> bytes:
    if upgrade:
        command = (sys.executable, "-m", "worker.cli", "db", "upgrade")
        subprocess.run(command, env=environment, check=True, capture_output=True)
        return b""
    with (folder / "log").open("ab") as log:
        return subprocess.run(
            (*COMMAND, *words), env=environment, check=True, stdout=subprocess.PIPE, stderr=log
        ).stdout


def _find_plan(database_url: str) -> str:
    with Database(database_url) as database, database.snapshot() as connection:
        plans = list_backfills(connection)
    return plans[0].id if plans else ""


def _spell_since() -> str:
    return spell(datetime.now(UTC) - timedelta(days=_OLDEST_DAYS + 60))


def _spell_environment(box: Sandbox, folder: Path, database_url: str) -> dict[str, str]:
    own = {"DATABASE_URL": database_url, "POLICY_DIR": str(write_policy(folder / "policy")), **_TIMES}
    # The live poll begins now: what is older is the backfill's alone.
    own["POLL_FROM"] = spell(datetime.now(UTC) + timedelta(seconds=1))
    own |= dict.fromkeys(_RATES, "60000")
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | box.environment | {PREFIX + name: value for name, value in own.items()}


def _read_ending(box: Sandbox, database_url: str, report: dict[str, Any]) -> Ending:
    with Database(database_url) as database, database.snapshot() as connection:
        escalations = list_escalations(connection)
    markers = [
        label for issue in box.jira.issues for label in issue.fields["labels"] if label.startswith("escalator-")
    ]
    assert len(markers) == len(set(markers)) == len(box.jira.issues), "an issue was opened twice"
    touched = sorted(ticket_id for each in escalations for ticket_id in each.tickets)
    return Ending(
        state=report["state"],
        planned=tuple(
            sorted(Counter(f"{r['planned']} {r['target']} {r['severity']}" for r in report["rows"]).items())
        ),
        outcomes=tuple(sorted(Counter(str(row["outcome"]) for row in report["rows"]).items())),
        escalations=frozenset((each.tickets, each.target.value, each.severity.value) for each in escalations),
        issues=tuple(sorted(Counter(_spell_issue(issue) for issue in box.jira.issues).items())),
        notes=tuple((ticket_id, len(box.zendesk.notes(ticket_id))) for ticket_id in touched),
        tags=tuple((ticket_id, tuple(sorted(box.zendesk.tickets[ticket_id]["tags"]))) for ticket_id in touched),
    )


def _spell_issue(issue: Any) -> str:
    return f"{issue.key.split('-')[0]} {issue.fields['summary']}"


def main() -> None:
    """Plays both and prints the figures; exits 1 when they differ."""
    exit_at_signal()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="escalator-backfill-") as place:
        folder = Path(place)
        whole = play(folder / "whole", arguments.tickets, f"sqlite:///{folder / 'whole.db'}", ([], []))
        sys.stdout.write(f"{arguments.tickets} tickets, undisturbed: {_describe(whole)}\n")
        sys.stdout.flush()
        kills = draw_kills(whole, arguments.kills, arguments.seed)
        broken = play(folder / "broken", arguments.tickets, f"sqlite:///{folder / 'broken.db'}", kills)
    sys.stdout.write(f"killed {sum(broken.deaths)} times (seed {arguments.seed}): {_describe(broken)}\n")
    same = whole.ending == broken.ending
    sys.stdout.write("both ended alike\n" if same else f"DIFFERENT:\n{whole.ending}\n{broken.ending}\n")
    sys.exit(0 if same else 1)


def _describe(played: Played) -> str:
    return (
        f"planned in {played.seconds[0]:.0f} s with {played.requests[0]} requests, run in {played.seconds[1]:.0f} s"
        f" with {played.requests[1]}; {len(played.ending.escalations)} escalations; {dict(played.ending.outcomes)}"
    )


if __name__ == "__main__":
    main()
