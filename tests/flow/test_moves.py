"""A change of target while an escalation runs: one new issue, both sides told once, and nothing flaps or leaks."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.jira.issues import Issue
from tests.flow.conftest import CONFIRMED, SECRET
from tests.flow.living import MARIT, find_escalation, list_notes, read_text
from tests.flow.stage import CREATE, count_creates, deliver, list_events, run_until, wake
from tests.rig import CUSTOMER, FIELDS, Rig, build_rig, make_record
from worker.core.assessment import Target
from worker.core.life import Stage
from worker.failpoints import FailPoint, install_hook
from worker.flow.orders import add_escalate
from worker.flow.replay import Operator
from worker.ground import now_utc
from worker.store.audit import list_audit
from worker.store.clocks import list_clocks
from worker.store.database import Database
from worker.store.escalations import add_member, list_escalations
from worker.store.status import read_status
from worker.store.subjects import SubjectKind
from worker.wiring import read_policy

LEVEL = '[targets.security]\nmode = "auto"\nsecurity_level = "Security team only"\nrequire_level = true\n'
CLOSING = "close_left_issues = true\n"


@pytest.fixture(params=["cloud", "datacenter"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Iterator[Rig]:
    """An escalation with Engineering, whose issue is opened and written about."""
    with build_rig(tmp_path, database, extra=LEVEL, jira_deployment=request.param) as rig:
        yield begin(rig)


def begin(rig: Rig) -> Rig:
    rig.load(make_record(501))
    rig.run()
    rig.run_for(0.5)
    return rig


def order(rig: Rig, target: Target, *, ticket_id: int = 501, command: str = "c1") -> None:
    """What `escalator escalate 501 --target …` does."""
    operator = Operator(name="kim", now=now_utc(), command_id=command)
    with rig.database.transaction() as connection:
        add_escalate(connection, ticket_id, target=target, severity=None, reason="not a bug", operator=operator)


def turn_secret(rig: Rig) -> None:
    """The customer, and then our own people, say that strangers' data is seen."""
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body=SECRET, public=True)
    rig.box.zendesk.add_comment(501, author_id=31, body=CONFIRMED, public=False)
    rig.run()
    rig.run_for(1.0)


def is_with(rig: Rig, target: Target) -> bool:
    """True once the team has its issue."""
    known = find_escalation(rig)
    return known.target is target and known.issue is not None


def list_words(issue: Issue) -> list[str]:
    return [read_text(comment.body) for comment in issue.comments]


def list_targets(issue: Issue) -> list[Any]:
    return [(link.get("outwardIssue") or link.get("inwardIssue"))["key"] for link in issue.links]


def test_an_order_opens_one_issue_with_the_new_team_and_tells_both_sides_once(opened: Rig) -> None:
    (old,) = opened.box.jira.issues
    before = find_escalation(opened)
    order(opened, Target.PRODUCT)
    opened.run_for(2.0)
    old, new = opened.box.jira.issues
    after = find_escalation(opened)
    assert (after.id, after.target, after.issue.key if after.issue else None) == (before.id, Target.PRODUCT, new.key)
    assert new.key.startswith("PROD-")
    assert after.course.stage is Stage.ACTIVE
    (word,) = list_words(old)
    assert "Goes on with Product" in word
    assert new.key in word
    assert "kim ordered it: not a bug" in word
    assert old.category == "new"
    assert list_targets(old) == [new.key]
    assert list_targets(new) == [old.key]
    assert old.key in read_text(new.get("description"))
    notes = list_notes(opened)
    assert len(notes) == 2
    assert "Moved to Product" in notes[1]
    assert old.key in notes[1]
    assert opened.box.zendesk.field(501, FIELDS["jira_issue"]) == new.key
    assert opened.box.zendesk.field(501, FIELDS["target"]) == "product"
    assert list_events(opened).count("moved") == 1
    assert [link["object"]["url"].rpartition("/")[2] for link in new.remote_links.values()] == ["501"]


def test_it_stays_there_whatever_the_ticket_says_about_a_bug(opened: Rig) -> None:
    order(opened, Target.PRODUCT)
    opened.run_for(2.0)
    writes = list(opened.writes)
    opened.box.zendesk.add_comment(501, author_id=31, body="I reproduced this bug again on our side.", public=False)
    opened.run()
    opened.restart()
    opened.run_for(1.0)
    assert find_escalation(opened).target is Target.PRODUCT
    assert opened.writes == writes
    assert count_creates(opened) == 2


def test_the_clocks_of_the_customer_go_on_and_the_new_team_gets_its_own_time(opened: Rig) -> None:
    def find_clock(ticket_id: int) -> Any:
        with opened.database.snapshot() as connection:
            found = list_clocks(connection, find_escalation(opened).id)
        return next(clock for clock in found if clock.ticket_id == ticket_id)

    customers, teams = find_clock(501), find_clock(0)
    order(opened, Target.PRODUCT)
    opened.run_for(2.0)
    assert (find_clock(501).due_at, find_clock(501).overdue_at) == (customers.due_at, customers.overdue_at)
    assert find_clock(0).due_at > teams.due_at


def test_an_agents_tag_sends_it_and_comes_off(opened: Rig) -> None:
    opened.box.zendesk.add_tags(501, "escalator_to_leadership")
    opened.run()
    opened.run_for(2.0)
    assert find_escalation(opened).target is Target.LEADERSHIP
    tags = opened.box.zendesk.tickets[501]["tags"]
    assert "escalator_to_leadership" not in tags
    assert "escalator_escalated" in tags
    assert len(list_notes(opened)) == 2
    opened.run()
    assert count_creates(opened) == 2


def test_towards_security_nothing_of_it_goes_to_the_old_issue(opened: Rig) -> None:
    (old,) = opened.box.jira.issues
    turn_secret(opened)
    after = find_escalation(opened)
    assert after.target is Target.SECURITY
    new = opened.box.jira.issues[1]
    assert new.key.startswith("SEC-")
    assert new.fields["security"]
    (word,) = list_words(old)
    assert "Goes on elsewhere" in word
    told = f"{word}{old.links}{old.remote_links}"
    assert not any(
        secret in told for secret in (new.key, "Security", "security", "invoices", "addresses", "exposure")
    )
    assert (old.links, new.links) == ([], [])
    note = list_notes(opened)[-1]
    assert f"The history of {old.key} remains" in note
    assert new.key in note
    assert old.key in read_text(new.get("description"))
    before = len(old.comments)
    opened.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Now I see their bank accounts too!", public=True)
    opened.run()
    opened.run_for(1.0)
    assert len(old.comments) == before


def test_nothing_leads_away_from_security(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, extra=LEVEL) as rig:
        rig.load(make_record(501, text=SECRET, note=CONFIRMED, subject="I can see another company's invoices"))
        rig.run()
        order(rig, Target.ENGINEERING)
        rig.run_for(1.0)
        assert find_escalation(rig).target is Target.SECURITY
        assert count_creates(rig) == 1


def test_a_team_in_shadow_gets_nothing(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, extra='[targets.product]\nmode = "shadow"\n') as rig:
        begin(rig)
        writes = list(rig.writes)
        order(rig, Target.PRODUCT)
        rig.run_for(1.0)
        assert find_escalation(rig).target is Target.ENGINEERING
        assert rig.writes == writes


def test_an_untouched_issue_is_closed_where_that_is_wanted_and_a_touched_one_never(
    tmp_path: Path, database: Database
) -> None:
    with build_rig(tmp_path, database) as rig:
        folder = rig.make_means.settings.policy_dir
        assert folder is not None
        (folder / "routing.toml").write_text(CLOSING + (folder / "routing.toml").read_text())
        read_again(rig)
        begin(rig)
        order(rig, Target.PRODUCT)
        rig.run_for(2.0)
        first, second = rig.box.jira.issues
        assert first.category == "done"
        assert "so it is closed" in list_words(first)[0]
        rig.box.jira.transition_issue(second.key, "Start work", account=MARIT)
        order(rig, Target.LEADERSHIP, command="c2")
        rig.run_for(2.0)
        assert second.category != "done"
        assert "Please close it" in list_words(second)[-1]
        assert [one.issue.key for one in find_escalation(rig).former] == [first.key, second.key]
        assert len(list_notes(rig)) == 3


def read_again(rig: Rig) -> None:
    policy = read_policy(rig.make_means.settings)
    rig.make_means = dataclasses.replace(rig.make_means, policy=policy)


def test_a_create_with_the_new_team_whose_answer_is_lost_finds_its_own_issue_and_not_the_old_one(opened: Rig) -> None:
    opened.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
    order(opened, Target.PRODUCT)
    run_until(opened, lambda: is_with(opened, Target.PRODUCT))
    opened.run_for(1.0)
    assert [issue.key.split("-")[0] for issue in opened.box.jira.issues] == ["ENG", "PROD"]
    assert count_creates(opened) == 2
    assert find_escalation(opened).issue.key == opened.box.jira.issues[1].key  # type: ignore[union-attr]


def test_a_create_that_never_reached_the_new_team_is_sent_again(opened: Rig) -> None:
    opened.box.faults.add(Fault(action="drop_before", vendor="jira", method="POST", path=CREATE))
    order(opened, Target.PRODUCT)
    run_until(opened, lambda: is_with(opened, Target.PRODUCT))
    assert [issue.key.split("-")[0] for issue in opened.box.jira.issues] == ["ENG", "PROD"]


def test_it_waits_for_a_create_in_doubt_and_moves_then(tmp_path: Path, database: Database) -> None:
    with build_rig(tmp_path, database, search_lag_s=60.0) as rig:
        rig.load(make_record(501))
        rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=CREATE))
        rig.run()
        order(rig, Target.PRODUCT)
        run_until(rig, lambda: is_with(rig, Target.PRODUCT), 120.0)
        assert [issue.key.split("-")[0] for issue in rig.box.jira.issues] == ["ENG", "PROD"]
        (left,) = find_escalation(rig).former
        assert left.issue.key == rig.box.jira.issues[0].key


def test_a_hook_about_either_issue_finds_the_escalation_and_doubles_nothing(opened: Rig) -> None:
    order(opened, Target.PRODUCT)
    opened.run_for(2.0)
    old, new = opened.box.jira.issues
    for issue in (old, new):
        deliver(opened, issue)
        opened.run_for(0.5)
    after = find_escalation(opened)
    assert after.issue is not None
    assert (after.issue.key, after.twins) == (new.key, ())
    opened.box.jira.transition_issue(new.key, "Start work", account=MARIT)
    wake(opened)
    assert opened.box.zendesk.field(501, FIELDS["state"]) == "in_progress"
    opened.box.jira.transition_issue(old.key, "Finish", account=MARIT)
    wake(opened)
    assert find_escalation(opened).course.stage is Stage.ACTIVE


def test_one_ticket_of_several_that_turns_out_to_be_securitys_goes_there_alone(opened: Rig) -> None:
    opened.load(make_record(502))
    with opened.database.transaction() as connection:
        add_member(connection, find_escalation(opened).id, 502, now_utc())
    opened.run()
    opened.run_for(1.0)
    turn_secret(opened)
    with opened.database.snapshot() as connection:
        shared, secret = list_escalations(connection)
    assert (shared.target, shared.tickets) == (Target.ENGINEERING, (502,))
    assert (secret.target, secret.tickets) == (Target.SECURITY, (501,))
    old = opened.box.jira.issues[0]
    assert not any("nvoices" in word or secret.issue.key in word for word in list_words(old))  # type: ignore[union-attr]
    assert opened.box.zendesk.field(501, FIELDS["jira_issue"]) == secret.issue.key  # type: ignore[union-attr]


class Ended(BaseException):
    """The process is gone: nothing of ours hears of it."""


def end_at(point: FailPoint, count: int) -> None:
    seen: list[FailPoint] = []

    def pass_by(reached: FailPoint) -> None:
        seen.append(reached)
        if seen.count(point) == count and reached is point:
            raise Ended

    install_hook(pass_by)


KILLED = (
    FailPoint.TICKET_SETTLED,
    FailPoint.ESCALATION_SETTLING,
    FailPoint.ESCALATION_SETTLED,
    FailPoint.EFFECT_STARTED,
    FailPoint.EFFECT_SENT,
    FailPoint.EFFECT_FINISHED,
)


@pytest.mark.parametrize("point", KILLED)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_process_that_ends_anywhere_changes_nothing(
    tmp_path: Path, database: Database, point: FailPoint, count: int
) -> None:
    with build_rig(tmp_path, database, extra=LEVEL) as rig:
        begin(rig)
        order(rig, Target.PRODUCT)
        end_at(point, count)
        try:
            rig.run_for(1.0)
        except Ended:
            rig.restart()
        finally:
            install_hook(None)
        run_until(rig, lambda: len(list_notes(rig)) == 2, 90.0)
        rig.run_for(25.0)
        assert is_idle(rig)
        old, new = rig.box.jira.issues
        assert len(list_words(old)) == 1
        assert list_targets(old) == [new.key]
        assert count_events(rig, "moved") == 1
        assert len(list_words(new)) == 0
        assert find_escalation(rig).issue.key == new.key  # type: ignore[union-attr]


def is_idle(rig: Rig) -> bool:
    with rig.database.snapshot() as connection:
        status = read_status(connection, now_utc())
    return not status["intended"] and not status["uncertain"]


def count_events(rig: Rig, event: str) -> int:
    with rig.database.snapshot() as connection:
        rows = list_audit(connection, SubjectKind.ESCALATION, find_escalation(rig).id)
    return sum(row.event == event for row in rows)
