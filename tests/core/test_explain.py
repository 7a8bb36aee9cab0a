"""The explanation as a whole text."""

from tests.core.sample_tickets import judge, make_clock, make_ticket, shipped_policy
from worker.core.explain import explain


def test_an_explanation_reads_like_a_colleagues_reasoning() -> None:
    ticket = make_ticket(
        ("customer", "Names are cut off in the export."),
        ("internal", "Reproduced on my own test account, it's a bug in our export since release 4.2."),
        subject="export",
        sla=(make_clock("next_reply_time", 1),),
    )
    text = explain(judge(ticket), ticket, shipped_policy())
    lines = text.splitlines()
    assert lines[0] == "#7  export"
    assert lines[1] == "  Escalate to Engineering, high."
    assert "    because: Bug confirmed, needs a code fix; SLA breach imminent or occurred" in lines
    assert any(
        line.startswith('      + our side confirmed a defect: "Reproduced on my own test account') for line in lines
    )
    assert "(internal note, 2026-05-20 00:00, comment 101)" in text
    assert any("next_reply_time ends at 2026-05-20 13:00 UTC, within 2:00:00" in line for line in lines)
    assert "  SLA: at risk" in lines


def test_a_ticket_that_stays_says_why_and_what_nearly_fired() -> None:
    ticket = make_ticket(("customer", "This is a bug, I want my 3 users back. Could not reach your management?"))
    text = explain(judge(ticket), ticket, shipped_policy())
    assert "  Stays in support." in text
    assert "because: no criterion of the standard holds" in text
    assert "not known yet: ask for" in text
