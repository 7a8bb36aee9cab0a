"""The `Tracker` for Jira: what the product asks of a tracker, said in Jira's calls.

Every write is one request that is never repeated here. A create that Jira answers with 400 did not happen, so
it may be sent again without an optional field that the project does not take; nothing else is sent twice.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from connectors.errors import NotFound, Refused
from connectors.gate import Gate
from connectors.jira.access import JiraAccess, JiraLine
from connectors.jira.answers import VENDOR, before_writing, doubt, expect_part, find_objects
from connectors.jira.closing import choose_closing, was_touched
from connectors.jira.datacenter import DataCenterReader
from connectors.jira.drafts import PreparedIssue, prepare_issue
from connectors.jira.jql import is_custom_field
from connectors.jira.parse import read_identity
from connectors.jira.payloads import spell_change, spell_comment, spell_remote_link
from connectors.jira.reading import IssueReader
from connectors.jira.screens import Screens
from connectors.ports import IssueChange, IssueCreated, IssueDraft, RemoteLink
from connectors.records import Issue, IssueComment, IssueRef, VendorAccount
from connectors.verdicts import expect_object

PERMISSIONS = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "ADD_COMMENTS",
    "CREATE_ATTACHMENTS",
    "LINK_ISSUES",
    "TRANSITION_ISSUES",
    "SET_ISSUE_SECURITY",
)
"""What the product needs in a project; SET_ISSUE_SECURITY only where a security level is configured."""

_BAD_REQUEST = 400
_TOO_LONG = re.compile(r"CONTENT_LIMIT_EXCEEDED|text is too long", re.IGNORECASE)


class JiraTracker:
    """Jira as the product's tracker. Not for use by two threads at once: one per thread."""

    def __init__(
        self,
        access: JiraAccess,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        gate: Gate | None = None,
    ) -> None:
        """Opens no connection. Raises ValueError when the address or the marker field is not a usable one."""
        if access.marker_field and not is_custom_field(access.marker_field):
            raise ValueError(
                f"marker_field {access.marker_field!r} is not a custom field id; write customfield_NNNNN"
            )
        self._access = access
        self._line = JiraLine(access, clock=clock, sleep=sleep, gate=gate)
        read = IssueReader if access.deployment.is_cloud else DataCenterReader
        self._reader = read(self._line, marker_field=access.marker_field)
        self._screens = Screens(self._line.read, clock=clock, is_cloud=access.deployment.is_cloud)
        self._own_id = ""

    def read_account(self) -> VendorAccount:
        """Who our credentials are; raises Unauthorized when they are not accepted."""
        me = expect_object(
            self._line.ask("read account", lambda library: library.myself()), vendor=VENDOR, operation="read account"
        )
        identity = me.get("accountId") or me.get("key") or me.get("name")
        if not identity:
            raise doubt("read account", "the answer names no account")
        return VendorAccount(id=str(identity), name=str(me.get("displayName") or identity))

    def read_permissions(self, project: str) -> dict[str, bool]:
        """Which of `PERMISSIONS` our account has in a project; raises NotFound when it is invisible."""
        answer = self._line.ask(
            "read permissions",
            lambda library: library.my_permissions(projectKey=project, permissions=",".join(PERMISSIONS)),
        )
        held = expect_part(answer, "permissions", dict, operation="read permissions")
        return {name: _is_held(held.get(name)) for name in PERMISSIONS}

    def read_projects(self) -> tuple[str, ...]:
        """The keys of all projects that our account can see."""
        return self._screens.read_projects()

    def find_issues(self, marker: str, projects: Sequence[str], known_ids: Sequence[str] = ()) -> tuple[Issue, ...]:
        """Issues that carry the marker, oldest first, through the search index (which lags).

        A hit is proved by its entity property. A label alone counts only when nothing is proved, because cloning
        an issue in Jira copies its labels and not its properties. Up to 50 numeric `known_ids` are read past the
        index. Raises Refused without projects.
        """
        return self._reader.find_issues(marker, projects, known_ids)

    def read_issues(self, ids_or_keys: Sequence[str]) -> tuple[Issue, ...]:
        """Issues by identity (no index), in order of id; missing or invisible ones are absent."""
        return self._reader.read_issues(ids_or_keys)

    def probe_issues(self, marker: str, project: str, last_number: int) -> tuple[Issue, ...]:
        """Issues with the marker among a project's next keys, read by identity, so that no index is needed.

        The next keys are the fifty after `last_number`, and fifty on either side of the newest that the index knows.
        It can confirm presence, never absence.
        """
        return self._reader.probe_issues(marker, project, last_number)

    def create_issue(self, draft: IssueDraft) -> IssueCreated:
        """One issue. Raises Refused, unsent, when project, issue type or required security level do not exist.

        A 400 that names only optional fields (priority, due date, labels, a security level that is not
        required) is answered by the same create without them; `dropped_fields` tells which.
        """
        is_fresh = self._screens.find(draft.project, draft.issue_type) is None
        prepared = self._prepare(draft)
        while True:
            try:
                return self._send_issue(prepared)
            except Refused as refusal:
                if refusal.status != _BAD_REQUEST:
                    raise
                self._screens.forget(draft.project, draft.issue_type)
                renewed = prepared if is_fresh else self._prepare(draft)
                is_fresh = True
                prepared = renewed if renewed != prepared else _lighten(prepared, refusal)

    def update_issue(self, change: IssueChange) -> None:
        """One PUT; nothing is sent for a change that changes nothing. Raises Conflict on a simultaneous edit."""
        body = spell_change(change)
        if body:
            self._line.write("PUT", f"issue/{change.issue_id}", body)

    def add_comment(self, issue_id: str, markdown: str, token: str, mentions: Sequence[str] = ()) -> None:
        """One comment that ends with the token and carries it in a property; internal where the project is a desk."""
        body = spell_comment(self._access.deployment.render_text(markdown, token), token, mentions)
        try:
            answer = self._line.write("POST", f"issue/{issue_id}/comment", body)
        except Refused as refusal:
            raise _name_long_text(refusal, "body") from refusal
        if not isinstance(answer, Mapping) or not answer.get("id"):
            raise doubt("add comment", "the answer names no comment")

    def read_comments(self, issue_id: str) -> tuple[IssueComment, ...]:
        """The fifty newest comments of an issue, oldest first; raises NotFound when it is gone or invisible."""
        return self._reader.read_comments(issue_id, self._read_own_id)

    def has_comment(self, issue_id: str, token: str) -> bool:
        """True when one of the fifty newest comments is ours and carries the token as a word of its own."""
        return self._reader.has_comment(issue_id, token, self._read_own_id)

    def link_ticket(self, link: RemoteLink) -> None:
        """Creates or replaces the remote link with its global id; idempotent."""
        self._line.write("POST", f"issue/{link.issue_id}/remotelink", spell_remote_link(link))

    def has_file(self, issue_id: str, file_name: str, size: int) -> bool:
        """True when a file with this name and size (in bytes) is attached."""
        return self._reader.has_file(issue_id, file_name, size)

    def was_touched(self, issue_id: str) -> bool:
        """True when a person other than us commented on the issue or changed it; raises NotFound."""
        return was_touched(self._reader.read_history(issue_id), self._read_own_id())

    def link_duplicate(self, issue_id: str, original_id: str) -> None:
        """One issue link that calls the first a duplicate of the second; "Relates" where a site has no such type.

        Raises NotFound when the site has neither, or when one of the issues is gone.
        """
        self._link_issues("link duplicate", ("Duplicate", "Relates"), issue_id, original_id)

    def link_related(self, issue_id: str, other_id: str) -> None:
        """One issue link that relates the first to the second.

        Raises NotFound when the site has no such type of link, or when one of the issues is gone.
        """
        self._link_issues("link related", ("Relates",), issue_id, other_id)

    def has_link(self, issue_id: str, other_id: str) -> bool:
        """True when the two issues are linked already."""
        return self._reader.has_link(issue_id, other_id)

    def close_issue(self, issue_id: str) -> bool:
        """One transition into a done status, as a duplicate where a resolution is asked for.

        False, and nothing is sent, when the workflow offers us none from where the issue is now.
        """
        path = f"issue/{issue_id}/transitions"
        with before_writing("close issue"):
            answer = self._line.read(path, {"expand": "transitions.fields"})
            way = choose_closing(expect_object(answer, vendor=VENDOR, operation="close issue"))
        if way is not None:
            self._line.write("POST", path, way)
        return way is not None

    def attach_file(self, issue_id: str, file_name: str, content: bytes) -> None:
        """Attaches a file unless one with this name and size is there already."""
        with before_writing("attach file"):
            is_attached = self._reader.has_file(issue_id, file_name, len(content))
        if not is_attached:
            made = self._line.upload(f"issue/{issue_id}/attachments", file_name, content)
            if not isinstance(made, list) or not made:
                raise doubt("attach file", "the answer names no attachment")

    def browse_url(self, key: str) -> str:
        """The page of an issue, as a person opens it."""
        return self._access.browse_url(key)

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    def _read_own_id(self) -> str:
        self._own_id = self._own_id or self.read_account().id
        return self._own_id

    def _link_issues(self, operation: str, types: Sequence[str], issue_id: str, other_id: str) -> None:
        """One link of the first of these types that the site has."""
        with before_writing(operation):
            names = self._read_link_types()
        chosen = next((names[name.casefold()] for name in types if name.casefold() in names), None)
        if chosen is None:
            detail = f"not sent; the site has no issue link type {' or '.join(types)}"
            raise NotFound(vendor=VENDOR, operation=operation, detail=detail)
        ends = {"inwardIssue": {"id": issue_id}, "outwardIssue": {"id": other_id}}
        self._line.write("POST", "issueLink", {"type": {"name": chosen}, **ends})

    def _read_link_types(self) -> dict[str, str]:
        """The names of the site's link types, by their folded name."""
        answer = expect_object(self._line.read("issueLinkType"), vendor=VENDOR, operation="read link types")
        types = find_objects(answer, "issueLinkTypes")
        return {str(kind.get("name")).casefold(): str(kind.get("name")) for kind in types}

    def _prepare(self, draft: IssueDraft) -> PreparedIssue:
        with before_writing("create issue"):
            screen = self._screens.read(draft.project, draft.issue_type)
            levels = self._screens.read_levels(screen) if draft.security_level else ()
        return prepare_issue(
            draft,
            screen,
            render=self._access.deployment.render_text,
            marker_field=self._access.marker_field,
            security_levels=levels,
        )

    def _send_issue(self, prepared: PreparedIssue) -> IssueCreated:
        answer = self._line.write("POST", "issue", prepared.spell_body())
        try:
            issue_id, key = read_identity(answer if isinstance(answer, Mapping) else {})
        except ValueError:
            raise doubt("create issue", "the answer names no issue") from None
        return IssueCreated(issue=IssueRef(id=issue_id, key=key), dropped_fields=prepared.dropped)


def _lighten(prepared: PreparedIssue, refusal: Refused) -> PreparedIssue:
    """The same create without what Jira refused, or the refusal when that must not go."""
    lighter = prepared.drop(refusal.fields)
    if lighter is None:
        raise _name_long_text(refusal, "description") from refusal
    return lighter


def _name_long_text(refusal: Refused, field: str) -> Refused:
    """Jira says that a text is too long without always saying which; only one text of ours can be."""
    if refusal.fields or not _TOO_LONG.search(refusal.detail):
        return refusal
    return Refused(
        vendor=refusal.vendor,
        operation=refusal.operation,
        detail=refusal.detail,
        status=refusal.status,
        fields={field: refusal.detail},
    )


def _is_held(permission: object) -> bool:
    return isinstance(permission, Mapping) and permission.get("havePermission") is True
