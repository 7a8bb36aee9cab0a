"""What people wrote is kept as long as the settings say, and no longer; what runs, and what was done, stays."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.rig import Rig, build_rig, make_record
from worker.core.erasure import ERASED
from worker.flow.loop import work_once
from worker.flow.retention import prune_kept, start_pruning
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.effects import list_effects
from worker.store.schema import snapshots, tickets
from worker.store.subjects import SubjectKind, find_next_due
from worker.store.tickets import read_states

QUESTION = "Could you tell me where I change the colour of the header on my invoices? I did not find it."


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as opened:
        opened.load(
            make_record(501),
            make_record(502, note=None, text=QUESTION, status="closed"),
            make_record(503, note=None, text=QUESTION),
        )
        opened.run()
        opened.settle()
        yield opened


def count_snapshots(rig: Rig) -> int:
    with rig.database.snapshot() as connection:
        return int(connection.execute(select(func.count()).select_from(snapshots)).scalar() or 0)


def prune(rig: Rig, days: float) -> None:
    rig.clock.skip(timedelta(days=days).total_seconds())
    start_pruning(rig.means)
    assert prune_kept(rig.means)


def test_snapshots_go_after_ninety_days(rig: Rig) -> None:
    kept = count_snapshots(rig)
    assert kept >= 3
    prune(rig, 89)
    assert count_snapshots(rig) == kept
    prune(rig, 2)
    assert count_snapshots(rig) == 0


def test_texts_of_what_is_over_go_after_a_year_and_what_runs_stays(rig: Rig) -> None:
    prune(rig, 364)
    with rig.database.snapshot() as connection:
        assert set(read_states(connection, [501, 502, 503])) == {501, 502, 503}
    prune(rig, 2)
    with rig.database.snapshot() as connection:
        assert set(read_states(connection, [501, 502, 503])) == {501, 503}
        row = connection.execute(select(tickets).where(tickets.c.id == 502)).one()
        written = list_effects(connection, SubjectKind.TICKET, "501")
    assert (row.subject, row.requester_id, row.status) == ("", None, "closed")
    notes = [effect for effect in written if effect.kind == "ticket.update"]
    assert notes
    assert all(ERASED in effect.payload for effect in notes)


def test_it_comes_again_by_itself_after_an_hour(rig: Rig) -> None:
    start_pruning(rig.means)
    while work_once(rig.means):
        pass
    with rig.database.snapshot() as connection:
        due = find_next_due(connection)
    assert due is not None
    assert due - now_utc() <= timedelta(hours=1)
    assert not prune_kept(rig.means)
    rig.clock.skip(3601)
    assert prune_kept(rig.means)
