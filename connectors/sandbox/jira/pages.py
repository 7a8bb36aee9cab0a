"""Pages for people: the issues by project, and one issue that can be moved, assigned and commented."""

from typing import Any

from connectors.sandbox.exchange import Answer, Call, Refusal
from connectors.sandbox.jira.adf_html import adf_html
from connectors.sandbox.jira.catalog import (
    FIELD_TYPES,
    PEOPLE,
    PRIORITIES,
    PRIORITY_COLOURS,
    PROJECTS,
    RESOLUTIONS,
    STATUSES,
    TRANSITIONS,
)
from connectors.sandbox.jira.issues import Issue
from connectors.sandbox.jira.state import JiraState
from connectors.sandbox.jira.views import JiraViews
from connectors.sandbox.rendering import missing_page, read_form, render_page, see_other


class IssuePages:
    """What an engineer would see in the browser; open to anybody on loopback."""

    def __init__(self, state: JiraState, views: JiraViews) -> None:
        self._state = state
        self._views = views

    def list_issues(self, call: Call) -> Answer:
        """GET /: every project with its issues, the newest first."""
        issues = list(reversed(self._state.issues))
        projects = [
            {
                "key": project.key,
                "name": project.name,
                "issues": [_line(issue) for issue in issues if issue.project.key == project.key],
            }
            for project in PROJECTS
        ]
        return render_page("issues.html.j2", projects=projects, total=len(issues), now=call.at)

    def show_issue(self, call: Call) -> Answer:
        """GET /browse/{key}; an earlier key leads to the present one."""
        try:
            issue = self._state.find(call.parts["issue"])
        except Refusal:
            return missing_page(f"Issue {call.parts['issue']}")
        if issue.key != call.parts["issue"]:
            return see_other(f"/browse/{issue.key}")
        return render_page(
            "issue.html.j2",
            issue=_line(issue),
            fields=self._views.fields(issue),
            description=adf_html(issue.get("description")),
            environment=adf_html(issue.get("environment")),
            comments=[_comment(comment) for comment in issue.comments],
            links=list(issue.remote_links.values()),
            changes=list(reversed(issue.changes)),
            extra=_extra(issue),
            properties=issue.properties,
            people=PEOPLE,
            priorities=PRIORITIES,
            resolutions=RESOLUTIONS,
            transitions=_transitions(issue),
            now=call.at,
        )

    def download(self, call: Call) -> Answer:
        """GET /browse/{key}/attachment/{id}: the file, never shown inline."""
        try:
            issue = self._state.find(call.parts["issue"])
        except Refusal:
            return missing_page(f"Issue {call.parts['issue']}")
        for attachment in issue.attachments:
            if attachment.id == call.parts["attachment"]:
                return Answer(
                    content=attachment.content,
                    media_type="application/octet-stream",
                    headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
                )
        return missing_page("The attachment")

    def act(self, call: Call) -> Answer:
        """POST /browse/{key}/{transition|assignee|priority|comment} from the page's own forms."""
        form = read_form(call)
        try:
            issue = self._state.find(call.parts["issue"])
        except Refusal:
            return missing_page(f"Issue {call.parts['issue']}")
        match call.parts["action"]:
            case "transition" if form.get("to") in TRANSITIONS:
                resolution = form.get("resolution") if form.get("resolution") in RESOLUTIONS else None
                self._state.transition_issue(issue.id, form["to"], resolution=resolution)
            case "assignee":
                account = form.get("account") or None
                if account is None or account in PEOPLE:
                    self._state.update_issue(issue.id, assignee=account)
            case "priority" if form.get("priority") in PRIORITIES:
                self._state.update_issue(issue.id, priority=form["priority"])
            case "comment" if form.get("body"):
                self._state.add_comment(issue.id, form["body"])
            case _:
                return Answer(status=400, content=b"unknown action or value", media_type="text/plain")
        return see_other(f"/browse/{issue.key}")


def _line(issue: Issue) -> dict[str, Any]:
    status, category = STATUSES[issue.fields["status"]]
    return {
        "id": issue.id,
        "key": issue.key,
        "summary": issue.get("summary"),
        "status": status,
        "category": category,
        "priority": PRIORITIES[issue.fields["priority"]],
        "colour": PRIORITY_COLOURS[issue.fields["priority"]],
        "level": dict(issue.project.levels).get(issue.get("security") or ""),
        "assignee": PEOPLE.get(issue.get("assignee") or "", "Unassigned"),
        "duedate": issue.get("duedate"),
        "updated": issue.updated,
        "created": issue.created,
        "project": issue.project,
    }


def _comment(comment: Any) -> dict[str, Any]:
    return {
        "author": PEOPLE.get(comment.author, "Former user"),
        "at": comment.created,
        "html": adf_html(comment.body),
        "properties": comment.properties,
    }


def _extra(issue: Issue) -> list[tuple[str, Any]]:
    names = [name for name in FIELD_TYPES if name.startswith("customfield_") and issue.get(name)]
    return [(FIELD_TYPES[name].name, issue.get(name)) for name in names]


def _transitions(issue: Issue) -> list[dict[str, Any]]:
    return [
        {"id": key, "name": name, "done": STATUSES[status][1] == "done"}
        for key, (name, status) in TRANSITIONS.items()
        if status != issue.fields["status"]
    ]
