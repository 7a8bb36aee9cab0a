"""An escalation's life on the sandbox: each stage, told on both sides once, up to the lesson and beyond."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.living import (
    MARIT,
    START,
    comment,
    find_escalation,
    list_comments,
    list_drafts,
    list_notes,
    make_patient,
    order,
    reply,
    say,
)
from tests.rig import AGENT, CUSTOMER, FIELDS, Rig, build_rig, make_record
from worker.core.escalation import EscalationState
from worker.core.life import Stage
from worker.core.review import Order
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.lessons import list_lessons, list_unlearned
from worker.store.subjects import Lane, SubjectKind, insert_wakes


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, start=START) as built:
        make_patient(built)
        built.load(make_record(501))
        built.run()
        built.live(0.1)
        yield built


def find_stage(rig: Rig) -> Stage:
    return find_escalation(rig).course.stage


def finish(rig: Rig, resolution: str = "Done") -> None:
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Finish", resolution=resolution, account=MARIT)


def note(rig: Rig, text: str, ticket_id: int = 501) -> None:
    rig.box.zendesk.add_comment(ticket_id, author_id=AGENT, body=text, public=False)


def find_link(rig: Rig) -> bool:
    (link,) = rig.box.jira.issues[0].remote_links.values()
    return bool(link["object"]["status"]["resolved"])


def test_fixed_and_released_are_two_steps_with_one_note_each(rig: Rig) -> None:
    rig.box.jira.plan_fix(rig.box.jira.issues[0].key, "8.15", account=MARIT)
    finish(rig)
    rig.live(0.5)
    assert find_stage(rig) is Stage.FIXED
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "fixed"
    assert len(list_notes(rig)) == 2
    assert "Fixed, not released yet" in list_notes(rig)[-1]
    assert "fix planned for 8.15" in list_notes(rig)[-1]
    assert "still has to be released" in list_notes(rig)[-1]
    rig.box.jira.release_version("8.15")
    rig.live(0.5)
    assert find_stage(rig) is Stage.RESOLVED
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "resolved"
    assert len(list_notes(rig)) == 3
    assert "it should be solved now" in list_notes(rig)[-1]


def test_the_whole_way_from_the_fix_to_the_lesson(rig: Rig) -> None:
    finish(rig)
    rig.live(0.5)
    assert find_stage(rig) is Stage.RESOLVED
    reply(rig, "It should be solved now. Could you try it once more?")
    rig.live(1)
    say(rig, "Thank you, it works again, the export is complete now.")
    rig.live(1)
    closed = find_escalation(rig)
    assert closed.course.stage is Stage.CLOSED
    assert closed.state is EscalationState.CLOSED
    assert closed.tickets == ()
    assert "Confirmed as solved" in list_comments(rig)[-1]
    assert "Lesson:" in list_comments(rig)[-1]
    assert "Closed, because it is confirmed" in list_notes(rig)[-1]
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "closed"
    assert "escalator_escalated" not in rig.box.zendesk.tickets[501]["tags"]
    assert find_link(rig)
    with rig.database.snapshot() as connection:
        assert list_unlearned(connection) == (closed.id,)
    note(rig, "Lesson: the export pages at 1000 rows; ask for the export log first.")
    comment(rig, "Lesson: paging was off by one, see the release notes.")
    wake(rig, closed.id)
    rig.live(1)
    with rig.database.snapshot() as connection:
        assert [lesson.source.value for lesson in list_lessons(connection, closed.id)] == ["comment", "note"]
        assert list_unlearned(connection) == ()
    writes = list(rig.writes)
    rig.live(24)
    assert rig.writes == writes
    assert len(rig.box.jira.issues) == 1


def wake(rig: Rig, escalation_id: str) -> None:
    with rig.database.transaction() as connection:
        insert_wakes(connection, SubjectKind.ESCALATION, [escalation_id], lane=Lane.LIVE, now=now_utc())


def test_a_declined_issue_says_so_with_the_reason(rig: Rig) -> None:
    finish(rig, "Won't Do")
    rig.live(0.5)
    assert find_stage(rig) is Stage.DECLINED
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "declined"
    assert "Declined by the receiving team" in list_notes(rig)[-1]
    assert "Won't Do" in list_notes(rig)[-1]
    assert "Please add the reason" in list_notes(rig)[-1]


def test_the_customers_no_takes_it_up_again(rig: Rig) -> None:
    finish(rig)
    rig.live(0.5)
    reply(rig, "It should be solved now.")
    rig.live(1)
    say(rig, "Unfortunately it does not work, the export still stops at row 1000.")
    rig.live(1)
    assert find_stage(rig) is Stage.ACTIVE
    assert "Not solved for the customer" in list_comments(rig)[-1]
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "in_progress"
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Start work", account=MARIT)
    rig.live(0.5)
    finish(rig)
    rig.live(0.5)
    assert find_stage(rig) is Stage.RESOLVED


def test_an_issue_that_is_reopened_reopens_the_closed_escalation(rig: Rig) -> None:
    finish(rig)
    rig.live(0.5)
    order(rig, Order.CLOSE, "tested by us")
    rig.live(0.5)
    closed = find_escalation(rig)
    assert closed.state is EscalationState.CLOSED
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Back to the list", account=MARIT)
    wake(rig, closed.id)
    rig.live(0.5)
    again = find_escalation(rig)
    assert (again.id, again.state, again.tickets) == (closed.id, EscalationState.OPEN, (501,))
    assert again.course.stage is Stage.ACTIVE
    assert "Taken up again" in list_notes(rig)[-1]
    assert "escalator_escalated" in rig.box.zendesk.tickets[501]["tags"]
    assert len(rig.box.jira.issues) == 1


def test_after_the_end_only_new_words_of_the_customer_open_a_new_issue(rig: Rig) -> None:
    finish(rig)
    rig.live(0.5)
    order(rig, Order.CLOSE, "tested by us")
    rig.live(1)
    say(rig, "Thanks for letting me know.")
    note(rig, "I reproduced it again on our test account, it is a bug.")
    rig.live(2)
    assert len(rig.box.jira.issues) == 1
    say(rig, "It is back since this morning: the export stops at row 1000 again, we cannot close our books.")
    rig.live(1)
    assert len(rig.box.jira.issues) == 2
    with rig.database.snapshot() as connection:
        assert [one.state for one in list_escalations(connection)] == [EscalationState.CLOSED, EscalationState.OPEN]


def test_an_order_stands_down_and_another_takes_up_again(rig: Rig) -> None:
    order(rig, Order.STAND_DOWN, "a workaround was found")
    rig.live(0.5)
    assert find_stage(rig) is Stage.STOOD_DOWN
    assert "a workaround was found" in list_comments(rig)[-1]
    issue = rig.box.jira.issues[0]
    assert "stood-down" in issue.fields["labels"]
    assert issue.category != "done"
    assert "Stood down" in list_notes(rig)[-1]
    assert "A draft for the customer" in list_notes(rig)[-1]
    assert rig.box.zendesk.field(501, FIELDS["state"]) == "stood_down"
    notes = len(list_notes(rig))
    rig.live(3)
    assert len(list_notes(rig)) == notes
    order(rig, Order.TAKE_UP, "the workaround fails")
    rig.live(0.5)
    assert find_stage(rig) is Stage.ACTIVE
    assert "Needed again" in list_comments(rig)[-1]
    assert "stood-down" not in issue.fields["labels"]


def test_a_draft_that_nobody_sends_after_standing_down_is_overdue_once(rig: Rig) -> None:
    order(rig, Order.STAND_DOWN, "a workaround was found")
    rig.live(7)
    assert list_drafts(rig) == []
    rig.live(20)
    assert len(list_drafts(rig)) == 1
    reply(rig, "Please use the other export until then.")
    rig.live(20)
    assert len(list_drafts(rig)) == 1


@pytest.mark.parametrize(
    ("author", "public", "words"),
    [
        (CUSTOMER, True, "Thanks, the workaround with the filter unblocks us, we can work with that."),
        (CUSTOMER, True, "It works again since this morning, the problem is gone. Thank you!"),
        (AGENT, False, "Root cause found: it was a setting on their side, not a bug after all. A false alarm."),
    ],
)
def test_words_on_the_ticket_stand_down(rig: Rig, author: int, public: bool, words: str) -> None:
    if author == CUSTOMER:
        reply(rig, "As a workaround, export with a filter by month until it is fixed.")
        rig.live(0.5)
    rig.box.zendesk.add_comment(501, author_id=author, body=words, public=public)
    rig.live(1)
    assert find_stage(rig) is Stage.STOOD_DOWN
    assert len([text for text in list_comments(rig) if "Stood down" in text]) == 1


@pytest.mark.parametrize(
    "words",
    [
        "Thanks for the workaround, but it does not help us, we are still blocked.",
        "It worked for an hour and then it came back.",
        "Is there a workaround that would unblock us?",
        "Thank you for the quick reply.",
    ],
)
def test_a_look_alike_does_not_stand_down(rig: Rig, words: str) -> None:
    reply(rig, "As a workaround, export with a filter by month until it is fixed.")
    rig.live(0.5)
    say(rig, words)
    rig.live(1)
    assert find_stage(rig) is Stage.ACTIVE
    assert not [text for text in list_comments(rig) if "Stood down" in text]


def test_a_veto_on_a_running_escalation_stands_it_down_and_sticks(rig: Rig) -> None:
    rig.box.zendesk.add_tags(501, "escalator_veto")
    rig.live(1)
    assert find_stage(rig) is Stage.STOOD_DOWN
    assert "escalator_veto" in list_notes(rig)[-1]
    say(rig, "It is worse now, nothing works at all.")
    rig.live(1)
    assert find_stage(rig) is Stage.STOOD_DOWN


def test_a_tag_puts_reminders_off_once(rig: Rig) -> None:
    rig.live(3)
    rig.box.zendesk.add_tags(501, "escalator_snooze")
    rig.live(1)
    told = [text for text in list_notes(rig) if "put off until" in text]
    assert len(told) == 1
    assert "escalator_snooze" not in rig.box.zendesk.tickets[501]["tags"]
    rig.live(20)
    assert list_drafts(rig) == []
    rig.live(8)
    assert len(list_drafts(rig)) >= 1
    assert len([text for text in list_notes(rig) if "put off until" in text]) == 1


def test_a_marked_confirmation_of_an_agent_closes(rig: Rig) -> None:
    finish(rig)
    rig.live(0.5)
    rig.box.zendesk.add_tags(501, "escalator_confirmed")
    rig.live(1)
    assert find_stage(rig) is Stage.CLOSED


def test_only_comments_marked_for_support_are_carried_over_once(rig: Rig) -> None:
    comment(rig, "Support: a second filter by month *avoids* it, {{ticket.id}}.")
    comment(rig, "Looks like an off-by-one in the pager, our secret sauce.")
    rig.live(1)
    carried = [text for text in list_notes(rig) if "Marit Solheim" in text]
    assert len(carried) == 1
    assert "avoids" in carried[0]
    assert not [text for text in list_notes(rig) if "secret sauce" in text]
    rig.live(2)
    assert len([text for text in list_notes(rig) if "Marit Solheim" in text]) == 1
