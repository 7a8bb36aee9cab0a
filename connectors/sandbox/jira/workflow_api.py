"""The life of an issue: its transitions, its assignee and its changelog."""

from connectors.sandbox.exchange import Answer, Call, Json, Refusal
from connectors.sandbox.jira.catalog import API_ACCOUNT_ID, RESOLUTIONS, STATUSES, TRANSITIONS
from connectors.sandbox.jira.fields import read_fields
from connectors.sandbox.jira.issue_api import comment_body, raise_field_errors, read_object
from connectors.sandbox.jira.issues import Issue
from connectors.sandbox.jira.refusals import refuse
from connectors.sandbox.jira.state import JiraState
from connectors.sandbox.jira.views import JiraViews

_MOST_CHANGELOGS = 1000


class WorkflowApi:
    """Endpoint functions over status, assignee and history."""

    def __init__(self, state: JiraState, views: JiraViews) -> None:
        self._state = state
        self._views = views

    def transitions(self, call: Call) -> Answer:
        """GET issue/{idOrKey}/transitions, with their fields when expanded."""
        issue = self._issue(call)
        detailed = any("transitions.fields" in word for word in call.every("expand"))
        rows = [
            self._transition(transition_id, detailed=detailed)
            for transition_id, (_, status) in TRANSITIONS.items()
            if status != issue.fields["status"] and status not in self._state.lost_statuses
        ]
        return Answer(payload={"expand": "transitions", "transitions": rows})

    def transition(self, call: Call) -> Answer:
        """POST issue/{idOrKey}/transitions: 204; finishing needs a resolution."""
        issue, body = self._issue(call), read_object(call)
        transition_id = str((body.get("transition") or {}).get("id", ""))
        _, status = TRANSITIONS.get(transition_id, ("", ""))
        if not status or status == issue.fields["status"] or status in self._state.lost_statuses:
            raise refuse(400, "It seems that you have tried to perform an illegal workflow operation.")
        given = body.get("fields") or {}
        done = STATUSES[status][1] == "done"
        allowed = frozenset({"resolution"}) if done else frozenset()
        values, errors = read_fields(given, issue.project, editable=allowed)
        if done and not values.get("resolution") and not errors:
            errors["resolution"] = "Resolution is required."
        raise_field_errors(errors)
        comments = [comment_body(verb) for verb in (body.get("update") or {}).get("comment", [])]
        self._state.move_status(issue, status, values.get("resolution"), at=call.at, account=API_ACCOUNT_ID)
        for comment in comments:
            self._state.comment_issue(issue, comment, at=call.at)
        return Answer(status=204)

    def assign(self, call: Call) -> Answer:
        """PUT issue/{idOrKey}/assignee."""
        issue, body = self._issue(call), read_object(call)
        values, errors = read_fields(
            {"assignee": body if body.get("accountId") else None},
            issue.project,
            editable=frozenset({"assignee"}),
        )
        raise_field_errors(errors)
        self._state.edit_issue(issue, values, at=call.at)
        return Answer(status=204)

    def changelog(self, call: Call) -> Answer:
        """GET issue/{idOrKey}/changelog, oldest first."""
        issue = self._issue(call)
        start = call.offset("startAt")
        size = call.count("maxResults", 100, most=100)
        page = issue.changes[start : start + size]
        return Answer(
            payload={
                "self": f"{self._views.api}/issue/{issue.id}/changelog",
                "startAt": start,
                "maxResults": size,
                "total": len(issue.changes),
                "isLast": start + size >= len(issue.changes),
                "values": [self._views.change(change) for change in page],
            }
        )

    def changelogs(self, call: Call) -> Answer:
        """POST changelog/bulkfetch: several issues at once, filtered by field ids."""
        body = read_object(call)
        names = [str(name) for name in body.get("issueIdsOrKeys") or []][:_MOST_CHANGELOGS]
        wanted = set(body.get("fieldIds") or [])
        rows = []
        for name in names:
            try:
                issue = self._state.find(name)
            except Refusal:
                continue
            rows.append({"issueId": issue.id, "changeHistories": _histories(self._views, issue, wanted)})
        return Answer(payload={"issueChangeLogs": rows})

    def _issue(self, call: Call) -> Issue:
        return self._state.find(call.parts["issue"])

    def _transition(self, transition_id: str, *, detailed: bool) -> Json:
        name, status = TRANSITIONS[transition_id]
        done = STATUSES[status][1] == "done"
        shown: Json = {
            "id": transition_id,
            "name": name,
            "to": self._views.status(status),
            "hasScreen": done,
            "isGlobal": True,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": False,
        }
        if detailed:
            shown["fields"] = {"resolution": self._resolution_field()} if done else {}
        return shown

    def _resolution_field(self) -> Json:
        return {
            "required": True,
            "schema": {"type": "resolution", "system": "resolution"},
            "name": "Resolution",
            "key": "resolution",
            "hasDefaultValue": False,
            "operations": ["set"],
            "allowedValues": [self._views.resolution(key) for key in RESOLUTIONS],
        }


def _histories(views: JiraViews, issue: Issue, wanted: set[str]) -> list[Json]:
    rows = []
    for change in issue.changes:
        items = [item for item in change.items if not wanted or item["fieldId"] in wanted]
        if items:
            rows.append({**views.change(change), "items": items})
    return rows
