"""Problem tickets: at most one for an escalation of several tickets, which become its incidents; off by default."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from tests.flow.living import find_escalation
from tests.flow.test_patterns import FOUND, OUTAGE, make_report
from tests.rig import AGENT, FIELDS, Rig, build_rig
from worker.core.decision import Action
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.patterns import find_pattern_of
from worker.store.status import read_status
from worker.store.tickets import read_states

_FIELDS = "".join(f"{name} = {number}\n" for name, number in FIELDS.items())
POLICY = f"[zendesk]\nproblem_tickets = true\n{_FIELDS}"
CREATED = r"/api/v2/tickets$"


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, overlay={"fields.toml": POLICY}) as built:
        yield built


def share(rig: Rig, **second: Any) -> None:
    """Three customers with one problem, of which one is reproduced; `second` is what else the second ticket holds."""
    one, two, three = OUTAGE[:3]
    rig.load(make_report(1, one), make_report(2, two, **second), make_report(3, three))
    rig.box.zendesk.add_comment(701, author_id=AGENT, body=FOUND, public=False)
    rig.run()
    rig.run_for(12.0)
    rig.run()
    rig.settle()


def list_problems(rig: Rig) -> list[dict[str, Any]]:
    return [row for row in rig.box.zendesk.tickets.values() if row.get("type") == "problem"]


@pytest.mark.parametrize("action", ["", "drop_after", "drop_before"])
def test_the_tickets_of_one_escalation_become_incidents_of_one_problem(rig: Rig, action: Any) -> None:
    if action:
        rig.box.faults.add(Fault(action=action, vendor="zendesk", method="POST", path=CREATED))
    share(rig)
    (problem,) = list_problems(rig)
    known = find_escalation(rig)
    assert known.problem_ticket == problem["id"]
    assert set(known.tickets) == {701, 702, 703}
    for ticket_id in known.tickets:
        ticket = rig.box.zendesk.tickets[ticket_id]
        assert (ticket["problem_id"], ticket["type"]) == (problem["id"], "incident")
    assert known.issue is not None
    assert known.issue.key in problem["subject"]
    (note,) = rig.box.zendesk.comments(problem["id"])
    assert not note["public"]
    assert "Solving this ticket solves all tickets" in note["body"]
    assert not any(f"Shop {number}" in f"{problem}{note}" for number in (1, 2, 3))
    rig.box.zendesk.touch(702)
    rig.run()
    rig.settle()
    assert len(list_problems(rig)) == 1


def test_our_problem_ticket_is_no_report_and_goes_nowhere(rig: Rig) -> None:
    share(rig)
    (problem,) = list_problems(rig)
    with rig.database.snapshot() as connection:
        decision = read_states(connection, [problem["id"]])[problem["id"]].decision
        assert decision is not None
        assert decision.action is Action.STAY
        assert find_pattern_of(connection, problem["id"]) is None
        assert len(list_escalations(connection)) == 1
    assert rig.box.zendesk.notes(problem["id"]) == rig.box.zendesk.comments(problem["id"])


def test_what_an_agent_chose_stays(rig: Rig) -> None:
    rig.load(make_report(4, "A question about our invoice, please.", type="problem"))
    share(rig, type="incident", problem_id=704)
    known = find_escalation(rig)
    assert rig.box.zendesk.tickets[702]["problem_id"] == 704
    assert rig.box.zendesk.tickets[701]["problem_id"] == known.problem_ticket
    rig.box.zendesk.update_ticket(701, problem_id=None)
    rig.run()
    rig.settle()
    assert rig.box.zendesk.tickets[701]["problem_id"] is None


def test_where_zendesk_refuses_it_nothing_is_held_up(rig: Rig) -> None:
    fault = Fault(action="status", vendor="zendesk", method="POST", path=CREATED, status=403, times=None)
    rig.box.faults.add(fault)
    share(rig)
    assert list_problems(rig) == []
    known = find_escalation(rig)
    assert known.issue is not None
    assert rig.box.zendesk.field(701, FIELDS["jira_issue"]) == known.issue.key
    with rig.database.snapshot() as connection:
        assert read_status(connection, now_utc())["parked"] == 0


def test_it_is_off_until_it_is_wanted(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database) as rig:
        share(rig)
        assert len(find_escalation(rig).tickets) == 3
        assert list_problems(rig) == []
