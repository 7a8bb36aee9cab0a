"""Which Zendesk and Jira fields carry which meaning."""

from pydantic import Field

from mappings.rules import Rules


class OrganizationFields(Rules):
    """Keys of the organisation fields that tell a customer's worth; empty = do not read."""

    arr: str = "arr"
    tier: str = "tier"
    renewal: str = "renewal_date"
    reference: str = "reference_customer"


class ZendeskFields(Rules):
    """Custom ticket field ids; 0 = do not read or write.

    With `native_links` Zendesk's own Jira app shows the issue beside the ticket. With `problem_tickets` an escalation
    of several tickets gets one problem ticket, whose incidents they become.
    """

    jira_issue: int = Field(0, ge=0)
    state: int = Field(0, ge=0)
    severity: int = Field(0, ge=0)
    target: int = Field(0, ge=0)
    affected_users: int = Field(0, ge=0)
    product: int = Field(0, ge=0)
    area: int = Field(0, ge=0)
    version: int = Field(0, ge=0)
    plan: int = Field(0, ge=0)
    environment: int = Field(0, ge=0)
    native_links: bool = False
    problem_tickets: bool = False
    organization: OrganizationFields = Field(default_factory=OrganizationFields)


class PriorityNames(Rules):
    """Jira's priority name for each severity; empty = leave the project's default."""

    critical: str = "Highest"
    high: str = "High"
    medium: str = "Medium"


class StateNames(Rules):
    """What the ticket's state field says for each of Jira's status categories, which are fixed where names vary.

    `done` is overruled by the issue's resolution where `resolutions` names it (a done issue need not be fixed).
    """

    new: str = "escalated"
    indeterminate: str = "in_progress"
    done: str = "resolved"
    missing: str = "issue_lost"
    l2: str = "with_l2"
    fixed: str = "fixed"
    stood_down: str = "stood_down"
    closed: str = "closed"
    resolutions: dict[str, str] = Field(default_factory=dict)


class JiraFields(Rules):
    """Where the marker lives (empty: a label), which priorities exist, and how engineers mark comments.

    A comment that begins with `support_prefix` is carried over to the ticket, one with `lesson_prefix` is kept as the
    lesson. `stood_down_label` is put on an issue that support took back. With `severity_label` an issue carries that
    word and its severity as a label, such as "sev-high" for "sev-".
    """

    marker_field: str = ""
    support_prefix: str = Field("Support:", min_length=2)
    lesson_prefix: str = Field("Lesson:", min_length=2)
    stood_down_label: str = "stood-down"
    severity_label: str = ""
    priority: PriorityNames = Field(default_factory=PriorityNames)
    states: StateNames = Field(default_factory=StateNames)


class Fields(Rules):
    """`fields.toml`."""

    zendesk: ZendeskFields = Field(default_factory=ZendeskFields)
    jira: JiraFields = Field(default_factory=JiraFields)
