"""Files of tickets: named in the brief, and copied to the issue only where that is wanted, each content once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from tests.flow.conftest import CONFIRMED, SECRET
from tests.flow.living import find_escalation, read_text
from tests.rig import Rig, build_rig, make_record
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.status import read_status

COPYING = '[targets.engineering]\nmode = "auto"\ncopy_files = ["text/plain", "image/*"]\nlargest_file = 1000\n'
UPLOAD = r"/issue/[^/]+/attachments$"


@pytest.fixture(params=["cloud", "datacenter"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, extra=COPYING, jira_deployment=request.param) as built:
        built.load(make_record(501))
        yield built


def attach(rig: Rig, name: str, content: bytes, media_type: str = "text/plain", ticket_id: int = 501) -> None:
    rig.box.zendesk.attach_file(ticket_id, name, content, media_type=media_type, url=rig.box.zendesk_url)


def work(rig: Rig) -> None:
    rig.run()
    rig.settle()


def list_files(rig: Rig) -> list[tuple[str, bytes]]:
    return [(file.filename, file.content) for file in rig.box.jira.issues[0].attachments]


def count_parked(rig: Rig) -> Any:
    with rig.database.snapshot() as connection:
        return read_status(connection, now_utc())["parked"]


def test_what_is_wanted_is_copied_once_and_the_rest_is_named(rig: Rig) -> None:
    attach(rig, "export.log", b"row 1000 was the last")
    attach(rig, "screen.png", b"\x89PNG", "image/png")
    attach(rig, "again.log", b"row 1000 was the last")
    attach(rig, "dump.zip", b"PK", "application/zip")
    attach(rig, "long.log", b"x" * 1001)
    work(rig)
    names = [name for name, _ in list_files(rig)]
    assert len(names) == 2
    assert names[0].startswith("export-")
    assert names[0].endswith(".log")
    assert dict(list_files(rig))[names[0]] == b"row 1000 was the last"
    told = read_text(rig.box.jira.issues[0].get("description"))
    assert all(name in told for name in ("export.log", "screen.png", "dump.zip", "long.log"))
    rig.box.zendesk.touch(501)
    work(rig)
    rig.restart()
    work(rig)
    assert len(list_files(rig)) == 2


@pytest.mark.parametrize("action", ["drop_after", "drop_before"])
def test_a_lost_answer_does_not_copy_twice(rig: Rig, action: Any) -> None:
    attach(rig, "export.log", b"row 1000 was the last")
    rig.box.faults.add(Fault(action=action, vendor="jira", method="POST", path=UPLOAD))
    rig.run()
    rig.run_for(20)
    assert len(list_files(rig)) == 1


@pytest.mark.parametrize("status", [404, 500, 403])
def test_a_file_that_cannot_be_fetched_holds_up_nothing(rig: Rig, status: int) -> None:
    attach(rig, "export.log", b"row 1000 was the last")
    rig.box.faults.add(Fault(action="status", vendor="zendesk", path="/stored/", status=status, times=None))
    work(rig)
    assert list_files(rig) == []
    assert count_parked(rig) == 0
    known = find_escalation(rig)
    assert known.issue is not None
    rig.box.jira.transition_issue(known.issue.key, "Start work")
    rig.live(0.3)
    assert find_escalation(rig).issue_status == "In Progress"


def test_a_store_that_was_away_is_asked_again(rig: Rig) -> None:
    attach(rig, "export.log", b"row 1000 was the last")
    rig.box.faults.add(Fault(action="status", vendor="zendesk", path="/stored/", status=503, times=1))
    work(rig)
    rig.live(0.5)
    assert len(list_files(rig)) == 1


def test_where_jira_takes_no_files_nothing_is_held_up(rig: Rig) -> None:
    attach(rig, "export.log", b"row 1000 was the last")
    rig.box.faults.add(Fault(action="status", vendor="jira", method="POST", path=UPLOAD, status=403, times=None))
    work(rig)
    assert list_files(rig) == []
    assert count_parked(rig) == 0


def test_nothing_is_copied_until_it_is_wanted(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database) as rig:
        rig.load(make_record(501))
        attach(rig, "export.log", b"row 1000 was the last")
        work(rig)
        assert list_files(rig) == []
        assert not [entry for entry in rig.box.journal if "/attachments/token/" in entry.path]


def test_what_turns_out_to_be_securitys_is_not_copied(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, extra=COPYING) as rig:
        rig.load(make_record(501, text=SECRET, note=CONFIRMED, subject="I can see another company's invoices"))
        attach(rig, "invoices.txt", b"names and addresses")
        work(rig)
        assert rig.box.jira.issues[0].key.startswith("SEC-")
        assert list_files(rig) == []
