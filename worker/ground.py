"""What every role and command stands on: the clock, this machine's name, the database."""

import socket
from datetime import UTC, datetime

from worker.settings import Settings
from worker.store.database import Database

# A host name may have 64 characters, and an owner with its process and a random part must fit into as many.
_MACHINE_LENGTH = 40


def now_utc() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def name_machine() -> str:
    """This machine (or container) as the owners of leases and heartbeats begin; at most 40 characters of its name."""
    return socket.gethostname()[:_MACHINE_LENGTH]


def open_database(settings: Settings) -> Database:
    """The database of the settings; nothing is contacted yet."""
    return Database(settings.database_url.get_secret_value())
