"""After the hand-over: the team is asked, agents are reminded, each when it is due, and an answer starts anew."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.flow.living import (
    AGENT,
    MARIT,
    comment,
    find_escalation,
    list_drafts,
    list_notes,
    list_questions,
    make_patient,
    reply,
)
from tests.rig import Rig, build_rig, make_record
from worker.store.clocks import TEAM, list_clocks
from worker.store.database import Database

CONTACTS = """
[contacts]
engineering = ["712020:00000000-0000-4000-8000-0000000000a2"]
leadership = ["712020:00000000-0000-4000-8000-0000000000a3"]
"""


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, overlay={"cadence.toml": CONTACTS}) as built:
        make_patient(built)
        built.load(make_record(501))
        built.run()
        built.live(0.1)
        assert find_escalation(built).severity.value == "high"
        yield built


def test_the_team_is_asked_when_it_is_silent_and_then_goes_up_on_the_same_issue(rig: Rig) -> None:
    rig.live(3.8)
    assert list_questions(rig) == []
    rig.live(0.4)
    (first,) = list_questions(rig)
    assert "is there progress" in first
    assert "who takes it" in first
    rig.live(8)
    questions = list_questions(rig)
    assert len(questions) == 3
    assert "@Tobi Okafor" not in questions[1]
    assert "@Tobi Okafor" in questions[2]
    rig.live(8)
    assert "@Leila Farahani" in list_questions(rig)[4]
    assert len(rig.box.jira.issues) == 1


def test_an_answer_starts_the_clock_anew(rig: Rig) -> None:
    rig.live(3.5)
    comment(rig, "We are looking at it.")
    rig.live(3.9)
    assert list_questions(rig) == []
    rig.live(0.4)
    assert len(list_questions(rig)) == 1
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Start work", account=MARIT)
    rig.live(3.8)
    assert len(list_questions(rig)) == 1
    rig.live(0.6)
    assert "when a fix" in list_questions(rig)[1]


def test_a_long_standstill_is_caught_up_with_once(rig: Rig) -> None:
    rig.clock.skip(50 * 3600)
    rig.restart()
    rig.live(0.2)
    assert len(list_questions(rig)) == 1
    assert len(list_drafts(rig)) == 1
    assert "overdue since" in list_drafts(rig)[0]


def test_the_agent_gets_a_draft_when_a_word_is_due_and_one_reminder_when_it_is_overdue(rig: Rig) -> None:
    rig.live(3.8)
    assert list_drafts(rig) == []
    rig.live(0.4)
    (draft,) = list_drafts(rig)
    assert "owed a word by" in draft
    assert "Hello Ines" in draft
    assert "Sales export stops at row 1000" in draft
    rig.live(4)
    assert len(list_drafts(rig)) == 2
    rig.live(20)
    assert len(list_drafts(rig)) == 2


def test_a_public_reply_starts_the_customers_clock_anew(rig: Rig) -> None:
    rig.live(3)
    reply(rig, "We are on it.")
    rig.live(3.8)
    assert list_drafts(rig) == []
    rig.live(0.5)
    assert len(list_drafts(rig)) == 1


def test_what_began_since_our_last_word_is_news_in_the_draft(rig: Rig) -> None:
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Start work", account=MARIT)
    rig.live(5)
    (draft,) = list_drafts(rig)
    assert "working on it at the moment" in draft
    assert "nothing new" not in draft


def test_what_only_colleagues_read_is_no_word_to_the_customer(rig: Rig) -> None:
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Start work", account=MARIT)
    rig.live(1)
    rig.box.zendesk.add_comment(501, author_id=AGENT, public=False, body="Marit has it.")
    rig.live(4)
    (draft,) = list_drafts(rig)
    assert "working on it at the moment" in draft
    assert "nothing new" not in draft


def test_an_sla_that_ends_earlier_counts_instead(rig: Rig) -> None:
    rig.box.zendesk.set_sla(501, "next_reply_time", breach_in_s=2 * 3600)
    rig.live(1.2)
    assert list_drafts(rig) == []
    rig.live(1.0)
    assert "SLA" in list_drafts(rig)[0]


def test_nobody_is_reminded_on_a_solved_ticket(rig: Rig) -> None:
    rig.live(1)
    rig.box.zendesk.update_ticket(501, status="solved")
    rig.live(30)
    assert list_drafts(rig) == []


def test_every_clock_is_a_row_with_a_reason(rig: Rig) -> None:
    with rig.database.snapshot() as connection:
        clocks = {clock.ticket_id: clock for clock in list_clocks(connection)}
    assert set(clocks) == {TEAM, 501}
    for clock in clocks.values():
        assert clock.due_at is not None
        assert clock.due_at > datetime.now(UTC)
        assert clock.reasons
    rig.box.zendesk.update_ticket(501, status="closed")
    rig.live(0.6)
    with rig.database.snapshot() as connection:
        clocks = {clock.ticket_id: clock for clock in list_clocks(connection)}
    assert all(clock.due_at is None and clock.reasons for clock in clocks.values())


def test_a_clock_that_is_due_at_once_asks_once(rig: Rig) -> None:
    before = len(list_notes(rig))
    rig.live(4.2)
    for _ in range(3):
        rig.restart()
        rig.live(0.05)
    assert len(list_questions(rig)) == 1
    assert len(list_notes(rig)) == before + 1


def test_l2_is_asked_on_the_ticket(tmp_path: Path, database: Database) -> None:
    extra = '[targets.l2]\ngroup = "Support L2"\nmode = "auto"\n'
    with build_rig(tmp_path, database, extra=extra) as rig:
        make_patient(rig)
        rig.load(make_record(501, note=None, text="Please help", tags=["escalator_now"]))
        rig.run()
        rig.live(24 * 2)
        asked = [note for note in list_notes(rig) if "Is there progress" in note]
        assert len(asked) >= 1
        rig.box.zendesk.add_comment(501, author_id=31, body="I looked at the logs and go on.", public=False)
        before = len(asked)
        rig.live(8)
        assert len([note for note in list_notes(rig) if "Is there progress" in note]) == before
