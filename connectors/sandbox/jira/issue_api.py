"""The issue endpoints: create, read, edit, delete, bulk fetch."""

from typing import Any

from connectors.sandbox.exchange import Answer, Call, Json, Refusal
from connectors.sandbox.jira.catalog import (
    FIELD_TYPES,
    Project,
    find_project,
)
from connectors.sandbox.jira.fields import FieldError, apply_verbs, read_document, read_fields
from connectors.sandbox.jira.issues import Issue
from connectors.sandbox.jira.properties import read_properties
from connectors.sandbox.jira.refusals import no_field, refuse
from connectors.sandbox.jira.state import JiraState
from connectors.sandbox.jira.views import JiraViews

_MOST_IDS = 100
_ADD_COMMENT = "comment"


class IssueApi:
    """Endpoint functions over the site's issues."""

    def __init__(self, state: JiraState, views: JiraViews) -> None:
        self._state = state
        self._views = views

    def create(self, call: Call) -> Answer:
        """POST issue: `fields` and `properties`; 201 with id, key and self."""
        body = read_object(call)
        given = body.get("fields")
        if not isinstance(given, dict):
            raise refuse(400, errors={"project": "Specify a valid project ID or key"})
        project = _project_of(given)
        properties = read_properties(body.get("properties"))
        wanted = {name: value for name, value in given.items() if name != "project"}
        values, errors = read_fields(
            wanted, project, editable=frozenset(project.screen), is_cloud=self._state.is_cloud
        )
        asked = {name for key, name in self._state.required if key == project.key}
        for name in (*project.required, *sorted(asked)):
            if name not in given and name not in errors:
                errors[name] = _missing(name)
        raise_field_errors(errors)
        issue = self._state.create_issue(project, values, at=call.at)
        issue.properties |= properties
        return Answer(
            status=201, payload={"id": issue.id, "key": issue.key, "self": f"{self._views.api}/issue/{issue.id}"}
        )

    def show(self, call: Call) -> Answer:
        """GET issue/{idOrKey}; an earlier key answers with the present one."""
        issue = self._issue(call)
        fields = call.every("fields") or ["*all"]
        return Answer(payload=self._views.issue(issue, fields, call.every("properties"), call.every("expand")))

    def edit(self, call: Call) -> Answer:
        """PUT issue/{idOrKey}: `fields` replaces, `update` applies verbs, `properties` are set; 204."""
        issue, body = self._issue(call), read_object(call)
        given, verbs = body.get("fields") or {}, dict(body.get("update") or {})
        properties = read_properties(body.get("properties"))
        both = set(given) & set(verbs)
        if both:
            raise refuse(400, errors=dict.fromkeys(both, "Field cannot be both set and updated"))
        screen = frozenset(issue.project.screen) - {"project"}
        values, errors = read_fields(given, issue.project, editable=screen, is_cloud=self._state.is_cloud)
        comments = verbs.pop(_ADD_COMMENT, [])
        updated, refused = _apply_update(issue, verbs, screen)
        raise_field_errors({**errors, **refused})
        bodies = [comment_body(verb) for verb in comments]
        self._state.edit_issue(issue, {**values, **updated}, at=call.at)
        issue.properties |= properties
        for comment in bodies:
            self._state.comment_issue(issue, comment, at=call.at)
        return Answer(status=204)

    def delete(self, call: Call) -> Answer:
        """DELETE issue/{idOrKey}."""
        self._state.delete_issue(call.parts["issue"])
        return Answer(status=204)

    def bulk_fetch(self, call: Call) -> Answer:
        """POST issue/bulkfetch: up to 100 by id or key, ascending by id, the unseen silently left out."""
        body = read_object(call)
        names = [str(name) for name in body.get("issueIdsOrKeys") or []]
        if not names or len(names) > _MOST_IDS:
            raise refuse(400, f"issueIdsOrKeys must hold between 1 and {_MOST_IDS} ids or keys")
        found: dict[str, Issue] = {}
        for name in names:
            try:
                issue = self._state.find(name)
            except Refusal:
                continue
            found[issue.id] = issue
        fields = body.get("fields") or ["*navigable"]
        shown = [
            self._views.issue(found[key], fields, body.get("properties") or (), body.get("expand") or ())
            for key in sorted(found, key=int)
        ]
        return Answer(payload={"issueErrors": [], "issues": shown})

    def _issue(self, call: Call) -> Issue:
        return self._state.find(call.parts["issue"])


def _apply_update(issue: Issue, verbs: Json, screen: frozenset[str]) -> tuple[Json, dict[str, str]]:
    """The values and the errors of the `update` part of an edit."""
    values: Json = {}
    errors: dict[str, str] = {}
    for name, operations in verbs.items():
        if name not in screen or name not in FIELD_TYPES:
            errors[name] = no_field(name)
            continue
        try:
            values[name] = apply_verbs(name, list(operations), issue.get(name), issue.project)
        except FieldError as error:
            errors[name] = str(error)
    return values, errors


def read_object(call: Call) -> Json:
    """The body as a JSON object; raises Refusal 400."""
    body = call.json()
    if not isinstance(body, dict):
        raise refuse(400, "There was an error parsing JSON. Check that your request body is valid.")
    return body


def _project_of(given: Json) -> Project:
    named = given.get("project")
    if not isinstance(named, dict):
        raise refuse(400, errors={"project": "Specify a valid project ID or key"})
    project = find_project(str(named.get("id") or named.get("key") or ""))
    if project is None:
        raise refuse(400, errors={"project": "Specify a valid project ID or key"})
    return project


def _missing(name: str) -> str:
    known = {
        "summary": "You must specify a summary of the issue.",
        "issuetype": "Specify an issue type",
    }
    return known.get(name, f"Field '{name}' is required")


def raise_field_errors(errors: dict[str, str]) -> None:
    """Refuse with 400 when there are errors by field."""
    if errors:
        raise refuse(400, errors=errors)


def comment_body(verb: Json) -> Any:
    """The document of a comment verb of an edit or transition; raises Refusal 400."""
    try:
        return read_document((verb.get("add") or {}).get("body"))
    except FieldError as error:
        raise refuse(400, errors={"comment": str(error)}) from None
