"""Every verb of the Zendesk client, called for what it promises, with the refusals that it has to understand."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.errors import Conflict, NotFound, Refused, Unauthorized
from connectors.ports import IncidentChange, ProblemDraft, TicketReply, TicketUpdate
from connectors.records import IssueRef, TicketStatus
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from connectors.zendesk.access import ZendeskAccess, build_client_factory
from connectors.zendesk.auth import ClientCredentials
from connectors.zendesk.client import ZendeskClient
from tests.rig import AGENT, CUSTOMER, FIELDS, make_record

PROBLEM, CLOSED, GONE = 7001, 7002, 7003
_INCIDENTS = [
    {
        "id": 7101,
        "subject": "Export stops",
        "status": "open",
        "problem_id": PROBLEM,
        "organization_name": "Marsh Rowing",
    },
    {
        "id": 7102,
        "subject": "Rows missing",
        "status": "solved",
        "problem_id": PROBLEM,
        "organization_name": "Tide & Sons",
    },
]
_COMMENTS = 120
_NOBODY = 404


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A client on a sandbox that holds what the verbs need."""

    box: Sandbox
    client: ZendeskClient


def set_stage(box: Sandbox) -> Stage:
    """Loads a problem ticket with a long conversation, a closed one and one to delete."""
    state = box.zendesk
    for name, number in FIELDS.items():
        state.define_field(number, name, "multiselect" if name == "target" else "text")
    problem = make_record(PROBLEM, type="problem") | {"incidents": _INCIDENTS}
    state.load_records([problem, make_record(CLOSED, status="closed"), make_record(GONE)])
    for number in range(_COMMENTS):
        state.add_comment(PROBLEM, author_id=AGENT, body=f"step {number}", public=False)
    return Stage(box=box, client=_build_client(box, box.settings.zendesk_client_secret))


def _build_client(box: Sandbox, secret: str) -> ZendeskClient:
    access = ZendeskAccess(
        url=box.zendesk_url,
        oauth=ClientCredentials(client_id=box.settings.zendesk_client_id, client_secret=secret),
        connect_timeout_s=2,
        read_timeout_s=10,
    )
    return build_client_factory(access, clock=lambda: datetime.now(UTC), sleep=lambda _: None)()


def read_account(stage: Stage) -> None:
    assert stage.client.read_account().name
    with pytest.raises(Unauthorized):
        _build_client(stage.box, "wrong").read_account()


def read_export(stage: Stage) -> None:
    since = datetime.now(UTC) - timedelta(days=2)
    first = stage.client.read_export(cursor=None, start_time=int(since.timestamp()))
    assert {PROBLEM, CLOSED, GONE} <= {ticket.id for ticket in first.tickets}
    stage.box.zendesk.delete_ticket(GONE)
    second = stage.client.read_export(cursor=first.cursor, start_time=None)
    assert [ticket.status for ticket in second.tickets if ticket.id == GONE] == [TicketStatus.DELETED]


def read_tickets(stage: Stage) -> None:
    assert {ticket.id for ticket in stage.client.read_tickets([PROBLEM, CLOSED, _NOBODY])} == {PROBLEM, CLOSED}


def read_comments(stage: Stage) -> None:
    comments, people = stage.client.read_comments(PROBLEM)
    assert len(comments) == _COMMENTS + 2
    assert AGENT in {person.id for person in people}
    _read_comments_of_a_stranger(stage)
    with pytest.raises(NotFound):
        stage.client.read_comments(_NOBODY)


def _read_comments_of_a_stranger(stage: Stage) -> None:
    """The author is not in the page's sideload, so the client asks for them."""
    comment = {"id": 1, "author_id": CUSTOMER, "public": True, "body": "Hello", "created_at": "2026-03-02T09:30:00Z"}
    page = json.dumps({"comments": [comment], "users": [], "meta": {"has_more": False}})
    where = f"/tickets/{CLOSED}/comments"
    stage.box.faults.add(Fault(action="status", vendor="zendesk", path=where, status=200, body=page))
    _, people = stage.client.read_comments(CLOSED)
    assert [person.id for person in people] == [CUSTOMER]


def read_incidents(stage: Stage) -> None:
    names = [incident.organization_name for incident in stage.client.read_incidents(PROBLEM)]
    assert names == ["Marsh Rowing", "Tide & Sons"]


def update_ticket(stage: Stage) -> None:
    stage.client.update_ticket(
        TicketUpdate(
            ticket_id=PROBLEM,
            token="contract-1",
            note_html="<p>Opened <strong>ENG-1</strong></p>",
            fields={
                FIELDS["jira_issue"]: "ENG-1",
                FIELDS["affected_users"]: 3,
                FIELDS["state"]: None,
                FIELDS["target"]: ("engineering", "product"),
            },
            group_id=41,
        )
    )
    assert stage.box.zendesk.field(PROBLEM, FIELDS["jira_issue"]) == "ENG-1"
    stage.client.update_ticket(TicketUpdate(ticket_id=PROBLEM, token="contract-2"))
    with pytest.raises(Refused):
        stage.client.update_ticket(TicketUpdate(ticket_id=CLOSED, token="contract-3", note_html="<p>Late</p>"))


def send_reply(stage: Stage) -> None:
    (ticket,) = stage.client.read_tickets([PROBLEM])
    reply = TicketReply(
        ticket_id=PROBLEM, token="contract-4", html="<p>We work on it.</p>", updated_at=ticket.updated_at
    )
    stage.client.send_reply(reply)
    told = stage.box.zendesk.comments(PROBLEM)[-1]
    assert (told["public"], told["body"]) == (True, "We work on it.")
    stage.box.zendesk.update_ticket(PROBLEM, priority="low")
    stale = replace(reply, token="contract-5", updated_at=ticket.updated_at - timedelta(hours=1))
    with pytest.raises(Conflict):
        stage.client.send_reply(stale)
    assert stage.box.zendesk.comments(PROBLEM)[-1]["id"] == told["id"]
    (ours,) = [one for one in stage.client.read_comments(PROBLEM)[0] if one.id == told["id"]]
    assert ours.is_ours


def fetch_file(stage: Stage) -> None:
    url = stage.box.zendesk_url
    file = stage.box.zendesk.attach_file(PROBLEM, "log.txt", b"row 1000", url=url)["content_url"]
    assert stage.client.fetch_file(file, 8) == b"row 1000"
    with pytest.raises(Refused, match="larger than 7 bytes"):
        stage.client.fetch_file(file, 7)
    with pytest.raises(NotFound):
        stage.client.fetch_file(f"{url}/attachments/token/1/", 100)
    page = stage.box.zendesk.attach_file(PROBLEM, "page.txt", b"<p>Log in</p>", media_type="text/html", url=url)
    with pytest.raises(Refused, match="web page"):
        stage.client.fetch_file(page["content_url"], 100)


def read_schedules(stage: Stage) -> None:
    (schedule,) = stage.client.read_schedules()
    assert (schedule.name, schedule.zone, len(schedule.spans)) == ("Weekdays", "UTC", 5)
    stage.box.faults.add(Fault(action="status", vendor="zendesk", path="/business_hours/schedules", status=404))
    assert stage.client.read_schedules() == ()


def read_holidays(stage: Stage) -> None:
    (schedule,) = stage.client.read_schedules()
    day = {"id": 1, "name": "Eve", "start_date": "2026-12-24", "end_date": "2026-12-26"}
    stage.box.zendesk.tables.holidays[schedule.id] = [day, {"id": 2, "start_date": "soon", "end_date": None}]
    assert stage.client.read_holidays(schedule).holidays == ((date(2026, 12, 24), date(2026, 12, 26)),)


def find_update(stage: Stage) -> None:
    found = stage.client.find_update(PROBLEM, "contract-1")
    assert found is not None
    assert found.ticket_id == PROBLEM
    assert stage.client.find_update(PROBLEM, "contract-0") is None


def add_tags(stage: Stage) -> None:
    stage.client.add_tags(PROBLEM, ["escalated", "jira_open"])
    assert {"escalated", "jira_open"} <= set(stage.box.zendesk.tickets[PROBLEM]["tags"])


def remove_tags(stage: Stage) -> None:
    stage.client.remove_tags(PROBLEM, ["jira_open"])
    assert "jira_open" not in stage.box.zendesk.tickets[PROBLEM]["tags"]


def link_issue(stage: Stage) -> None:
    stage.client.link_issue(PROBLEM, IssueRef(id="20001", key="ENG-1"))
    (link,) = stage.box.zendesk.jira_links(PROBLEM)
    assert (link["issue_id"], link["issue_key"]) == ("20001", "ENG-1")


def has_issue(stage: Stage) -> None:
    assert stage.client.has_issue(PROBLEM, "20001")
    assert not stage.client.has_issue(PROBLEM, "20002")
    assert not stage.client.has_issue(CLOSED, "20001")


def create_problem(stage: Stage) -> None:
    draft = ProblemDraft(key="problem:1", subject="Export stops", note_html="<p>Several</p>", tags=("escalator-1",))
    number = stage.client.create_problem(draft)
    assert stage.client.create_problem(draft) == number
    made = stage.box.zendesk.tickets[number]
    assert (made["type"], made["tags"], made["is_public"]) == ("problem", ["escalator-1"], False)
    with pytest.raises(Refused):
        stage.client.create_problem(replace(draft, subject="Another text"))


def find_problem(stage: Stage) -> None:
    number = stage.client.find_problem("escalator-1")
    assert number is not None
    assert number > PROBLEM
    assert stage.client.find_problem("escalator-2") is None


def change_incident(stage: Stage) -> None:
    (ticket,) = stage.client.read_tickets([7101])
    number = stage.client.find_problem("escalator-1")
    change = IncidentChange(ticket_id=7101, problem_id=number, updated_at=ticket.updated_at)
    stage.client.change_incident(change)
    assert stage.box.zendesk.tickets[7101]["problem_id"] == number
    with pytest.raises(Conflict):
        stage.client.change_incident(replace(change, updated_at=ticket.updated_at - timedelta(hours=1)))
    (now,) = stage.client.read_tickets([7101])
    stage.client.change_incident(replace(change, problem_id=None, updated_at=now.updated_at))
    assert stage.box.zendesk.tickets[7101]["problem_id"] is None


def find_group(stage: Stage) -> None:
    assert stage.client.find_group("support") is not None


VERBS: Mapping[str, Callable[[Stage], None]] = {
    verb.__name__: verb
    for verb in (
        read_account,
        read_export,
        read_tickets,
        read_comments,
        read_incidents,
        fetch_file,
        read_schedules,
        read_holidays,
        update_ticket,
        send_reply,
        find_update,
        add_tags,
        remove_tags,
        link_issue,
        has_issue,
        create_problem,
        find_problem,
        change_incident,
        find_group,
    )
}
"""In the order of a working day: what a later verb looks for, an earlier one has written."""

UNDOCUMENTED = frozenset({"fetch_file", "read_schedules", "read_holidays", "link_issue", "has_issue"})
"""Verbs whose endpoint the document leaves out; they are held to the reference by the sandbox alone."""
