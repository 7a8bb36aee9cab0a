"""The main flows on Jira Data Center: REST v2, wiki markup, a personal access token, search by `startAt`.

They are the same tests as on Cloud, so a difference of the deployments cannot hide behind a test of its own.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.cli.calling import call_json, set_settings
from tests.cli.provisioned import set_account
from tests.flow import test_life, test_paths, test_status_back, test_twins, test_uncertain_creates
from tests.flow.stage import CREATE
from tests.rig import FIELDS, Rig, build_rig, make_record
from worker.store.database import Database

Flow = Callable[[Rig], None]

EMPTY: tuple[Flow, ...] = (
    test_paths.test_a_confirmed_bug_becomes_one_issue_and_the_ticket_says_so,
    test_paths.test_running_it_all_again_changes_nothing,
    test_paths.test_an_issue_that_the_ticket_names_is_linked_and_not_doubled,
    test_paths.test_a_lost_answer_to_a_create_does_not_become_two_issues,
    test_paths.test_a_create_that_never_arrived_is_sent_again_after_the_quiet_window,
    test_paths.test_an_outage_of_jira_delays_and_loses_nothing,
)
LAGGING: tuple[Flow, ...] = (
    test_uncertain_creates.test_a_webhook_settles_an_uncertain_create_at_once,
    test_twins.test_two_issues_become_one_live_issue,
    test_twins.test_a_first_create_that_shows_after_the_second_leaves_one_live_issue,
)
OPENED: tuple[Flow, ...] = (
    test_status_back.test_each_change_is_one_note_and_a_state,
    test_status_back.test_a_moved_issue_keeps_its_identity,
    test_status_back.test_a_deleted_issue_is_said_so_and_not_opened_again,
    test_life.test_fixed_and_released_are_two_steps_with_one_note_each,
    test_life.test_the_whole_way_from_the_fix_to_the_lesson,
    test_life.test_only_comments_marked_for_support_are_carried_over_once,
)


def name_flow(flow: Flow) -> str:
    return flow.__name__.removeprefix("test_")


@pytest.fixture
def empty(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, jira_deployment="datacenter") as built:
        yield built


@pytest.fixture
def lagging(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database, jira_deployment="datacenter", search_lag_s=60.0) as built:
        built.load(make_record(501))
        yield built


@pytest.mark.parametrize("flow", EMPTY, ids=name_flow)
def test_from_a_ticket_to_its_issue(empty: Rig, flow: Flow) -> None:
    flow(empty)


@pytest.mark.parametrize("flow", LAGGING, ids=name_flow)
def test_what_is_uncertain(lagging: Rig, flow: Flow) -> None:
    flow(lagging)


def test_a_create_is_found_past_an_index_that_lags_for_long(lagging: Rig) -> None:
    fault = Fault(action="drop_after", vendor="jira", method="POST", path=CREATE)
    test_uncertain_creates.test_a_create_is_found_past_an_index_that_lags_for_long(lagging, fault)


@pytest.mark.parametrize("flow", OPENED, ids=name_flow)
def test_following_the_issue_to_its_end(empty: Rig, flow: Flow) -> None:
    empty.load(make_record(501))
    empty.run()
    empty.run_for(0.3)
    flow(empty)


def test_texts_are_wiki_markup_and_forge_nothing(empty: Rig) -> None:
    hostile = "h1. Now {color:red}look{color} [~tobi] !http://x.example/y.png! stops at row 1000 since Friday"
    empty.load(make_record(501, text=hostile))
    empty.run()
    empty.run_for(0.5)
    (issue,) = empty.box.jira.issues
    description = issue.get("description")
    assert isinstance(description, str)
    assert not any(forged in description for forged in ("{color", "[~tobi]", "!http", "\nh1. Now"))
    assert "h2. " in description
    assert empty.box.zendesk.field(501, FIELDS["jira_issue"]) == issue.key
    assert not [entry for entry in empty.box.journal if "/rest/api/3/" in entry.path]


def test_a_text_that_wiki_markup_makes_longer_still_fits(empty: Rig) -> None:
    empty.load(make_record(501, text="The export stops at row 1000. " + "{[*_|!" * 4_000))
    empty.run()
    empty.run_for(0.5)
    (issue,) = empty.box.jira.issues
    assert 0 < len(issue.get("description")) <= 32_767


def test_doctor_and_provision_know_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(SandboxSettings(jira_deployment="datacenter")) as box:
        account = set_account(box, tmp_path, monkeypatch)
        before = account.snapshot()
        account.call("apply", "--yes")
        assert account.call("verify")["ok"] is True
        set_settings(monkeypatch, **account.settings, jira_webhook_secret="known")
        told = {one["check"]: one["verdict"] for one in call_json("doctor", exit_code=1)["checks"]}
        assert {name: told[name] for name in ("jira.credentials", "jira.projects", "jira.webhook")} == {
            "jira.credentials": "ok",
            "jira.projects": "ok",
            "jira.webhook": "ok",
        }
        account.call("remove", "--yes")
        assert account.snapshot() == before
