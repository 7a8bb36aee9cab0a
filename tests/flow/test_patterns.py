"""The pattern rule on the sandbox: three customers, one issue, and a person's verdict on what is doubtful."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mappings.routing import Mode
from tests.rig import AGENT, CUSTOMER, Rig, build_rig, make_record
from worker.core.decision import Action
from worker.core.patterns.orders import PatternOrder, Verdict
from worker.flow.pattern import add_order
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.pattern_views import read_views
from worker.store.patterns import PatternStanding, find_pattern_of, list_patterns
from worker.store.subjects import Lane, SubjectKind, insert_wakes
from worker.store.tickets import read_states

OUTAGE = (
    "The nightly warehouse sync shows the message SYNC-4410 since this morning. Could you have a look?",
    "Since today our warehouse sync says SYNC-4410. Please check what it is.",
    "Message SYNC-4410 in the warehouse sync since this morning, please have a look at it.",
    "We also see SYNC-4410 for the warehouse sync today. Can you check, please?",
)


FOUND = "I reproduced this on our test account: the sync stops with SYNC-4410. It is a bug in our warehouse sync."


def make_report(number: int, text: str, **ticket: Any) -> dict[str, Any]:
    """A ticket of customer `number`, who has an organisation of their own."""
    record = make_record(700 + number, note=None, text=text, subject="Warehouse sync fails", **ticket)
    person, organization = CUSTOMER + 1000 * number, 2100 + number
    record["ticket"] |= {"requester_id": person, "submitter_id": person, "organization_id": organization}
    record["users"][0] |= {
        "id": person,
        "name": f"Reporter {number}",
        "email": f"r{number}@shop{number}.example",
        "organization_id": organization,
    }
    record["organizations"][0] |= {
        "id": organization,
        "name": f"Shop {number}",
        "domain_names": [f"shop{number}.example"],
    }
    for comment in record["comments"]:
        comment["author_id"] = person
    return record


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        yield built


def give(rig: Rig, verdict: Verdict, pattern_id: str, **more: Any) -> None:
    """A person's verdict, as the command gives it."""
    order = PatternOrder(verdict=verdict, pattern_id=pattern_id, by="kim", reason="looked at them", **more)
    with rig.database.transaction() as connection:
        add_order(connection, order, key=f"{verdict}:{pattern_id}:{now_utc().isoformat()}", now=now_utc())


def find_standing(rig: Rig, ticket_id: int) -> PatternStanding | None:
    with rig.database.snapshot() as connection:
        found = find_pattern_of(connection, ticket_id)
    return found.standing if found else None


def list_open(rig: Rig) -> list[tuple[int, ...]]:
    with rig.database.snapshot() as connection:
        return [tuple(sorted(one.tickets)) for one in list_escalations(connection)]


def wake_escalations(rig: Rig) -> None:
    """As Jira's webhooks would."""
    with rig.database.transaction() as connection:
        ids = [one.id for one in list_escalations(connection)]
        insert_wakes(connection, SubjectKind.ESCALATION, ids, lane=Lane.LIVE, now=now_utc())
    rig.run()


def load_outage(rig: Rig, count: int) -> None:
    rig.load(*(make_report(number, text) for number, text in enumerate(OUTAGE[:count], start=1)))


def find_pattern_id(rig: Rig, ticket_id: int) -> str:
    with rig.database.snapshot() as connection:
        found = find_pattern_of(connection, ticket_id)
    assert found is not None
    return found.id


def share(rig: Rig) -> None:
    """Three customers report, and whatever detection is sure of, a person confirms it."""
    load_outage(rig, 3)
    rig.run()
    give(rig, Verdict.CONFIRM, find_pattern_id(rig, 703))
    rig.run()


def test_three_customers_become_one_issue_that_names_them_all(rig: Rig) -> None:
    share(rig)
    (issue,) = rig.box.jira.issues
    assert list_open(rig) == [(701, 702, 703)]
    assert len(issue.remote_links) == 3
    for ticket_id in (701, 702, 703):
        (note,) = [one for one in rig.box.zendesk.notes(ticket_id) if issue.key in one["html_body"]]
        assert not note["public"]
    assert all(f"Shop {number}" in str(issue.fields["description"]) for number in (1, 2, 3))


def test_a_later_customer_joins_and_the_issue_is_told_once(rig: Rig) -> None:
    share(rig)
    rig.load(make_report(4, OUTAGE[3]))
    rig.run()
    rig.run_for(0.5)
    rig.restart()
    rig.run()
    (issue,) = rig.box.jira.issues
    assert list_open(rig) == [(701, 702, 703, 704)]
    told = [comment for comment in issue.comments if "Shop 4" in str(comment.body)]
    assert len(told) == 1
    assert "4 customers in 4 tickets" in str(told[0].body)


def test_an_issue_that_one_member_has_is_shared_and_not_doubled(rig: Rig) -> None:
    load_outage(rig, 2)
    rig.run()
    rig.box.zendesk.add_tags(702, "escalator_now", author_id=AGENT)
    rig.run()
    assert list_open(rig) == [(702,)]
    rig.load(make_report(3, OUTAGE[2]))
    rig.run()
    give(rig, Verdict.CONFIRM, find_pattern_id(rig, 703))
    rig.run()
    assert len(rig.box.jira.issues) == 1
    assert list_open(rig) == [(701, 702, 703)]


def test_of_two_issues_the_one_that_people_work_on_goes_on_and_the_other_is_its_duplicate(rig: Rig) -> None:
    load_outage(rig, 2)
    rig.run()
    for ticket_id in (701, 702):
        rig.box.zendesk.add_comment(ticket_id, author_id=AGENT, body=FOUND, public=False)
        rig.run()
    first, second = rig.box.jira.issues
    assert list_open(rig) == [(701,), (702,)]
    rig.box.jira.transition_issue(second.key, "Start work")
    wake_escalations(rig)
    rig.load(make_report(3, OUTAGE[2]))
    rig.run()
    give(rig, Verdict.CONFIRM, find_pattern_id(rig, 703))
    rig.run()
    rig.run_for(0.5)
    assert list_open(rig) == [(), (701, 702, 703)]
    told = [str(comment.body) for comment in first.comments]
    assert sum("the same problem" in words and second.key in words.replace("\\", "") for words in told) == 1
    assert [link["outwardIssue"]["id"] for link in first.links] == [second.id]
    assert len(rig.box.jira.issues) == 2
    assert any(second.key in note["html_body"] for note in rig.box.zendesk.notes(701))


def test_two_customers_only_form(rig: Rig) -> None:
    load_outage(rig, 2)
    rig.run()
    assert find_standing(rig, 702) is PatternStanding.FORMING
    with rig.database.snapshot() as connection:
        (forming,) = list_patterns(connection, [PatternStanding.FORMING], 2)
    assert (forming.customers, forming.tickets) == (2, 2)
    assert rig.box.jira.issues == []


def test_one_customer_who_floods_is_one_customer(rig: Rig) -> None:
    for number, text in enumerate(OUTAGE, start=1):
        record = make_report(1, text)
        record["ticket"]["id"] = 700 + number
        record["comments"][0]["id"] = 9000 + number
        rig.load(record)
    rig.run()
    with rig.database.snapshot() as connection:
        found = find_pattern_of(connection, 704)
    assert found is not None
    assert (found.standing, found.customers) == (PatternStanding.FORMING, 1)


@pytest.mark.parametrize(("verdict", "standing"), [(Verdict.REJECT, "rejected"), (Verdict.MUTE, "muted")])
def test_a_rejected_pattern_stays_rejected_and_can_be_reopened(rig: Rig, verdict: Verdict, standing: str) -> None:
    load_outage(rig, 3)
    rig.run()
    before = len(rig.box.jira.issues)
    pattern_id = find_pattern_id(rig, 701)
    give(rig, verdict, pattern_id)
    rig.load(make_report(4, OUTAGE[3]))
    rig.run()
    assert find_standing(rig, 704) == standing
    assert len(rig.box.jira.issues) == before
    give(rig, Verdict.REOPEN, pattern_id)
    rig.run()
    assert find_standing(rig, 701) is PatternStanding.FORMING


def test_a_split_and_a_merge_move_tickets_and_nothing_is_lost(rig: Rig) -> None:
    load_outage(rig, 4)
    rig.run()
    pattern_id = find_pattern_id(rig, 701)
    give(rig, Verdict.SPLIT, pattern_id, tickets=(702, 704))
    rig.run()
    parted = {ticket_id: find_pattern_id(rig, ticket_id) for ticket_id in (701, 702, 703, 704)}
    assert parted[701] == parted[703] != parted[702] == parted[704]
    give(rig, Verdict.MERGE, pattern_id, other=parted[702])
    rig.run()
    assert {find_pattern_id(rig, ticket_id) for ticket_id in (701, 702, 703, 704)} == {pattern_id}


def test_a_ticket_that_a_person_splits_off_leaves_the_escalation_and_both_sides_know(rig: Rig) -> None:
    share(rig)
    (issue,) = rig.box.jira.issues
    give(rig, Verdict.SPLIT, find_pattern_id(rig, 701), tickets=(703,))
    rig.run()
    rig.run_for(0.3)
    assert list_open(rig)[0] == (701, 702)
    assert sum("#703" in str(comment.body) for comment in issue.comments) == 1
    assert any("another problem" in note["html_body"] for note in rig.box.zendesk.notes(703))
    assert "DELETE /api/v2/tickets/703/tags" in rig.writes


def test_a_restart_changes_nothing(rig: Rig) -> None:
    load_outage(rig, 2)
    rig.run()
    rig.restart()
    rig.load(make_report(3, OUTAGE[2]))
    rig.run()
    assert find_pattern_id(rig, 701) == find_pattern_id(rig, 703)
    with rig.database.snapshot() as connection:
        found = find_pattern_of(connection, 703)
    assert found is not None
    assert (found.customers, found.tickets) == (3, 3)


def test_an_agents_veto_keeps_a_ticket_out(rig: Rig) -> None:
    load_outage(rig, 2)
    rig.load(make_report(3, OUTAGE[2], tags=["escalator_veto"]))
    rig.run()
    give(rig, Verdict.CONFIRM, find_pattern_id(rig, 703))
    rig.run()
    assert list_open(rig) == [(701, 702)]
    with rig.database.snapshot() as connection:
        assert read_states(connection, [703])[703].decision.action is Action.STAY  # type: ignore[union-attr]


def test_shadow_writes_nothing_about_a_pattern(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, mode=Mode.SHADOW) as rig:
        share(rig)
        assert rig.writes == []
        with rig.database.snapshot() as connection:
            assert read_views(connection, [701])[701].acts
