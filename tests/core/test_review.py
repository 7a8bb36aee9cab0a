"""What a look at an escalation finds: orders, the customers' word, the issue's outcome, the tickets' state."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.records import Comment, FixVersion, Issue, StatusCategory, TicketStatus
from tests.conftest import NOW
from tests.core.making import make_assessment, make_policy, make_ticket
from worker.core.assessment import Severity
from worker.core.life import Happening, Outcome, Stage
from worker.core.plan import Member
from worker.core.review import Instruction, Order, Situation, find_occurrence, read_outcome

POLICY = make_policy()
LATER = NOW + timedelta(hours=1)
OPEN = Issue(id="7", key="ENG-7", project="ENG", summary="x", status="To Do", category=StatusCategory.NEW)
DONE = replace(OPEN, status="Done", category=StatusCategory.DONE, resolution="Done")
FIXED = replace(DONE, versions=(FixVersion(name="4.2", released=False),))
RELEASED = replace(DONE, versions=(FixVersion(name="4.2", released=True),))
DECLINED = replace(DONE, resolution="Won't Do")


def make_member(*said: str, eased: bool = False, **changes: Any) -> Member:
    """A ticket on which the customer said these things after NOW."""
    ticket = make_ticket(**changes)
    spoken = tuple(
        Comment(id=100 + n, author_id=11, public=True, body=text, created_at=LATER) for n, text in enumerate(said)
    )
    assessment = make_assessment(de_escalate=eased, escalate=not eased, de_escalate_reasons=("A workaround",) * eased)
    return Member(ticket=replace(ticket, comments=(*ticket.comments, *spoken)), assessment=assessment)


def look(stage: Stage, *members: Member, **changes: Any) -> Happening | None:
    """What one look finds."""
    values: dict[str, Any] = {
        "stage": stage,
        "stage_at": NOW,
        "opened_at": NOW,
        "is_first": True,
        "has_issue": True,
        "wants_issue": True,
        "outcome": None,
        "issue": OPEN,
        "members": members or (make_member(),),
    }
    found = find_occurrence(Situation(**(values | changes)), POLICY)
    assert found is None or all(found.reasons)
    return found.happening if found else None


@pytest.mark.parametrize(
    ("issue", "outcome"),
    [
        (OPEN, None),
        (DONE, Outcome.RELEASED),
        (FIXED, Outcome.FIXED),
        (RELEASED, Outcome.RELEASED),
        (DECLINED, Outcome.DECLINED),
    ],
)
def test_reads_an_issues_outcome(issue: Issue, outcome: Outcome | None) -> None:
    """Fixed and released are different: a done issue whose version is not out is only fixed."""
    assert read_outcome(issue, POLICY) is outcome


@pytest.mark.parametrize(
    ("stage", "issue", "before", "happening"),
    [
        (Stage.ACTIVE, OPEN, None, None),
        (Stage.ACTIVE, FIXED, None, Happening.ISSUE_FIXED),
        (Stage.ACTIVE, DONE, None, Happening.ISSUE_RELEASED),
        (Stage.ACTIVE, DECLINED, None, Happening.ISSUE_DECLINED),
        (Stage.ACTIVE, DONE, Outcome.RELEASED, None),
        (Stage.FIXED, RELEASED, Outcome.FIXED, Happening.ISSUE_RELEASED),
        (Stage.FIXED, OPEN, Outcome.FIXED, Happening.ISSUE_REOPENED),
        (Stage.RESOLVED, OPEN, Outcome.RELEASED, Happening.ISSUE_REOPENED),
        (Stage.CLOSED, OPEN, Outcome.RELEASED, Happening.ISSUE_REOPENED),
        (Stage.CLOSED, OPEN, None, None),
        (Stage.CLOSED, DONE, Outcome.RELEASED, None),
        (Stage.STOOD_DOWN, DECLINED, None, None),
    ],
)
def test_follows_the_issue(stage: Stage, issue: Issue, before: Outcome | None, happening: Happening | None) -> None:
    assert look(stage, issue=issue, outcome=before) is happening


def test_an_opening_ends_with_the_issue_or_at_once_where_none_is_wanted() -> None:
    assert look(Stage.OPENING, has_issue=False, issue=None) is None
    assert look(Stage.OPENING) is Happening.ISSUE_OPENED
    assert look(Stage.OPENING, has_issue=False, wants_issue=False, issue=None) is Happening.ISSUE_OPENED


@pytest.mark.parametrize(
    ("words", "happening"),
    [
        ("Thanks, it works again, the export is complete now.", Happening.CONFIRMED),
        ("Unfortunately that did not help, the export still stops at row 1000.", Happening.DENIED),
        ("It is back, the same export stops again.", Happening.DENIED),
        ("Geht wieder, danke!", Happening.CONFIRMED),
        ("Sigue sin funcionar, la exportación se detiene.", Happening.DENIED),
        ("Ça remarche, merci beaucoup.", Happening.CONFIRMED),
        ("When is your office open over the holidays?", None),
    ],
)
def test_hears_the_customers_word_once_it_was_asked_for(words: str, happening: Happening | None) -> None:
    assert look(Stage.RESOLVED, make_member(words), issue=DONE, outcome=Outcome.RELEASED) is happening


def test_what_was_said_before_counts_for_nothing() -> None:
    member = make_member("Thanks, it works again, the export is complete now.")
    found = look(Stage.RESOLVED, member, issue=DONE, outcome=Outcome.RELEASED, stage_at=LATER)
    assert found is None


def test_all_customers_must_confirm_and_one_may_deny() -> None:
    happy = make_member("Perfect, it works now, thank you.")
    angry = make_member("It still does not work, the export stops again.", id=502)
    silent = make_member(id=503)
    gone = make_member(id=504, status=TicketStatus.CLOSED)
    done = {"issue": DONE, "outcome": Outcome.RELEASED}
    assert look(Stage.RESOLVED, happy, gone, **done) is Happening.CONFIRMED
    assert look(Stage.RESOLVED, happy, silent, **done) is None
    assert look(Stage.RESOLVED, happy, silent, angry, **done) is Happening.DENIED


@pytest.mark.parametrize("stage", [Stage.ACTIVE, Stage.RESOLVED, Stage.STOOD_DOWN])
def test_an_agents_tag_confirms(stage: Stage) -> None:
    assert look(stage, make_member(tags=("escalator_confirmed",))) is Happening.CONFIRMED


def test_stands_down_when_every_live_ticket_has_eased() -> None:
    eased = make_member("The workaround unblocks us, thank you.", eased=True)
    burning = make_member(id=502)
    solved = make_member(id=503, status=TicketStatus.SOLVED)
    assert look(Stage.ACTIVE, eased) is Happening.EASED
    assert look(Stage.ACTIVE, eased, solved) is Happening.EASED
    assert look(Stage.ACTIVE, eased, burning) is None


def test_standing_down_needs_both_the_judgement_and_plain_words() -> None:
    assert look(Stage.ACTIVE, make_member(eased=True)) is None
    assert look(Stage.ACTIVE, make_member("Thank you for the quick reply.", eased=True)) is None
    assert look(Stage.ACTIVE, make_member("The workaround unblocks us, thank you.")) is None
    eased = make_member("The workaround unblocks us, thank you.", eased=True)
    assert look(Stage.ACTIVE, eased, is_first=False, stage_at=LATER) is None, "said before it was taken up again"


def test_a_veto_stands_down_and_sticks() -> None:
    vetoed = make_member("It is back, the same export stops again.", tags=("escalator_veto",))
    assert look(Stage.ACTIVE, vetoed) is Happening.EASED
    assert look(Stage.STOOD_DOWN, vetoed) is None


def test_only_grave_new_words_of_the_customer_take_it_up_again() -> None:
    assert look(Stage.STOOD_DOWN, make_member()) is None
    back = make_member("It is back, the same export stops again.")
    assert look(Stage.STOOD_DOWN, back, issue=None) is Happening.DENIED
    asks = make_member("What does the invoice of May say?")
    assert look(Stage.STOOD_DOWN, asks) is None
    critical = replace(asks, assessment=replace(asks.assessment, severity=Severity.CRITICAL))
    assert look(Stage.STOOD_DOWN, critical) is Happening.WORSENED
    silent = make_member()
    critical = replace(silent, assessment=replace(silent.assessment, severity=Severity.CRITICAL))
    assert look(Stage.STOOD_DOWN, critical) is None


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.CLOSED])
def test_ends_with_its_tickets_and_on_a_persons_order(stage: Stage) -> None:
    closed = make_member(status=TicketStatus.CLOSED)
    waits = {"has_issue": False, "issue": None} if stage is Stage.OPENING else {}
    awaits = stage in {Stage.RESOLVED, Stage.DECLINED, Stage.STOOD_DOWN}
    assert look(stage, closed, **waits) is (Happening.FINISHED if awaits else None)
    order = Instruction(order=Order.CLOSE, reason="double", by="kim")
    assert look(stage, instruction=order) is Happening.ENDED


def test_an_order_outweighs_everything() -> None:
    order = Instruction(order=Order.STAND_DOWN, reason="workaround found", by="kim")
    assert look(Stage.ACTIVE, issue=DONE, instruction=order) is Happening.EASED
