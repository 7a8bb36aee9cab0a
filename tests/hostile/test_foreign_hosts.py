"""Answers that point elsewhere: no request, and so no credential, ever reaches the host that they name."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.faults import Fault
from tests.rig import build_rig, make_record
from worker.store.database import Database
from worker.store.migrate import upgrade_database


class Thief:
    """A listener that counts who comes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.visits = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def thief() -> Iterator[Thief]:
    opened = Thief()
    yield opened
    opened.close()


def spell_faults(elsewhere: str) -> dict[str, Fault]:
    """Each way in which an answer can name another host."""
    comments = {
        "comments": [],
        "meta": {"has_more": True, "after_cursor": "x"},
        "links": {"next": f"{elsewhere}/api/v2/tickets/501/comments.json"},
        "next_page": f"{elsewhere}/api/v2/tickets/501/comments.json",
    }
    export = {
        "tickets": [],
        "after_cursor": "x",
        "after_url": f"{elsewhere}/api/v2/incremental/tickets/cursor.json?cursor=x",
        "end_of_stream": False,
    }
    issue = {"id": "10001", "key": "ENG-1", "self": f"{elsewhere}/rest/api/3/issue/10001"}
    return {
        "comments page": Fault(action="status", status=200, path="/comments", body=json.dumps(comments)),
        "export page": Fault(action="status", status=200, path="/incremental/", body=json.dumps(export)),
        "created issue": Fault(
            action="status", vendor="jira", method="POST", status=201, path="/issue$", body=json.dumps(issue)
        ),
        "zendesk read": Fault(action="redirect", vendor="zendesk", method="GET", location=f"{elsewhere}/a", times=3),
        "jira read": Fault(action="redirect", vendor="jira", method="GET", location=f"{elsewhere}/a", times=3),
        "zendesk write": Fault(action="redirect", vendor="zendesk", method="PUT", location=f"{elsewhere}/a"),
        "jira write": Fault(action="redirect", vendor="jira", method="POST", location=f"{elsewhere}/a"),
        "token": Fault(action="redirect", path="/oauth/tokens", location=f"{elsewhere}/oauth/tokens"),
    }


@pytest.mark.parametrize("name", spell_faults(""))
def test_no_answer_sends_us_elsewhere(name: str, thief: Thief, tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'escalator.db'}") as database:
        upgrade_database(database)
        with build_rig(tmp_path, database) as rig:
            rig.load(make_record(501))
            rig.box.faults.add(spell_faults(thief.url)[name])
            served = len(rig.box.journal)
            try:
                rig.run()
            except Exception as error:
                assert thief.url not in str(error)
            assert any(entry.fault for entry in rig.box.journal.entries()[served:]), "the fault was not met"
    assert thief.visits == 0
