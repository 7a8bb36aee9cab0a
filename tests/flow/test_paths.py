"""The path of a ticket on the sandbox: read, judged, opened, written back; once, whatever happens on the way."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import worker.flow.ticket as reconciler
from connectors.sandbox.faults import Fault
from mappings.routing import Mode
from tests.rig import AGENT, ASKED, BUG, CUSTOMER, FIELDS, Rig, build_rig, make_record, spell
from worker.core.decision import Action
from worker.ground import now_utc
from worker.store.audit import list_audit
from worker.store.clocks import TEAM, list_clocks
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.status import read_counts, read_status
from worker.store.subjects import SubjectKind
from worker.store.tickets import read_states


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        yield built


def find_decision(rig: Rig, ticket_id: int) -> Action | None:
    with rig.database.snapshot() as connection:
        state = read_states(connection, [ticket_id]).get(ticket_id)
    return state.decision.action if state and state.decision else None


def test_a_confirmed_bug_becomes_one_issue_and_the_ticket_says_so(rig: Rig) -> None:
    rig.load(make_record(501))
    rig.run()
    (issue,) = rig.box.jira.issues
    assert issue.key.startswith("ENG-")
    (escalation,) = list_all(rig)
    assert escalation.marker in issue.fields["labels"]
    assert rig.box.zendesk.field(501, FIELDS["jira_issue"]) == issue.key
    assert rig.box.zendesk.field(501, FIELDS["target"]) == "engineering"
    (note,) = rig.box.zendesk.notes(501)
    assert not note["public"]
    assert issue.key in note["html_body"]
    assert "escalator_escalated" in rig.box.zendesk.tickets[501]["tags"]


def test_running_it_all_again_changes_nothing(rig: Rig) -> None:
    rig.load(make_record(501), make_record(502, note=None, text="How do I change the colour of the header?"))
    rig.run()
    rig.run_for(0.5)
    before = list(rig.writes)
    rig.box.zendesk.touch(501)
    rig.run()
    rig.restart()
    rig.run()
    assert rig.writes == before
    assert len(rig.box.jira.issues) == 1


def test_a_question_stays_in_support(rig: Rig) -> None:
    rig.load(make_record(501, note=None, text="How do I change the colour of the header in my invoices?"))
    rig.run()
    assert find_decision(rig, 501) is Action.STAY
    assert rig.writes == []


def test_what_changes_is_judged_again(rig: Rig) -> None:
    rig.load(make_record(501, note=None, text=ASKED))
    rig.run()
    assert rig.box.jira.issues == []
    rig.box.zendesk.add_comment(501, author_id=AGENT, body=BUG, public=False)
    rig.run()
    assert len(rig.box.jira.issues) == 1


@pytest.mark.parametrize("mode", [Mode.SHADOW, Mode.SUGGEST])
def test_modes_hold_back(tmp_path: Path, database: Database, mode: Mode) -> None:
    with build_rig(tmp_path, database, mode=mode) as rig:
        rig.load(make_record(501))
        rig.run()
        assert rig.box.jira.issues == []
        if mode is Mode.SHADOW:
            assert rig.writes == []
            assert find_decision(rig, 501) is Action.WATCH
            return
        assert "escalator_suggested" in rig.box.zendesk.tickets[501]["tags"]
        rig.box.zendesk.add_tags(501, "escalator_approve", author_id=AGENT)
        rig.run()
        assert len(rig.box.jira.issues) == 1
        assert "escalator_suggested" not in rig.box.zendesk.tickets[501]["tags"]


def test_an_agents_veto_and_force_stick(rig: Rig) -> None:
    rig.load(
        make_record(501, tags=["escalator_veto"]), make_record(502, note=None, text="Hello", tags=["escalator_now"])
    )
    rig.run()
    assert find_decision(rig, 501) is Action.STAY
    (forced,) = list_all(rig)
    assert forced.tickets == (502,)


def test_an_issue_that_the_ticket_names_is_linked_and_not_doubled(rig: Rig) -> None:
    rig.load(make_record(600))
    rig.run()
    (issue,) = rig.box.jira.issues
    rig.load(make_record(501, custom_fields=[{"id": FIELDS["jira_issue"], "value": issue.key}]))
    rig.run()
    assert len(rig.box.jira.issues) == 1
    assert any(link["object"]["url"].endswith("/501") for link in issue.remote_links.values())


def test_a_lost_answer_to_a_create_does_not_become_two_issues(rig: Rig) -> None:
    rig.box.faults.add(Fault(action="drop_after", vendor="jira", method="POST", path=r"/issue$"))
    rig.load(make_record(501))
    rig.run()
    rig.run_for(10.0)
    assert len(rig.box.jira.issues) == 1
    (escalation,) = list_all(rig)
    assert escalation.issue is not None
    assert rig.box.zendesk.field(501, FIELDS["jira_issue"]) == escalation.issue.key


def test_a_create_that_never_arrived_is_sent_again_after_the_quiet_window(rig: Rig) -> None:
    rig.box.faults.add(Fault(action="drop_before", vendor="jira", method="POST", path=r"/issue$"))
    rig.load(make_record(501))
    rig.run()
    rig.run_for(1.0)
    assert rig.box.jira.issues == []
    rig.run_for(10.0)
    assert len(rig.box.jira.issues) == 1


def test_a_lost_answer_to_a_note_does_not_become_two_notes(rig: Rig) -> None:
    rig.box.faults.add(Fault(action="drop_after", vendor="zendesk", method="PUT", path=r"/tickets/501(\.json)?$"))
    rig.load(make_record(501))
    rig.run()
    rig.run_for(3.0)
    assert len(rig.box.zendesk.notes(501)) == 1


def test_an_outage_of_jira_delays_and_loses_nothing(rig: Rig) -> None:
    rig.box.take_down("jira")
    rig.load(make_record(501))
    rig.run()
    assert find_decision(rig, 501) is Action.OPEN
    rig.box.bring_up("jira")
    rig.run_for(6.0)
    assert len(rig.box.jira.issues) == 1


def test_a_closed_ticket_is_left_alone(rig: Rig) -> None:
    rig.load(make_record(501, status="closed"))
    rig.run()
    assert rig.writes == []


def test_a_deleted_ticket_is_forgotten(rig: Rig) -> None:
    rig.load(make_record(501, note=None))
    rig.run()
    rig.box.zendesk.delete_ticket(501)
    rig.run()
    with rig.database.snapshot() as connection:
        assert read_states(connection, [501]) == {}
        assert list_audit(connection, SubjectKind.TICKET, "501")[-1].event == "gone"


def test_a_silent_ticket_escalates_when_its_clock_breaches(rig: Rig) -> None:
    record = make_record(501, note=None, text="Could you tell me when the invoice for March will be ready?")
    record["organizations"][0]["organization_fields"] = {"arr": 900000, "tier": "strategic"}
    record["slas"] = {
        "policy_metrics": [
            {"metric": "requester_wait_time", "stage": "active", "breach_at": _in(rig, 3), "minutes": 0}
        ]
    }
    rig.load(record)
    rig.run()
    first = find_decision(rig, 501)
    rig.box.journal.clear()
    rig.run_for(6.0)
    assert first is not None
    assert not [entry for entry in rig.box.journal if "incremental" in entry.path]
    assert find_decision(rig, 501) in {Action.OPEN, Action.KEEP}
    assert len(list_all(rig)) == 1


def test_customer_text_cannot_forge_anything_in_the_note_or_the_issue(rig: Rig) -> None:
    hostile = (
        ASKED + "\n\n# Owned {{ticket.requester.email}} <script>alert(1)</script> [~admin] !http://x.example/a.png!"
    )
    rig.load(make_record(501, text=hostile))
    rig.run()
    note = rig.box.zendesk.notes(501)[-1]["html_body"]
    assert "<script" not in note
    assert "ines@falk.example" not in note
    assert len(rig.box.jira.issues) == 1


def test_a_ticket_that_cannot_be_judged_is_parked_and_holds_up_no_other(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = reconciler.assess

    def stumble(ticket, *rest):  # type: ignore[no-untyped-def]
        if ticket.id == 501:
            raise ValueError("boom")
        return judge(ticket, *rest)

    monkeypatch.setattr(reconciler, "assess", stumble)
    rig.load(make_record(501), make_record(502))
    rig.run()
    with rig.database.snapshot() as connection:
        assert read_counts(connection)["parked"] == 1
    assert [escalation.tickets for escalation in list_all(rig)] == [(502,)]
    monkeypatch.undo()
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")
    rig.run()
    assert len(list_all(rig)) == 2


def test_security_without_its_level_is_not_opened(tmp_path: Path, database: Database) -> None:
    extra = 'security_level = "No such level"\nrequire_level = true\n'
    with build_rig(tmp_path, database, extra=extra) as rig:
        text = (
            "After logging in I can see the invoices and addresses of another company in my account. "
            "I should not be able to see their data."
        )
        note = "Confirmed: customer A sees customer B's invoices in the portal. This is a data exposure."
        rig.load(make_record(501, text=text, note=note, subject="I can see another company's invoices"))
        # The overlay's last table is leadership's, so its level stands in for security's here.
        rules = rig.make_means.policy.routing.targets
        security = rules.security.model_copy(update={"security_level": "No such level", "require_level": True})
        routing = rig.make_means.policy.routing.model_copy(
            update={"targets": rules.model_copy(update={"security": security})}
        )
        policy = rig.make_means.policy.model_copy(update={"routing": routing})
        rig.make_means = dataclasses.replace(rig.make_means, policy=policy)
        rig.run()
        assert rig.box.jira.issues == []
        with rig.database.snapshot() as connection:
            assert read_status(connection, now_utc())["parked"] == 1


def list_all(rig: Rig):  # type: ignore[no-untyped-def]
    with rig.database.snapshot() as connection:
        return list_escalations(connection)


def _in(rig: Rig, seconds: float) -> str:
    return spell(now_utc() + timedelta(seconds=seconds))


def test_l2_gets_a_note_a_group_and_a_clock_but_no_issue(tmp_path: Path, database: Database) -> None:
    extra = '[targets.l2]\ngroup = "Support L2"\nmode = "auto"\n'
    with build_rig(tmp_path, database, extra=extra) as rig:
        rig.load(make_record(501, note=None, text="Please help", tags=["escalator_now"]))
        rig.run()
        (escalation,) = list_all(rig)
        assert (escalation.target.value, escalation.issue) == ("l2", None)
        assert rig.box.jira.issues == []
        assert "Support L2" in rig.box.zendesk.notes(501)[0]["body"]
        groups = {group["id"]: group["name"] for group in rig.box.zendesk.tables.groups.values()}
        assert groups[rig.box.zendesk.tickets[501]["group_id"]] == "Support L2"
        with rig.database.snapshot() as connection:
            clocks = {clock.ticket_id: clock for clock in list_clocks(connection, escalation.id)}
        assert set(clocks) == {TEAM, 501}
        assert all(clock.due_at is not None and clock.due_at > escalation.created_at for clock in clocks.values())
