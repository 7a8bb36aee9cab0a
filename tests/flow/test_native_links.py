"""Zendesk's own Jira app shows the issue where the policy wants it, once; an issue may carry its severity."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from tests.rig import FIELDS, Rig, build_rig, make_record
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.status import read_status

POLICY = (
    "[zendesk]\nnative_links = true\n"
    + "".join(f"{name} = {number}\n" for name, number in FIELDS.items())
    + '[jira]\nseverity_label = "sev-"\n'
)


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, overlay={"fields.toml": POLICY}) as built:
        built.load(make_record(501))
        yield built


def work(rig: Rig) -> None:
    rig.run()
    rig.settle()


@pytest.mark.parametrize("action", ["", "drop_after", "drop_before"])
def test_the_issue_is_shown_once(rig: Rig, action: Any) -> None:
    if action:
        rig.box.faults.add(Fault(action=action, vendor="zendesk", method="POST", path="/jira/links"))
    rig.run()
    rig.run_for(12)
    rig.box.zendesk.touch(501)
    work(rig)
    (issue,) = rig.box.jira.issues
    (link,) = rig.box.zendesk.jira_links(501)
    assert (link["issue_id"], link["issue_key"]) == (issue.id, issue.key)


def test_where_zendesk_refuses_the_link_nothing_is_held_up(rig: Rig) -> None:
    fault = Fault(action="status", vendor="zendesk", method="POST", path="/jira/links", status=403, times=None)
    rig.box.faults.add(fault)
    work(rig)
    assert rig.box.zendesk.jira_links(501) == []
    assert rig.box.zendesk.field(501, FIELDS["jira_issue"]) == rig.box.jira.issues[0].key
    with rig.database.snapshot() as connection:
        assert read_status(connection, now_utc())["parked"] == 0


def test_the_severity_is_a_label_that_follows_it(rig: Rig) -> None:
    work(rig)
    (issue,) = rig.box.jira.issues
    assert "sev-high" in issue.fields["labels"]
    rig.box.zendesk.add_comment(
        501,
        author_id=11,
        body="Now our production is down for all 400 users since 09:00, nobody can work. All sites are affected.",
        public=True,
    )
    work(rig)
    assert "sev-critical" in issue.fields["labels"]
    assert "sev-high" not in issue.fields["labels"]
