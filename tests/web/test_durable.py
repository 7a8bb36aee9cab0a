"""The edge on a real database over real sockets: what was acknowledged is there, once."""

import asyncio
from pathlib import Path

import httpx
from sqlalchemy import func, select

from tests.web.serving import NOW, SOURCE, run_server, spell_request
from worker.flow.receive import GroupCommit
from worker.store.database import Database
from worker.store.deliveries import WebStore
from worker.store.migrate import upgrade_database
from worker.store.schema import inbox
from worker.web.app import WebDependencies, build_app


def count_rows(database: Database) -> tuple[int, int]:
    """Rows of the inbox, and the tickets they name."""
    with database.snapshot() as connection:
        rows, tickets = connection.execute(
            select(func.count(inbox.c.id), func.count(func.distinct(inbox.c.subject_id)))
        ).one()
    return rows, tickets


async def post_all(url: str, numbers: range) -> list[int]:
    async with httpx.AsyncClient(base_url=url, limits=httpx.Limits(max_connections=100), timeout=30) as client:

        async def post(number: int) -> int:
            body, headers = spell_request(number + 1, invocation=f"inv-{number}")
            return (await client.post("/webhooks/zendesk", content=body, headers=headers)).status_code

        return list(await asyncio.gather(*(post(number) for number in numbers)))


def test_what_was_acknowledged_is_in_the_inbox_once_and_over_restarts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'escalator.db'}"
    with Database(url) as database:
        upgrade_database(database)
    for overlap in (range(200), range(100, 300)):
        with Database(url) as database:
            store = WebStore(database, late_after_s=60)
            app = build_app(
                WebDependencies(intake=GroupCommit(store), health=store, sources=(SOURCE,), now=lambda: NOW)
            )
            with run_server(app) as address:
                assert set(asyncio.run(post_all(address, overlap))) == {200}
                assert httpx.get(f"{address}/readyz").json()["ready"] is True
    with Database(url) as database:
        assert count_rows(database) == (300, 300)


def test_a_database_without_its_tables_asks_to_send_again(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'empty.db'}") as database:
        store = WebStore(database, late_after_s=60)
        app = build_app(WebDependencies(intake=GroupCommit(store), health=store, sources=(SOURCE,), now=lambda: NOW))
        body, headers = spell_request(7)
        with run_server(app) as address:
            answer = httpx.post(f"{address}/webhooks/zendesk", content=body, headers=headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
            ready = httpx.get(f"{address}/readyz")
    assert ready.status_code == 503
    assert ready.json()["degraded"][0]["what"] == "deliveries cannot be stored"
