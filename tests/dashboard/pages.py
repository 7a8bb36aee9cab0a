"""The dashboard on a played story: in one process for a client, and on a socket for a browser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from html import unescape

import httpx
from starlette.applications import Starlette

from tests.dashboard.story import OPERATOR, Played
from tests.web.serving import FixedHealth, MemoryStore, run_server
from worker.flow.receive import GroupCommit
from worker.room_wiring import build_room, open_room
from worker.store.database import Database
from worker.web.app import WebDependencies, build_app


def build_dashboard(played: Played, database: Database, now: Callable[[], datetime] | None = None) -> Starlette:
    """The web application with the dashboard at the story's time; webhooks go nowhere."""
    room = build_room(played.settings, database, now=now or (lambda: played.now))
    return build_app(
        WebDependencies(
            intake=GroupCommit(MemoryStore()),
            health=FixedHealth(),
            sources=(),
            now=lambda: played.now,
            dashboard=open_room(room) if room is not None else None,
        )
    )


@contextmanager
def serve_dashboard(played: Played, now: Callable[[], datetime] | None = None) -> Iterator[str]:
    """The address of a running server with the dashboard."""
    address = played.settings.database_url.get_secret_value()
    with Database(address) as database, run_server(build_dashboard(played, database, now)) as url:
        yield url


def log_in(client: httpx.Client, credentials: str = OPERATOR, to: str = "/") -> httpx.Response:
    """Fills the form for name and password, and follows where it leads."""
    name, _, password = credentials.partition(":")
    form = client.get("/login").text
    return client.post(
        "/login", data={"name": name, "password": password, "to": to, "token": find_field(form, "token")}
    )


def find_field(html: str, name: str) -> str:
    """The value of a hidden field."""
    return unescape(html.split(f'name="{name}" value="', 1)[1].split('"', 1)[0])
