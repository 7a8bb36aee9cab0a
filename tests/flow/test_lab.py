"""A policy is tried on the kept past: what would change, by week and team, and which rule agents disagree with."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mappings.loader import load_policy
from mappings.routing import Mode
from tests.rig import Rig, build_rig, make_record, write_policy
from worker.cli.app import app
from worker.core.simulation import STAYED, Change, Opinion, count_marks, follows_agent
from worker.flow.lab import Simulation, simulate_policy
from worker.settings import PREFIX
from worker.store.database import Database
from worker.store.marks import list_marks
from worker.store.migrate import upgrade_database
from worker.store.snapshots import walk_histories

QUESTION = "Could you tell me where I change the colour of the header on my invoices? I did not find it."
EXPOSURE = "I can see another customer's invoices in my account. This is a data leak."
CONFIRMED = "Confirmed: this is a security breach, customer data is exposed to other customers."
NEVER_BUGS = """
[[criteria]]
id = "technical.confirmed_bug"
enabled = false
"""
START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, mode=Mode.SHADOW, start=START) as opened:
        yield opened


def load_all(rig: Rig) -> None:
    rig.load(
        make_record(501),
        make_record(502, note=None, text=QUESTION),
        make_record(503, text=EXPOSURE, note=CONFIRMED, subject="I see other invoices \x1b[2J"),
    )
    rig.run()


def tried(folder: Path, **files: str) -> Path:
    made = write_policy(folder / "tried", Mode.SHADOW)
    for name, text in files.items():
        (made / f"{name}.toml").write_text(text, encoding="utf-8")
    return made


def simulate(rig: Rig, folder: Path | None, *, against: bool = True) -> Simulation:
    now = datetime.now(UTC)
    present = rig.make_means.policy
    return simulate_policy(
        rig.database,
        (now - timedelta(days=90), now),
        load_policy(folder) if folder else present,
        against=present if against else None,
        tell=lambda _done, _total: None,
    )


def test_the_same_policy_changes_nothing_and_agrees_with_what_was_decided(rig: Rig) -> None:
    load_all(rig)
    for against in (True, False):
        found = simulate(rig, None, against=against)
        assert found.tickets == 3
        assert found.changed == ()
        assert found.count(Change.SAME) == 3


def test_a_changed_policy_tells_what_would_change_by_week_and_team(rig: Rig, tmp_path: Path) -> None:
    load_all(rig)
    folder = tried(tmp_path, criteria=NEVER_BUGS)
    found = simulate(rig, folder)
    changed = {one.ticket_id: one for one in found.changed}
    assert 501 in changed
    assert changed[501].change in {Change.WOULD_NOT, Change.CHANGED_TARGET, Change.CHANGED_SEVERITY}
    assert 502 not in changed
    assert changed[501].week == "2026-W10"
    assert sum(sum(row.values()) for row in found.counts.values()) == found.tickets == 3
    assert simulate(rig, folder).changed == found.changed


def test_a_ticket_that_escalator_moved_itself_is_read_as_it_was(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, mode=Mode.AUTO, start=START) as rig:
        rig.load(make_record(501))
        rig.run()
        rig.settle()
        rig.box.zendesk.add_comment(501, author_id=11, body="Any news?")
        rig.run()
        with database.snapshot() as connection:
            (history,) = walk_histories(connection, START - timedelta(days=1))
        assert len(history) >= 2
        assert not history[0].is_escalated
        assert history[-1].is_escalated
        found = simulate(rig, None)
        assert found.changed == ()
        # Where only the later snapshot is left, our own tags and fields do not make it look like somebody else's.
        later = history[-1].read_at
        rest = simulate_policy(
            database,
            (later, datetime.now(UTC)),
            rig.make_means.policy,
            against=None,
            tell=lambda _done, _total: None,
        )
        assert (rest.tickets, rest.changed) == (1, ())


def test_unchanged_readings_are_kept_once(rig: Rig) -> None:
    load_all(rig)
    for _ in range(3):
        rig.clock.skip(3700)
        rig.run()
    with rig.database.snapshot() as connection:
        histories = {history[0].ticket.id: len(history) for history in walk_histories(connection, START)}
    assert histories[503] == 1


def test_marks_are_about_what_the_agent_saw_and_are_counted_by_criterion(rig: Rig, tmp_path: Path) -> None:
    load_all(rig)
    rig.box.zendesk.add_tags(501, "escalator_disagree")
    rig.box.zendesk.add_tags(502, "escalator_agree")
    rig.box.zendesk.add_tags(503, "escalator_agree", "escalator_disagree")
    rig.run()
    with rig.database.snapshot() as connection:
        marks = {mark.ticket_id: mark for mark in list_marks(connection, START - timedelta(days=1))}
    assert {ticket_id: mark.opinion for ticket_id, mark in marks.items()} == {
        501: Opinion.DISAGREE,
        502: Opinion.AGREE,
        503: Opinion.DISAGREE,
    }
    assert marks[501].decided.goes_up
    rows = {row.criterion: (row.agree, row.disagree) for row in count_marks(marks.values())}
    assert rows[STAYED] == (1, 0)
    assert all(name in rows for name in marks[501].decided.criteria)
    same = simulate(rig, None).opinions
    assert (same.read_again, same.followed_before, same.followed_after) == (3, 1, 1)
    better = simulate(rig, tried(tmp_path, criteria=NEVER_BUGS)).opinions
    assert better.followed_after == 2
    rig.box.zendesk.remove_tags(501, "escalator_disagree")
    rig.run()
    with rig.database.snapshot() as connection:
        assert [mark.ticket_id for mark in list_marks(connection, START - timedelta(days=1))] == [502, 503]


def test_an_agent_is_followed_when_the_verdict_is_theirs(rig: Rig) -> None:
    load_all(rig)
    rig.box.zendesk.add_tags(501, "escalator_agree")
    rig.run()
    with rig.database.snapshot() as connection:
        (mark,) = list_marks(connection, START - timedelta(days=1))
    assert follows_agent(mark.decided, mark)
    assert not follows_agent(mark.decided, dataclasses.replace(mark, opinion=Opinion.DISAGREE))
    assert not follows_agent(dataclasses.replace(mark.decided, goes_up=False), mark)


def test_a_deleted_ticket_is_forgotten(rig: Rig) -> None:
    load_all(rig)
    rig.box.zendesk.delete_ticket(501)
    rig.run()
    with rig.database.snapshot() as connection:
        assert [history[0].ticket.id for history in walk_histories(connection, START)] == [502, 503]


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    url = f"sqlite:///{tmp_path / 'escalator.db'}"
    with Database(url) as database:
        upgrade_database(database)
        with build_rig(tmp_path, database, mode=Mode.SHADOW) as built:
            monkeypatch.setenv(f"{PREFIX}DATABASE_URL", url)
            monkeypatch.setenv(f"{PREFIX}POLICY_DIR", str(built.make_means.settings.policy_dir))
            load_all(built)
            yield built


def call_json(*words: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["simulate", *words, "--json"])
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_the_command(commands: Rig, tmp_path: Path) -> None:
    folder = str(tried(tmp_path, criteria=NEVER_BUGS))
    found = call_json("--policy", folder, "--since", "90d", "--against", "current")
    assert found["tickets"] == 3
    assert 501 in {row["ticket"] for row in found["changed"]}
    assert sum(row["same"] for row in found["weeks"]) == found["same"]
    assert found["against"] == commands.make_means.policy.digest
    assert call_json("--policy", folder)["against"] == "decided"
    told = CliRunner().invoke(app, ["simulate", "--policy", folder])
    assert "#501" in told.stdout
    assert "no agent has marked" in told.stdout
    assert "\x1b" not in told.stdout


@pytest.mark.parametrize("words", [("--since", "soon"), ("--since", "2999-01-01"), ("--against", "nobody")])
def test_bad_words_are_exit_2(commands: Rig, words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, ["simulate", *words])
    assert result.exit_code == 2
    assert result.stderr.strip()
