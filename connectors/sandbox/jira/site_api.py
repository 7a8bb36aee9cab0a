"""The site around the issues: server, caller, permissions, projects, create metadata, lists, webhooks."""

from collections.abc import Callable, Sequence

from connectors.sandbox.exchange import Answer, Call, Json
from connectors.sandbox.instants import spell_jira
from connectors.sandbox.jira.catalog import (
    API_ACCOUNT_ID,
    FIELD_TYPES,
    ISSUE_TYPES,
    LINK_TYPES,
    PEOPLE,
    PERMISSIONS,
    PRIORITIES,
    PROJECTS,
    RESOLUTIONS,
    STATUS_CATEGORIES,
    STATUSES,
    Project,
    find_project,
)
from connectors.sandbox.jira.refusals import refuse
from connectors.sandbox.jira.state import JiraState
from connectors.sandbox.jira.views import JiraViews

_PAGE = 50
_DATA_CENTER: Json = {"version": "10.3.5", "versionNumbers": [10, 3, 5], "deploymentType": "Server"}


class SiteApi:
    """Endpoint functions over what the site is made of."""

    def __init__(self, state: JiraState, views: JiraViews, *, email: str, time_zone: str) -> None:
        self._state = state
        self._views = views
        self._email = email
        self._time_zone = time_zone

    def server_info(self, call: Call) -> Answer:
        """GET serverInfo; open to anybody on Cloud."""
        version = {} if self._views.is_cloud else _DATA_CENTER
        return Answer(
            payload={
                "baseUrl": self._views.url,
                "displayUrl": self._views.url,
                "version": "1001.0.0-SNAPSHOT",
                "versionNumbers": [1001, 0, 0],
                "deploymentType": "Cloud",
                "buildNumber": 100291,
                "buildDate": "2026-10-01T00:00:00.000+0000",
                "serverTime": spell_jira(call.at),
                "scmInfo": "sandbox",
                "serverTitle": "Jira sandbox",
                **version,
            }
        )

    def myself(self, _call: Call) -> Answer:
        """GET myself."""
        person = self._views.person(API_ACCOUNT_ID) or {}
        return Answer(payload={**person, "emailAddress": self._email, "timeZone": self._time_zone, "locale": "en_US"})

    def permissions(self, call: Call) -> Answer:
        """GET mypermissions for the names asked for; the caller has all but those that were denied."""
        wanted = call.first("projectKey") or call.first("projectId")
        project = find_project(wanted) if wanted else None
        if wanted and project is None:
            raise refuse(404, f"No project could be found with key '{wanted}'.")
        denied = {name for key, name in self._state.denied if project is not None and key == project.key}
        rows: Json = {}
        for name in call.every("permissions") or PERMISSIONS:
            if name not in PERMISSIONS:
                raise refuse(400, f"Unrecognized permission: {name}")
            rows[name] = {
                "id": str(PERMISSIONS.index(name) + 10),
                "key": name,
                "name": name.replace("_", " ").capitalize(),
                "type": "PROJECT",
                "description": "",
                "havePermission": name not in denied,
            }
        return Answer(payload={"permissions": rows})

    def fields(self, _call: Call) -> Answer:
        """GET field."""
        return Answer(payload=[self._views.field(known) for known in FIELD_TYPES.values()])

    def listing(self, rows: Callable[[], Sequence[Json]]) -> Callable[[Call], Answer]:
        """An endpoint that answers a plain list."""
        return lambda _call: Answer(payload=list(rows()))

    def paged(self, rows: Callable[[], Sequence[Json]]) -> Callable[[Call], Answer]:
        """An endpoint that answers Jira's page of values."""

        def answer(call: Call) -> Answer:
            return Answer(payload=_page(call, "values", rows()))

        return answer

    def priorities(self) -> list[Json]:
        """Every priority, most important first."""
        return [{**self._views.priority(key), "isDefault": key == "3"} for key in PRIORITIES]

    def statuses(self) -> list[Json]:
        """Every status."""
        return [self._views.status(key) for key in STATUSES]

    def categories(self) -> list[Json]:
        """Every status category."""
        return [self._views.category(key) for key in STATUS_CATEGORIES]

    def resolutions(self) -> list[Json]:
        """Every resolution."""
        return [self._views.resolution(key) for key in RESOLUTIONS]

    def issue_types(self) -> list[Json]:
        """Every issue type."""
        return [self._views.issue_type(key) for key in ISSUE_TYPES]

    def projects(self) -> list[Json]:
        """Every project."""
        return [self._views.project(project) for project in PROJECTS]

    def link_types(self, _call: Call) -> Answer:
        """GET issueLinkType."""
        known = [key for key in LINK_TYPES if key not in self._state.lost_links]
        return Answer(payload={"issueLinkTypes": [self._views.link_type(key) for key in known]})

    def project(self, call: Call) -> Answer:
        """GET project/{keyOrId}."""
        return Answer(payload=self._views.project_detail(_project(call)))

    def levels(self, call: Call) -> Answer:
        """GET project/{keyOrId}/securitylevel: those whose issues the caller may see."""
        seen = [level for level in _project(call).levels if level[0] not in self._state.hidden_levels]
        return Answer(payload={"levels": [self._views.level(*level) for level in seen]})

    def project_statuses(self, call: Call) -> Answer:
        """GET project/{idOrKey}/statuses: what the workflow of each issue type knows."""
        reached = [self._views.status(key) for key in STATUSES if key not in self._state.lost_statuses]
        types = [self._views.issue_type(type_id) for type_id in _project(call).issue_types]
        return Answer(payload=[{**kind, "statuses": reached} for kind in types])

    def create_types(self, call: Call) -> Answer:
        """GET issue/createmeta/{project}/issuetypes: under `issueTypes` on Cloud, `values` on Data Center."""
        rows = [self._views.issue_type(type_id) for type_id in _project(call).issue_types]
        return Answer(payload=_page(call, "issueTypes" if self._views.is_cloud else "values", rows))

    def create_fields(self, call: Call) -> Answer:
        """GET issue/createmeta/{project}/issuetypes/{id}: under `fields` on Cloud, `values` on Data Center."""
        project = _project(call)
        if call.parts["type"] not in project.issue_types:
            raise refuse(404, "The issue type does not exist in this project.")
        rows = [self._views.create_field(FIELD_TYPES[name], project) for name in project.screen]
        for row in rows:
            row["required"] = row["required"] or (project.key, row["fieldId"]) in self._state.required
        return Answer(payload=_page(call, "fields" if self._views.is_cloud else "values", rows))

    def find_people(self, call: Call) -> Answer:
        """GET user/search and user/assignable/search: by a part of the name, or by account id."""
        words, account = call.first("query").lower(), call.first("accountId")
        found = [
            self._views.person(key)
            for key, name in PEOPLE.items()
            if (words and words in name.lower()) or (account and account == key)
        ]
        return Answer(payload=found)

    def application_links(self, _call: Call) -> Answer:
        """GET applinks: for administrators only."""
        raise refuse(403, "Forbidden")

    def unknown(self, call: Call) -> Answer:
        """Any address that the sandbox does not have."""
        return Answer(status=404, payload={"message": f"null for uri: {call.path}", "status-code": 404})


def _project(call: Call) -> Project:
    project = find_project(call.parts["project"])
    if project is None:
        raise refuse(404, f"No project could be found with key '{call.parts['project']}'.")
    return project


def _page(call: Call, noun: str, rows: Sequence[Json]) -> Json:
    start = call.offset("startAt")
    size = call.count("maxResults", _PAGE, most=200)
    page = list(rows[start : start + size])
    shown: Json = {"startAt": start, "maxResults": size, "total": len(rows), noun: page}
    return {**shown, "isLast": start + size >= len(rows)} if noun == "values" else shown
