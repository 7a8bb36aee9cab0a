"""A process that is stopped inside a transaction must not hold up the others."""

import time

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from tests.conftest import NOW, PostgresServer
from worker.store.database import Database
from worker.store.schema import heartbeats


def test_a_transaction_that_stands_still_is_ended_by_the_server(postgres: PostgresServer) -> None:
    url = postgres.create_database()
    row = insert(heartbeats).values(owner="one", role="worker", at=NOW)
    with Database(url, longest_pause_s=0.5) as stopped, Database(url) as other:
        with pytest.raises(DBAPIError), stopped.transaction() as connection:
            connection.execute(row)
            time.sleep(1.5)
            connection.execute(row)
        with other.transaction() as connection:
            connection.execute(row)
