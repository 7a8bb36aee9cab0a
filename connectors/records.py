"""The records that the product reads from outside, in the product's own words.

Both connectors and the FILE forms of the command line produce these; nothing above this room sees a
vendor's JSON. All instants are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Role(StrEnum):
    """Who somebody is to the help desk."""

    END_USER = "end-user"
    AGENT = "agent"
    ADMIN = "admin"


class TicketStatus(StrEnum):
    """Zendesk's status categories, and `deleted` as the export shows it."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"
    DELETED = "deleted"


class SlaStage(StrEnum):
    """The stage of one SLA clock. Zendesk keeps `active` after a breach; `breached` is rare."""

    ACTIVE = "active"
    PAUSED = "paused"
    ACHIEVED = "achieved"
    BREACHED = "breached"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A user of the help desk."""

    id: int
    name: str
    role: Role
    email: str | None = None
    organization_id: int | None = None

    @property
    def is_staff(self) -> bool:
        """True for the desk's own people."""
        return self.role is not Role.END_USER


@dataclass(frozen=True, kw_only=True, slots=True)
class Organization:
    """A customer. `fields` are the desk's own organisation fields by key (ARR, tier, renewal, ...)."""

    id: int
    name: str
    domain_names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file on a comment; `size` in bytes."""

    id: int
    file_name: str
    content_url: str | None = None
    content_type: str | None = None
    size: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """One comment of a ticket: public reply or internal note. `body` is plain text, `is_ours` what we wrote."""

    id: int
    author_id: int
    public: bool
    body: str
    created_at: datetime
    via_channel: str = "web"
    attachments: tuple[Attachment, ...] = ()
    is_ours: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaClock:
    """One SLA metric of a ticket. `breach_at` is None when the clock has no due instant now."""

    metric: str
    stage: SlaStage
    breach_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketMetrics:
    """Counts and instants that Zendesk keeps about a ticket's handling."""

    reopens: int = 0
    replies: int = 0
    group_stations: int = 0
    assignee_stations: int = 0
    requester_updated_at: datetime | None = None
    assignee_updated_at: datetime | None = None
    latest_comment_added_at: datetime | None = None
    solved_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """A ticket linked to a problem ticket."""

    id: int
    subject: str
    status: TicketStatus
    organization_id: int | None = None
    organization_name: str | None = None
    requester_id: int | None = None


FieldValue = str | int | float | bool | tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A snapshot of a ticket with its people, organisation, SLA clocks and metrics.

    `comments` are in order of time, the first being the description; they are empty when the reader did
    not ask for them (`comments_read` is False then). `sla` is None when the account has no SLA policy on
    the ticket or it was not read. `custom_fields` hold only fields that have a value.
    """

    id: int
    subject: str
    description: str
    status: TicketStatus
    created_at: datetime
    updated_at: datetime
    requester_id: int
    submitter_id: int | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    group_id: int | None = None
    group_name: str | None = None
    type: str | None = None
    priority: str | None = None
    via_channel: str | None = None
    brand_id: int | None = None
    problem_id: int | None = None
    has_incidents: bool = False
    followup_source_id: int | None = None
    due_at: datetime | None = None
    generated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    custom_fields: Mapping[int, FieldValue] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    comments_read: bool = False
    people: tuple[Person, ...] = ()
    organization: Organization | None = None
    sla: tuple[SlaClock, ...] | None = None
    metrics: TicketMetrics | None = None
    incidents: tuple[Incident, ...] = ()

    def find_person(self, person_id: int | None) -> Person | None:
        """The person with this id, when known to the snapshot."""
        return next((person for person in self.people if person.id == person_id), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportPage:
    """One page of the cursor-based incremental export.

    `tickets` come without comments; deleted ones have status `deleted`. `cursor` continues the stream;
    `end_of_stream` is the only sign that the tip was reached (Zendesk API reference, incremental exports).
    """

    tickets: tuple[Ticket, ...]
    cursor: str | None
    end_of_stream: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteFound:
    """A ticket update of ours found again by its token in the audit's custom metadata."""

    ticket_id: int
    audit_id: int
    token: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Business hours: `spans` in minutes since Sunday 00:00 in the zone, `holidays` as (first, last) day."""

    id: int
    name: str
    zone: str
    spans: tuple[tuple[int, int], ...] = ()
    holidays: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueRef:
    """A Jira issue: the numeric id is the identity, the key is display (keys change on a move)."""

    id: str
    key: str


class StatusCategory(StrEnum):
    """Jira's fixed status categories by key; names vary, keys do not (Jira Cloud REST v3, statuses)."""

    NEW = "new"
    INDETERMINATE = "indeterminate"
    DONE = "done"
    UNDEFINED = "undefined"


@dataclass(frozen=True, kw_only=True, slots=True)
class FixVersion:
    """A version that a fix is to go out with."""

    name: str
    released: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """What we read of a Jira issue. `due` is a date string YYYY-MM-DD as Jira keeps it.

    `marker` is what our entity property says; `marks` are the labels and the values of the configured marker field,
    which people can copy. `creator` is an account id. `security` is the level's name, `security_id` its id.
    """

    id: str
    key: str
    project: str
    summary: str
    status: str
    category: StatusCategory
    resolution: str | None = None
    assignee: str | None = None
    priority: str | None = None
    due: str | None = None
    labels: tuple[str, ...] = ()
    updated_at: datetime | None = None
    created_at: datetime | None = None
    marker: str | None = None
    marks: tuple[str, ...] = ()
    creator: str | None = None
    security: str | None = None
    security_id: str | None = None
    versions: tuple[FixVersion, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueComment:
    """A comment on an issue as plain text. `is_ours` when our account wrote it, `is_person` unless an app did."""

    id: str
    text: str
    created_at: datetime
    author: str | None = None
    is_ours: bool = False
    is_person: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorAccount:
    """Who we are on a vendor's side: proves credentials, and tells our own writes from others'."""

    id: str
    name: str
    is_admin: bool = False
