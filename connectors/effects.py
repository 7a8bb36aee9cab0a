"""The writes to the outside as values: what is stored before a request is made, and rendered at the last moment.

Texts are Markdown of our own templates. A write on an issue names its escalation: which issue that is, only
the escalation's row knows.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from connectors.records import FieldValue


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateTicket:
    """Internal note, fields and group of one ticket in one PUT."""

    kind: Literal["ticket.update"] = "ticket.update"
    ticket_id: int
    note: str | None = None
    fields: dict[int, FieldValue] = field(default_factory=dict)
    group: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SendReply:
    """A public comment to the customer of one ticket, whose wait began at `since`.

    It is sent only if nobody wrote in public after that, and the ticket carries none of the tags in `veto`. `reply`
    is the kind of text, `severity` the one whose switch allows it.
    """

    kind: Literal["ticket.reply"] = "ticket.reply"
    escalation_id: str
    ticket_id: int
    reply: str
    severity: str
    markdown: str
    since: datetime
    veto: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TagTicket:
    """Our tags on one ticket, added and removed without disturbing others'."""

    kind: Literal["ticket.tag"] = "ticket.tag"
    ticket_id: int
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkIssue:
    """The link by which Zendesk's own Jira app shows the issue beside a ticket."""

    kind: Literal["ticket.link"] = "ticket.link"
    ticket_id: int
    issue_id: str
    issue_key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenProblem:
    """The one problem ticket of an escalation of several tickets; `marker` is the tag by which it is found again."""

    kind: Literal["problem.open"] = "problem.open"
    escalation_id: str
    marker: str
    subject: str
    note: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkProblem:
    """A ticket becomes an incident of a problem ticket, unless it has another; without `joins` it leaves."""

    kind: Literal["ticket.problem"] = "ticket.problem"
    ticket_id: int
    problem_id: int
    joins: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenIssue:
    """The one issue of an escalation; `brief` is whole, `description` is what fits into the issue.

    `ticket_id` is the ticket that leads, `tickets` are all that the brief tells of.
    """

    kind: Literal["issue.open"] = "issue.open"
    escalation_id: str
    marker: str
    project: str
    issue_type: str
    summary: str
    description: str
    brief: str
    severity: str
    priority: str | None = None
    due: str | None = None
    labels: tuple[str, ...] = ()
    security_level: str | None = None
    require_level: bool = False
    ticket_id: int | None = None
    tickets: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkTicket:
    """The remote link from an escalation's issue to one of its tickets."""

    kind: Literal["issue.link"] = "issue.link"
    escalation_id: str
    ticket_id: int
    global_id: str
    url: str
    title: str
    summary: str = ""
    resolved: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachBrief:
    """The whole brief as a file, when the description had to be cut."""

    kind: Literal["issue.attach"] = "issue.attach"
    escalation_id: str
    file_name: str
    content: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyFile:
    """A file of a ticket as a file of the issue, when it is no larger than `max_bytes`."""

    kind: Literal["issue.copy"] = "issue.copy"
    escalation_id: str
    ticket_id: int
    attachment_id: int
    file_name: str
    url: str
    max_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeIssue:
    """A changed severity or stage on the issue: priority, due date and labels in one edit."""

    kind: Literal["issue.change"] = "issue.change"
    escalation_id: str
    severity: str
    priority: str | None = None
    due: str | None = None
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentIssue:
    """A comment on the issue; `mentions` are accounts that it calls."""

    kind: Literal["issue.comment"] = "issue.comment"
    escalation_id: str
    markdown: str
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RelateIssue:
    """An issue link from an escalation's issue to one of an earlier escalation, which may be gone by now."""

    kind: Literal["issue.relate"] = "issue.relate"
    escalation_id: str
    issue_id: str
    other_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkTwin:
    """An issue link that calls a second issue of the escalation a duplicate of the one that goes on."""

    kind: Literal["twin.link"] = "twin.link"
    escalation_id: str
    issue_id: str
    survivor_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentTwin:
    """The comment on a second issue of the escalation that says where the work goes on."""

    kind: Literal["twin.comment"] = "twin.comment"
    escalation_id: str
    issue_id: str
    markdown: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseTwin:
    """A second issue of the escalation, which nobody works on, goes to a done status."""

    kind: Literal["twin.close"] = "twin.close"
    escalation_id: str
    issue_id: str


Effect = (
    UpdateTicket
    | SendReply
    | TagTicket
    | LinkIssue
    | OpenProblem
    | LinkProblem
    | OpenIssue
    | LinkTicket
    | AttachBrief
    | CopyFile
    | ChangeIssue
    | CommentIssue
    | RelateIssue
    | LinkTwin
    | CommentTwin
    | CloseTwin
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedWrite:
    """A write with the key that names the change, so that planning it again is harmless."""

    key: str
    effect: Effect
