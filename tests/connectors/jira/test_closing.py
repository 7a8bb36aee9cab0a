"""Who worked on an issue, and which transition closes it."""

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.jira.closing import choose_closing, was_touched

US, MARIT = "a-1", "a-2"


def spell_history(
    *, comments: tuple[str, ...] = (), changes: tuple[str, ...] | None = (), category: str = "new", app: bool = False
) -> dict[str, Any]:
    def sign(author: str) -> dict[str, Any]:
        return {"author": {"accountId": author, "accountType": "app" if app else "atlassian"}}

    fields = {
        "comment": {"comments": [sign(author) for author in comments]},
        "status": {"statusCategory": {"key": category}},
        "assignee": None,
    }
    log = {} if changes is None else {"changelog": {"histories": [sign(author) for author in changes]}}
    return {"id": "7", "fields": fields, **log}


@pytest.mark.parametrize(
    ("history", "touched"),
    [
        (spell_history(), False),
        (spell_history(comments=(US,), changes=(US,)), False),
        (spell_history(comments=(US, MARIT)), True),
        (spell_history(changes=(MARIT,)), True),
        (spell_history(changes=(MARIT,), app=True), False),
        (spell_history(changes=None), False),
        (spell_history(changes=None, category="indeterminate"), True),
        (spell_history(category="indeterminate"), False),
        ({"id": "7"}, False),
        ({"fields": {"comment": {"comments": [{"body": "nobody's"}]}}, "changelog": {"histories": "none"}}, False),
    ],
    ids=[
        "nobody",
        "only us",
        "a comment",
        "a change",
        "automation",
        "no changelog",
        "no changelog, in work",
        "we moved it",
        "bare",
        "malformed",
    ],
)
def test_touched(history: Mapping[str, Any], touched: bool) -> None:
    assert was_touched(history, US) is touched


def spell_way(number: int, category: str = "done", **more: Any) -> dict[str, Any]:
    return {"id": str(number), "name": f"T{number}", "to": {"statusCategory": {"key": category}}, **more}


def spell_resolution(*names: str, required: bool = True) -> dict[str, Any]:
    values = [{"id": f"{at}", "name": name} for at, name in enumerate(names, 100)]
    return {"fields": {"resolution": {"required": required, "allowedValues": values}}}


@pytest.mark.parametrize(
    ("ways", "body"),
    [
        ([], None),
        ([spell_way(11, "indeterminate")], None),
        ([spell_way(41)], {"transition": {"id": "41"}, "fields": {}}),
        ([spell_way(41, isAvailable=False)], None),
        (
            [spell_way(31), spell_way(41, **spell_resolution("Done", "Duplicate"))],
            {"transition": {"id": "41"}, "fields": {"resolution": {"id": "101"}}},
        ),
        (
            [spell_way(41, **spell_resolution("Done"))],
            {"transition": {"id": "41"}, "fields": {"resolution": {"id": "100"}}},
        ),
        ([spell_way(41, **spell_resolution())], None),
        ([spell_way(41, **spell_resolution(required=False))], {"transition": {"id": "41"}, "fields": {}}),
        ([spell_way(41, fields={"customfield_1": {"required": True}})], None),
        (
            [spell_way(41, fields={"customfield_1": {"required": True, "hasDefaultValue": True}})],
            {"transition": {"id": "41"}, "fields": {}},
        ),
        (["malformed", {"id": "41"}, {"to": None}], None),
    ],
    ids=[
        "no way",
        "not to done",
        "plain",
        "forbidden to us",
        "as a duplicate",
        "another resolution",
        "a resolution that we cannot give",
        "an optional one",
        "a field that we cannot fill",
        "a field that fills itself",
        "malformed",
    ],
)
def test_closing(ways: list[Any], body: dict[str, Any] | None) -> None:
    assert choose_closing({"transitions": ways}) == body
