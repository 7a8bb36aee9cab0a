"""What comes back after it was closed as fixed gets an issue of its own that is linked to the one of then."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.living import MARIT, find_escalation, make_patient, order, say
from tests.rig import Rig, build_rig, make_record
from worker.core.review import Order
from worker.store.audit import list_audit
from worker.store.database import Database
from worker.store.subjects import SubjectKind


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        make_patient(built)
        built.load(make_record(501))
        built.run()
        built.live(0.1)
        yield built


def close_issue(rig: Rig, resolution: str) -> None:
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Finish", resolution=resolution, account=MARIT)
    rig.live(0.5)
    order(rig, Order.CLOSE, "it is over")
    rig.live(1)
    say(rig, "It is back since this morning: the export stops at row 1000 again, we cannot close our books.")
    rig.live(1)


def test_the_old_issue_is_linked_on_the_new_one_once(rig: Rig) -> None:
    close_issue(rig, "Done")
    first, second = rig.box.jira.issues
    (link,) = second.links
    assert link["type"]["name"] == "Relates"
    assert link["outwardIssue"]["key"] == first.key
    with rig.database.snapshot() as connection:
        decided = [row.data for row in list_audit(connection, SubjectKind.TICKET, "501") if row.event == "decided"]
    assert any("pattern.recurring" in one["criteria"] for one in decided)
    for _ in range(2):
        rig.restart()
        rig.live(3)
    assert len(second.links) == 1
    assert [one.issue.key for one in find_escalation(rig).related] == [first.key]


def test_what_was_declined_is_not_linked_as_if_it_had_been_fixed(rig: Rig) -> None:
    close_issue(rig, "Won't Do")
    first, second = rig.box.jira.issues
    assert first.links == second.links == []


def test_an_old_issue_that_is_gone_holds_nothing_up(rig: Rig) -> None:
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Finish", account=MARIT)
    rig.live(0.5)
    order(rig, Order.CLOSE, "it is over")
    rig.live(1)
    rig.box.jira.delete_issue(rig.box.jira.issues[0].key)
    say(rig, "It is back since this morning: the export stops at row 1000 again, we cannot close our books.")
    rig.live(1)
    issue = rig.box.jira.issues[-1]
    assert issue.links == []
    assert len(issue.remote_links) == 1
