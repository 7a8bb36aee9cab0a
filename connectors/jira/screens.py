"""What a project's create screen takes: the names in our configuration become Jira's ids here, once.

Two paged reads per (project, issue type): the issue types, then the fields of one of them (Jira Cloud REST v3,
`issue/createmeta/{project}/issuetypes`; the older one-shot createmeta is deprecated). What was read is kept
for an hour, or until Jira refuses a create with it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.errors import Forbidden, NotFound, Refused
from connectors.jira.answers import VENDOR

_PAGE = 100
_MAX_PAGES = 50
_NAMED = 20
_KEPT_FOR = timedelta(hours=1)
_TYPE_LISTS = ("issueTypes", "values", "createMetaIssueType")
_FIELD_LISTS = ("fields", "values", "results")

ReadJson = Callable[[str, Mapping[str, str]], Any]
"""Reads one path below the REST root with query parameters and returns the parsed JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedId:
    """One choice that Jira offers: what people call it, and what the API calls it."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ScreenField:
    """A field that can be set at creation; `allowed` is empty when the values are not enumerated.

    A required field that `has_default` need not be sent.
    """

    id: str
    name: str = ""
    required: bool = False
    has_default: bool = False
    takes_list: bool = False
    allowed: tuple[NamedId, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Screen:
    """The create screen of one issue type in one project."""

    project: str
    issue_type: NamedId
    fields: Mapping[str, ScreenField]

    def find_choice(self, field_id: str, name: str) -> NamedId | None:
        """The choice of this field with this name (or id), whatever its case."""
        field = self.fields.get(field_id)
        return find_named(field.allowed, name) if field else None


class Screens:
    """Create screens by project and issue type, read on first use. One per client, as the client itself."""

    def __init__(self, read_json: ReadJson, *, clock: Callable[[], datetime], is_cloud: bool = True) -> None:
        self._read_json = read_json
        self._is_cloud = is_cloud
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[datetime, Screen]] = {}

    def find(self, project: str, issue_type: str) -> Screen | None:
        """The screen that is already known, without a call."""
        read_at, screen = self._known.get((project, issue_type), (None, None))
        return screen if read_at and self._clock() - read_at < _KEPT_FOR else None

    def forget(self, project: str, issue_type: str) -> None:
        """Read this screen afresh next time."""
        self._known.pop((project, issue_type), None)

    def read(self, project: str, issue_type: str) -> Screen:
        """The screen; raises Refused with what exists instead when the project or the issue type does not."""
        known = self.find(project, issue_type)
        if known is None:
            known = self._read_screen(project, issue_type)
            self._known[project, issue_type] = (self._clock(), known)
        return known

    def read_issue_types(self, project: str) -> tuple[NamedId, ...]:
        """The issue types that our account can create in this project; raises NotFound."""
        return tuple(
            _parse_named(item)
            for item in self._read_pages(f"issue/createmeta/{quote(project, safe='')}/issuetypes", _TYPE_LISTS)
        )

    def read_projects(self) -> tuple[str, ...]:
        """The keys of all projects that our account can see."""
        projects = self._read_pages("project/search", ("values",)) if self._is_cloud else self._list_projects()
        return tuple(str(project["key"]) for project in projects if project.get("key"))

    def _list_projects(self) -> Iterator[Mapping[str, Any]]:
        """Data Center gives all projects in one list (Jira Data Center REST v2, project)."""
        answer = self._read_json("project", {})
        yield from (item for item in (answer if isinstance(answer, list) else []) if isinstance(item, Mapping))

    def read_levels(self, screen: Screen) -> tuple[NamedId, ...]:
        """The project's security levels, when its screen has the field but does not list them; else none."""
        field = screen.fields.get("security")
        if field is None or field.allowed:
            return ()
        try:
            answer = self._read_json(f"project/{quote(screen.project, safe='')}/securitylevel", {})
        except (Forbidden, NotFound):
            return ()
        return parse_choices(answer.get("levels")) if isinstance(answer, Mapping) else ()

    def _read_screen(self, project: str, issue_type: str) -> Screen:
        chosen = self._choose_type(project, issue_type)
        path = f"issue/createmeta/{quote(project, safe='')}/issuetypes/{chosen.id}"
        fields = [_parse_field(item) for item in self._read_pages(path, _FIELD_LISTS)]
        return Screen(project=project, issue_type=chosen, fields={field.id: field for field in fields})

    def _choose_type(self, project: str, issue_type: str) -> NamedId:
        try:
            offered = self.read_issue_types(project)
        except NotFound as error:
            existing = ", ".join(self.read_projects()[:_NAMED]) or "none"
            detail = f"project {project!r} does not exist or is invisible to our account; visible: {existing}"
            raise _refuse("project", detail) from error
        chosen = find_named(offered, issue_type)
        if chosen is None:
            names = ", ".join(choice.name for choice in offered) or "none (no permission to create issues?)"
            raise _refuse("issuetype", f"project {project} has no issue type {issue_type!r}; it has: {names}")
        return chosen

    def _read_pages(self, path: str, lists: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
        start = 0
        for _ in range(_MAX_PAGES):
            page = self._read_json(path, {"startAt": str(start), "maxResults": str(_PAGE)})
            items = _find_items(page, lists)
            yield from items
            start += len(items)
            if len(items) == 0 or _is_last(page, start, len(items)):
                return


def find_named(choices: tuple[NamedId, ...], name: str) -> NamedId | None:
    """The choice with this name, else with this id; names are compared without case."""
    wanted = name.strip().casefold()
    by_name = (choice for choice in choices if choice.name.strip().casefold() == wanted)
    by_id = (choice for choice in choices if choice.id == name.strip())
    return next(by_name, None) or next(by_id, None)


def _is_last(page: Mapping[str, Any], read: int, on_page: int) -> bool:
    total = page.get("total")
    return read >= total if isinstance(total, int) else on_page < _PAGE


def _find_items(page: object, lists: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The page's items: Cloud and Data Center give the list different names."""
    if not isinstance(page, Mapping):
        return []
    found: list[Any] = next((page[name] for name in lists if isinstance(page.get(name), list)), [])
    return [item for item in found if isinstance(item, Mapping)]


def _parse_field(item: Mapping[str, Any]) -> ScreenField:
    allowed = item.get("allowedValues")
    schema = item.get("schema")
    return ScreenField(
        id=str(item.get("fieldId") or item.get("key") or ""),
        name=str(item.get("name") or ""),
        required=bool(item.get("required")),
        has_default=bool(item.get("hasDefaultValue")),
        takes_list=isinstance(schema, Mapping) and schema.get("type") == "array",
        allowed=parse_choices(allowed),
    )


def parse_choices(items: object) -> tuple[NamedId, ...]:
    """The choices of a list of objects with ids; anything else in it is left out."""
    if not isinstance(items, list):
        return ()
    return tuple(_parse_named(item) for item in items if isinstance(item, Mapping) and item.get("id"))


def _parse_named(item: Mapping[str, Any]) -> NamedId:
    return NamedId(id=str(item.get("id", "")), name=str(item.get("name") or item.get("value") or ""))


def _refuse(field: str, detail: str) -> Refused:
    return Refused(vendor=VENDOR, operation="create issue", detail=detail, fields={field: detail})
