"""Fail points: off unless a crash test on the sandbox asks, and every name lies on a way that is really gone."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sandbox.faults import Fault
from tests.rig import Rig, build_rig, make_record
from worker.delivery import Delivery
from worker.failpoints import (
    BadFailPoint,
    FailAction,
    FailPlan,
    FailPoint,
    InjectedFault,
    arm,
    install_hook,
    reach,
    read_plan,
)
from worker.flow.receive import GroupCommit
from worker.settings import FAIL_POINT, PREFIX, Settings, SettingsProblem, load_fail_plan, load_settings
from worker.store.database import Database
from worker.store.subjects import Lane, SubjectKind
from worker.web_wiring import build_web_store

SANDBOX = {"zendesk_url": "http://127.0.0.1:4001", "jira_url": "http://localhost:4002"}


@pytest.fixture(autouse=True)
def _no_hook_left(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    yield
    install_hook(None)


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("effect.sent:1", FailPlan(point=FailPoint.EFFECT_SENT, count=1, action=FailAction.KILL)),
        ("poll.filled:12:stop", FailPlan(point=FailPoint.POLL_FILLED, count=12, action=FailAction.STOP)),
        ("ticket.settled:3:raise", FailPlan(point=FailPoint.TICKET_SETTLED, count=3, action=FailAction.RAISE)),
    ],
)
def test_a_plan_is_read(text: str, plan: FailPlan) -> None:
    assert read_plan(text) == plan


@pytest.mark.parametrize(
    "text",
    [
        "effect.sent",
        "effect.sent:",
        "effect.sent:0",
        "effect.sent:-1",
        "effect.sent:²",
        "nowhere:1",
        "effect.sent:1:burn",
    ],
)
def test_a_wrong_plan_is_refused(text: str) -> None:
    with pytest.raises(BadFailPoint):
        read_plan(text)


@pytest.mark.parametrize(
    "addresses", [{}, SANDBOX | {"zendesk_url": "https://acme.zendesk.com"}, {"jira_url": "http://localhost:4002"}]
)
def test_no_account_can_be_run_with_it(monkeypatch: pytest.MonkeyPatch, addresses: dict[str, str]) -> None:
    monkeypatch.setenv(FAIL_POINT, "effect.sent:1")
    with pytest.raises(SettingsProblem, match="for crash tests on the sandbox; remove it"):
        load_fail_plan(Settings(**addresses))  # type: ignore[arg-type]


def test_the_sandbox_can(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(**SANDBOX)  # type: ignore[arg-type]
    assert load_fail_plan(settings) is None
    monkeypatch.setenv(FAIL_POINT, "effect.sent:2")
    plan = load_fail_plan(settings)
    assert plan is not None
    assert plan.count == 2
    monkeypatch.setenv(FAIL_POINT, "effect.gone:2")
    with pytest.raises(SettingsProblem, match=r"effect\.gone"):
        load_fail_plan(settings)


def test_its_own_name_is_no_typo_and_a_misspelt_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FAIL_POINT, "effect.sent:2")
    load_settings()
    monkeypatch.setenv(f"{PREFIX}FAILPOINT", "effect.sent:2")
    with pytest.raises(SettingsProblem, match="did you mean ESCALATOR_FAIL_POINT"):
        load_settings()


def test_serve_says_loudly_that_it_is_on_and_refuses_an_account(tmp_path: Path) -> None:
    base = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
        FAIL_POINT: "deliveries.taken:1",
        f"{PREFIX}DATABASE_URL": f"sqlite:///{tmp_path / 'escalator.db'}",
        f"{PREFIX}WEB_PORT": "0",
    }
    command = [sys.executable, "-m", "worker.cli", "serve", "--only", "web"]
    refused = subprocess.run(command, env=base, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert "crash tests" in refused.stderr
    local = base | {f"{PREFIX}{name.upper()}": value for name, value in SANDBOX.items()}
    with subprocess.Popen(command, env=local, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.terminate()
        said = process.stderr.read()
    assert "fail_point_armed" in said
    assert '"level": "error"' in said or '"level":"error"' in said


def test_it_happens_once_at_the_kth_time() -> None:
    arm(FailPlan(point=FailPoint.EFFECT_SENT, count=2, action=FailAction.RAISE))
    points = [FailPoint.EFFECT_SENT, FailPoint.EFFECT_STARTED, FailPoint.EFFECT_SENT, FailPoint.EFFECT_SENT]
    raised = []
    for point in points:
        try:
            reach(point)
        except InjectedFault:
            raised.append(True)
        else:
            raised.append(False)
    assert raised == [False, False, True, False]


def test_every_name_is_reached_by_a_plain_run(tmp_path: Path, database: Database) -> None:
    """One ticket on its way up, one lost answer, one outage, one delivery: nothing is named that is never passed."""
    reached: set[FailPoint] = set()
    install_hook(reached.add)
    with build_rig(tmp_path, database) as rig:
        deliver(rig, 501)
        rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=r"/issue$"))
        rig.box.faults.add(Fault(action="status", vendor="zendesk", path="show_many", status=400))
        rig.load(make_record(501))
        rig.run()
        rig.run_for(4.0)
        assert len(rig.box.jira.issues) == 1
    assert set(FailPoint) - reached == set()


def deliver(rig: Rig, ticket_id: int) -> None:
    async def store() -> None:
        intake = GroupCommit(build_web_store(rig.database))
        intake.start()
        await intake.accept(
            Delivery(
                source="zendesk",
                dedupe_keys=("one",),
                subject_kind=SubjectKind.TICKET,
                subject_id=str(ticket_id),
                lane=int(Lane.LIVE),
                received_at=datetime.now(UTC),
            )
        )
        await intake.drain()

    asyncio.run(store())
