"""Which issues are ours, and which of several goes on."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import Issue, StatusCategory
from tests.conftest import NOW
from tests.core.making import make_policy
from worker.core.copies import Copy, choose_survivor, find_next_sweep, is_exposed, is_ours, list_twins

MARK, US, MARIT = "escalator-e1", "a-1", "a-2"
SECURITY = make_policy().routing.targets.security.model_copy(
    update={"require_level": True, "security_level": "Security team only"}
)


def make_issue(number: int, **values: object) -> Issue:
    defaults: dict[str, object] = {
        "id": str(number),
        "key": f"ENG-{number}",
        "project": "ENG",
        "summary": "s",
        "status": "To Do",
        "category": StatusCategory.NEW,
    }
    return Issue(**{**defaults, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("issue", "ours"),
    [
        (make_issue(1, marker=MARK), True),
        (make_issue(1, marker=MARK, creator=MARIT), True),
        (make_issue(1, marker="escalator-other", marks=(MARK,), creator=US), False),
        (make_issue(1, marks=(MARK,), creator=US), True),
        (make_issue(1, marks=(MARK,)), True),
        (make_issue(1, marks=(MARK,), creator=MARIT), False),
        (make_issue(1, marks=("escalator-e12",), creator=US), False),
        (make_issue(1, creator=US), False),
    ],
    ids=[
        "property",
        "property outranks the creator",
        "property contradicts the label",
        "label, and we created it",
        "label, creator unknown",
        "a person's copy of the label",
        "another label",
        "no mark",
    ],
)
def test_ours(issue: Issue, ours: bool) -> None:
    assert is_ours(issue, MARK, US) is ours


@pytest.mark.parametrize(
    ("issue", "exposed"),
    [
        (make_issue(1, security="Security team only", security_id="10900"), False),
        (make_issue(1, security="SECURITY TEAM ONLY"), False),
        (make_issue(1, security="Everybody", security_id="10901"), True),
        (make_issue(1), True),
    ],
)
def test_exposed(issue: Issue, exposed: bool) -> None:
    assert is_exposed(issue, SECURITY) is exposed
    assert not is_exposed(issue, SECURITY.model_copy(update={"require_level": False}))
    by_id = SECURITY.model_copy(update={"security_level": "10900"})
    assert is_exposed(issue, by_id) is (issue.security_id != "10900")


DONE = StatusCategory.DONE


@pytest.mark.parametrize(
    ("copies", "current", "survivor"),
    [
        ([Copy(issue=make_issue(10)), Copy(issue=make_issue(9))], "10", "9"),
        ([Copy(issue=make_issue(9)), Copy(issue=make_issue(10), touched=True)], "9", "10"),
        ([Copy(issue=make_issue(9), touched=True), Copy(issue=make_issue(10), touched=True)], "10", "9"),
        ([Copy(issue=make_issue(9), exposed=True, touched=True), Copy(issue=make_issue(10))], "9", "10"),
        ([Copy(issue=make_issue(9, category=DONE), touched=True), Copy(issue=make_issue(10))], "10", "10"),
        ([Copy(issue=make_issue(9, category=DONE), touched=True), Copy(issue=make_issue(10))], "9", "9"),
        ([Copy(issue=make_issue(9, category=DONE)), Copy(issue=make_issue(10, category=DONE))], None, "9"),
        ([Copy(issue=make_issue(100)), Copy(issue=make_issue(20))], None, "20"),
    ],
    ids=[
        "lowest id",
        "a person's work",
        "two people's work",
        "the restricted one",
        "a closed twin stays closed",
        "our own is done",
        "all are done",
        "numbers, not words",
    ],
)
def test_survivor(copies: list[Copy], current: str | None, survivor: str) -> None:
    chosen = choose_survivor(copies, current)
    assert chosen.issue.id == survivor
    assert chosen.issue.id not in {twin.issue.id for twin in list_twins(copies, chosen)}


copy_sets = st.lists(
    st.builds(
        Copy,
        issue=st.builds(make_issue, st.integers(1, 99), category=st.sampled_from(StatusCategory)),
        touched=st.booleans(),
        exposed=st.booleans(),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda copy: copy.issue.id,
)


@given(copies=copy_sets)
def test_the_choice_stands_when_it_is_made_again(copies: list[Copy]) -> None:
    chosen = choose_survivor(copies, copies[0].issue.id)
    assert choose_survivor(list(reversed(copies)), copies[0].issue.id) == chosen
    assert choose_survivor(copies, chosen.issue.id) == chosen or chosen.issue.category is DONE


@given(copies=copy_sets)
def test_an_issue_that_a_person_works_on_is_never_ours_to_close(copies: list[Copy]) -> None:
    twins = list_twins(copies, choose_survivor(copies, None))
    touched = {copy.issue.id for copy in copies if copy.touched}
    assert all(twin.touched for twin in twins if twin.issue.id in touched)
    assert len(twins) == len(copies) - 1


@pytest.mark.parametrize(
    ("after_h", "next_h"),
    [(0, 1), (1, 2), (23.5, 24), (24, None), (30, None)],
)
def test_sweeps_end_after_a_day(after_h: float, next_h: float | None) -> None:
    expected = None if next_h is None else NOW + timedelta(hours=next_h)
    assert find_next_sweep(NOW, NOW + timedelta(hours=after_h), timedelta(hours=1)) == expected
