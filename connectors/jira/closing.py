"""Standing an issue down: who worked on it, and which transition closes it. Pure, on Jira's own JSON.

Rules from Jira Cloud REST v3: transition ids differ between workflows, so one is chosen by the category of the
status it leads to; the fields of its screen are listed by `expand=transitions.fields`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.jira.answers import find_objects
from connectors.jira.parse import read_person

_DONE = "done"
_APP = "app"
_LIKED = ("duplicate", "won't do", "won't fix")

Json = Mapping[str, Any]


def was_touched(history: Json, own_id: str) -> bool:
    """True when a person other than us commented on an issue or changed it; apps and automation are no persons.

    An answer without a changelog is judged by what people do first: an assignee, or a status beyond the first.
    """
    fields = _read_object(history, "fields")
    if any(_is_person(author, own_id) for author in _list_authors(history, fields)):
        return True
    if isinstance(history.get("changelog"), Mapping):
        return False
    category = _read_object(_read_object(fields, "status"), "statusCategory").get("key")
    return bool(fields.get("assignee")) or category not in (None, "new", "undefined")


def choose_closing(answer: Json) -> dict[str, Any] | None:
    """The body of the transition that closes an issue, or None when there is none that we could fill in."""
    ways = [way for row in find_objects(answer, "transitions") if (way := _spell_way(row)) is not None]
    return min(ways, key=_rank_way, default=None)


def _spell_way(row: Json) -> dict[str, Any] | None:
    category = _read_object(_read_object(row, "to"), "statusCategory").get("key")
    if category != _DONE or row.get("isAvailable") is False or not row.get("id"):
        return None
    screen = _read_object(row, "fields")
    fields = {name: choice for name, field in screen.items() if (choice := _choose_value(name, field)) is not None}
    lacking = [name for name, field in screen.items() if _is_required(field) and name not in fields]
    return None if lacking else {"transition": {"id": str(row["id"])}, "fields": fields}


def _choose_value(name: str, field: object) -> dict[str, str] | None:
    """Only a resolution is ours to choose."""
    if name != "resolution" or not isinstance(field, Mapping):
        return None
    choices = [choice for choice in find_objects(field, "allowedValues") if choice.get("id")]
    ranked = sorted(choices, key=_rank_resolution)
    return {"id": str(ranked[0]["id"])} if ranked else None


def _rank_resolution(choice: Json) -> int:
    name = str(choice.get("name")).casefold()
    return _LIKED.index(name) if name in _LIKED else len(_LIKED)


def _rank_way(way: dict[str, Any]) -> tuple[bool, str]:
    return (not way["fields"], way["transition"]["id"])


def _is_required(field: object) -> bool:
    return isinstance(field, Mapping) and bool(field.get("required")) and not field.get("hasDefaultValue")


def _list_authors(history: Json, fields: Json) -> Iterator[Json]:
    yield from find_objects(_read_object(fields, "comment"), "comments")
    yield from find_objects(_read_object(history, "changelog"), "histories")


def _is_person(deed: Json, own_id: str) -> bool:
    author = read_person(deed, "author")
    return author not in (None, own_id) and _read_object(deed, "author").get("accountType") != _APP


def _read_object(holder: Json, name: str) -> Json:
    value = holder.get(name)
    return value if isinstance(value, Mapping) else {}
