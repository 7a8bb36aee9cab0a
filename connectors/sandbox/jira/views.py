"""Rows of the Jira site as REST v3 shows them, every one with its `self` address."""

from collections.abc import Iterable
from typing import Any

from connectors.sandbox.exchange import Json
from connectors.sandbox.instants import spell_jira
from connectors.sandbox.jira.catalog import (
    FIELD_TYPES,
    ISSUE_TYPES,
    LINK_TYPES,
    PEOPLE,
    PRIORITIES,
    PRIORITY_COLOURS,
    PROJECTS,
    RESOLUTIONS,
    STATUS_CATEGORIES,
    STATUSES,
    FieldType,
    Project,
)
from connectors.sandbox.jira.issues import Attachment, Change, Comment, Issue


class JiraViews:
    """Renders everything below `url`, as REST v3 on Cloud and v2 on Data Center."""

    def __init__(self, url: str, *, is_cloud: bool = True) -> None:
        self.url = url
        self.is_cloud = is_cloud
        self.api = f"{url}/rest/api/{3 if is_cloud else 2}"

    def person(self, account_id: str | None) -> Json | None:
        """A user, or None."""
        if account_id is None:
            return None
        if not self.is_cloud:
            return self._user(account_id)
        return {
            "self": f"{self.api}/user?accountId={account_id}",
            "accountId": account_id,
            "accountType": "atlassian",
            "displayName": PEOPLE.get(account_id, "Former user"),
            "active": account_id in PEOPLE,
            "timeZone": "UTC",
            "avatarUrls": {},
        }

    def _user(self, account_id: str) -> Json:
        """A user of Data Center, who has a name and a key and no account id."""
        shown = PEOPLE.get(account_id, "Former user")
        name = shown.lower().replace(" ", ".")
        number = list(PEOPLE).index(account_id) if account_id in PEOPLE else len(PEOPLE)
        return {
            "self": f"{self.api}/user?username={name}",
            "name": name,
            "key": f"JIRAUSER{10100 + number}",
            "emailAddress": f"{name}@sandbox.example",
            "displayName": shown,
            "active": account_id in PEOPLE,
            "timeZone": "UTC",
            "avatarUrls": {},
        }

    def project(self, project: Project) -> Json:
        """A project as it hangs on an issue."""
        return {
            "self": f"{self.api}/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "simplified": False,
            "style": "classic",
            "avatarUrls": {},
        }

    def project_detail(self, project: Project) -> Json:
        """A project on its own, with its issue types."""
        return {
            **self.project(project),
            "issueTypes": [self.issue_type(type_id) for type_id in project.issue_types],
            "components": [self.component(*component) for component in project.components],
            "isPrivate": False,
            "properties": {},
        }

    def issue_type(self, type_id: str) -> Json:
        """An issue type."""
        return {
            "self": f"{self.api}/issuetype/{type_id}",
            "id": type_id,
            "name": ISSUE_TYPES[type_id],
            "description": "",
            "iconUrl": "",
            "subtask": False,
            "hierarchyLevel": 0,
        }

    def priority(self, priority_id: str) -> Json:
        """A priority."""
        return {
            "self": f"{self.api}/priority/{priority_id}",
            "id": priority_id,
            "name": PRIORITIES[priority_id],
            "iconUrl": "",
            "statusColor": PRIORITY_COLOURS[priority_id],
            "description": "",
        }

    def category(self, key: str) -> Json:
        """A status category."""
        category_id, name, colour = STATUS_CATEGORIES[key]
        return {
            "self": f"{self.api}/statuscategory/{category_id}",
            "id": category_id,
            "key": key,
            "name": name,
            "colorName": colour,
        }

    def status(self, status_id: str) -> Json:
        """A status with its category."""
        name, category = STATUSES[status_id]
        return {
            "self": f"{self.api}/status/{status_id}",
            "id": status_id,
            "name": name,
            "description": "",
            "iconUrl": "",
            "statusCategory": self.category(category),
        }

    def resolution(self, resolution_id: str) -> Json:
        """A resolution."""
        return {
            "self": f"{self.api}/resolution/{resolution_id}",
            "id": resolution_id,
            "name": RESOLUTIONS[resolution_id],
            "description": "",
        }

    def level(self, level_id: str, name: str) -> Json:
        """A security level."""
        return {
            "self": f"{self.api}/securitylevel/{level_id}",
            "id": level_id,
            "name": name,
            "description": "",
        }

    def component(self, component_id: str, name: str) -> Json:
        """A component."""
        return {"self": f"{self.api}/component/{component_id}", "id": component_id, "name": name}

    def link_type(self, type_id: str) -> Json:
        """An issue link type."""
        name, inward, outward = LINK_TYPES[type_id]
        return {
            "self": f"{self.api}/issueLinkType/{type_id}",
            "id": type_id,
            "name": name,
            "inward": inward,
            "outward": outward,
        }

    def field(self, known: FieldType) -> Json:
        """A field of the site."""
        return {
            "id": known.id,
            "key": known.id,
            "name": known.name,
            "custom": bool(known.custom),
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": [known.id] if not known.custom else [f"cf[{known.id[12:]}]", known.name],
            "schema": known.schema(),
        }

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """A comment; properties are read on their own."""
        return {
            "self": f"{self.api}/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.person(comment.author),
            "updateAuthor": self.person(comment.author),
            "body": comment.body,
            "created": spell_jira(comment.created),
            "updated": spell_jira(comment.updated),
            "jsdPublic": True,
        }

    def version(self, issue: Issue, version: Json) -> Json:
        """A version that a fix goes out with."""
        return {
            "self": f"{self.api}/version/{issue.project.id}-{version['name']}",
            "id": f"{issue.project.id}-{version['name']}",
            "name": version["name"],
            "archived": False,
            "released": version["released"],
        }

    def attachment(self, attachment: Attachment) -> Json:
        """A file's description."""
        return {
            "self": f"{self.api}/attachment/{attachment.id}",
            "id": attachment.id,
            "filename": attachment.filename,
            "author": self.person(attachment.author),
            "created": spell_jira(attachment.created),
            "size": len(attachment.content),
            "mimeType": attachment.media_type,
            "content": f"{self.api}/attachment/content/{attachment.id}",
        }

    def change(self, change: Change) -> Json:
        """A changelog entry."""
        return {
            "id": change.id,
            "author": self.person(change.author),
            "created": spell_jira(change.at),
            "items": change.items,
        }

    def remote_link(self, issue: Issue, link_id: str) -> Json:
        """A remote link."""
        return {
            "id": int(link_id),
            "self": f"{self.api}/issue/{issue.key}/remotelink/{link_id}",
            **issue.remote_links[link_id],
        }

    def issue(
        self,
        issue: Issue,
        fields: Iterable[str],
        properties: Iterable[str] = (),
        expand: Iterable[str] = (),
    ) -> Json:
        """An issue with the asked fields (`*all`, `*navigable`, `-name` and names), properties, expansions."""
        shown: Json = {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id,
            "self": f"{self.api}/issue/{issue.id}",
            "key": issue.key,
        }
        wanted = list(fields)
        if wanted:
            everything = self.fields(issue)
            shown["fields"] = {name: everything[name] for name in everything if _is_wanted(name, wanted)}
        asked = list(properties)
        if asked:
            known = issue.properties
            shown["properties"] = {key: known[key] for key in known if key in asked or "*all" in asked}
        if "changelog" in set(expand):
            histories = [self.change(change) for change in reversed(issue.changes)]
            shown["changelog"] = {
                "startAt": 0,
                "maxResults": len(histories),
                "total": len(histories),
                "histories": histories,
            }
        return shown

    def fields(self, issue: Issue) -> Json:
        """Every field of an issue."""
        raw = issue.fields
        levels = dict(issue.project.levels)
        components = dict(issue.project.components)
        comments = [self.comment(issue, comment) for comment in issue.comments]
        return {
            "summary": raw.get("summary"),
            "description": raw.get("description"),
            "environment": raw.get("environment"),
            "project": self.project(issue.project),
            "issuetype": self.issue_type(raw["issuetype"]),
            "status": self.status(raw["status"]),
            "statusCategory": self.category(issue.category),
            "priority": self.priority(raw["priority"]),
            "labels": raw.get("labels") or [],
            "components": [self.component(key, components[key]) for key in raw.get("components") or []],
            "duedate": raw.get("duedate"),
            "security": self.level(raw["security"], levels[raw["security"]]) if raw.get("security") else None,
            "assignee": self.person(raw.get("assignee")),
            "reporter": self.person(raw.get("reporter")),
            "creator": self.person(issue.creator),
            "created": spell_jira(issue.created),
            "updated": spell_jira(issue.updated),
            "resolution": self.resolution(raw["resolution"]) if raw.get("resolution") else None,
            "resolutiondate": spell_jira(issue.resolved) if issue.resolved else None,
            "comment": {
                "comments": comments,
                "maxResults": len(comments),
                "total": len(comments),
                "startAt": 0,
                "self": f"{self.api}/issue/{issue.id}/comment",
            },
            "attachment": [self.attachment(attachment) for attachment in issue.attachments],
            "issuelinks": issue.links,
            "fixVersions": [self.version(issue, version) for version in raw.get("fixVersions") or []],
            **{name: raw.get(name) for name in FIELD_TYPES if name.startswith("customfield_")},
        }

    def create_field(self, known: FieldType, project: Project) -> Json:
        """A field as createmeta describes it for a project."""
        shown: Json = {
            "fieldId": known.id,
            "key": known.id,
            "name": known.name,
            "required": known.id in project.required,
            "hasDefaultValue": known.id in ("priority", "reporter"),
            "operations": list(known.operations),
            "schema": known.schema(),
        }
        values = self._allowed(known.id, project)
        return shown if values is None else {**shown, "allowedValues": values}

    def _allowed(self, name: str, project: Project) -> list[Any] | None:
        match name:
            case "priority":
                return [self.priority(priority_id) for priority_id in PRIORITIES]
            case "project":
                return [self.project(project)]
            case "issuetype":
                return [self.issue_type(type_id) for type_id in project.issue_types]
            case "security":
                return [self.level(*level) for level in project.levels]
            case "components":
                return [self.component(*component) for component in project.components]
        return None


def all_projects(views: JiraViews) -> list[Json]:
    """Every project of the site."""
    return [views.project(project) for project in PROJECTS]


def _is_wanted(name: str, wanted: list[str]) -> bool:
    if f"-{name}" in wanted:
        return False
    return name in wanted or any(word in ("*all", "*navigable") for word in wanted) or wanted[0][:1] == "-"
