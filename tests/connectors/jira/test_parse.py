"""Jira's JSON, full and bare, becomes an `Issue`."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.jira.parse import parse_instant, parse_issue
from connectors.records import Issue, StatusCategory

FULL = {
    "id": "10042",
    "key": "OPS-7",
    "self": "https://quarry.example/rest/api/3/issue/10042",
    "fields": {
        "summary": "Imports stop at row 4096",
        "project": {"id": "10000", "key": "OPS", "name": "Operations"},
        "status": {"name": "Ready to roll", "statusCategory": {"id": 3, "key": "done", "name": "Complete"}},
        "resolution": {"name": "Fixed"},
        "assignee": {"accountId": "5b10", "displayName": "Ines Okafor", "active": True},
        "priority": {"id": "2", "name": "High"},
        "duedate": "2026-04-03",
        "labels": ["from-zendesk", "escalator-k7"],
        "updated": "2026-04-01T12:30:00.250+0200",
        "created": "2026-04-01T10:00:00.000+0000",
    },
    "properties": {"escalator": {"schema": 1, "marker": "escalator-k7"}},
}


def test_full_issue_keeps_every_word() -> None:
    assert parse_issue(FULL) == Issue(
        id="10042",
        key="OPS-7",
        project="OPS",
        summary="Imports stop at row 4096",
        status="Ready to roll",
        category=StatusCategory.DONE,
        resolution="Fixed",
        assignee="Ines Okafor",
        priority="High",
        due="2026-04-03",
        labels=("from-zendesk", "escalator-k7"),
        updated_at=datetime(2026, 4, 1, 10, 30, 0, 250_000, tzinfo=UTC),
        created_at=datetime(2026, 4, 1, 10, 0, tzinfo=UTC),
        marker="escalator-k7",
        marks=("from-zendesk", "escalator-k7"),
    )


@pytest.mark.parametrize(
    "raw",
    [
        {"id": "1", "key": "AB-1"},
        {"id": 1, "key": "AB-1", "fields": None, "properties": None},
        {
            "id": "1",
            "key": "AB-1",
            "fields": {
                "summary": None,
                "project": None,
                "status": None,
                "resolution": None,
                "assignee": None,
                "priority": None,
                "duedate": None,
                "labels": None,
                "updated": None,
                "created": 1712000000000,
            },
            "properties": {},
        },
        {"id": "1", "key": "AB-1", "fields": {"status": {"statusCategory": {"key": "weird"}}, "labels": "x"}},
        {"id": "1", "key": "AB-1", "properties": {"escalator": "not ours"}},
    ],
)
def test_missing_parts_are_none_or_empty(raw: dict[str, Any]) -> None:
    assert parse_issue(raw) == Issue(
        id="1", key="AB-1", project="AB", summary="", status="", category=StatusCategory.UNDEFINED
    )


@pytest.mark.parametrize(
    "raw", [{}, {"id": "1"}, {"key": "AB-1"}, {"id": None, "key": "AB-1"}, {"id": True, "key": "AB-1"}]
)
def test_without_identity_it_is_no_issue(raw: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="without an id or a key"):
        parse_issue(raw)


@pytest.mark.parametrize("key", list(StatusCategory))
def test_category_is_decided_by_key_not_by_name(key: StatusCategory) -> None:
    raw = {"id": "1", "key": "A-1", "fields": {"status": {"name": "Done", "statusCategory": {"key": key.value}}}}
    assert parse_issue(raw).category is key


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-04-01T10:00:00.000+0000", datetime(2026, 4, 1, 10, tzinfo=UTC)),
        ("2026-04-01T23:30:00.000-0730", datetime(2026, 4, 2, 7, tzinfo=UTC)),
        ("2026-04-01T10:00:00Z", datetime(2026, 4, 1, 10, tzinfo=UTC)),
        ("2026-04-01T10:00:00.000", None),
        ("2026-04-01", None),
        ("soon", None),
        ("", None),
        (None, None),
        (1712000000000, None),
    ],
)
def test_instants_need_an_offset(text: object, instant: datetime | None) -> None:
    assert parse_instant(text) == instant
