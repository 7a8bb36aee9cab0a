"""What a second worker brings: tickets claimed, judged and stored on one PostgreSQL by one process and by two."""

import dataclasses
import json
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from connectors.records import Comment, Person, Ticket
from connectors.ticket_file import FileTicket, read_ticket_line
from mappings.loader import load_policy
from tests.bench.figures import Figure, Result, divide
from tests.bench.service import NotStarted
from tests.bench.tickets import generate_records
from tests.conftest import PostgresServer
from worker.core.assess import assess
from worker.core.context import Context
from worker.flow.ticket import reconcile_tickets
from worker.log import configure_logging
from worker.settings import Settings
from worker.store.database import Database
from worker.store.schema import tickets
from worker.store.subjects import Lane, SubjectKind, insert_wakes
from worker.wiring import MakeMeans

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

NAME = "scale-out"
COUNT = 1500
METHOD = (
    f"{COUNT} generated tickets that are due, on PostgreSQL in shadow mode, worked off by one process of one thread"
    " and by two; the help desk answers from memory, so that neither the sandbox nor its latency counts. PostgreSQL"
    " runs on the same cores."
)
_LIMIT_S = 180.0
_QUIET = 50
_WARM_UP = 50
_NOWHERE = "http://127.0.0.1:9"
_CONTEXT = multiprocessing.get_context("spawn")


def run(folder: Path) -> Result:
    """Measures one worker, then two."""
    home = Path(tempfile.mkdtemp(prefix="scaling-", dir=folder))
    server = PostgresServer(home)
    try:
        walls = [measure_workers(server.create_database(), count) for count in (1, 2)]
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
    one, two = (COUNT / wall for wall in walls)
    return Result(
        benchmark=NAME,
        method=METHOD,
        figures=(
            Figure(name="one worker", value=one, unit="/s"),
            Figure(name="two workers", value=two, unit="/s", floor="one worker", ratio=divide(two, one)),
        ),
    )


def measure_workers(url: str, count: int) -> float:
    """Seconds until that many workers have judged and stored all tickets; raises NotStarted when they do not."""
    start = _CONTEXT.Barrier(count + 1)
    with Database(url) as database, database.transaction() as connection:
        ids = [str(ticket_id) for ticket_id in read_tickets()]
        insert_wakes(connection, SubjectKind.TICKET, ids, lane=Lane.LIVE, now=datetime.now(UTC))
    workers = [_CONTEXT.Process(target=work, args=(url, start), daemon=True) for _ in range(count)]
    for worker in workers:
        worker.start()
    start.wait(_LIMIT_S)
    began = time.monotonic()
    for worker in workers:
        worker.join(_LIMIT_S)
    wall = time.monotonic() - began
    with Database(url) as database, database.snapshot() as connection:
        judged = connection.execute(
            select(func.count()).where(tickets.c.assessed_at.is_not(None), tickets.c.id.in_(read_tickets()))
        ).scalar()
    if judged != COUNT or any(worker.exitcode for worker in workers):
        raise NotStarted(f"{judged} of {COUNT} tickets were judged by {count} workers")
    return wall


def work(url: str, start: "Barrier") -> None:
    """One worker: works until nothing is due."""
    configure_logging(level=_QUIET)
    settings = Settings(
        database_url=url,
        zendesk_url=_NOWHERE,
        zendesk_email="bench@bench.example",
        zendesk_api_token="none",
        jira_url=_NOWHERE,
        jira_email="bench@bench.example",
        jira_api_token="none",
    )
    with Database(url) as database:
        make_means = MakeMeans(settings=settings, policy=load_policy(None), database=database)
        means = dataclasses.replace(make_means(), helpdesk=RememberedHelpdesk())
        # What a process builds once, such as the functions that search for phrases, is not what is measured.
        for ticket in islice(read_tickets().values(), _WARM_UP):
            assess(ticket, Context(), make_means.policy, ticket.updated_at)
        start.wait(_LIMIT_S)
        while reconcile_tickets(means):
            pass


@cache
def read_tickets() -> dict[int, Ticket]:
    """The tickets by number, as the product reads them."""
    rows = (
        read_ticket_line(json.dumps(record).encode(), number)
        for number, record in enumerate(generate_records(COUNT), 1)
    )
    return {row.ticket.id: row.ticket for row in rows if isinstance(row, FileTicket)}


class RememberedHelpdesk:
    """As much of a help desk as judging needs, without a wire."""

    def read_tickets(self, ticket_ids: Sequence[int]) -> tuple[Ticket, ...]:
        """Those that are known."""
        known = read_tickets()
        return tuple(known[ticket_id] for ticket_id in ticket_ids if ticket_id in known)

    def read_comments(self, ticket_id: int) -> tuple[tuple[Comment, ...], tuple[Person, ...]]:
        """All comments and everybody."""
        ticket = read_tickets()[ticket_id]
        return ticket.comments, ticket.people

    def __getattr__(self, name: str) -> Any:
        raise NotStarted(f"judging a ticket asked for {name}")
