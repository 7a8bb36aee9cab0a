"""What is known beyond the snapshot: an earlier judgement, a past escalation, a lesson."""

from dataclasses import replace
from datetime import timedelta

from tests.core.sample_tickets import NOW, find, judge, make_ticket
from worker.core.assessment import Assessment, Target
from worker.core.context import Context, Lesson, PastEscalation

WRONG = ("customer", "The totals on our invoices are wrong, 12 instead of 10.")
SEEN = ("internal", "Reproduced on my test account, the totals are wrong. Bug.")
LOST = ("internal", "Worse: the nightly job deleted 400 invoices, they are gone and cannot be restored.")


def judge_before(*lines: tuple[str, str]) -> Assessment:
    return replace(judge(make_ticket(*lines)), now=NOW - timedelta(days=1))


def test_harm_that_an_earlier_judgement_did_not_see_is_a_rise() -> None:
    earlier = judge_before(WRONG, SEEN)
    assert "impact.data_integrity" in earlier.criteria
    assert "technical.data_corruption" not in earlier.criteria
    now = judge(make_ticket(WRONG, SEEN, LOST), Context(earlier=(earlier,)))
    rise = find(now, "pattern.increasing_severity")
    assert rise.is_met
    assert any("Data corruption or loss" in one.fact for one in rise.evidence)


def test_a_rise_stays_told_when_the_ticket_is_judged_again() -> None:
    ticket = make_ticket(WRONG, SEEN, LOST)
    once = judge(ticket, Context(earlier=(judge_before(WRONG, SEEN),)))
    again = judge(ticket, Context(earlier=(once,)))
    assert find(again, "pattern.increasing_severity").is_met


def test_the_same_harm_as_before_is_no_rise() -> None:
    earlier = judge_before(WRONG, SEEN)
    now = judge(make_ticket(WRONG, SEEN), Context(earlier=(earlier,)))
    assert not find(now, "pattern.increasing_severity").is_met


def test_a_fix_takes_the_rise_away() -> None:
    lines = (WRONG, SEEN, LOST, ("customer", "Everything is back and correct, it works now, you can close this."))
    now = judge(make_ticket(*lines), Context(earlier=(judge_before(WRONG, SEEN),)))
    assert not find(now, "pattern.increasing_severity").is_met


AGAIN = ("customer", "The same problem is back again.")


def test_an_escalation_closed_as_fixed_makes_a_return_recurring() -> None:
    past = PastEscalation(
        target=Target.ENGINEERING,
        opened_at=NOW - timedelta(days=40),
        closed_at=NOW - timedelta(days=30),
        was_fixed=True,
    )
    plain, known = judge(make_ticket(AGAIN)), judge(make_ticket(AGAIN), Context(past_escalations=(past,)))
    assert find(known, "pattern.recurring").score > find(plain, "pattern.recurring").score
    assert find(known, "pattern.recurring").is_met


def test_a_judgement_that_it_was_settled_speaks_for_recurring() -> None:
    earlier = replace(judge_before(("customer", "Hello.")), de_escalate=True)
    plain, known = judge(make_ticket(AGAIN)), judge(make_ticket(AGAIN), Context(earlier=(earlier,)))
    assert find(known, "pattern.recurring").score >= find(plain, "pattern.recurring").score


def test_a_lesson_shows_that_support_settled_it_before() -> None:
    lesson = Lesson(ticket_id=12, text="Clear the printer queue.")
    assessment = judge(make_ticket(("customer", "The label printer blinks.")), Context(lessons=(lesson,)))
    assert "support.resolved_before" in assessment.handle_in_support
