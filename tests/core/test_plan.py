"""The keyed writes that follow from state, and that they follow only once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.effects import CommentIssue, LinkTicket, OpenIssue, TagTicket, UpdateTicket
from connectors.records import IssueRef, StatusCategory, TicketStatus
from mappings.brief import Wait
from tests.conftest import NOW
from tests.core.making import make_assessment, make_escalation, make_policy, make_ticket
from worker.core.assessment import Severity, Target
from worker.core.copies import Twin
from worker.core.decision import Action, Decision
from worker.core.plan import (
    Addresses,
    IssueText,
    Member,
    describe_state,
    find_deadline,
    plan_attachment,
    plan_escalation,
    plan_ticket,
)

POLICY = make_policy()
ADDRESSES = Addresses(zendesk="https://desk.example", jira="https://jira.example")
MEMBER = Member(ticket=make_ticket(), assessment=make_assessment())
OPENED = make_escalation(issue=IssueRef(id="10", key="ENG-1"), issue_severity=Severity.HIGH)
KEEP = Decision(action=Action.KEEP, reasons=("runs",))


class PlainTexts:
    """Texts that say which one they are."""

    def find_deadline(self, member: Member) -> datetime | None:
        return None

    def write_opened_note(self, *_: Any, waited: bool = False) -> str:
        return "opened at last" if waited else "opened"

    def write_waiting_note(self, _member: Any, _escalation: Any, wait: Wait) -> str:
        return "over" if wait.is_over else f"{wait.what}|{wait.reason}|{wait.remedy}"

    def write_changed_note(self, *_: Any) -> str:
        return "changed"

    def write_l2_note(self, *_: Any) -> str:
        return "l2"

    def write_suggestion(self, *_: Any) -> str:
        return "suggestion"

    def write_issue(self, *_: Any) -> IssueText:
        return IssueText(summary="s", description="d", brief="b", was_cut=True)

    def write_change_comment(self, *_: Any) -> str:
        return "severity"

    def write_twin_comment(self, *_: Any) -> str:
        return "twin"


TEXTS = PlainTexts()


def plan(escalation: Any, ticket: Any = None, decision: Decision = KEEP) -> Any:
    member = MEMBER if ticket is None else replace(MEMBER, ticket=ticket)
    return plan_ticket(member, decision, escalation, POLICY, TEXTS)


def plan_issue(escalation: Any, member: Member = MEMBER) -> Any:
    return plan_escalation([member], escalation, POLICY, TEXTS, ADDRESSES)


def test_nothing_is_written_before_the_issue_exists() -> None:
    assert plan(make_escalation()) == ()
    (write,) = plan_issue(make_escalation())
    assert isinstance(write.effect, OpenIssue)
    assert write.effect.marker == "escalator-e1"
    assert write.key == "open:e1"


def test_the_ticket_shows_its_issue_once() -> None:
    note, tag = plan(OPENED)
    assert isinstance(note.effect, UpdateTicket)
    assert isinstance(tag.effect, TagTicket)
    assert note.effect.note == "opened"
    assert [write.key for write in plan(replace(OPENED, issue_status="To Do"))] == [note.key, tag.key]


def test_each_change_is_shown_by_a_note_of_its_own() -> None:
    keys = {
        plan(replace(OPENED, revision=revision, sightings=sightings))[0].key
        for revision in range(3)
        for sightings in range(3)
    }
    assert len(keys) == 9


@pytest.mark.parametrize("status", [TicketStatus.CLOSED, TicketStatus.DELETED])
def test_a_closed_ticket_is_left_alone(status: TicketStatus) -> None:
    assert plan(OPENED, make_ticket(status=status)) == ()


def test_fields_without_an_id_are_not_written() -> None:
    assert plan(OPENED)[0].effect.fields == {}
    zendesk = POLICY.fields.zendesk.model_copy(update={"jira_issue": 1, "severity": 2})
    policy = POLICY.model_copy(update={"fields": POLICY.fields.model_copy(update={"zendesk": zendesk})})
    note = plan_ticket(MEMBER, KEEP, OPENED, policy, TEXTS)[0]
    assert isinstance(note.effect, UpdateTicket)
    assert note.effect.fields == {1: "ENG-1", 2: "high"}


def test_a_suggestion_asks_once_and_is_cleared_by_the_escalation() -> None:
    ask = Decision(action=Action.ASK, reasons=("r",), target=Target.PRODUCT)
    note, tag = plan(None, decision=ask)
    assert note.effect.note == "suggestion"
    assert tag.effect.add == ("escalator_suggested",)
    assert plan(OPENED, make_ticket(tags=("escalator_suggested",)))[1].effect.remove == ("escalator_suggested",)


def test_l2_is_an_escalation_without_an_issue() -> None:
    escalation = make_escalation(target=Target.L2)
    assert plan_issue(escalation) == ()
    assert plan(escalation)[0].effect.note == "l2"


def test_a_link_is_written_again_only_when_what_it_shows_changes() -> None:
    (link,) = plan_issue(OPENED)
    assert isinstance(link.effect, LinkTicket)
    assert link.effect.url == "https://desk.example/agent/tickets/501"
    assert plan_issue(OPENED) == (link,)
    (solved,) = plan_issue(OPENED, replace(MEMBER, ticket=make_ticket(status=TicketStatus.SOLVED)))
    assert solved.effect.resolved
    assert solved.key != link.key


def test_the_link_of_a_security_issue_tells_nothing_about_the_ticket() -> None:
    (link,) = plan_issue(replace(OPENED, target=Target.SECURITY))
    assert (link.effect.title, link.effect.summary) == ("Zendesk #501", "")


def test_a_changed_severity_is_one_edit_and_one_comment() -> None:
    risen = replace(OPENED, severity=Severity.CRITICAL, revision=1)
    _, change, comment = plan_issue(risen)
    assert (change.effect.priority, change.key) == ("Highest", "change:e1:10:1")
    assert isinstance(comment.effect, CommentIssue)
    assert len(plan_issue(replace(risen, issue_severity=Severity.CRITICAL))) == 1


TWIN = Twin(issue=IssueRef(id="11", key="ENG-2"), touched=False, exposed=False)


def test_a_lost_issue_gets_no_more_writes() -> None:
    assert plan_issue(replace(OPENED, issue_missing_since=NOW)) == ()
    assert plan_issue(replace(OPENED, issue_missing_since=NOW, twins=(TWIN,))) == ()


@pytest.mark.parametrize("touched", [False, True])
def test_a_second_issue_is_linked_told_and_closed_unless_it_is_somebodys(touched: bool) -> None:
    twin = replace(TWIN, touched=touched)
    kinds = [write.effect.kind for write in plan_issue(replace(OPENED, twins=(twin,)))]
    assert kinds == ["issue.link", "twin.link", "twin.comment", *([] if touched else ["twin.close"])]


def test_the_issue_that_goes_on_gets_everything_that_the_other_had() -> None:
    raised = replace(OPENED, severity=Severity.CRITICAL, revision=1, issue_severity=None)
    switched = replace(raised, issue=IssueRef(id="11", key="ENG-2"))
    assert not {write.key for write in plan_issue(raised)} & {write.key for write in plan_issue(switched)}
    assert len(plan_issue(switched)) == 3
    assert plan_attachment("e1", "10", "b").key != plan_attachment("e1", "11", "b").key


def test_an_issue_to_adopt_is_not_opened_twice() -> None:
    assert plan_issue(make_escalation(adopted=True, adopt_key="ENG-7")) == ()


@pytest.mark.parametrize(
    ("category", "resolution", "state"),
    [
        (None, None, "escalated"),
        (StatusCategory.NEW, None, "escalated"),
        (StatusCategory.INDETERMINATE, None, "in_progress"),
        (StatusCategory.DONE, None, "resolved"),
        (StatusCategory.DONE, "Done", "resolved"),
        (StatusCategory.DONE, "Won't Do", "declined"),
        (StatusCategory.INDETERMINATE, "Won't Do", "in_progress"),
    ],
)
def test_states(category: StatusCategory | None, resolution: str | None, state: str) -> None:
    seen = replace(OPENED, issue_category=category, issue_resolution=resolution)
    assert describe_state(seen, POLICY) == state
    assert describe_state(replace(seen, issue_missing_since=NOW), POLICY) == "issue_lost"
    assert describe_state(replace(seen, target=Target.L2), POLICY) == "with_l2"


@pytest.mark.parametrize(
    ("severity", "wanted", "hours"),
    [
        (Severity.CRITICAL, None, 2),
        (Severity.HIGH, None, 8),
        (Severity.HIGH, NOW + timedelta(hours=3), 3),
        (Severity.HIGH, NOW - timedelta(hours=3), 8),
        (Severity.MEDIUM, None, 24 * 7),
    ],
)
def test_deadlines(severity: Severity, wanted: datetime | None, hours: float) -> None:
    """Medium gives five days, and one that falls on a weekend moves to the Monday after it."""
    assert find_deadline(severity, POLICY, NOW, wanted) == NOW + timedelta(hours=hours)
