"""That the audit and the state machine do see what they are there to see."""

from pathlib import Path

import pytest

from tests.crash.audit import audit, find_unsettled
from tests.crash.doubles import Trouble
from tests.crash.machine import CrashMachine
from tests.crash.scene import OVERLAY, build_scene
from tests.rig import CUSTOMER, build_rig, make_record
from worker.core.recovery import Recovery, Step
from worker.flow import perform
from worker.store.database import Database
from worker.store.migrate import upgrade_database


def test_the_audit_sees_what_is_lost_doubled_or_missing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'escalator.db'}"
    with Database(url) as database:
        upgrade_database(database)
        with build_rig(tmp_path, database, overlay=OVERLAY) as rig, build_scene(tmp_path, url, 1) as scene:
            rig.load(make_record(501))
            rig.run()
            scene.box, scene.bugs = rig.box, [501]
            assert audit(scene, database) == ()
            (issue,) = rig.box.jira.issues
            rig.box.jira.create_issue(issue.project, {"labels": issue.fields["labels"]}, at=issue.created)
            rig.box.zendesk.tables.audits[501].append(dict(rig.box.zendesk.audits(501)[-2]))
            rig.box.zendesk.remove_tags(501, "escalator_escalated")
            issue.remote_links.clear()
            rig.box.zendesk.tables.jira_links.clear()
            scene.bugs, scene.acked = [501, 502], ["zendesk:invocation:never"]
            found = "\n".join(audit(scene, database))
    for word in (
        "ticket 502 was lost",
        "2 issues carry escalator-",
        "has 0 links",
        "ticket 501 has lost its tag",
        "acknowledged delivery zendesk:invocation:never was not consumed",
        "comments of ours and",
        "0 links to its issue",
    ):
        assert word in found, found


def test_nothing_is_settled_before_it_was_read(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database) as rig:
        rig.load(make_record(501))
        with database.snapshot() as connection:
            assert find_unsettled(connection, [501]) == ("ticket 501 was never read",)
        rig.run()
        with database.snapshot() as connection:
            assert find_unsettled(connection, [501]) == ()
        rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")


def test_the_machine_sees_a_worker_that_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perform, "plan_recovery", lambda *_, **__: Recovery(step=Step.RESEND))
    state = CrashMachine()
    state.begin(bugs=1)
    state.brew_trouble(writes=[Trouble.LOSE], reads=[])
    state.work(rounds=4)
    state.work(rounds=4)
    with pytest.raises(AssertionError, match="escalator-00000001"):
        state.nothing_is_doubled()
    state.close()


def test_the_machine_sees_work_without_a_time() -> None:
    state = CrashMachine()
    state.begin(bugs=1)
    with state.database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM wakes WHERE subject_kind = 'ticket'")
    with pytest.raises(AssertionError, match="501"):
        state.nothing_waits_without_a_time()
    state.close()
