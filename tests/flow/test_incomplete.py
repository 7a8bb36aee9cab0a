"""A hand-over that waits for a complete brief: one note asks, and it goes on when answered or when the wait ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import AGENT, Rig, build_rig, make_record
from worker.store.database import Database

WAITS = '[targets.engineering]\nmode = "auto"\nwait_for_completeness = true\nlongest_wait = "{wait}"\n'
ANSWERS = "\n".join(
    (
        "Full reproduction steps: sign in to the test account; open the sales report of 2026; click Export",
        "Expected result: 1400 rows",
        "Actual result: 1000 rows",
        "Environment details: 8.14 on Chrome 141",
        "Frequency: always",
        "Logs or error messages: none shown",
        "Business impact: 3 people cannot close the books",
        "Customer timeline: by Friday",
    )
)


def build(tmp_path: Path, database: Database, wait: str) -> Iterator[Rig]:
    with build_rig(tmp_path, database, extra=WAITS.format(wait=wait)) as built:
        yield built


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    yield from build(tmp_path, database, "4h")


@pytest.fixture
def hasty(tmp_path: Path, database: Database) -> Iterator[Rig]:
    yield from build(tmp_path, database, "1s")


def test_one_note_asks_and_the_answer_opens_the_issue(rig: Rig) -> None:
    rig.load(make_record(501))
    rig.run()
    assert rig.box.jira.issues == []
    (asked,) = rig.box.zendesk.notes(501)
    assert "Engineering waits for" in asked["html_body"]
    assert "Frequency" in asked["html_body"]
    rig.box.zendesk.touch(501)
    rig.run()
    assert len(rig.box.zendesk.notes(501)) == 1
    rig.box.zendesk.add_comment(501, author_id=AGENT, body=ANSWERS, public=False)
    rig.run()
    (issue,) = rig.box.jira.issues
    assert "1400 rows" in str(issue.fields["description"])


def test_the_wait_ends_by_itself(hasty: Rig) -> None:
    hasty.load(make_record(501))
    hasty.run()
    assert hasty.box.jira.issues == []
    hasty.run_for(3)
    assert len(hasty.box.jira.issues) == 1


def test_the_force_tag_ends_the_wait(rig: Rig) -> None:
    rig.load(make_record(501))
    rig.run()
    assert rig.box.jira.issues == []
    rig.box.zendesk.tickets[501]["tags"].append("escalator_now")
    rig.box.zendesk.touch(501)
    rig.run()
    assert len(rig.box.jira.issues) == 1
