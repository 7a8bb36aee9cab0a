"""The small JQL: what it matches, how it ignores case, and how it refuses."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies

from connectors.sandbox.jira.jql import JqlError, Setting, parse_jql

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SETTING = Setting(now=NOW, account_id="me", zone=ZoneInfo("Europe/Berlin"))
ISSUE = {
    "key": {"eng-7", "20007"},
    "project": {"eng", "10000", "engineering"},
    "labels": {"escalation", "escalator-7f3a"},
    "status": {"in progress", "10101"},
    "resolution": set(),
    "assignee": {"me"},
    "summary": "Kiln schedule vanishes",
    "updated": NOW - timedelta(minutes=30),
    "duedate": None,
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('labels = "escalator-7f3a"', True),
        ("labels = ESCALATION", True),
        ('labels = "escalator-7f3"', False),
        ('project in ("ENG", PROD) AND labels = escalation', True),
        ("project in (PROD, SEC) AND labels = escalation", False),
        ("project = PROD OR key = ENG-7", True),
        ("(project = PROD OR project = SEC) AND key = ENG-7", False),
        ("id in (20007, 20008)", True),
        ("NOT project = ENG", False),
        ("labels not in (other)", True),
        ("labels != escalation", False),
        ("resolution != Done", False),
        ("resolution is EMPTY", True),
        ("resolution is not EMPTY", False),
        ("assignee = currentUser()", True),
        ("updated >= -1h", True),
        ("updated >= -10m", False),
        ('updated >= "2026/03/02 12:30"', True),
        ('updated >= "2026-03-02 12:31"', False),
        ("updated > startOfDay() AND updated < now()", True),
        ("duedate < now()", False),
        ('summary ~ "kiln"', True),
        ('summary !~ "kiln"', False),
        ("project = ENG ORDER BY created DESC, key", True),
    ],
)
def test_matching(query: str, found: bool) -> None:
    parsed = parse_jql(query, SETTING)
    assert parsed.matches is not None
    assert parsed.matches(ISSUE) is found
    assert not parsed.unknown


@pytest.mark.parametrize("query", ["zzz = 1", 'labels = "x" AND nofield = 2', "assignee = nobody()"])
def test_an_unknown_name_is_noticed_without_an_error(query: str) -> None:
    assert parse_jql(query, SETTING).unknown


@pytest.mark.parametrize(
    "query",
    [
        "labels",
        "labels =",
        "labels = x AND",
        "labels = x y",
        "(labels = x",
        "project in ENG",
        'labels = "open',
        "updated >= yesterday",
        "labels like x",
    ],
)
def test_a_broken_query_is_refused(query: str) -> None:
    with pytest.raises(JqlError):
        parse_jql(query, SETTING)


@pytest.mark.parametrize("query", ["", "   ", "ORDER BY created"])
def test_a_query_without_restriction_has_no_test(query: str) -> None:
    assert parse_jql(query, SETTING).matches is None


@given(strategies.text(alphabet='ab=!~<>()", \\andorit', max_size=60))
def test_any_text_parses_or_is_refused(query: str) -> None:
    try:
        parsed = parse_jql(query, SETTING)
    except JqlError:
        return
    assert parsed.matches is None or parsed.matches(ISSUE) in (True, False)
