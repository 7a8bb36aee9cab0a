"""An issue's summary is one line that Jira takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.brief import spell_row
from mappings.sample import sample_bare, sample_brief
from mappings.summary import SUMMARY_LIMIT, cut_line, summarise_issue


def test_severity_first_ticket_last() -> None:
    assert (
        summarise_issue("high", "Harrowgate Ferries cannot\nboard vehicles", 48211)
        == "[Escalation][HIGH] Harrowgate Ferries cannot board vehicles (ZD-48211)"
    )


@given(st.sampled_from(["critical", "high", "medium"]), st.text(max_size=600), st.integers(1, 2**53))
def test_it_always_fits_on_one_line(severity: str, title: str, ticket_id: int) -> None:
    summary = summarise_issue(severity, title, ticket_id)
    assert len(summary.encode("utf-16-le")) // 2 <= SUMMARY_LIMIT
    assert len(summary.splitlines()) == 1
    assert summary.startswith(f"[Escalation][{severity.upper()}] ")
    assert summary.endswith(f" (ZD-{ticket_id})")


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("one two three four", 14, "one two three…"),
        ("one two three four", 13, "one two…"),
        ("unbreakable-word-of-some-length", 12, "unbreakable…"),
        ("😀😀😀😀😀", 7, "😀😀😀…"),
        ("bidi \u202etxt", 20, "bidi txt"),
    ],
)
def test_a_line_is_cut_at_a_word(text: str, limit: int, line: str) -> None:
    assert cut_line(text, limit) == line


def test_the_json_row_has_the_keys_that_scripts_rely_on() -> None:
    row = spell_row(sample_brief(), "text")
    assert list(row) == [
        "id", "repro_steps", "expected", "actual", "environment", "frequency", "tried", "last_customer_update",
        "customer_expectation", "escalation_risk", "workflow_impact", "revenue_at_risk", "ask", "deadline", "missing",
        "sources", "removed", "markdown",
    ]  # fmt: skip
    assert row["last_customer_update"] == "2026-11-04T16:20:00Z"
    assert row["deadline"] == "2026-11-05T17:00:00Z"
    assert spell_row(sample_bare(), "")["deadline"] is None
