"""Both clocks from the standard's table: when to ask the team, and when a customer is owed a word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.records import Comment, Person, Role, SlaClock, SlaStage, TicketStatus
from mappings.cadence import Contacts
from mappings.calendars import QuietHours
from tests.conftest import NOW
from tests.core.making import make_policy, make_ticket
from worker.core.assessment import Severity, Target
from worker.core.cadence import Snooze, find_told_at, plan_customer_clock, plan_team_clock

HOUR = timedelta(hours=1)
POLICY = make_policy()


def plan_team(severity: Severity = Severity.CRITICAL, *asked: float, snooze: Snooze | None = None):  # type: ignore[no-untyped-def]
    contacts = Contacts(engineering=("lead",), leadership=("head",))
    cadence = POLICY.cadence.model_copy(update={"contacts": contacts})
    return plan_team_clock(
        POLICY.model_copy(update={"cadence": cadence}),
        target=Target.ENGINEERING,
        severity=severity,
        answered_at=NOW,
        asked_at=tuple(NOW + hours * HOUR for hours in asked),
        snooze=snooze,
    )


@pytest.mark.parametrize(("severity", "hours"), [(Severity.CRITICAL, 2), (Severity.HIGH, 4), (Severity.MEDIUM, 24)])
def test_the_team_is_asked_by_the_standards_table(severity: Severity, hours: int) -> None:
    assert plan_team(severity).due_at == NOW + hours * HOUR
    assert plan_team(severity).contacts == ()


def test_unanswered_questions_go_up_step_by_step() -> None:
    steps = [plan_team(Severity.CRITICAL, *(2.0 * n for n in range(1, count + 1))) for count in range(7)]
    assert [step.number for step in steps] == [1, 2, 3, 4, 5, 6, 7]
    assert [step.contacts for step in steps] == [(), (), ("lead",), ("lead",), ("head",), ("head",), ("head",)]
    assert steps[3].due_at == NOW + 8 * HOUR


def test_an_answer_starts_over() -> None:
    later = plan_team_clock(
        POLICY,
        target=Target.ENGINEERING,
        severity=Severity.CRITICAL,
        answered_at=NOW + 3 * HOUR,
        asked_at=(NOW + 2 * HOUR,),
    )
    assert (later.number, later.due_at) == (1, NOW + 5 * HOUR)


@pytest.mark.parametrize(
    ("severity", "breach", "waits"),
    [
        (Severity.CRITICAL, None, False),
        (Severity.HIGH, None, True),
        (Severity.HIGH, 5 * HOUR, False),
        (Severity.HIGH, 50 * HOUR, True),
    ],
)
def test_quiet_hours_hold_back_a_customers_word_unless_it_presses(
    severity: Severity, breach: timedelta | None, waits: bool
) -> None:
    quiet = QuietHours(start=NOW.time(), end=(NOW - HOUR).time())
    policy = POLICY.model_copy(update={"cadence": POLICY.cadence.model_copy(update={"quiet_hours": quiet})})
    sla = SlaClock(metric="next_reply_time", stage=SlaStage.ACTIVE, breach_at=NOW + breach) if breach else None
    ticket = make_ticket(sla=(sla,) if sla else None)
    clock = plan_customer_clock(policy, ticket, severity=severity, told_at=NOW)
    assert clock is not None
    assert (clock.draft_at >= NOW + 23 * HOUR) is waits
    assert (clock.overdue_at >= NOW + 23 * HOUR) is waits
    assert clock.draft_at <= clock.overdue_at


def test_the_digest_is_at_its_hour_in_the_zone_of_the_desk_whatever_the_clocks_do() -> None:
    business = POLICY.cadence.business.model_copy(update={"zone": "Europe/Berlin"})
    cadence = POLICY.cadence.model_copy(update={"business": business})
    before = datetime(2026, 3, 28, 14, 59, tzinfo=UTC)
    assert cadence.find_digest(before) == datetime(2026, 3, 28, 15, 0, tzinfo=UTC)
    assert cadence.find_digest(before + timedelta(minutes=1)) == datetime(2026, 3, 29, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(("severity", "waits"), [(Severity.CRITICAL, False), (Severity.HIGH, True)])
def test_quiet_hours_hold_back_what_is_not_critical(severity: Severity, waits: bool) -> None:
    local = NOW.time()
    quiet = QuietHours(start=local, end=(NOW - HOUR).time())
    cadence = POLICY.cadence.model_copy(update={"quiet_hours": quiet})
    policy = POLICY.model_copy(update={"cadence": cadence})
    clock = plan_team_clock(policy, target=Target.ENGINEERING, severity=severity, answered_at=NOW)
    assert (clock.due_at == NOW + 23 * HOUR) is waits


def test_a_snooze_puts_off_and_says_why() -> None:
    snooze = Snooze(until=NOW + 9 * HOUR, reason="they are on it", by="kim")
    clock = plan_team(snooze=snooze)
    assert clock.due_at == NOW + 9 * HOUR
    assert any("they are on it" in reason for reason in clock.reasons)
    assert plan_team(snooze=replace(snooze, until=NOW + HOUR)).due_at == NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("severity", "draft", "overdue"),
    [(Severity.CRITICAL, 2, 4), (Severity.HIGH, 4, 8), (Severity.MEDIUM, 24, 48)],
)
def test_a_customer_is_owed_a_word_by_the_standards_table(severity: Severity, draft: int, overdue: int) -> None:
    clock = plan_customer_clock(POLICY, make_ticket(), severity=severity, told_at=NOW)
    assert clock is not None
    assert (clock.draft_at, clock.overdue_at) == (NOW + draft * HOUR, NOW + overdue * HOUR)


@pytest.mark.parametrize(
    ("metric", "stage", "breach", "draft", "overdue"),
    [
        ("next_reply_time", SlaStage.ACTIVE, 3.0, 2.5, 3.0),
        ("next_reply_time", SlaStage.ACTIVE, 0.25, 0.0, 0.25),
        ("next_reply_time", SlaStage.ACTIVE, 30.0, 4.0, 8.0),
        ("next_reply_time", SlaStage.ACTIVE, -2.0, 4.0, 8.0),
        ("next_reply_time", SlaStage.PAUSED, 3.0, 4.0, 8.0),
        ("total_resolution_time", SlaStage.ACTIVE, 3.0, 4.0, 8.0),
    ],
)
def test_an_sla_clock_that_ends_earlier_counts(
    metric: str, stage: SlaStage, breach: float, draft: float, overdue: float
) -> None:
    ticket = make_ticket(sla=(SlaClock(metric=metric, stage=stage, breach_at=NOW + breach * HOUR),))
    clock = plan_customer_clock(POLICY, ticket, severity=Severity.HIGH, told_at=NOW)
    assert clock is not None
    assert (clock.draft_at, clock.overdue_at) == (NOW + draft * HOUR, NOW + overdue * HOUR)


@pytest.mark.parametrize("status", [TicketStatus.SOLVED, TicketStatus.CLOSED, TicketStatus.DELETED])
def test_nothing_is_owed_on_a_finished_ticket(status: TicketStatus) -> None:
    assert plan_customer_clock(POLICY, make_ticket(status=status), severity=Severity.HIGH, told_at=NOW) is None


def test_only_our_public_replies_count_as_told() -> None:
    def say(author: int, hours: float, *, public: bool) -> Comment:
        at: datetime = NOW + hours * HOUR
        return Comment(id=int(hours * 100) + 1000, author_id=author, public=public, body="Hello.", created_at=at)

    people = (*make_ticket().people, Person(id=31, name="Tom Reed", role=Role.AGENT))
    comments = (say(11, 1, public=True), say(31, 2, public=True), say(31, 3, public=False), say(11, 4, public=True))
    ticket = make_ticket(people=people, comments=comments)
    assert find_told_at(ticket, NOW) == NOW + 2 * HOUR
    assert find_told_at(ticket, NOW + 3 * HOUR) == NOW + 3 * HOUR
