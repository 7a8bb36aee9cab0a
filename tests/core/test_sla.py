"""SLA state, and the instants at which time alone changes it."""

from datetime import timedelta

import pytest

from connectors.records import SlaClock, SlaStage, TicketStatus
from tests.core.sample_tickets import NOW, find, judge, make_clock, make_ticket
from worker.core.assessment import SlaStatus
from worker.core.sla import list_sla_instants, read_sla_status

TWO_HOURS = timedelta(hours=2)


@pytest.mark.parametrize(
    ("clocks", "status"),
    [
        (None, SlaStatus.NONE),
        ((), SlaStatus.NONE),
        ((make_clock("first_reply_time", 5),), SlaStatus.WITHIN),
        ((make_clock("first_reply_time", 2),), SlaStatus.AT_RISK),
        ((make_clock("first_reply_time", 0),), SlaStatus.BREACHED),
        ((make_clock("first_reply_time", -1, SlaStage.BREACHED),), SlaStatus.BREACHED),
        ((make_clock("first_reply_time", -100, SlaStage.ACHIEVED),), SlaStatus.WITHIN),
        ((make_clock("requester_wait_time", -100, SlaStage.PAUSED),), SlaStatus.WITHIN),
        ((SlaClock(metric="next_reply_time", stage=SlaStage.PAUSED),), SlaStatus.WITHIN),
        ((make_clock("next_reply_time", 1), make_clock("requester_wait_time", -1)), SlaStatus.BREACHED),
    ],
)
def test_the_state_of_all_clocks(clocks: tuple[SlaClock, ...] | None, status: SlaStatus) -> None:
    assert read_sla_status(make_ticket(("customer", "hi")), NOW, TWO_HOURS) is SlaStatus.NONE
    assert read_sla_status(make_ticket(("customer", "hi"), sla=clocks), NOW, TWO_HOURS) is status


def test_a_clock_tells_when_it_will_be_at_risk_and_breached() -> None:
    ticket = make_ticket(("customer", "hi"), sla=(make_clock("next_reply_time", 5),))
    assert list(list_sla_instants(ticket, NOW, TWO_HOURS)) == [NOW + timedelta(hours=3), NOW + timedelta(hours=5)]


def test_resolution_clocks_only_make_a_ticket_open_beyond_sla() -> None:
    reply = judge(make_ticket(("customer", "Slow."), sla=(make_clock("next_reply_time", -1),)))
    wait = judge(make_ticket(("customer", "Slow."), sla=(make_clock("requester_wait_time", -1),)))
    assert reply.criteria == ("business.sla",)
    assert wait.criteria == ("business.sla", "time.open_beyond_sla")


def test_a_finished_ticket_breaches_nothing() -> None:
    ticket = make_ticket(("customer", "Slow."), status=TicketStatus.SOLVED, sla=(make_clock("next_reply_time", -1),))
    assert not find(judge(ticket), "business.sla").is_met


def test_the_next_instant_is_when_the_assessment_would_change() -> None:
    ticket = make_ticket(("customer", "The weekly mail is blue."), sla=(make_clock("next_reply_time", 5),))
    first = judge(ticket)
    assert not first.escalate
    assert first.next_instant == NOW + timedelta(hours=3)
