"""Every page of the dashboard on 100,000 tickets: how long a client on this machine waits for it."""

import statistics
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, Table, select

from tests.conftest import PostgresServer
from tests.dashboard.conftest import play_small
from tests.dashboard.pages import log_in, serve_dashboard
from tests.dashboard.story import HOSTILE, PLAN, TRIED, Played
from worker.store.database import Database
from worker.store.schema import (
    audit,
    backfill_tickets,
    backfills,
    clocks,
    effects,
    escalations,
    inbox,
    members,
    pattern_reports,
    patterns,
    simulated_tickets,
    simulations,
    subjects,
    tickets,
    tidings,
)

TICKETS, ESCALATIONS, OPEN = 100_000, 2_000, 400
_FIRST = 1_000_000
_ROUNDS = 7


def measure_pages(folder: Path, url: str = "", *, tickets_kept: int = TICKETS) -> dict[str, float]:
    """Median milliseconds of each page, on a database at `url`, else on SQLite."""
    played = play_small(folder, url)
    url = played.settings.database_url.get_secret_value()
    with Database(url) as database, database.transaction() as connection:
        fill(connection, played.now, tickets_kept)
    return {path: _measure(played, path) for path in _list_paths()}


def fill(connection: Connection, now: datetime, number: int) -> None:
    """Copies the played ticket and its escalation many times over, with all that hangs on them."""
    ticket = _copy(connection, tickets, tickets.c.id == HOSTILE)
    known = _copy(connection, escalations, escalations.c.issue_key == "ENG-1")
    report = _copy(connection, pattern_reports, pattern_reports.c.ticket_id == HOSTILE)
    pattern = _copy(connection, patterns, patterns.c.id == "9001")
    every = max(1, number // ESCALATIONS)
    ids = range(_FIRST, _FIRST + number)
    instants = {one: now - timedelta(days=300) * ((_FIRST + number - one) / number) for one in ids}
    raised = [one for one in ids if one % every == 0]
    running = frozenset(raised[-OPEN:])
    actions = ("stay", "stay", "stay", "stay", "watch", "ask", "wait", "keep")
    add = connection.execute
    add(
        tickets.insert(),
        [
            ticket | {"id": one, "subject": f"Ticket {one}", "assessed_at": instants[one], "action": actions[one % 8]}
            for one in ids
        ],
    )
    add(
        subjects.insert(),
        [
            {
                "kind": "ticket",
                "id": str(one),
                "lane": 0,
                "plan_due_at": now + timedelta(hours=1),
                "fence": 1,
                "attempts": 0,
            }
            for one in ids
        ],
    )
    add(
        audit.insert(),
        [
            {"at": instants[one], "subject_kind": "ticket", "subject_id": str(one), "event": "decided", "data": "{}"}
            for one in ids
            for _ in (0, 1)
        ],
    )
    add(
        inbox.insert(),
        [
            {
                "source": "zendesk",
                "dedupe_key": str(one),
                "subject_kind": "ticket",
                "subject_id": str(one),
                "lane": 0,
                "received_at": instants[one],
                "consumed_at": instants[one] + timedelta(seconds=2),
            }
            for one in ids
        ],
    )
    add(
        pattern_reports.insert(),
        [
            {name: value for name, value in report.items() if name != "position"}
            | {"ticket_id": one, "pattern_id": str(one - one % 2), "at": instants[one]}
            for one in ids
        ],
    )
    add(
        patterns.insert(),
        [pattern | {"id": str(one), "last_at": instants[one], "customers": 2} for one in ids if one % 2 == 0],
    )
    add(
        escalations.insert(),
        [
            known
            | {
                "id": f"bench{one}",
                "issue_key": f"ENG-{one}",
                "created_at": instants[one],
                "stage_at": instants[one],
                "state": "open" if one in running else "closed",
                "stage": "active" if one in running else "closed",
                "closed_at": None if one in running else instants[one] + timedelta(days=1),
                "stage_turn": 1,
            }
            for one in raised
        ],
    )
    add(
        members.insert(),
        [
            {
                "escalation_id": f"bench{one}",
                "ticket_id": one,
                "joined_at": instants[one],
                "left_at": None if one in running else instants[one] + timedelta(days=1),
            }
            for one in raised
        ],
    )
    add(
        clocks.insert(),
        [
            {
                "escalation_id": f"bench{one}",
                "ticket_id": whose,
                "due_at": now + timedelta(minutes=one % 900 - 300),
                "overdue_at": None,
                "reasons": "[]",
                "set_at": now,
            }
            for one in raised
            for whose in (0, one)
        ],
    )
    add(
        effects.insert(),
        [
            {
                "key": f"bench:{one}:{step}",
                "subject_kind": "escalation",
                "subject_id": f"bench{one}",
                "kind": kind,
                "payload": "{}",
                "state": "done",
                "attempts": 1,
                "looks": 0,
                "intended_at": instants[one],
                "finished_at": instants[one] + timedelta(seconds=3),
                "policy_digest": "d",
            }
            for one in raised
            for step, kind in enumerate(
                ("issue.open", "issue.link", "ticket.update", "ticket.tag", "issue.comment") * 3
            )
        ],
    )
    add(
        tidings.insert(),
        [
            {
                "escalation_id": f"bench{one}",
                "kind": "answered",
                "source_id": "1",
                "at": instants[one] + timedelta(hours=2),
                "text": "",
            }
            for one in raised
        ],
    )
    _fill_trials(connection, now, ids)
    connection.exec_driver_sql("ANALYZE")


def _fill_trials(connection: Connection, now: datetime, ids: range) -> None:
    """A backfill of all tickets that is half done, and a simulation under which every tenth fares otherwise."""
    plan = _copy(connection, backfills, backfills.c.id == PLAN)
    connection.execute(backfills.insert(), [plan | {"id": "bench"}])
    connection.execute(
        backfill_tickets.insert(),
        [
            {
                "plan_id": "bench",
                "ticket_id": one,
                "rank": 3,
                "action": "stay",
                "reason": "",
                "outcome": "stayed" if one % 2 else None,
                "settled_at": now if one % 2 else None,
            }
            for one in ids
        ],
    )
    tried = _copy(connection, simulations, simulations.c.id == TRIED)
    connection.execute(simulations.insert(), [tried | {"id": "bench"}])
    connection.execute(
        simulated_tickets.insert(),
        [
            {"simulation_id": "bench", "ticket_id": one, "change": "would_not", "week": "2026-W09", "team": "product"}
            for one in ids
            if one % 10 == 0
        ],
    )


def _copy(connection: Connection, table: Table, where: Any) -> dict[str, Any]:
    row = connection.execute(select(table).where(where)).first()
    assert row is not None
    return dict(row._mapping)


def _list_paths() -> Sequence[str]:
    newest = _FIRST + TICKETS - TICKETS // ESCALATIONS
    return (
        "/",
        "/board",
        "/escalations",
        "/escalations?state=open",
        "/escalations/unlearned",
        f"/escalations/bench{newest}",
        "/tickets?action=stay",
        "/tickets?action=stay&page=500",
        f"/tickets/{newest}",
        "/patterns",
        "/patterns/1000000",
        "/ops",
        "/writes",
        "/writes?since=day",
        "/reports",
        "/reports?days=365",
        "/lab",
        "/lab/simulations/bench",
        "/lab/simulations/bench?change=would_not&team=product&page=50",
        "/ops/backfills/bench",
        "/ops/backfills/bench?outcome=stayed&page=200",
    )


def _measure(played: Played, path: str) -> float:
    with serve_dashboard(played) as url, httpx.Client(base_url=url, timeout=60) as client:
        log_in(client)
        spans = []
        for _ in range(_ROUNDS):
            began = time.perf_counter()
            answer = client.get(path)
            spans.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, path
    return statistics.median(spans)


if __name__ == "__main__":
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as temporary, tempfile.TemporaryDirectory(prefix="escalator-pg-") as place:
        on_sqlite = measure_pages(Path(temporary))
        server = PostgresServer(Path(place))
        try:
            on_postgresql = measure_pages(Path(temporary), server.create_database())
        finally:
            server.stop()
    sys.stdout.write("  SQLite  PostgreSQL\n")
    for page, milliseconds in on_sqlite.items():
        sys.stdout.write(f"{milliseconds:5.1f} ms  {on_postgresql[page]:7.1f} ms  {page}\n")
