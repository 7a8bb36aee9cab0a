"""A whole Escalator on the sandbox in one process: real clients over loopback, a real database, no threads."""

import dataclasses
import math
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

from connectors.sandbox.server import Sandbox, SandboxSettings
from mappings.routing import Mode
from worker.flow.loop import run_until_idle, work_once
from worker.flow.means import Means
from worker.log import configure_logging
from worker.settings import Settings
from worker.store.database import Database
from worker.store.subjects import find_next_due
from worker.wiring import MakeMeans, read_policy

FIELDS = {"jira_issue": 900105, "state": 900111, "severity": 900112, "target": 900110, "affected_users": 900106}
DURATIONS = {"request_timeout": "5s", "lease": "20s", "search_lag": "0.5s", "create_quiet_window": "2s"}
_SHORTEST_SKIP_S, _LONGEST_SKIP_S = 0.02, 0.5
AGENT, CUSTOMER = 31, 11
BUG = "I reproduced this on our test account: the export writes only the first 1000 rows. It is a bug in our export."
ASKED = "The CSV export of the sales report stops at row 1000 since Friday. We cannot close our books without it."


def write_policy(folder: Path, mode: Mode = Mode.AUTO, extra: str = "") -> Path:
    """A policy overlay with one mode for all targets and the sandbox's field ids."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("l2", "engineering", "product", "security", "leadership")
    modes = "".join(
        f'[targets.{name}]\nmode = "{mode.value}"\n' for name in names if f"[targets.{name}]" not in extra
    )
    (folder / "routing.toml").write_text(modes + extra, encoding="utf-8")
    fields = "".join(f"{name} = {number}\n" for name, number in FIELDS.items())
    (folder / "fields.toml").write_text("[zendesk]\n" + fields, encoding="utf-8")
    return folder


def spell(instant: datetime) -> str:
    """An instant as Zendesk writes it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_record(ticket_id: int, *, note: str | None = BUG, text: str = ASKED, **ticket: Any) -> dict[str, Any]:
    """A ticket in the file format: a customer's report and, unless `note` is None, our agent's internal note."""
    now = datetime.now(UTC).replace(microsecond=0)
    created, noted = spell(now - timedelta(hours=3)), spell(now - timedelta(hours=1))
    comments: list[dict[str, Any]] = [
        _make_comment(ticket_id * 10, CUSTOMER, text, created, public=True),
    ]
    if note is not None:
        comments.append(_make_comment(ticket_id * 10 + 1, AGENT, note, noted, public=False))
    return {
        "id": f"t-{ticket_id}",
        "now": spell(now),
        "ticket": {
            "id": ticket_id,
            "via": {"channel": "web"},
            "created_at": created,
            "updated_at": comments[-1]["created_at"],
            "subject": "Sales export stops at row 1000",
            "description": text,
            "priority": "high",
            "status": "open",
            "type": "incident",
            "requester_id": CUSTOMER,
            "submitter_id": CUSTOMER,
            "assignee_id": AGENT,
            "organization_id": 21,
            "group_id": 41,
            "tags": [],
            "custom_fields": [],
        }
        | ticket,
        "comments": comments,
        "users": [
            {
                "id": CUSTOMER,
                "name": "Ines Falk",
                "email": "ines@falk.example",
                "role": "end-user",
                "organization_id": 21,
            },
            {"id": AGENT, "name": "Tom Reed", "email": "tom@desk.example", "role": "agent", "organization_id": None},
        ],
        "organizations": [
            {
                "id": 21,
                "name": "Falk & Co",
                "domain_names": ["falk.example"],
                "tags": [],
                "organization_fields": {"arr": 48000, "tier": "standard"},
            }
        ],
        "groups": [{"id": 41, "name": "Support"}],
        "slas": {"policy_metrics": []},
        "metric_set": {"ticket_id": ticket_id, "reopens": 0, "replies": 0},
    }


def _make_comment(comment_id: int, author: int, body: str, at: str, *, public: bool) -> dict[str, Any]:
    return {
        "id": comment_id,
        "type": "Comment",
        "author_id": author,
        "public": public,
        "body": body,
        "attachments": [],
        "via": {"channel": "web"},
        "created_at": at,
    }


START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""A Monday morning: hours that pass in a flow reach no evening's digest, whenever the test happens to run."""


class Clock:
    """The wall clock of this process and the worker's monotonic clock; both run on, and idle time is skipped.

    A test waits for what is due, not for the time until then; sockets keep their real time-outs.
    """

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller
        self._skipped_s = 0.0

    def monotonic(self) -> float:
        """Seconds, those that were skipped included."""
        return time.monotonic() + self._skipped_s

    def skip(self, seconds: float) -> None:
        """Lets so much time have passed."""
        self._traveller.shift(seconds)
        self._skipped_s += seconds


@dataclasses.dataclass(kw_only=True)
class Rig:
    """The sandbox, the database and the means, with the verbs that flow tests need."""

    clock: Clock
    box: Sandbox
    database: Database
    make_means: MakeMeans

    @property
    def means(self) -> Means:
        """Fresh means, as a restarted worker would have."""
        return self.make_means()

    def load(self, *records: dict[str, Any]) -> None:
        """Puts tickets into the sandbox as they are."""
        self.box.zendesk.load_records(list(records))

    def run(self) -> None:
        """Polls and works until nothing is due now; the export tells changes of different seconds apart."""
        self.clock.skip(1.01 - time.time() % 1)
        run_until_idle(self.means)

    def run_for(self, seconds: float) -> None:
        """Goes on working, as `serve` would, for some seconds."""
        ends = self.clock.monotonic() + seconds
        self._work_until(lambda: self.clock.monotonic() >= ends)

    def live(self, hours: float) -> None:
        """Goes on working for some hours, from one instant at which something is due to the next."""
        means, ends = self.means, datetime.now(UTC) + timedelta(hours=hours)
        while True:
            while work_once(means):
                pass
            with self.database.snapshot() as connection:
                due = find_next_due(connection)
            now = datetime.now(UTC)
            if due is None or due >= ends:
                break
            self.clock.skip(max((due - now).total_seconds(), _SHORTEST_SKIP_S))
        self.clock.skip(max((ends - datetime.now(UTC)).total_seconds(), 0.0))

    def settle(self, longest_s: float = 20.0) -> None:
        """Goes on working until nothing has been due for a while."""
        ends = self.clock.monotonic() + longest_s
        self._work_until(lambda: self.clock.monotonic() >= ends, calm_s=0.6)

    def _work_until(self, is_over: Callable[[], bool], calm_s: float = math.inf) -> None:
        means, idle_s = self.means, 0.0
        while not is_over() and idle_s < calm_s:
            if work_once(means):
                idle_s = 0.0
            else:
                step_s = min(_SHORTEST_SKIP_S + idle_s / 4, _LONGEST_SKIP_S)
                self.clock.skip(step_s)
                idle_s += step_s

    def restart(self) -> None:
        """Forgets all that a process remembers."""
        self.make_means = dataclasses.replace(self.make_means, memory=type(self.make_means.memory)())

    @property
    def writes(self) -> list[str]:
        """Every write that either vendor committed, as METHOD path."""
        kept = [entry for entry in self.box.journal if entry.method != "GET" and entry.effect == "committed"]
        return [f"{entry.method} {entry.path.split('?')[0]}" for entry in kept if "oauth" not in entry.path]


@contextmanager
def build_rig(
    folder: Path,
    database: Database,
    *,
    mode: Mode = Mode.AUTO,
    extra: str = "",
    start: datetime = START,
    overlay: Mapping[str, str] | None = None,
    **sandbox: Any,
) -> Iterator[Rig]:
    """A rig on an empty sandbox, at `start` instead of now; `overlay` holds further policy files."""
    configure_logging(level=40)
    shape: dict[str, Any] = {"export_lag_s": 0.0, "search_lag_s": 0.2} | sandbox
    with time_machine.travel(start, tick=True) as traveller, Sandbox(SandboxSettings(**shape)) as box:
        clock = Clock(traveller)
        folder = write_policy(folder / f"policy-{secrets.token_hex(2)}", mode, extra)
        for name, text in (overlay or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        values = {name.removeprefix("ESCALATOR_").lower(): value for name, value in box.environment.items()}
        settings = Settings(
            **values,  # type: ignore[arg-type]
            **DURATIONS,
            policy_dir=folder,
            poll_from=start - timedelta(days=30),
            zendesk_exports_per_minute=6000,
            zendesk_updates_per_minute=6000,
        )
        make_means = MakeMeans(
            settings=settings,
            policy=read_policy(settings),
            database=database,
            monotonic=clock.monotonic,
            sleep=clock.skip,
        )
        yield Rig(clock=clock, box=box, database=database, make_means=make_means)
