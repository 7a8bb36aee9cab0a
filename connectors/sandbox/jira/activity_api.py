"""What hangs on issues: comments, remote links, issue links and attachments."""

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from connectors.sandbox.exchange import Answer, Call, Json
from connectors.sandbox.jira.catalog import LINK_TYPES
from connectors.sandbox.jira.fields import FieldError, read_document, read_wiki
from connectors.sandbox.jira.issue_api import read_object
from connectors.sandbox.jira.issues import Attachment, Issue
from connectors.sandbox.jira.properties import read_properties
from connectors.sandbox.jira.refusals import refuse
from connectors.sandbox.jira.state import JiraState
from connectors.sandbox.jira.views import JiraViews

_PAGE = 5000
_MOST_UPLOAD = 20 * 1024 * 1024
_MOST_GLOBAL_ID = 255


class ActivityApi:
    """Endpoint functions over comments, links and files."""

    def __init__(self, state: JiraState, views: JiraViews) -> None:
        self._state = state
        self._views = views

    def comments(self, call: Call) -> Answer:
        """GET issue/{idOrKey}/comment, oldest first unless `orderBy=-created`."""
        issue = self._issue(call)
        rows = list(issue.comments)
        if call.first("orderBy") == "-created":
            rows.reverse()
        start = call.offset("startAt")
        size = call.count("maxResults", 100, most=_PAGE)
        shown = [self._views.comment(issue, comment) for comment in rows[start : start + size]]
        return Answer(payload={"startAt": start, "maxResults": size, "total": len(rows), "comments": shown})

    def comment(self, call: Call) -> Answer:
        """GET issue/{idOrKey}/comment/{id}."""
        issue = self._issue(call)
        for comment in issue.comments:
            if comment.id == call.parts["comment"]:
                return Answer(payload=self._views.comment(issue, comment))
        raise refuse(404, "Can not find a comment for the id: " + call.parts["comment"])

    def add_comment(self, call: Call) -> Answer:
        """POST issue/{idOrKey}/comment: an ADF body, hidden properties; 201."""
        issue, body = self._issue(call), read_object(call)
        properties = read_properties(body.get("properties"))
        try:
            read = read_document if self._state.is_cloud else read_wiki
            document = read(body.get("body"))
        except FieldError as error:
            raise refuse(400, errors={"comment": str(error)}) from None
        comment = self._state.comment_issue(issue, document, at=call.at, properties=properties)
        return Answer(status=201, payload=self._views.comment(issue, comment))

    def remote_links(self, call: Call) -> Answer:
        """GET issue/{idOrKey}/remotelink: a list, or one object when a globalId is asked for."""
        issue, wanted = self._issue(call), call.first("globalId")
        rows = [self._views.remote_link(issue, link_id) for link_id in issue.remote_links]
        if not wanted:
            return Answer(payload=rows)
        for row in rows:
            if row.get("globalId") == wanted:
                return Answer(payload=row)
        raise refuse(404, "The remote link with the given global ID does not exist.")

    def put_remote_link(self, call: Call) -> Answer:
        """POST issue/{idOrKey}/remotelink: 201 when new; 200 for a known globalId, replacing the whole link."""
        issue, body = self._issue(call), read_object(call)
        target = body.get("object")
        if not isinstance(target, dict) or not target.get("url") or not target.get("title"):
            raise refuse(400, errors={"object": "The link object needs a url and a title."})
        if len(str(body.get("globalId") or "")) > _MOST_GLOBAL_ID:
            raise refuse(400, errors={"globalId": "globalId must not be longer than 255 characters."})
        row: Json = {name: body.get(name) for name in ("globalId", "application", "relationship")}
        row["object"] = target
        known = self._link_id(issue, row["globalId"])
        link_id = known or self._state.mint_id()
        issue.remote_links[link_id] = row
        self._state.touch(issue, call.at)
        address = f"{self._views.api}/issue/{issue.key}/remotelink/{link_id}"
        return Answer(status=200 if known else 201, payload={"id": int(link_id), "self": address})

    def delete_remote_link(self, call: Call) -> Answer:
        """DELETE issue/{idOrKey}/remotelink by `globalId`, or by id in the path."""
        issue = self._issue(call)
        link_id = call.parts.get("link") or self._link_id(issue, call.first("globalId"))
        if link_id is None or issue.remote_links.pop(link_id, None) is None:
            raise refuse(404, "The remote link does not exist.")
        return Answer(status=204)

    def link_issues(self, call: Call) -> Answer:
        """POST issueLink: type by name or id, inward and outward issue by id or key; 201."""
        body = read_object(call)
        named = body.get("type") or {}
        type_id = next(
            (key for key, (name, _, _) in LINK_TYPES.items() if named.get("id") == key or named.get("name") == name),
            None,
        )
        if type_id is None or type_id in self._state.lost_links:
            raise refuse(404, "No issue link type with the given name was found.")
        inward, outward = self._end(body, "inwardIssue"), self._end(body, "outwardIssue")
        link_id = self._state.mint_id()
        link: Json = {
            "id": link_id,
            "self": f"{self._views.api}/issueLink/{link_id}",
            "type": self._views.link_type(type_id),
        }
        inward.links.append({**link, "outwardIssue": self._stub(outward)})
        outward.links.append({**link, "inwardIssue": self._stub(inward)})
        self._state.touch(inward, call.at)
        self._state.touch(outward, call.at)
        return Answer(status=201, payload=None, content=b"")

    def upload(self, call: Call) -> Answer:
        """POST issue/{idOrKey}/attachments: multipart form data under `file`; a list of what was stored."""
        issue = self._issue(call)
        if call.headers.get("x-atlassian-token") not in ("no-check", "nocheck"):
            raise refuse(403, "XSRF check failed")
        if len(call.body) > _MOST_UPLOAD:
            raise refuse(413, "The attachment is larger than the limit of this site.")
        files = _read_files(call)
        if not files:
            raise refuse(400, "No files were found in the request.")
        stored = [self._state.attach(issue, *file, call.at) for file in files]
        return Answer(payload=[self._views.attachment(attachment) for attachment in stored])

    def attachment(self, call: Call) -> Answer:
        """GET attachment/{id}."""
        shown = self._views.attachment(self._find_attachment(call.parts["attachment"]))
        return Answer(payload={**shown, "id": int(shown["id"])})

    def content(self, call: Call) -> Answer:
        """GET attachment/content/{id}: the file, never to be shown inline."""
        found = self._find_attachment(call.parts["attachment"])
        return Answer(
            content=found.content,
            media_type=found.media_type,
            headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
        )

    def _find_attachment(self, attachment_id: str) -> Attachment:
        for issue in self._state.issues:
            for attachment in issue.attachments:
                if attachment.id == attachment_id and issue.get("security") not in self._state.hidden_levels:
                    return attachment
        raise refuse(404, f"The attachment with id '{attachment_id}' does not exist")

    def _issue(self, call: Call) -> Issue:
        return self._state.find(call.parts["issue"])

    def _link_id(self, issue: Issue, global_id: str | None) -> str | None:
        links = issue.remote_links.items()
        return next((key for key, row in links if global_id and row["globalId"] == global_id), None)

    def _end(self, body: Json, name: str) -> Issue:
        named = body.get(name) or {}
        return self._state.find(str(named.get("id") or named.get("key") or ""))

    def _stub(self, issue: Issue) -> Json:
        fields = ("summary", "status", "priority", "issuetype")
        shown = self._views.issue(issue, fields)
        return {name: shown[name] for name in ("id", "key", "self", "fields")}


def _read_files(call: Call) -> list[tuple[str, str, bytes]]:
    kind = call.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise refuse(415, "The attachment must be sent as multipart/form-data.")
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + call.body)
    files = []
    for part in message.iter_parts() if message.is_multipart() else ():
        if part.get_param("name", header="content-disposition") == "file":
            content: Any = part.get_payload(decode=True)
            name = part.get_filename() or "file"
            files.append((name, part.get_content_type(), content if isinstance(content, bytes) else b""))
    return files
