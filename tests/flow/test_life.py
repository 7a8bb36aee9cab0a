"""An escalation's life on the sandbox: each stage, told on both sides once, up to the lesson and beyond."""

import pytest

from tests.flow.living import (
    MARIT,
    comment,
    find_escalation,
    list_comments,
    list_drafts,
    list_notes,
    order,
    reply,
    say,
)
from tests.rig import AGENT, CUSTOMER, FIELDS, Rig
from worker.core.escalation import EscalationState
from worker.core.life import Stage
from worker.core.review import Order
from worker.ground import now_utc
from worker.store.escalations import list_escalations
from worker.store.lessons import list_lessons, list_unlearned
from worker.store.subjects import Lane, SubjectKind, insert_wakes


def find_stage(patient: Rig) -> Stage:
    return find_escalation(patient).course.stage


def finish(patient: Rig, resolution: str = "Done") -> None:
    patient.box.jira.transition_issue(patient.box.jira.issues[0].key, "Finish", resolution=resolution, account=MARIT)


def note(patient: Rig, text: str, ticket_id: int = 501) -> None:
    patient.box.zendesk.add_comment(ticket_id, author_id=AGENT, body=text, public=False)


def find_link(patient: Rig) -> bool:
    (link,) = patient.box.jira.issues[0].remote_links.values()
    return bool(link["object"]["status"]["resolved"])


def test_fixed_and_released_are_two_steps_with_one_note_each(patient: Rig) -> None:
    patient.box.jira.plan_fix(patient.box.jira.issues[0].key, "8.15", account=MARIT)
    finish(patient)
    patient.live(0.5)
    assert find_stage(patient) is Stage.FIXED
    assert patient.box.zendesk.field(501, FIELDS["state"]) == "fixed"
    assert len(list_notes(patient)) == 2
    assert "Fixed, not released yet" in list_notes(patient)[-1]
    assert "fix planned for 8.15" in list_notes(patient)[-1]
    assert "still has to be released" in list_notes(patient)[-1]
    patient.box.jira.release_version("8.15")
    patient.live(0.5)
    assert find_stage(patient) is Stage.RESOLVED
    assert patient.box.zendesk.field(501, FIELDS["state"]) == "resolved"
    assert len(list_notes(patient)) == 3
    assert "it should be solved now" in list_notes(patient)[-1]


def test_the_whole_way_from_the_fix_to_the_lesson(patient: Rig) -> None:
    finish(patient)
    patient.live(0.5)
    assert find_stage(patient) is Stage.RESOLVED
    reply(patient, "It should be solved now. Could you try it once more?")
    patient.live(1)
    say(patient, "Thank you, it works again, the export is complete now.")
    patient.live(1)
    closed = find_escalation(patient)
    assert closed.course.stage is Stage.CLOSED
    assert closed.state is EscalationState.CLOSED
    assert closed.tickets == ()
    assert "Confirmed as solved" in list_comments(patient)[-1]
    assert "Lesson:" in list_comments(patient)[-1]
    assert "Closed, because it is confirmed" in list_notes(patient)[-1]
    assert patient.box.zendesk.field(501, FIELDS["state"]) == "closed"
    assert "escalator_escalated" not in patient.box.zendesk.tickets[501]["tags"]
    assert find_link(patient)
    with patient.database.snapshot() as connection:
        assert list_unlearned(connection) == (closed.id,)
    note(patient, "Lesson: the export pages at 1000 rows; ask for the export log first.")
    comment(patient, "Lesson: paging was off by one, see the release notes.")
    wake(patient, closed.id)
    patient.live(1)
    with patient.database.snapshot() as connection:
        assert [lesson.source.value for lesson in list_lessons(connection, closed.id)] == ["comment", "note"]
        assert list_unlearned(connection) == ()
    writes = list(patient.writes)
    patient.live(24)
    assert patient.writes == writes
    assert len(patient.box.jira.issues) == 1


def wake(patient: Rig, escalation_id: str) -> None:
    with patient.database.transaction() as connection:
        insert_wakes(connection, SubjectKind.ESCALATION, [escalation_id], lane=Lane.LIVE, now=now_utc())


def test_a_declined_issue_says_so_with_the_reason(patient: Rig) -> None:
    finish(patient, "Won't Do")
    patient.live(0.5)
    assert find_stage(patient) is Stage.DECLINED
    assert patient.box.zendesk.field(501, FIELDS["state"]) == "declined"
    assert "Declined by the receiving team" in list_notes(patient)[-1]
    assert "Won't Do" in list_notes(patient)[-1]
    assert "Please add the reason" in list_notes(patient)[-1]


def test_the_customers_no_takes_it_up_again(patient: Rig) -> None:
    finish(patient)
    patient.live(0.5)
    reply(patient, "It should be solved now.")
    patient.live(1)
    say(patient, "Unfortunately it does not work, the export still stops at row 1000.")
    patient.live(1)
    assert find_stage(patient) is Stage.ACTIVE
    assert "Not solved for the customer" in list_comments(patient)[-1]
    assert patient.box.zendesk.field(501, FIELDS["state"]) == "in_progress"
    patient.box.jira.transition_issue(patient.box.jira.issues[0].key, "Start work", account=MARIT)
    patient.live(0.5)
    finish(patient)
    patient.live(0.5)
    assert find_stage(patient) is Stage.RESOLVED


def test_an_issue_that_is_reopened_reopens_the_closed_escalation(patient: Rig) -> None:
    finish(patient)
    patient.live(0.5)
    order(patient, Order.CLOSE, "tested by us")
    patient.live(0.5)
    closed = find_escalation(patient)
    assert closed.state is EscalationState.CLOSED
    patient.box.jira.transition_issue(patient.box.jira.issues[0].key, "Back to the list", account=MARIT)
    wake(patient, closed.id)
    patient.live(0.5)
    again = find_escalation(patient)
    assert (again.id, again.state, again.tickets) == (closed.id, EscalationState.OPEN, (501,))
    assert again.course.stage is Stage.ACTIVE
    assert "Taken up again" in list_notes(patient)[-1]
    assert "escalator_escalated" in patient.box.zendesk.tickets[501]["tags"]
    assert len(patient.box.jira.issues) == 1


def test_after_the_end_only_new_words_of_the_customer_open_a_new_issue(patient: Rig) -> None:
    finish(patient)
    patient.live(0.5)
    order(patient, Order.CLOSE, "tested by us")
    patient.live(1)
    say(patient, "Thanks for letting me know.")
    note(patient, "I reproduced it again on our test account, it is a bug.")
    patient.live(2)
    assert len(patient.box.jira.issues) == 1
    say(patient, "It is back since this morning: the export stops at row 1000 again, we cannot close our books.")
    patient.live(1)
    assert len(patient.box.jira.issues) == 2
    with patient.database.snapshot() as connection:
        assert [one.state for one in list_escalations(connection)] == [EscalationState.CLOSED, EscalationState.OPEN]


def test_an_order_stands_down_and_another_takes_up_again(patient: Rig) -> None:
    order(patient, Order.STAND_DOWN, "a workaround was found")
    patient.live(0.5)
    assert find_stage(patient) is Stage.STOOD_DOWN
    assert "a workaround was found" in list_comments(patient)[-1]
    issue = patient.box.jira.issues[0]
    assert "stood-down" in issue.fields["labels"]
    assert issue.category != "done"
    assert "Stood down" in list_notes(patient)[-1]
    assert "A draft for the customer" in list_notes(patient)[-1]
    assert patient.box.zendesk.field(501, FIELDS["state"]) == "stood_down"
    notes = len(list_notes(patient))
    patient.live(3)
    assert len(list_notes(patient)) == notes
    order(patient, Order.TAKE_UP, "the workaround fails")
    patient.live(0.5)
    assert find_stage(patient) is Stage.ACTIVE
    assert "Needed again" in list_comments(patient)[-1]
    assert "stood-down" not in issue.fields["labels"]


def test_a_draft_that_nobody_sends_after_standing_down_is_overdue_once(patient: Rig) -> None:
    order(patient, Order.STAND_DOWN, "a workaround was found")
    patient.live(7)
    assert list_drafts(patient) == []
    patient.live(20)
    assert len(list_drafts(patient)) == 1
    reply(patient, "Please use the other export until then.")
    patient.live(20)
    assert len(list_drafts(patient)) == 1


@pytest.mark.parametrize(
    ("author", "public", "words"),
    [
        (CUSTOMER, True, "Thanks, the workaround with the filter unblocks us, we can work with that."),
        (CUSTOMER, True, "It works again since this morning, the problem is gone. Thank you!"),
        (AGENT, False, "Root cause found: it was a setting on their side, not a bug after all. A false alarm."),
    ],
)
def test_words_on_the_ticket_stand_down(patient: Rig, author: int, public: bool, words: str) -> None:
    if author == CUSTOMER:
        reply(patient, "As a workaround, export with a filter by month until it is fixed.")
        patient.live(0.5)
    patient.box.zendesk.add_comment(501, author_id=author, body=words, public=public)
    patient.live(1)
    assert find_stage(patient) is Stage.STOOD_DOWN
    assert len([text for text in list_comments(patient) if "Stood down" in text]) == 1


@pytest.mark.parametrize(
    "words",
    [
        "Thanks for the workaround, but it does not help us, we are still blocked.",
        "It worked for an hour and then it came back.",
        "Is there a workaround that would unblock us?",
        "Thank you for the quick reply.",
    ],
)
def test_a_look_alike_does_not_stand_down(patient: Rig, words: str) -> None:
    reply(patient, "As a workaround, export with a filter by month until it is fixed.")
    patient.live(0.5)
    say(patient, words)
    patient.live(1)
    assert find_stage(patient) is Stage.ACTIVE
    assert not [text for text in list_comments(patient) if "Stood down" in text]


def test_a_veto_on_a_running_escalation_stands_it_down_and_sticks(patient: Rig) -> None:
    patient.box.zendesk.add_tags(501, "escalator_veto")
    patient.live(1)
    assert find_stage(patient) is Stage.STOOD_DOWN
    assert "escalator_veto" in list_notes(patient)[-1]
    say(patient, "It is worse now, nothing works at all.")
    patient.live(1)
    assert find_stage(patient) is Stage.STOOD_DOWN


def test_a_tag_puts_reminders_off_once(patient: Rig) -> None:
    patient.live(3)
    patient.box.zendesk.add_tags(501, "escalator_snooze")
    patient.live(1)
    told = [text for text in list_notes(patient) if "put off until" in text]
    assert len(told) == 1
    assert "escalator_snooze" not in patient.box.zendesk.tickets[501]["tags"]
    patient.live(20)
    assert list_drafts(patient) == []
    patient.live(8)
    assert len(list_drafts(patient)) >= 1
    assert len([text for text in list_notes(patient) if "put off until" in text]) == 1


def test_a_marked_confirmation_of_an_agent_closes(patient: Rig) -> None:
    finish(patient)
    patient.live(0.5)
    patient.box.zendesk.add_tags(501, "escalator_confirmed")
    patient.live(1)
    assert find_stage(patient) is Stage.CLOSED


def test_only_comments_marked_for_support_are_carried_over_once(patient: Rig) -> None:
    comment(patient, "Support: a second filter by month *avoids* it, {{ticket.id}}.")
    comment(patient, "Looks like an off-by-one in the pager, our secret sauce.")
    patient.live(1)
    carried = [text for text in list_notes(patient) if text.startswith("Marit Solheim on ")]
    assert len(carried) == 1
    assert "avoids" in carried[0]
    assert not [text for text in list_notes(patient) if "secret sauce" in text]
    patient.live(2)
    assert [text for text in list_notes(patient) if text.startswith("Marit Solheim on ")] == carried
