"""A small played state for the quick tests: a hostile ticket that went up, one that was refused, a pattern."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.dashboard.pages import log_in, serve_dashboard
from tests.dashboard.story import (
    HOSTILE,
    OPERATOR,
    PLAN,
    REFUSED,
    START,
    TRIED,
    Played,
    add_credentials,
    add_trouble,
    name_otto,
)
from tests.flow.living import make_patient
from tests.rig import Rig, build_rig, make_record
from worker.core.assessment import Severity, Target
from worker.core.decision import Action
from worker.core.patterns.report import Group
from worker.core.simulation import CriterionMarks
from worker.flow.backfill_control import audit_plan
from worker.flow.lab import Label, Opinions, keep_simulation, simulate_policy
from worker.store.backfill_runs import Outcome, settle_planned
from worker.store.backfills import Backfill, BackfillState, PlannedTicket, add_backfill, add_planned
from worker.store.database import Database
from worker.store.migrate import upgrade_database
from worker.store.patterns import PatternRow, PatternStanding, ReportRow, read_report, save_pattern, save_report

Open = Callable[..., httpx.Client]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Made once; tests that act take a copy."""
    return play_small(tmp_path_factory.mktemp("dashboard"))


def play_small(folder: Path, url: str = "") -> Played:
    """One afternoon's trouble in a few seconds."""
    url = url or f"sqlite:///{folder / 'escalator.db'}"
    with Database(url) as database:
        upgrade_database(database)
        with build_rig(folder, database, start=START) as rig:
            make_patient(rig)
            rig.load(make_record(510, note=None, text="How do I change my password?", subject="Password"))
            add_trouble(rig)
            rig.live(5)
            _add_pattern(rig)
            _add_plan(rig)
            _try_no_rules(rig)
            return Played(settings=add_credentials(rig.make_means.settings, url), now=datetime.now(UTC))


def _add_pattern(rig: Rig) -> None:
    """Two of three customers, as detection would store it."""
    now = name_otto().now
    with rig.database.transaction() as connection:
        known = read_report(connection, HOSTILE)
        assert known is not None
        for ticket_id, customer in ((9001, "Falk & Co"), (9002, "<b>Harbour</b>"), (9003, "Kea")):
            pattern = "9003" if ticket_id == 9003 else "9001"
            member = replace(known.member, id=str(ticket_id), customer=customer, at=now, group=pattern)
            save_report(
                connection, ReportRow(ticket_id=ticket_id, pattern_id=pattern, customer_name=customer, member=member)
            )
        for name, customers in (("9001", 2), ("9003", 2)):
            row = PatternRow(
                id=name, standing=PatternStanding.FORMING, group=Group(id=name), tickets=2, customers=customers,
                score=0.4, by_meaning=True, first_at=now, last_at=now, explanation=None, decided_by=None,
                decided_reason=None, decided_at=None, policy_digest="d",
            )  # fmt: skip
            save_pattern(connection, row, now)


def _add_plan(rig: Rig) -> None:
    """A backfill that runs: one ticket is done, one is to come, one could not be judged."""
    now = name_otto().now
    plan = Backfill(
        id=PLAN, state=BackfillState.RUNNING, since=now - timedelta(days=90), until=now, max_create=5,
        policy_digest=rig.means.policy.digest, created_at=now - timedelta(hours=2),
        started_at=now - timedelta(hours=1),
    )  # fmt: skip
    found = (
        (HOSTILE, Action.OPEN, Target.ENGINEERING, Severity.HIGH, "engineering.confirmed_bug"),
        (510, Action.STAY, None, None, "nothing holds"),
        (REFUSED, None, None, None, "<script>alert(1)</script> is no date"),
    )
    rows = [
        PlannedTicket(ticket_id=number, action=action, target=target, severity=severity, reason=reason)
        for number, action, target, severity, reason in found
    ]
    with rig.database.transaction() as connection:
        add_backfill(connection, plan)
        add_planned(connection, PLAN, rows)
        settle_planned(connection, [PLAN], HOSTILE, Outcome.JOINED, now)
        audit_plan(connection, plan, "started", {"max_create": 5}, now)


def _try_no_rules(rig: Rig) -> None:
    """A simulation under a policy without criteria, after an agent marked a decision."""
    policy = rig.means.policy
    rules = tuple(rule.model_copy(update={"enabled": False}) for rule in policy.criteria.criteria)
    bare = policy.model_copy(update={"criteria": policy.criteria.model_copy(update={"criteria": rules})})
    now = datetime.now(UTC)
    found = simulate_policy(
        rig.database, (now - timedelta(days=90), now), bare, against=None, tell=lambda _a, _b: None
    )
    marks = Opinions(
        criteria=(CriterionMarks(criterion="engineering.confirmed_bug", agree=1, disagree=2),),
        agree=1, disagree=2, read_again=3, followed_before=1, followed_after=2,
    )  # fmt: skip
    label = Label(id=TRIED, by="Ann <b>", policy="<i>bare</i>", policy_digest="bare", against=None)
    keep_simulation(rig.database, replace(found, opinions=marks), label)
    keep_simulation(rig.database, replace(found, tickets=0, counts={}, changed=()), replace(label, id="empty"))


@pytest.fixture
def played_copy(played: Played, tmp_path: Path) -> Played:
    """A state of its own for a test that changes it."""
    source = Path(played.settings.database_url.get_secret_value().removeprefix("sqlite:///"))
    with Database(f"sqlite:///{source}") as database, database.snapshot() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    return Played(settings=add_credentials(played.settings, f"sqlite:///{tmp_path / 'copy.db'}"), now=played.now)


@pytest.fixture
def open_pages(played: Played) -> Iterator[Open]:
    """Opens the dashboard for somebody."""
    with _open(played) as opened:
        yield opened


@pytest.fixture
def open_copy(played_copy: Played) -> Iterator[Open]:
    """The same on a state of its own."""
    with _open(played_copy) as opened:
        yield opened


@contextmanager
def _open(played: Played) -> Iterator[Open]:
    clients: list[httpx.Client] = []
    with serve_dashboard(played) as url:

        def enter(credentials: str = OPERATOR, **options: Any) -> httpx.Client:
            opened = httpx.Client(base_url=url, follow_redirects=True, timeout=30, **options)
            clients.append(opened)
            if credentials:
                assert log_in(opened, credentials).status_code == 200
            return opened

        yield enter
        for one in clients:
            one.close()
