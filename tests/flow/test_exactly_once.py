"""Answers that are lost after the vendor did the work, and indexes that lag: still one issue, one of everything."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.effects import (
    AttachBrief,
    ChangeIssue,
    CloseTwin,
    CommentIssue,
    CommentTwin,
    Effect,
    LinkTicket,
    LinkTwin,
    PlannedWrite,
)
from connectors.sandbox.faults import Fault
from connectors.sandbox.instants import utc_now
from connectors.sandbox.jira.catalog import API_ACCOUNT_ID, PEOPLE, PROJECTS
from connectors.sandbox.jira.issues import Issue
from tests.rig import FIELDS, Rig, build_rig, make_record
from worker.core.escalation import Escalation
from worker.delivery import Delivery
from worker.flow.intents import spell_intents
from worker.flow.lookup import list_projects
from worker.store.audit import list_audit
from worker.store.database import Database
from worker.store.deliveries import WebStore
from worker.store.doubts import read_doubt
from worker.store.effects import EffectState, add_intents, list_effects
from worker.store.escalations import list_escalations
from worker.store.status import read_status
from worker.store.subjects import Lane, SubjectKind, insert_wakes
from worker.web.sources import WebhookSource
from worker.webhook_sources import build_jira_source
from worker.wiring import now_utc

CREATE = r"/rest/api/3/issue$"
BLIND = [
    Fault(action="status", vendor="jira", path="/search/jql", status=400, times=None),
    Fault(action="status", vendor="jira", method="POST", path="/issue/bulkfetch", status=404, times=None),
]
"""Neither the index nor the next keys can be asked."""


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, search_lag_s=60.0) as built:
        built.load(make_record(501))
        yield built


@pytest.fixture
def opened(rig: Rig) -> Rig:
    """The rig with its issue opened and everything written."""
    rig.run()
    rig.run_for(0.5)
    return rig


def count_creates(rig: Rig) -> int:
    return sum(entry.method == "POST" and entry.path == "/rest/api/3/issue" for entry in rig.box.journal)


def find_escalation(rig: Rig) -> Escalation:
    with rig.database.snapshot() as connection:
        return list_escalations(connection)[0]


def list_events(rig: Rig) -> list[str]:
    with rig.database.snapshot() as connection:
        return [row.event for row in list_audit(connection, SubjectKind.ESCALATION, find_escalation(rig).id)]


def wake(rig: Rig, seconds: float = 1.0) -> None:
    with rig.database.transaction() as connection:
        insert_wakes(connection, SubjectKind.ESCALATION, [find_escalation(rig).id], lane=Lane.LIVE, now=now_utc())
    rig.run_for(seconds)


def run_until(rig: Rig, holds: Any, seconds: float = 30.0) -> None:
    """Works until it holds; the limit is only for a test that fails."""
    for _ in range(int(seconds / 0.5)):
        if holds():
            return
        rig.run_for(0.5)
    pytest.fail("it never came to be")


def add_copy(rig: Rig, *, project: int = 0, creator: str = API_ACCOUNT_ID, **fields: Any) -> Issue:
    """Another issue with the escalation's label, as a create that arrived twice or a person would leave it."""
    marker = find_escalation(rig).marker
    values = {"summary": "A copy", "issuetype": "10001", "labels": [marker], **fields}
    with rig.box.jira.lock:
        return rig.box.jira.create_issue(PROJECTS[project], values, at=utc_now(), account=creator)


def prove(rig: Rig, issue: Issue) -> Issue:
    """Gives a copy the property that our creates carry."""
    issue.properties["escalator"] = {"schema": 1, "marker": find_escalation(rig).marker}
    return issue


def deliver(rig: Rig, issue: Issue) -> None:
    """A webhook of Jira's about an issue, past the signature."""
    source: WebhookSource = build_jira_source(["secret"])
    fields = {"labels": issue.fields["labels"]}
    body = {"webhookEvent": "jira:issue_created", "issue": {"id": issue.id, "key": issue.key, "fields": fields}}
    hints = source.decode(json.dumps(body).encode(), {"X-Atlassian-Webhook-Identifier": f"d-{issue.id}"})
    store = WebStore(rig.database, late_after_s=30)
    store.add_deliveries(
        [
            Delivery(
                source="jira",
                dedupe_keys=hint.dedupe_keys,
                subject_kind=hint.subject_kind,
                subject_id=hint.subject_id,
                lane=0,
                received_at=now_utc(),
                body=hint.body,
            )
            for hint in hints
        ]
    )


def list_live(rig: Rig) -> list[Issue]:
    return [issue for issue in rig.box.jira.issues if issue.category != "done"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(action="drop_after", vendor="jira", method="POST", path=CREATE),
        Fault(action="truncate", vendor="jira", method="POST", path=CREATE),
        Fault(action="status", vendor="jira", method="POST", path=CREATE, status=201, commit=True),
        Fault(action="status", vendor="jira", method="POST", path=CREATE, status=201, body="{}", commit=True),
        Fault(action="status", vendor="jira", method="POST", path=CREATE, status=503, commit=True),
    ],
    ids=["no answer", "half an answer", "no body", "no key", "503 after the fact"],
)
def test_a_create_is_found_past_an_index_that_lags_for_long(rig: Rig, fault: Fault) -> None:
    rig.box.faults.add(fault)
    rig.run()
    run_until(rig, lambda: find_escalation(rig).issue is not None)
    (issue,) = rig.box.jira.issues
    assert find_escalation(rig).issue == dataclasses.replace(find_escalation(rig).issue, id=issue.id)  # type: ignore[type-var]
    assert count_creates(rig) == 1
    run_until(rig, lambda: rig.box.zendesk.field(501, FIELDS["jira_issue"]) == issue.key)


def test_a_webhook_settles_an_uncertain_create_at_once(rig: Rig) -> None:
    rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
    rig.box.faults.add(BLIND[0])
    rig.run()
    assert find_escalation(rig).issue is None
    deliver(rig, rig.box.jira.issues[0])
    run_until(rig, lambda: find_escalation(rig).issue is not None)
    assert "pointed_out" in list_events(rig)
    assert count_creates(rig) == 1
    run_until(rig, lambda: len(rig.box.jira.issues[0].remote_links) == 1)


@pytest.mark.parametrize("forgery", ["a person's label", "another escalation's property"])
def test_a_forged_label_is_not_our_issue(rig: Rig, forgery: str) -> None:
    rig.box.faults.add(Fault(action="drop_before", vendor="jira", method="POST", path=CREATE))
    rig.run()
    person = next(account for account in PEOPLE if account != API_ACCOUNT_ID)
    forged = add_copy(rig, creator=person if forgery == "a person's label" else API_ACCOUNT_ID)
    if forgery == "another escalation's property":
        forged.properties["escalator"] = {"marker": "escalator-other"}
    deliver(rig, forged)
    run_until(rig, lambda: find_escalation(rig).issue is not None)
    found = find_escalation(rig).issue
    assert found is not None
    assert found.id != forged.id
    assert count_creates(rig) == 2
    assert forged.category == "new"


def test_a_create_that_never_arrived_is_sent_once_more_and_the_risk_is_kept(rig: Rig) -> None:
    rig.box.faults.add(Fault(action="drop_before", vendor="jira", method="POST", path=CREATE, times=None))
    rig.run()
    run_until(rig, lambda: "given_up" in list_events(rig))
    assert count_creates(rig) == 2
    with rig.database.snapshot() as connection:
        doubt = read_doubt(connection, find_escalation(rig).id)
        assert read_status(connection, now_utc())["parked"] == 1
    assert doubt is not None
    assert doubt.resent_at is not None
    assert list_events(rig).count("create_resent") == 1
    rig.box.faults.clear()
    wake(rig, 4.0)
    assert count_creates(rig) == 2, "what drains a dead letter must not open a second issue"


def test_two_issues_become_one_live_issue(rig: Rig) -> None:
    """The first create arrived, but nothing could see it until after the second."""
    hurry_sweeps(rig)
    rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
    rig.run()
    first = prove(rig, rig.box.jira.issues[0])
    second = prove(rig, add_copy(rig))
    settle_by_hand(rig, second)
    deliver(rig, first)
    run_until(rig, lambda: second.category == "done")
    survivor = find_escalation(rig).issue
    assert survivor is not None
    assert survivor.id == first.id
    assert list_live(rig) == [first]
    assert second.fields["resolution"] == "10002"
    assert [link["outwardIssue"]["id"] for link in second.links] == [first.id]
    assert len(second.comments) == 1
    run_until(rig, lambda: rig.box.zendesk.field(501, FIELDS["jira_issue"]) == first.key)
    assert any(second.key in note["body"] for note in rig.box.zendesk.notes(501))
    run_until(rig, lambda: len(first.remote_links) == 1)


def test_a_first_create_that_shows_after_the_second_leaves_one_live_issue(rig: Rig) -> None:
    """The index lags far beyond the quiet window, and the next keys cannot be asked: the one case that doubles."""
    rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
    rig.box.faults.add(BLIND[1])
    rig.run()
    run_until(rig, lambda: count_creates(rig) == 2)
    run_until(rig, lambda: find_escalation(rig).issue is not None)
    rig.box.faults.clear()
    first, second = rig.box.jira.issues
    deliver(rig, first)
    run_until(rig, lambda: second.category == "done")
    assert list_live(rig) == [first]
    assert list_events(rig).count("create_resent") == 1


def test_an_index_that_does_not_see_an_older_issue_is_not_believed(opened: Rig) -> None:
    """The issue of another ticket, older than the window, is the canary; the search lags for a minute."""
    opened.run_for(3.0)
    opened.box.faults.add(Fault(action="drop_before", vendor="jira", method="POST", path=CREATE))
    opened.load(make_record(502))
    opened.run()
    opened.run_for(5.0)
    with opened.database.snapshot() as connection:
        second = list_escalations(connection)[1]
        (row,) = list_effects(connection, SubjectKind.ESCALATION, second.id)
    assert count_creates(opened) == 2
    assert row.state is EffectState.STARTED
    assert "does not find ENG-1 either" in (row.error or "")
    run_until(opened, lambda: len(opened.box.jira.issues) == 2)
    assert count_creates(opened) == 3


def hurry_sweeps(rig: Rig) -> None:
    settings = rig.make_means.settings.model_copy(update={"sweep_every": timedelta(seconds=1)})
    rig.make_means = dataclasses.replace(rig.make_means, settings=settings)


def settle_by_hand(rig: Rig, issue: Issue) -> None:
    """As if the answer to this create had arrived."""
    deliver(rig, issue)
    run_until(rig, lambda: find_escalation(rig).issue is not None)


def test_a_sweep_finds_a_twin_that_no_webhook_told(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, search_lag_s=0.2) as rig:
        hurry_sweeps(rig)
        rig.load(make_record(501))
        rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
        rig.run()
        run_until(rig, lambda: find_escalation(rig).issue is not None)
        (first,) = rig.box.jira.issues
        late = prove(rig, add_copy(rig, project=3, issuetype="10002"))
        run_until(rig, lambda: late.category == "done")
        assert list_live(rig) == [first]
        with rig.database.snapshot() as connection:
            (twin,) = list_escalations(connection)[0].twins
        assert twin.issue.id == late.id


def test_a_sweep_that_fails_holds_up_nothing(rig: Rig) -> None:
    hurry_sweeps(rig)
    rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
    rig.run()
    run_until(rig, lambda: find_escalation(rig).issue is not None)
    rig.box.faults.add(BLIND[0])
    rig.run_for(1.5)
    rig.box.jira.transition_issue(rig.box.jira.issues[0].key, "Start work")
    wake(rig)
    run_until(rig, lambda: rig.box.zendesk.field(501, FIELDS["state"]) == "in_progress")
    with rig.database.snapshot() as connection:
        doubt = read_doubt(connection, find_escalation(rig).id)
    assert doubt is not None
    assert doubt.sweep_at is not None
    assert doubt.sweep_at <= now_utc()


def test_the_issue_that_people_work_on_goes_on(opened: Rig) -> None:
    (first,) = opened.box.jira.issues
    second = prove(opened, add_copy(opened))
    opened.box.jira.add_comment(second.key, "I am on it.")
    deliver(opened, second)
    run_until(opened, lambda: first.category == "done")
    escalation = find_escalation(opened)
    assert escalation.issue is not None
    assert escalation.issue.id == second.id
    run_until(opened, lambda: opened.box.zendesk.field(501, FIELDS["jira_issue"]) == second.key)


def test_a_twin_that_people_work_on_is_told_and_left_to_them(opened: Rig) -> None:
    (first,) = opened.box.jira.issues
    second = prove(opened, add_copy(opened))
    for issue in (first, second):
        opened.box.jira.add_comment(issue.key, "I am on it.")
    deliver(opened, second)
    run_until(opened, lambda: len(second.comments) == 2 and second.links)
    wake(opened)
    assert list_live(opened) == [first, second]
    escalation = find_escalation(opened)
    assert escalation.issue is not None
    assert escalation.issue.id == first.id
    assert [twin.touched for twin in escalation.twins] == [True]


def test_a_persons_clone_is_nobodys_twin(opened: Rig) -> None:
    person = next(account for account in PEOPLE if account != API_ACCOUNT_ID)
    clone = add_copy(opened, creator=person)
    deliver(opened, clone)
    opened.run_for(1.0)
    assert find_escalation(opened).twins == ()
    assert clone.category == "new"
    assert clone.comments == []


def plan_each(issue: Issue, twin: Issue, escalation_id: str) -> dict[str, tuple[Effect, str, str]]:
    """Each kind of write to Jira beside the create: the effect, and the method and path of its request."""
    link = LinkTicket(
        escalation_id=escalation_id, ticket_id=7, global_id="system=x&id=7", url="https://x.example/7", title="t"
    )
    attach = AttachBrief(escalation_id=escalation_id, file_name="brief.md", content="Größe")
    change = ChangeIssue(escalation_id=escalation_id, severity="critical", priority="Highest", due="2027-01-01")
    twin_link = LinkTwin(escalation_id=escalation_id, issue_id=twin.id, survivor_id=issue.id)
    twin_comment = CommentTwin(escalation_id=escalation_id, issue_id=twin.id, markdown="Opened twice.")
    return {
        "link": (link, "POST", r"/remotelink$"),
        "attach": (attach, "POST", r"/attachments$"),
        "change": (change, "PUT", rf"/issue/{issue.id}$"),
        "comment": (CommentIssue(escalation_id=escalation_id, markdown="News."), "POST", r"/comment$"),
        "twin.link": (twin_link, "POST", r"/issueLink$"),
        "twin.comment": (twin_comment, "POST", r"/comment$"),
        "twin.close": (CloseTwin(escalation_id=escalation_id, issue_id=twin.id), "POST", r"/transitions$"),
    }


KINDS = ("link", "attach", "change", "comment", "twin.link", "twin.comment", "twin.close")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ["drop_after", "drop_before"])
def test_every_other_write_happens_once(opened: Rig, kind: str, action: Any) -> None:
    (issue,) = opened.box.jira.issues
    twin = add_copy(opened)
    effect, method, path = plan_each(issue, twin, find_escalation(opened).id)[kind]
    opened.box.faults.add(Fault(action=action, vendor="jira", method=method, path=path))
    intend(opened, effect)
    run_until(opened, lambda: find_state(opened) is EffectState.DONE)
    seen = {
        "link": sum(link["globalId"] == "system=x&id=7" for link in issue.remote_links.values()),
        "attach": len(issue.attachments),
        "change": int(issue.fields["priority"] == "1" and issue.fields["duedate"] == "2027-01-01"),
        "comment": len(issue.comments),
        "twin.link": len(twin.links),
        "twin.comment": len(twin.comments),
        "twin.close": int(twin.category == "done"),
    }
    assert seen == {**dict.fromkeys(KINDS, 0), kind: 1}
    assert opened.box.faults.fired() == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", r"/tickets/501(\.json)?$"), ("PUT", "/tickets/501/tags"), ("POST", "/remotelink$")],
    ids=["note and fields", "tags", "link"],
)
@pytest.mark.parametrize("action", ["drop_after", "drop_before", "truncate", "status"])
def test_what_follows_an_opened_issue_happens_once(rig: Rig, method: str, path: str, action: Any) -> None:
    rig.box.faults.add(Fault(action=action, method=method, path=path, status=500, commit=True))
    rig.run()
    run_until(rig, lambda: "escalator_escalated" in rig.box.zendesk.tickets[501]["tags"])
    run_until(rig, lambda: len(rig.box.jira.issues[0].remote_links) == 1)
    rig.run_for(1.0)
    assert len(rig.box.zendesk.notes(501)) == 1
    assert rig.box.zendesk.field(501, FIELDS["jira_issue"]) == "ENG-1"
    assert rig.box.zendesk.field(501, FIELDS["severity"]) is not None
    assert rig.box.faults.fired() == 1


@pytest.mark.parametrize(
    ("status", "body", "projects"),
    [
        (200, {"values": [{"key": "ENG"}, {"key": "OTHER"}], "isLast": True}, ("ENG",)),
        (200, {"values": [], "isLast": True}, ("ENG", "LEAD", "PROD", "SEC")),
        (404, {}, ("ENG", "LEAD", "PROD", "SEC")),
        (403, {}, ("ENG", "LEAD", "PROD", "SEC")),
    ],
)
def test_only_projects_that_exist_are_searched(
    rig: Rig, status: int, body: dict[str, Any], projects: tuple[str, ...]
) -> None:
    """One unknown project would make a search find nothing at all."""
    answer = Fault(action="status", vendor="jira", path="/project/search", status=status, body=json.dumps(body))
    rig.box.faults.add(answer)
    assert list_projects(rig.means) == projects


def intend(rig: Rig, effect: Effect) -> None:
    """Intends one write beside those that follow from state."""
    escalation_id = find_escalation(rig).id
    with rig.database.transaction() as connection:
        intents = spell_intents([PlannedWrite(key="test:1", effect=effect)])
        kind = SubjectKind.ESCALATION
        add_intents(connection, kind, escalation_id, intents, policy_digest="d", now=now_utc())
        insert_wakes(connection, kind, [escalation_id], lane=Lane.LIVE, now=now_utc())


def find_state(rig: Rig) -> EffectState:
    with rig.database.snapshot() as connection:
        rows = list_effects(connection, SubjectKind.ESCALATION, find_escalation(rig).id)
    return next(row.state for row in rows if row.key == "test:1")


def test_tidying_up_never_holds_up_the_escalation(opened: Rig) -> None:
    """A twin that is deleted meanwhile takes no comment; that is nobody's dead letter."""
    twin = add_copy(opened)
    opened.box.jira.delete_issue(twin.key)
    intend(opened, CommentTwin(escalation_id=find_escalation(opened).id, issue_id=twin.id, markdown="Opened twice."))
    run_until(opened, lambda: find_state(opened) is EffectState.DONE)
    with opened.database.snapshot() as connection:
        assert read_status(connection, now_utc())["parked"] == 0


def test_an_issue_that_one_answer_leaves_out_is_not_lost(opened: Rig) -> None:
    answer = json.dumps({"issues": [], "issueErrors": []})
    opened.box.faults.add(
        Fault(action="status", vendor="jira", method="POST", path="/bulkfetch", status=200, body=answer)
    )
    wake(opened)
    assert opened.box.faults.fired() == 1
    assert find_escalation(opened).issue_missing_since is None
    assert len(opened.box.zendesk.notes(501)) == 1


def test_a_write_to_an_issue_that_is_gone_waits_until_it_is_back(opened: Rig) -> None:
    (issue,) = opened.box.jira.issues
    intend(opened, CommentIssue(escalation_id=find_escalation(opened).id, markdown="News."))
    issue.deleted = True
    run_until(opened, lambda: find_state(opened) is EffectState.REJECTED)
    run_until(opened, lambda: opened.box.zendesk.field(501, FIELDS["state"]) == "issue_lost")
    with opened.database.snapshot() as connection:
        assert read_status(connection, now_utc())["parked"] == 0
    assert count_creates(opened) == 1
    issue.deleted = False
    wake(opened)
    run_until(opened, lambda: opened.box.zendesk.field(501, FIELDS["state"]) == "escalated")
    assert count_creates(opened) == 1
    assert len(opened.box.jira.issues) == 1


SECRET = "After logging in I can see the invoices and addresses of another company in my account."
CONFIRMED = "Confirmed: customer A sees customer B's invoices in the portal. This is a data exposure."


@pytest.fixture
def restricted(tmp_path: Path, database: Database) -> Iterator[Rig]:
    extra = '[targets.security]\nmode = "auto"\nsecurity_level = "Security team only"\nrequire_level = true\n'
    with build_rig(tmp_path, database, extra=extra) as rig:
        rig.load(make_record(501, text=SECRET, note=CONFIRMED, subject="I can see another company's invoices"))
        rig.run()
        rig.run_for(0.5)
        yield rig


def test_an_issue_that_loses_its_level_is_told(restricted: Rig) -> None:
    (issue,) = restricted.box.jira.issues
    assert issue.fields["security"]
    restricted.box.jira.update_issue(issue.key, security=None)
    wake(restricted)
    run_until(restricted, lambda: "outside its security level" in restricted.box.zendesk.notes(501)[-1]["body"])
    told = len(restricted.box.zendesk.notes(501))
    restricted.box.jira.update_issue(issue.key, security="10900")
    wake(restricted)
    run_until(restricted, lambda: len(restricted.box.zendesk.notes(501)) == told + 1)
    assert "outside" not in restricted.box.zendesk.notes(501)[-1]["body"]


def test_a_level_that_hides_the_issue_opens_no_second_one(restricted: Rig) -> None:
    (issue,) = restricted.box.jira.issues
    restricted.box.jira.hidden_levels.add(issue.fields["security"])
    wake(restricted)
    run_until(restricted, lambda: restricted.box.zendesk.field(501, FIELDS["state"]) == "issue_lost")
    restricted.box.zendesk.touch(501)
    restricted.run()
    assert count_creates(restricted) == 1
    restricted.box.jira.hidden_levels.clear()
    wake(restricted)
    run_until(restricted, lambda: restricted.box.zendesk.field(501, FIELDS["state"]) == "escalated")
    assert count_creates(restricted) == 1


def test_a_twin_outside_the_level_is_stood_down_and_people_are_told(restricted: Rig) -> None:
    (issue,) = restricted.box.jira.issues
    exposed = prove(restricted, add_copy(restricted))
    restricted.box.jira.add_comment(exposed.key, "What is this?")
    deliver(restricted, exposed)
    run_until(restricted, lambda: exposed.links)
    escalation = find_escalation(restricted)
    assert escalation.issue is not None
    assert escalation.issue.id == issue.id
    run_until(restricted, lambda: exposed.key in restricted.box.zendesk.notes(501)[-1]["body"])
    assert "history remains" in restricted.box.zendesk.notes(501)[-1]["body"]
