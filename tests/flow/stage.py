"""What the tests of uncertain writes share: the verbs of a person, of a webhook, and of a patient look."""

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.effects import (
    Effect,
    PlannedWrite,
)
from connectors.sandbox.faults import Fault
from connectors.sandbox.instants import utc_now
from connectors.sandbox.jira.catalog import API_ACCOUNT_ID, PROJECTS
from connectors.sandbox.jira.issues import Issue
from tests.rig import Rig
from worker.core.escalation import Escalation
from worker.delivery import Delivery
from worker.flow.intents import spell_intents
from worker.ground import now_utc
from worker.store.audit import list_audit
from worker.store.deliveries import WebStore
from worker.store.effects import EffectState, add_intents, list_effects
from worker.store.escalations import list_escalations
from worker.store.subjects import Lane, SubjectKind, insert_wakes
from worker.web.sources import WebhookSource
from worker.webhook_sources import build_jira_source

CREATE = r"/rest/api/[23]/issue$"
BLIND = [
    Fault(action="status", vendor="jira", path=r"/rest/api/(3/search/jql|2/search)", status=400, times=None),
    Fault(action="status", vendor="jira", method="POST", path="/issue/bulkfetch", status=404, times=None),
    Fault(
        action="status",
        vendor="jira",
        method="GET",
        path=r"/rest/api/2/issue/[A-Z]+-\d+(\?|$)",
        status=404,
        times=None,
    ),
]
"""Neither the index nor the next keys can be asked."""

_CREATES = ("/rest/api/3/issue", "/rest/api/2/issue")


def count_creates(rig: Rig) -> int:
    return sum(entry.method == "POST" and entry.path in _CREATES for entry in rig.box.journal)


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


def hurry_sweeps(rig: Rig) -> None:
    settings = rig.make_means.settings.model_copy(update={"sweep_every": timedelta(seconds=1)})
    rig.make_means = dataclasses.replace(rig.make_means, settings=settings)


def settle_by_hand(rig: Rig, issue: Issue) -> None:
    """As if the answer to this create had arrived."""
    deliver(rig, issue)
    run_until(rig, lambda: find_escalation(rig).issue is not None)


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
