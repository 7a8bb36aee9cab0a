"""Tickets in files: both formats, and rows that cannot be read."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import Role, TicketStatus
from connectors.ticket_file import FileProblem, FileTicket, UnreadableFile, read_ticket_file, read_ticket_line

WHOLE: dict[str, Any] = {
    "id": "row-1",
    "now": "2026-02-03T10:00:00Z",
    "ticket": {
        "id": 77,
        "subject": "Oven sync stopped",
        "description": "No batches since noon.",
        "status": "open",
        "type": "problem",
        "created_at": "2026-02-03T08:00:00Z",
        "updated_at": "2026-02-03T09:00:00Z",
        "requester_id": 11,
        "submitter_id": 11,
        "organization_id": 21,
        "has_incidents": True,
    },
    "comments": [
        {"id": 2, "author_id": 12, "public": False, "body": "checked", "created_at": "2026-02-03T09:00:00Z"},
        {"id": 1, "author_id": 11, "public": True, "body": "No batches.", "created_at": "2026-02-03T08:00:00Z"},
    ],
    "users": [
        {"id": 11, "name": "Oda", "role": "end-user", "organization_id": 21},
        {"id": 12, "name": "Piet", "role": "agent"},
        {"id": 13, "name": "Not involved", "role": "agent"},
    ],
    "organizations": [{"id": 21, "name": "Crumb Works", "organization_fields": {"arr": 9000}}],
    "groups": [],
    "slas": {
        "policy_metrics": [{"metric": "next_reply_time", "stage": "active", "breach_at": "2026-02-03T12:00:00Z"}]
    },
    "metric_set": {"ticket_id": 77, "reopens": 1},
    "incidents": [{"id": 90, "subject": "same", "status": "open", "organization_name": "Rye & Co"}],
    "expected": {"escalate": True},
}
REPORT = {
    "id": "501",
    "org": "org-7",
    "requester": "Ana@loaf.example",
    "created_at": "2026-02-03T08:00:00Z",
    "channel": "email",
    "subject": "Scale is off",
    "body": "It shows 3 g more.",
}


def read_lines(tmp_path: Path, content: bytes) -> list[FileTicket | FileProblem]:
    path = tmp_path / "tickets.jsonl"
    path.write_bytes(content)
    return list(read_ticket_file(path))


def read_one(row: object) -> FileTicket:
    found = read_ticket_line(json.dumps(row).encode(), 1)
    assert isinstance(found, FileTicket), found
    return found


def test_a_whole_ticket_is_read_with_everything_beside_it() -> None:
    found = read_one(WHOLE)
    ticket = found.ticket
    assert (found.id, found.now) == ("row-1", datetime(2026, 2, 3, 10, 0, tzinfo=UTC))
    assert [comment.id for comment in ticket.comments] == [1, 2]
    assert [person.name for person in ticket.people] == ["Oda", "Piet"]
    assert ticket.organization is not None
    assert ticket.organization.fields == {"arr": 9000}
    assert ticket.sla is not None
    assert ticket.metrics is not None
    assert ticket.metrics.reopens == 1
    assert [incident.organization_name for incident in ticket.incidents] == ["Rye & Co"]
    assert ticket.comments_read


def test_labels_change_nothing() -> None:
    stripped = {key: value for key, value in WHOLE.items() if key != "expected"}
    assert read_one({**WHOLE, "traits": ["x"], "story": "y"}) == read_one(stripped)


def test_a_row_without_an_id_has_its_tickets() -> None:
    assert read_one({**WHOLE, "id": None}).id == "77"


def test_a_report_becomes_a_ticket_with_one_comment() -> None:
    found = read_one(REPORT)
    ticket = found.ticket
    assert (found.id, ticket.id, found.now) == ("501", 501, ticket.created_at)
    assert (ticket.subject, ticket.description, ticket.status) == (
        "Scale is off",
        "It shows 3 g more.",
        TicketStatus.NEW,
    )
    assert [(comment.body, comment.public, comment.via_channel) for comment in ticket.comments] == [
        ("It shows 3 g more.", True, "email")
    ]
    assert ticket.organization is not None
    assert ticket.organization.name == "org-7"
    assert [(person.email, person.role) for person in ticket.people] == [("Ana@loaf.example", Role.END_USER)]


def test_customers_of_reports_are_told_apart_and_recognised() -> None:
    same = read_one({**REPORT, "id": "502", "requester": "ana@loaf.example"}).ticket
    other = read_one({**REPORT, "id": "503", "org": "org-8", "requester": "bo@bun.example"}).ticket
    first = read_one(REPORT).ticket
    assert (same.organization_id, same.requester_id) == (first.organization_id, first.requester_id)
    assert other.organization_id != first.organization_id
    assert other.requester_id != first.requester_id
    # Stored rows refer to these ids, so they may not change between versions.
    assert first.organization_id == 2_579_169_159_061_427


def test_reports_without_names_are_nobody_in_particular() -> None:
    reports = [read_one({**REPORT, "id": number, "org": "", "requester": ""}).ticket for number in ("1", "2")]
    assert reports[0].organization_id is None
    assert reports[0].requester_id != reports[1].requester_id


def test_a_report_whose_id_is_a_word_has_a_steady_number() -> None:
    ids = [read_one({**REPORT, "id": name}).ticket.id for name in ("T-1", "T-1", "T-2", "-4")]
    assert ids[0] == ids[1] != ids[2]
    assert all(0 < number < 2**53 for number in ids)


def test_rows_keep_their_order_and_bad_ones_their_place(tmp_path: Path) -> None:
    lines = [
        b"\xef\xbb\xbf" + json.dumps(REPORT).encode(),
        b"",
        b"   \r",
        b"{broken",
        json.dumps({**WHOLE, "now": None}).encode() + b"\r",
        json.dumps(WHOLE).encode(),
        '{"id": "u2028", "created_at": "2026-02-03T08:00:00Z", "body": "a\u2028b"}'.encode(),
        b"\xff\xfe\x00",
    ]
    found = read_lines(tmp_path, b"\n".join(lines))
    assert [row.id for row in found] == ["501", "line 4", "row-1", "row-1", "u2028", "line 8"]
    assert [isinstance(row, FileProblem) for row in found] == [False, True, True, False, False, True]


@pytest.mark.parametrize(
    ("line", "name", "words"),
    [
        (b"[1]", "line 3", "not a JSON object"),
        (b"{", "line 3", "not JSON"),
        (b'"', "line 3", "not JSON"),
        (b"[" * 100_000, "line 3", "nested too deeply"),
        (b'{"id": "a", "arr": NaN}', "line 3", "not JSON"),
        (b'{"id": "a"}', "a", "neither a ticket"),
        (b'{"id": "a", "ticket": [], "now": "2026-01-01T00:00:00Z"}', "a", "neither a ticket"),
        (b'{"id": "a", "ticket": {"id": 1}}', "a", "`now` is missing"),
        (b'{"id": "a", "ticket": {}, "now": "2026-01-01T00:00:00Z"}', "a", "without an id"),
        (b'{"ticket": {"id": 9}, "now": "2026-01-01T00:00:00Z"}', "9", "no created_at"),
        (b'{"id": 4, "body": "x"}', "4", "`created_at` is missing"),
        (b'{"id": true, "body": "x"}', "line 3", "`created_at` is missing"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(line: bytes, name: str, words: str) -> None:
    problem = read_ticket_line(line, 3)
    assert isinstance(problem, FileProblem)
    assert (problem.id, problem.line) == (name, 3)
    assert words in problem.error


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_file_that_cannot_be_opened_is_named_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "nowhere.jsonl"
    with pytest.raises(UnreadableFile, match=str(path)):
        read_ticket_file(path)


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert read_lines(tmp_path, b"\n\n") == []


@given(st.binary(max_size=300))
def test_any_line_is_a_ticket_or_a_problem(line: bytes) -> None:
    assert isinstance(read_ticket_line(line, 1), FileTicket | FileProblem)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(list(WHOLE)), VALUES), st.dictionaries(st.sampled_from(list(REPORT)), VALUES))
def test_any_row_is_a_ticket_or_a_problem(whole: dict[str, Any], report: dict[str, Any]) -> None:
    for row in ({**WHOLE, **whole}, {**REPORT, **report}):
        found = read_ticket_line(json.dumps(row).encode(), 1)
        assert isinstance(found, FileTicket | FileProblem)
