"""A link shows on both ends, so Security's issues are linked among themselves only."""

import pytest

from connectors.records import IssueRef
from worker.core.assessment import Target
from worker.core.recurrence import RelatedIssue, Relation, choose_related, plan_relations


def relate(number: int, target: Target) -> RelatedIssue:
    issue = IssueRef(id=str(number), key=f"ENG-{number}")
    return RelatedIssue(issue=issue, relation=Relation.RECURS, target=target)


@pytest.mark.parametrize(
    ("target", "kept"),
    [(Target.ENGINEERING, ["1", "2"]), (Target.PRODUCT, ["1", "2"]), (Target.SECURITY, ["3"])],
)
def test_no_link_leads_into_security_or_out_of_it(target: Target, kept: list[str]) -> None:
    found = [
        relate(1, Target.ENGINEERING),
        relate(2, Target.PRODUCT),
        relate(3, Target.SECURITY),
        relate(1, Target.ENGINEERING),
    ]
    assert [one.issue.id for one in choose_related(target, found)] == kept


def test_an_issue_is_not_linked_to_itself() -> None:
    found = [relate(1, Target.ENGINEERING), relate(2, Target.ENGINEERING)]
    assert [write.key for write in plan_relations("e", IssueRef(id="1", key="ENG-1"), found)] == ["relate:e:1:2"]
