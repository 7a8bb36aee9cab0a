"""The runbook names what exists, and knows whatever the product says of its own trouble."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from tests.deploy.commands import find_fault, split_words
from tests.web.serving import NOW, FixedHealth, MemoryStore
from worker.core.breaker import Breaker, Trouble, fail
from worker.flow.receive import GroupCommit
from worker.settings import PREFIX, Settings
from worker.store.database import Database
from worker.store.degraded import find_degraded
from worker.store.deliveries import WebStore
from worker.store.progress import beat
from worker.store.schema import metadata
from worker.store.status import read_status
from worker.store.vendors import Pause, lock_vendor, save_breaker, save_pause
from worker.web.health import Readings

FOLDER = Path(__file__).parents[2] / "deploy"
TEXT = (FOLDER / "runbook.md").read_text(encoding="utf-8")
_SPAN = re.compile(r"`(?:[^`]* )?escalator ((?!escalator)[^`]+)`")
_LINE = re.compile(r"^escalator (.+)$", re.MULTILINE)
_SETTING = re.compile(rf"\b{PREFIX}[A-Z_]+\b")


def list_commands() -> list[str]:
    return sorted({*_SPAN.findall(TEXT), *_LINE.findall(TEXT)})


def list_anchors() -> set[str]:
    """The headings as a Markdown page makes anchors of them."""
    titles = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_there_are_commands_to_hold_against() -> None:
    assert len(list_commands()) > 15


@pytest.mark.parametrize("command", list_commands())
def test_every_command_exists(command: str) -> None:
    assert find_fault(split_words(command)) is None


def test_a_command_that_does_not_exist_is_found() -> None:
    assert find_fault(["stauts"]) == "no command 'stauts'"
    assert find_fault(["deadletters", "eat"]) == "no command 'eat'"
    assert find_fault(["health", "--hare"]) == "no option --hare"
    assert find_fault(["deadletters"]) == "no sub-command"


def test_every_setting_exists() -> None:
    named = set(_SETTING.findall(TEXT))
    assert named
    assert named <= {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_alerts_lead_to_sections() -> None:
    groups = yaml.safe_load((FOLDER / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    wanted = {rule["annotations"]["runbook"].removeprefix("#") for group in groups for rule in group["rules"]}
    assert len(wanted) > 5
    assert wanted <= list_anchors()


def test_it_knows_what_readyz_says() -> None:
    async def read() -> list[str]:
        store, health = MemoryStore(), FixedHealth()
        health.broken = True
        intake = GroupCommit(store)
        intake.start()
        await intake.drain()
        readiness = await Readings(reader=health, intake=intake, now=lambda: NOW).read()
        return [degraded.what for degraded in readiness.health.degraded]

    said = asyncio.run(read())
    assert len(said) == 3
    assert [what for what in said if what not in TEXT] == []


def test_it_knows_what_degrades(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'escalator.db'}") as database:
        metadata.create_all(database.engine)
        clock = NOW.timestamp()
        failed, _ = fail(
            Breaker(),
            Trouble.CREDENTIALS,
            target="GET /x",
            detail="answered 401",
            remedy="renew",
            clock=clock,
            jitter=0.0,
        )
        pause = Pause(name="jira", vendor="jira", since=clock, noted_at=clock, not_before=clock + 60)
        with database.transaction() as connection:
            lock_vendor(connection, "jira")
            save_breaker(connection, "jira", failed)
            save_pause(connection, pause)
            beat(connection, "one:1:a", "worker", NOW - timedelta(minutes=5))
            said = [degraded.what for degraded in find_degraded(connection, NOW)]
            states = read_status(connection, NOW)
        said += [row.what for row in WebStore(database, late_after_s=30.0).read_health(NOW).degraded]
    for phrase in ("jira fails: ", "asks to wait until"):
        assert any(phrase in what for what in said)
        assert phrase in TEXT
    assert "the worker gives no heartbeat" in said
    assert "the-worker-gives-no-heartbeat" in list_anchors()
    assert [state for state in states if state.replace("_", " ") not in TEXT.lower()] == []
