"""What becomes of an escalated ticket is told on its issue once, and decides where the escalation goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import BUG, CUSTOMER, FIELDS, Rig, build_rig, make_record
from worker.core.escalation import Escalation, EscalationState
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.escalations import close_escalation, list_escalations
from worker.store.status import read_status
from worker.store.subjects import Lane, SubjectKind, insert_wakes

QUIET = "Thank you, that helps."


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        yield built


def open_issue(rig: Rig, *ticket_ids: int) -> None:
    rig.load(*(make_record(ticket_id) for ticket_id in ticket_ids))
    work(rig)


def work(rig: Rig) -> None:
    rig.run()
    rig.settle()


def list_comments(rig: Rig, number: int = 0) -> list[str]:
    return [str(comment.body) for comment in rig.box.jira.issues[number].comments]


def list_all(rig: Rig) -> tuple[Escalation, ...]:
    with rig.database.snapshot() as connection:
        return list_escalations(connection)


def list_links(rig: Rig, number: int = 0) -> set[str]:
    links = rig.box.jira.issues[number].remote_links.values()
    return {link["object"]["url"].rsplit("/", 1)[-1] for link in links}


def check_calm(rig: Rig) -> None:
    """Nothing is parked, and reading everything again writes nothing."""
    before = list(rig.writes)
    for ticket_id in rig.box.zendesk.tickets:
        rig.box.zendesk.touch(ticket_id)
    work(rig)
    assert rig.writes == before
    with rig.database.snapshot() as connection:
        assert read_status(connection, now_utc())["parked"] == 0


def test_a_deleted_ticket_is_told_once_and_its_return_too(rig: Rig) -> None:
    open_issue(rig, 501)
    rig.box.zendesk.delete_ticket(501)
    work(rig)
    (told,) = list_comments(rig)
    assert "#501 is gone" in told
    check_calm(rig)
    rig.box.zendesk.restore_ticket(501)
    work(rig)
    assert "#501 is back" in list_comments(rig)[1]
    assert len(rig.box.jira.issues) == 1
    assert len(rig.box.zendesk.notes(501)) == 1
    check_calm(rig)
    rig.box.zendesk.delete_ticket(501)
    work(rig)
    rig.box.zendesk.purge_ticket(501)
    work(rig)
    assert len(list_comments(rig)) == 3
    check_calm(rig)


def test_spam_is_told_as_gone(rig: Rig) -> None:
    open_issue(rig, 501)
    rig.box.zendesk.mark_as_spam(501)
    work(rig)
    (told,) = list_comments(rig)
    assert "spam" in told
    check_calm(rig)


def test_a_ticket_that_goes_before_its_issue_takes_the_escalation_along_and_comes_back_as_new(rig: Rig) -> None:
    rig.box.take_down("jira")
    open_issue(rig, 501)
    rig.box.zendesk.delete_ticket(501)
    work(rig)
    rig.box.bring_up("jira")
    rig.run_for(5.0)
    (escalation,) = list_all(rig)
    assert escalation.state is EscalationState.CLOSED
    assert rig.box.jira.issues == []
    rig.box.zendesk.restore_ticket(501)
    work(rig)
    assert len(rig.box.jira.issues) == 1
    assert [one.state for one in list_all(rig)] == [EscalationState.CLOSED, EscalationState.OPEN]


def test_a_closed_ticket_is_told_once_and_takes_no_more_writes(rig: Rig) -> None:
    open_issue(rig, 501)
    rig.box.zendesk.update_ticket(501, status="closed")
    work(rig)
    (told,) = list_comments(rig)
    assert "#501 was closed" in told
    notes = len(rig.box.zendesk.notes(501))
    rig.box.jira.transition_issue("ENG-1", "Start work")
    rig.box.zendesk.touch(501)
    work(rig)
    assert len(rig.box.zendesk.notes(501)) == notes
    check_calm(rig)


def test_a_reopened_ticket_is_told_once_for_each_time(rig: Rig) -> None:
    open_issue(rig, 501)
    for turn in (1, 2):
        rig.box.zendesk.update_ticket(501, status="solved")
        work(rig)
        rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="It is not solved.")
        work(rig)
        assert len([told for told in list_comments(rig) if "reopened" in told]) == turn
    check_calm(rig)


def test_another_organisation_is_told_and_the_link_names_it(rig: Rig) -> None:
    open_issue(rig, 501)
    rig.box.zendesk.tables.put_organization({"id": 22, "name": "Nordlicht [AG]"}, now_utc())
    rig.box.zendesk.update_ticket(501, organization_id=22)
    work(rig)
    (told,) = list_comments(rig)
    assert "Nordlicht" in told
    (link,) = rig.box.jira.issues[0].remote_links.values()
    assert link["object"]["summary"] == "Nordlicht [AG]"
    check_calm(rig)


def test_a_merged_ticket_hands_its_escalation_on(rig: Rig) -> None:
    open_issue(rig, 501)
    rig.load(make_record(502, note=None, text=QUIET))
    work(rig)
    rig.box.zendesk.merge_tickets(501, 502)
    work(rig)
    (escalation,) = list_all(rig)
    assert escalation.tickets == (502,)
    assert len(rig.box.jira.issues) == 1
    assert list_links(rig) == {"501", "502"}
    assert rig.box.zendesk.field(502, FIELDS["jira_issue"]) == "ENG-1"
    (told,) = list_comments(rig)
    assert "#501 was merged into #502" in told
    rig.box.jira.transition_issue("ENG-1", "Start work")
    rig.box.zendesk.touch(502)
    check_calm(rig)


@pytest.mark.parametrize("touched", [None, 502])
def test_two_escalations_that_meet_in_a_merge_become_one(rig: Rig, touched: int | None) -> None:
    open_issue(rig, 501)
    open_issue(rig, 502)
    first, second = (issue.key for issue in rig.box.jira.issues)
    if touched:
        rig.box.jira.transition_issue(second, "Start work")
        wake_all(rig)
    rig.box.zendesk.merge_tickets(501, 502)
    work(rig)
    wake_all(rig)
    winner, loser = (second, first) if touched else (first, second)
    states = {one.issue.key: (one.state, one.tickets) for one in list_all(rig) if one.issue}
    assert states == {winner: (EscalationState.OPEN, (502,)), loser: (EscalationState.CLOSED, ())}
    assert rig.box.zendesk.field(502, FIELDS["jira_issue"]) == winner
    farewell = [told for told in list_comments(rig, 0 if loser == first else 1) if "go on in" in told]
    assert len(farewell) == 1
    assert winner in farewell[0].replace("\\", "")
    check_calm(rig)


def test_a_merge_out_of_an_escalation_with_other_tickets_leaves_it_open(rig: Rig) -> None:
    open_issue(rig, 501)
    follow(rig, 503, 501)
    open_issue(rig, 502)
    rig.box.zendesk.merge_tickets(501, 502)
    work(rig)
    found = {one.issue.key: one.tickets for one in list_all(rig) if one.issue}
    assert found == {"ENG-1": (503,), "ENG-2": (502,)}
    check_calm(rig)


def test_a_follow_up_of_a_closed_ticket_joins_its_escalation(rig: Rig) -> None:
    open_issue(rig, 501)
    rig.box.zendesk.update_ticket(501, status="closed")
    work(rig)
    follow(rig, 502, 501)
    (escalation,) = list_all(rig)
    assert escalation.tickets == (501, 502)
    assert len(rig.box.jira.issues) == 1
    assert "#502 follows up #501" in list_comments(rig)[-1]
    assert rig.box.zendesk.field(502, FIELDS["jira_issue"]) == "ENG-1"
    check_calm(rig)


def test_a_follow_up_after_the_escalation_is_over_opens_its_own_and_names_the_earlier(rig: Rig) -> None:
    open_issue(rig, 501)
    rig.box.zendesk.update_ticket(501, status="closed")
    work(rig)
    with rig.database.transaction() as connection:
        (escalation,) = list_escalations(connection)
        close_escalation(connection, escalation.id, now_utc())
    rig.load(make_record(502, via_followup_source_id=501))
    work(rig)
    wake_all(rig)
    assert [issue.key for issue in rig.box.jira.issues] == ["ENG-1", "ENG-2"]
    (told,) = list_comments(rig, 1)
    assert "#502 follows up #501" in told
    assert "ENG-1" in told.replace("\\", "")
    check_calm(rig)


def test_a_split_ticket_is_a_ticket_of_its_own(rig: Rig) -> None:
    """A split copies one comment into a new ticket; the two share nothing that Zendesk's API would show."""
    open_issue(rig, 501)
    rig.load(make_record(502, note=None, text="Could you tell me where I change the colour of my invoices?"))
    work(rig)
    (escalation,) = list_all(rig)
    assert escalation.tickets == (501,)
    assert list_comments(rig) == []
    assert rig.box.zendesk.notes(502) == []
    check_calm(rig)


def test_a_deleted_requester_changes_nothing(rig: Rig) -> None:
    open_issue(rig, 501)
    rig.box.zendesk.delete_user(CUSTOMER)
    rig.box.zendesk.add_comment(501, author_id=31, body=BUG, public=False)
    work(rig)
    (escalation,) = list_all(rig)
    assert escalation.tickets == (501,)
    check_calm(rig)


def follow(rig: Rig, ticket_id: int, source_id: int) -> None:
    rig.load(make_record(ticket_id, note=None, text=QUIET, via_followup_source_id=source_id))
    work(rig)


def wake_all(rig: Rig) -> None:
    with rig.database.transaction() as connection:
        ids = [one.id for one in list_escalations(connection)]
        insert_wakes(connection, SubjectKind.ESCALATION, ids, lane=Lane.LIVE, now=now_utc())
    rig.settle()
