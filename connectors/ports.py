"""What the product needs of a help desk and of a tracker: two small Protocols.

Reads may be repeated by their implementation within seconds. Writes are sent exactly once per call, never
repeated, and raise a `connectors.errors.VendorProblem` whose certainty says whether they may have happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from connectors.records import (
    Comment,
    ExportPage,
    FieldValue,
    Incident,
    Issue,
    IssueComment,
    IssueRef,
    NoteFound,
    Person,
    Schedule,
    Ticket,
    VendorAccount,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketUpdate:
    """One PUT on a ticket: internal note, custom fields, group, audit metadata. Never tags, never public.

    `token` marks the write in the audit's custom metadata (`{"escalator": token}`), so that it can be found
    again. `note_html` is already escaped and has Zendesk's placeholders neutralised.
    """

    ticket_id: int
    token: str
    note_html: str | None = None
    fields: dict[int, FieldValue] = field(default_factory=dict)
    group_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketReply:
    """A public comment on a ticket that was last changed at `updated_at`; the only write that customers see.

    `html` is already escaped and has Zendesk's placeholders neutralised; `token` is as in `TicketUpdate`.
    """

    ticket_id: int
    token: str
    html: str
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemDraft:
    """A problem ticket with one internal note, from our own account; `tags[0]` is the mark that finds it again.

    `key` is the same for each try, so that Zendesk makes one ticket of them for two hours. `note_html` is as in
    `TicketUpdate`.
    """

    key: str
    subject: str
    note_html: str
    tags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentChange:
    """The problem ticket of a ticket that was last changed at `updated_at`; None takes it off again."""

    ticket_id: int
    problem_id: int | None
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueDraft:
    """All that one create call sends. `description` is the Markdown of the brief, rendered at the last moment.

    `marker` is the label (or configured field's value) `escalator-<escalation id>`; `properties` go to the
    entity property `escalator`. Names (`project`, `issue_type`, `priority`, `security_level`) are resolved to
    ids by the tracker. `require_level` makes a missing security level an error instead of a degradation.
    """

    project: str
    issue_type: str
    summary: str
    description: str
    marker: str
    priority: str | None = None
    due: str | None = None
    labels: tuple[str, ...] = ()
    security_level: str | None = None
    require_level: bool = False
    properties: dict[str, str | int | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueCreated:
    """A created (or found again) issue; `dropped_fields` names optional fields that the project did not take."""

    issue: IssueRef
    dropped_fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueChange:
    """One edit of an issue; None leaves a field alone. Labels use add/remove verbs, so human edits survive."""

    issue_id: str
    priority: str | None = None
    due: str | None = None
    summary: str | None = None
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteLink:
    """A link from an issue to a ticket; the global id makes the write idempotent, so it is always sent whole."""

    issue_id: str
    global_id: str
    url: str
    title: str
    summary: str = ""
    relationship: str = "escalated from"
    resolved: bool = False


class Helpdesk(Protocol):
    """The help desk (Zendesk)."""

    def read_account(self) -> VendorAccount:
        """Who our credentials are; raises Unauthorized when they are not accepted."""

    def read_export(self, *, cursor: str | None, start_time: int | None) -> ExportPage:
        """One page of the cursor export: from `cursor`, or from `start_time` (unix seconds) on the first call."""

    def read_tickets(self, ticket_ids: Sequence[int]) -> tuple[Ticket, ...]:
        """Up to 100 tickets with people, organisation, group, SLA, metrics; no comments; missing ids are absent."""

    def read_comments(self, ticket_id: int) -> tuple[tuple[Comment, ...], tuple[Person, ...]]:
        """All comments in order of time, and the people who wrote them."""

    def read_incidents(self, ticket_id: int) -> tuple[Incident, ...]:
        """The tickets linked to a problem ticket."""

    def fetch_file(self, url: str, max_bytes: int) -> bytes:
        """The content of a comment's file; raises Refused when it is larger or lies elsewhere, NotFound."""

    def read_schedules(self) -> tuple[Schedule, ...]:
        """The business hours that the account has, without their holidays; none where its plan has none."""

    def read_holidays(self, schedule: Schedule) -> Schedule:
        """The same with its holidays."""

    def find_update(self, ticket_id: int, token: str) -> NoteFound | None:
        """The update of ours that carries this token in its audit metadata, newest audits first."""

    def update_ticket(self, update: TicketUpdate) -> None:
        """One PUT; a closed ticket raises Refused with `fields["status"]`."""

    def send_reply(self, reply: TicketReply) -> None:
        """One public comment; raises Conflict when the ticket was changed since, and then nothing was sent."""

    def add_tags(self, ticket_id: int, tags: Sequence[str]) -> None:
        """Adds tags without disturbing others'; idempotent."""

    def remove_tags(self, ticket_id: int, tags: Sequence[str]) -> None:
        """Removes only these tags; idempotent."""

    def link_issue(self, ticket_id: int, issue: IssueRef) -> None:
        """One POST of the link that Zendesk's Jira app shows; not idempotent, so look with `has_issue` first."""

    def has_issue(self, ticket_id: int, issue_id: str) -> bool:
        """True when Zendesk's Jira app shows this issue beside the ticket already."""

    def create_problem(self, draft: ProblemDraft) -> int:
        """One POST of a problem ticket; its number."""

    def find_problem(self, tag: str) -> int | None:
        """The number of the oldest problem ticket with this tag, among those that changed last."""

    def change_incident(self, change: IncidentChange) -> None:
        """One PUT; raises Conflict when the ticket was changed since, and Refused when it is closed."""

    def find_group(self, name: str) -> int | None:
        """The id of the group with this name."""


class Tracker(Protocol):
    """The tracker (Jira)."""

    def read_account(self) -> VendorAccount:
        """Who our credentials are; raises Unauthorized when they are not accepted."""

    def find_issues(self, marker: str, projects: Sequence[str], known_ids: Sequence[str] = ()) -> tuple[Issue, ...]:
        """Issues that carry the marker, through the search index (which lags); `known_ids` are reconciled."""

    def probe_issues(self, marker: str, project: str, last_number: int) -> tuple[Issue, ...]:
        """Issues with the marker among a project's next keys, past the index; it never proves absence."""

    def read_projects(self) -> tuple[str, ...]:
        """The keys of all projects that our account can see."""

    def read_issues(self, ids_or_keys: Sequence[str]) -> tuple[Issue, ...]:
        """Up to 100 issues by identity (no index); missing or invisible ones are absent."""

    def create_issue(self, draft: IssueDraft) -> IssueCreated:
        """One POST, after reads that resolve names; raises Refused unsent when the level is required and missing."""

    def update_issue(self, change: IssueChange) -> None:
        """One PUT."""

    def add_comment(self, issue_id: str, markdown: str, token: str, mentions: Sequence[str] = ()) -> None:
        """One POST with a visible footer token and a comment property; `mentions` are accounts to be notified."""

    def read_comments(self, issue_id: str) -> tuple[IssueComment, ...]:
        """The newest comments of an issue, oldest first; raises NotFound."""

    def has_comment(self, issue_id: str, token: str) -> bool:
        """True when one of the newest comments is ours and carries the token."""

    def was_touched(self, issue_id: str) -> bool:
        """True when a person other than us commented on the issue or changed it; raises NotFound."""

    def link_duplicate(self, issue_id: str, original_id: str) -> None:
        """One POST that calls the first issue a duplicate of the second."""

    def link_related(self, issue_id: str, other_id: str) -> None:
        """One POST that relates the first issue to the second."""

    def has_link(self, issue_id: str, other_id: str) -> bool:
        """True when the two issues are linked already."""

    def close_issue(self, issue_id: str) -> bool:
        """One transition into a done status; False, unsent, when the workflow offers none."""

    def link_ticket(self, link: RemoteLink) -> None:
        """Creates or replaces the remote link with its global id; idempotent."""

    def attach_file(self, issue_id: str, file_name: str, content: bytes) -> None:
        """Attaches a file unless one with this name and size is there already."""

    def has_file(self, issue_id: str, file_name: str, size: int) -> bool:
        """True when a file with this name and size (in bytes) is attached."""
