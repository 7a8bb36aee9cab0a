"""What the sandbox's Jira site is made of: projects, types, priorities, the workflow, fields and people."""

from dataclasses import dataclass, field

from connectors.sandbox.exchange import Json

API_ACCOUNT_ID = "712020:00000000-0000-4000-8000-000000000001"
SITE_ID = "4f0c1f9e-sandbox"

PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
PRIORITY_COLOURS = {"1": "#d04437", "2": "#f15c75", "3": "#f79232", "4": "#707070", "5": "#999999"}
DEFAULT_PRIORITY = "3"

ISSUE_TYPES = {"10001": "Bug", "10002": "Task", "10003": "Story", "10004": "Idea"}

STATUS_CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
STATUSES = {
    "10100": ("To Do", "new"),
    "10101": ("In Progress", "indeterminate"),
    "10102": ("In Review", "indeterminate"),
    "10103": ("Done", "done"),
}
FIRST_STATUS = "10100"
TRANSITIONS = {
    "11": ("Back to the list", "10100"),
    "21": ("Start work", "10101"),
    "31": ("Ask for review", "10102"),
    "41": ("Finish", "10103"),
}
RESOLUTIONS = {
    "10000": "Done",
    "10001": "Won't Do",
    "10002": "Duplicate",
    "10003": "Cannot Reproduce",
}
LINK_TYPES = {
    "10200": ("Relates", "relates to", "relates to"),
    "10201": ("Duplicate", "is duplicated by", "duplicates"),
    "10202": ("Blocks", "is blocked by", "blocks"),
}
PEOPLE = {
    API_ACCOUNT_ID: "Escalator",
    "712020:00000000-0000-4000-8000-0000000000a1": "Marit Solheim",
    "712020:00000000-0000-4000-8000-0000000000a2": "Tobi Okafor",
    "712020:00000000-0000-4000-8000-0000000000a3": "Leila Farahani",
    "712020:00000000-0000-4000-8000-0000000000a4": "Jonas Wenk",
}
PERMISSIONS = (
    "BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "LINK_ISSUES",
    "SET_ISSUE_SECURITY", "CREATE_ATTACHMENTS", "ASSIGN_ISSUES", "SCHEDULE_ISSUES", "DELETE_ISSUES",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """One project: its types by id, its security levels by id, and the fields on its create screen."""

    id: str
    key: str
    name: str
    issue_types: tuple[str, ...]
    levels: tuple[tuple[str, str], ...] = ()
    screen: tuple[str, ...] = ()
    components: tuple[tuple[str, str], ...] = ()
    required: tuple[str, ...] = field(default=("summary", "project", "issuetype"))


_SCREEN = (
    "project", "issuetype", "summary", "description", "priority", "labels", "duedate", "assignee", "reporter",
    "components", "environment", "issuelinks", "attachment", "customfield_10050", "customfield_10051",
    "customfield_10052", "customfield_10053",
)  # fmt: skip

PROJECTS = (
    Project(
        id="10000",
        key="ENG",
        name="Engineering",
        issue_types=("10001", "10002", "10003"),
        screen=_SCREEN,
        components=(("10500", "API"), ("10501", "Web"), ("10502", "Infrastructure")),
    ),
    Project(id="10001", key="PROD", name="Product", issue_types=("10003", "10004"), screen=_SCREEN),
    Project(
        id="10002",
        key="SEC",
        name="Security",
        issue_types=("10001",),
        levels=(("10900", "Security team only"),),
        screen=(*_SCREEN, "security"),
    ),
    Project(id="10003", key="LEAD", name="Leadership", issue_types=("10002",), screen=_SCREEN),
    Project(id="10004", key="SUP", name="Support follow-up", issue_types=("10002", "10001"), screen=_SCREEN),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldType:
    """One field: how it is named, what it holds, and what an edit may do to it."""

    id: str
    name: str
    kind: str
    items: str = ""
    custom: str = ""
    operations: tuple[str, ...] = ("set",)

    def schema(self) -> Json:
        """The field's `schema` as Jira shows it."""
        shown: Json = {"type": self.kind}
        if self.items:
            shown["items"] = self.items
        if self.custom:
            shown["custom"] = f"com.atlassian.jira.plugin.system.customfieldtypes:{self.custom}"
            shown["customId"] = int(self.id.removeprefix("customfield_"))
        else:
            shown["system"] = self.id
        return shown


_MANY = ("add", "set", "remove")
FIELD_TYPES = {
    known.id: known
    for known in (
        FieldType(id="project", name="Project", kind="project"),
        FieldType(id="issuetype", name="Issue Type", kind="issuetype"),
        FieldType(id="summary", name="Summary", kind="string"),
        FieldType(id="description", name="Description", kind="string"),
        FieldType(id="environment", name="Environment", kind="string"),
        FieldType(id="priority", name="Priority", kind="priority"),
        FieldType(id="labels", name="Labels", kind="array", items="string", operations=_MANY),
        FieldType(id="duedate", name="Due date", kind="date"),
        FieldType(id="assignee", name="Assignee", kind="user"),
        FieldType(id="reporter", name="Reporter", kind="user"),
        FieldType(id="security", name="Security Level", kind="securitylevel"),
        FieldType(id="components", name="Components", kind="array", items="component", operations=_MANY),
        FieldType(id="fixVersions", name="Fix versions", kind="array", items="version", operations=()),
        FieldType(id="issuelinks", name="Linked Issues", kind="array", items="issuelinks", operations=("add",)),
        FieldType(id="attachment", name="Attachment", kind="array", items="attachment", operations=()),
        FieldType(
            id="customfield_10050",
            name="Escalation marker",
            kind="array",
            items="string",
            custom="labels",
            operations=_MANY,
        ),
        FieldType(id="customfield_10051", name="Customer deadline", kind="datetime", custom="datetime"),
        FieldType(id="customfield_10052", name="Customer ticket", kind="string", custom="url"),
        FieldType(id="customfield_10053", name="Customers affected", kind="number", custom="float"),
        FieldType(id="status", name="Status", kind="status", operations=()),
        FieldType(id="resolution", name="Resolution", kind="resolution"),
        FieldType(id="created", name="Created", kind="datetime", operations=()),
        FieldType(id="updated", name="Updated", kind="datetime", operations=()),
        FieldType(id="resolutiondate", name="Resolved", kind="datetime", operations=()),
        FieldType(id="creator", name="Creator", kind="user", operations=()),
        FieldType(id="comment", name="Comment", kind="comments-page", operations=()),
    )
}


def find_project(key_or_id: str) -> Project | None:
    """The project of this key (any case) or id."""
    wanted = key_or_id.upper()
    return next((project for project in PROJECTS if wanted in (project.key, project.id)), None)
