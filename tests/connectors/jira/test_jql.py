"""Queries are bound to projects, and a value stays one value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.jql import find_marked, is_custom_field, quote


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("escalator-1", '"escalator-1"'),
        ('a" OR project = "X', r'"a\" OR project = \"X"'),
        ("back\\slash", r'"back\\slash"'),
        ("line\nbreak\x00", '"line break "'),
    ],
)
def test_quoting(value: str, literal: str) -> None:
    assert quote(value) == literal


@given(st.text())
def test_a_literal_never_ends_early(value: str) -> None:
    inner = quote(value)[1:-1]
    unescaped = inner.replace("\\\\", "").replace('\\"', "")
    assert '"' not in unescaped
    assert "\\" not in unescaped
    assert inner.isprintable() or not inner


def test_marker_query_by_label() -> None:
    assert find_marked("escalator-9", "escalator9", ("OPS", "SEC")) == (
        'project in ("OPS", "SEC") AND (labels = "escalator-9" OR description ~ "escalator9") ORDER BY created ASC'
    )


def test_marker_query_by_custom_field() -> None:
    assert find_marked("escalator-9", "escalator9", ("OPS",), "customfield_10050") == (
        'project in ("OPS") AND (cf[10050] = "escalator-9" OR description ~ "escalator9") ORDER BY created ASC'
    )


def test_an_unbounded_query_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one project"):
        find_marked("escalator-9", "escalator9", ())


@pytest.mark.parametrize(
    ("name", "is_field"), [("customfield_10050", True), ("labels", False), ("customfield_1 OR x", False), ("", False)]
)
def test_custom_field_ids(name: str, is_field: bool) -> None:
    assert is_custom_field(name) is is_field
