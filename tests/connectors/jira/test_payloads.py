"""The JSON that we send, word for word."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.deployment import CLOUD
from connectors.jira.drafts import clean_labels, spell_footer, trim_summary
from connectors.jira.payloads import spell_change, spell_comment, spell_remote_link
from connectors.ports import IssueChange, RemoteLink


def test_comment(read_golden: Callable[[str], Any]) -> None:
    text = CLOUD.render_text("A third customer reports it: [4712](https://tarn.example/4712)", "c9d2")
    assert spell_comment(text, "c9d2") == read_golden("comment.json")


def test_remote_link_is_sent_whole(read_golden: Callable[[str], Any]) -> None:
    link = RemoteLink(
        issue_id="10042",
        global_id="system=tarn.example&id=4711",
        url="https://tarn.example/agent/tickets/4711",
        title="Zendesk #4711: Imports stop\nat row 4096",
        summary="Tarn & Co, enterprise",
        resolved=True,
    )
    assert spell_remote_link(link) == read_golden("remote_link.json")


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (IssueChange(issue_id="1"), {}),
        (IssueChange(issue_id="1", priority="High"), {"fields": {"priority": {"name": "High"}}}),
        (
            IssueChange(issue_id="1", due="2026-04-03", summary="Two\nlines"),
            {"fields": {"duedate": "2026-04-03", "summary": "Two lines"}},
        ),
        (
            IssueChange(issue_id="1", add_labels=("sev-high", "sev-high"), remove_labels=("sev medium",)),
            {"update": {"labels": [{"add": "sev-high"}, {"remove": "sev-medium"}]}},
        ),
        (
            IssueChange(issue_id="1", due="2026-04-03", add_labels=("late",)),
            {"fields": {"duedate": "2026-04-03"}, "update": {"labels": [{"add": "late"}]}},
        ),
    ],
)
def test_change(change: IssueChange, body: dict[str, Any]) -> None:
    assert spell_change(change) == body


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Imports\r\n stop \t at\x00row\u2028 4096 ", "Imports stop at row 4096"),
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 254 + "…"),
        ("word " * 60, "word " * 50 + "word…"),
        ("", ""),
    ],
)
def test_summary(text: str, line: str) -> None:
    assert trim_summary(text) == line


@given(st.text(max_size=600))
def test_a_summary_always_fits(text: str) -> None:
    line = trim_summary(text)
    assert len(line) <= 255
    assert line.isprintable()
    assert line == line.strip()


@given(st.lists(st.text(max_size=300)))
def test_labels_always_fit(labels: list[str]) -> None:
    cleaned = clean_labels(labels)
    assert len(set(cleaned)) == len(cleaned)
    assert all(label and len(label) <= 255 and not any(map(str.isspace, label)) for label in cleaned)


def test_the_footer_is_one_word() -> None:
    assert spell_footer("escalator-01hz-9k") == "escalator01hz9k"
