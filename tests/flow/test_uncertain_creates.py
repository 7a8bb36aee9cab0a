"""A create whose answer was lost, or that never arrived: found again past any index, sent once more at most."""

import dataclasses
import json
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.jira.catalog import API_ACCOUNT_ID, PEOPLE
from tests.flow.stage import (
    BLIND,
    CREATE,
    add_copy,
    count_creates,
    deliver,
    find_escalation,
    list_events,
    run_until,
    wake,
)
from tests.rig import FIELDS, Rig, make_record
from worker.flow.lookup import list_projects
from worker.ground import now_utc
from worker.store.doubts import read_doubt
from worker.store.effects import EffectState, list_effects
from worker.store.escalations import list_escalations
from worker.store.status import read_status
from worker.store.subjects import SubjectKind

SPOILED: list[dict[str, Any]] = [
    {"action": "truncate"},
    {"action": "status", "status": 201, "commit": True},
    {"action": "status", "status": 201, "body": "{}", "commit": True},
    {"action": "status", "status": 503, "commit": True},
]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(action="drop_after", vendor="jira", method="POST", path=CREATE),
        *(
            pytest.param(Fault(vendor="jira", method="POST", path=CREATE, **spoiled), marks=pytest.mark.slow)
            for spoiled in SPOILED
        ),
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
    run_until(rig, lambda: "rejected" in list_events(rig))
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


def test_an_index_that_does_not_see_an_older_issue_is_not_believed(opened: Rig) -> None:
    """The issue of another ticket, older than the window, is the canary; the search lags for a minute."""
    opened.run_for(8.0)
    opened.box.faults.add(Fault(action="drop_before", vendor="jira", method="POST", path=CREATE))
    opened.load(make_record(502))
    opened.run()
    opened.run_for(12.0)
    with opened.database.snapshot() as connection:
        second = list_escalations(connection)[1]
        (row,) = list_effects(connection, SubjectKind.ESCALATION, second.id)
    assert count_creates(opened) == 2
    assert row.state is EffectState.STARTED
    assert "does not find ENG-1 either" in (row.error or "")
    run_until(opened, lambda: len(opened.box.jira.issues) == 2)
    assert count_creates(opened) == 3


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
