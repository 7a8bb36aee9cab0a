"""What the other issues of an escalation mean for it."""

from dataclasses import replace

import pytest

from connectors.records import Issue, IssueRef
from tests.core.making import make_escalation, make_policy
from tests.core.test_copies import SECURITY, make_issue
from worker.core.assessment import Severity
from worker.core.copies import Twin
from worker.core.sighting import see_copies

OPEN = make_policy().routing.targets.engineering
KNOWN = make_escalation(issue=IssueRef(id="10", key="ENG-10"), issue_severity=Severity.HIGH, sightings=4)
RESTRICTED = make_issue(10, security="Security team only")
TWIN = Twin(issue=IssueRef(id="11", key="ENG-11"), touched=False, exposed=False)


@pytest.mark.parametrize(
    ("issue", "twins", "sightings"),
    [
        (RESTRICTED, (), 4),
        (RESTRICTED, (TWIN,), 4),
        (RESTRICTED, (replace(TWIN, exposed=True),), 5),
        (make_issue(10), (), 5),
        (make_issue(11, security="Security team only"), (TWIN,), 5),
    ],
    ids=["as it was", "a twin, quietly", "a twin that others may read", "its own level is gone", "another goes on"],
)
def test_people_hear_of_what_matters_to_them(issue: Issue, twins: tuple[Twin, ...], sightings: int) -> None:
    seen = see_copies(KNOWN, KNOWN, issue, twins, SECURITY)
    assert seen.sightings == sightings
    assert seen.twins == twins
    again = see_copies(replace(seen, issue=IssueRef(id=issue.id, key=issue.key)), seen, issue, (), SECURITY)
    assert again.sightings == seen.sightings or issue.id != "10"


def test_an_issue_that_takes_over_was_told_no_severity() -> None:
    assert see_copies(KNOWN, KNOWN, make_issue(11), (TWIN,), OPEN).issue_severity is None
    assert see_copies(KNOWN, KNOWN, make_issue(10), (TWIN,), OPEN).issue_severity is Severity.HIGH


def test_a_change_is_counted_once_even_when_the_issue_changed_as_well() -> None:
    moved = replace(KNOWN, sightings=5)
    assert see_copies(moved, KNOWN, make_issue(11), (TWIN,), OPEN).sightings == 5


def test_what_is_not_seen_changes_nothing() -> None:
    assert see_copies(KNOWN, KNOWN, None, (), SECURITY) is KNOWN
