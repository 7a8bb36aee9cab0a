"""`doctor` finds one planted fault of every kind by its name, and says what to do."""

import dataclasses
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.sandbox.zendesk.tables import API_USER_ID
from tests.cli.calling import call, set_settings
from tests.rig import write_policy
from tests.web.serving import run_server
from worker.core.breaker import Breaker, Trouble, fail
from worker.ground import now_utc
from worker.log import configure_logging
from worker.settings import PREFIX, load_settings
from worker.store.database import Database
from worker.store.migrate import upgrade_database
from worker.store.schema import inbox
from worker.store.vendors import Pause, lock_vendor, read_vendor, read_vendors, save_breaker, save_pause
from worker.web_wiring import build_web

_LEVEL = "10900"
_DONE = "10103"
_TRIGGER = 4711


@dataclasses.dataclass(kw_only=True)
class Stage:
    """A sandbox with webhooks, a policy folder, a database, and the settings that point at all of it."""

    box: Sandbox
    folder: Path
    settings: dict[str, str]

    def overlay(self, name: str, text: str) -> None:
        """Adds to one file of the policy folder."""
        path = self.folder / name
        known = path.read_text(encoding="utf-8") if path.is_file() else ""
        path.write_text(f"{known}\n{text}", encoding="utf-8")


def find_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Sandbox(SandboxSettings()) as box:
        yield set_stage(box, tmp_path)


def set_stage(box: Sandbox, tmp_path: Path) -> Stage:
    secret = box.settings.zendesk_webhook_secret
    box.zendesk.tables.webhooks["01ABC"] = {
        "id": "01ABC",
        "name": "Escalator",
        "endpoint": "https://escalator.example/webhooks/zendesk",
        "status": "active",
        "subscriptions": ["conditional_ticket_events"],
        "secret": secret,
    }
    actions = [notify("01ABC", '{"ticket_id": "{{ticket.id}}"}')]
    box.zendesk.tables.put_trigger({"id": _TRIGGER, "title": "Tell Escalator", "actions": actions}, now_utc())
    box.jira.webhooks["9"] = {
        "name": "Escalator",
        "url": "https://escalator.example/webhooks/jira",
        "events": ["jira:issue_updated"],
        "enabled": True,
        "secret": box.settings.jira_webhook_secret,
    }
    url = f"sqlite:///{tmp_path / 'escalator.db'}"
    with Database(url) as database:
        upgrade_database(database)
    folder = write_policy(tmp_path / "policy")
    named = {name.removeprefix(PREFIX).lower(): value for name, value in box.environment.items()}
    more = {"database_url": url, "policy_dir": str(folder), "web_port": str(find_free_port())}
    return Stage(box=box, folder=folder, settings=named | more | {"request_timeout": "5s", "lease": "20s"})


def examine(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit code, and what was found by check, without what is well."""
    configure_logging()
    set_settings(monkeypatch, **stage.settings)
    result = call("doctor", "--json")
    assert result.stdout, result.exception
    told = json.loads(result.stdout)
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in told["checks"]:
        assert finding["detail"]
        assert (finding["remedy"] is None) is (finding["verdict"] == "ok")
        if finding["verdict"] != "ok":
            found.setdefault(finding["check"], []).append(finding)
    assert told["ok"] is (result.exit_code == 0)
    return result.exit_code, found


def test_all_is_well_but_that_nothing_serves(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    code, found = examine(stage, monkeypatch)
    assert code == 0
    assert {name: finding[0]["verdict"] for name, finding in found.items()} == {
        "zendesk.delivery": "warning",
        "jira.delivery": "warning",
    }
    words = call("doctor").stdout
    assert "0 failures, 2 warnings" in words
    assert "do: start escalator serve" in words


def test_it_changes_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    examine(stage, monkeypatch)
    entries = stage.box.journal.entries()
    assert entries
    assert {entry.effect for entry in entries} == {"read"}


def set_setting(name: str, value: str | None) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        stage.settings.pop(name, None)
        if value is not None:
            stage.settings[name] = value

    return plant


def write_overlay(name: str, text: str) -> Callable[[Stage], None]:
    return lambda stage: stage.overlay(name, text)


def change_field(number: int, **changes: Any) -> Callable[[Stage], None]:
    return lambda stage: stage.box.zendesk.tables.ticket_fields[number].update(changes)


def change_desk_webhook(**changes: Any) -> Callable[[Stage], None]:
    return lambda stage: stage.box.zendesk.tables.webhooks["01ABC"].update(changes)


def change_trigger(**changes: Any) -> Callable[[Stage], None]:
    return lambda stage: stage.box.zendesk.tables.triggers[_TRIGGER].update(changes)


def change_tracker_webhook(**changes: Any) -> Callable[[Stage], None]:
    return lambda stage: stage.box.jira.webhooks["9"].update(changes)


def answer_status(vendor: Any, path: str, status: int) -> Callable[[Stage], None]:
    return lambda stage: stage.box.faults.add(
        Fault(action="status", vendor=vendor, path=path, status=status, times=None, body="{}")
    )


def lose_routing(target: str, line: str) -> Callable[[Stage], None]:
    """Another line for a target, whose table the policy of the stage has already."""

    def plant(stage: Stage) -> None:
        path = stage.folder / "routing.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f"[targets.{target}]\n", f"[targets.{target}]\n{line}\n"), encoding="utf-8")

    return plant


def double_field(stage: Stage) -> None:
    path = stage.folder / "fields.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("state = 900111", "state = 900105"), encoding="utf-8")


def notify(webhook_id: str, body: str) -> dict[str, Any]:
    return {"field": "notification_webhook", "value": [webhook_id, body]}


PLANTS: list[tuple[str, Callable[[Stage], Any], str, str]] = [
    ("zendesk.credentials", set_setting("zendesk_client_secret", "wrong"), "failure", "401"),
    ("zendesk.credentials", lambda stage: stage.box.take_down("zendesk"), "failure", "POST /oauth/tokens"),
    (
        "zendesk.rights",
        lambda stage: stage.box.zendesk.tables.users[API_USER_ID].update(role="agent"),
        "failure",
        "no administrator",
    ),
    ("zendesk.scopes", lambda stage: setattr(stage.box.zendesk, "token_scope", "read"), "failure", "write"),
    (
        "zendesk.fields",
        lambda stage: stage.box.zendesk.tables.ticket_fields.pop(900112),
        "failure",
        "zendesk.severity",
    ),
    ("zendesk.fields", change_field(900111, active=False), "failure", "deactivated"),
    ("zendesk.fields", change_field(900110, type="integer"), "failure", "of type integer"),
    (
        "zendesk.fields",
        lambda stage: stage.box.zendesk.define_field(900112, "Severity", "tagger", ("critical", "high")),
        "failure",
        "lacks the choices medium",
    ),
    (
        "zendesk.fields",
        lambda stage: stage.box.zendesk.define_field(900111, "State", "tagger", ("escalated", "in_progress")),
        "failure",
        "resolved, issue_lost, with_l2",
    ),
    ("zendesk.fields", double_field, "failure", "jira_issue and state are one field"),
    (
        "zendesk.organization_fields",
        lambda stage: stage.box.zendesk.tables.organization_fields.pop("arr"),
        "warning",
        "zendesk.organization.arr",
    ),
    ("zendesk.groups", lose_routing("l2", 'group = "Nobody"'), "failure", "'Nobody'"),
    ("zendesk.tags", lambda stage: setattr(stage.box.zendesk.tables, "takes_tags", False), "failure", "switched off"),
    ("zendesk.tags", write_overlay("routing.toml", '[tags]\nveto = "Never Again"'), "failure", "tags.veto"),
    ("zendesk.tags", write_overlay("routing.toml", '[tags]\nveto = "escalator_now"'), "failure", "are the same"),
    ("zendesk.sla", lambda stage: stage.box.zendesk.tables.sla_policies.clear(), "warning", "no SLA policies"),
    ("zendesk.sla", answer_status("zendesk", "/slas/policies", 404), "warning", "no SLA policies"),
    ("zendesk.webhook", lambda stage: stage.box.zendesk.tables.webhooks.clear(), "warning", "found by the poll"),
    ("zendesk.webhook", change_desk_webhook(status="inactive"), "failure", "switched off"),
    ("zendesk.webhook", set_setting("zendesk_webhook_secret", None), "failure", "404"),
    ("zendesk.webhook_secret", change_desk_webhook(secret="another"), "failure", "another secret"),
    ("zendesk.webhook", set_setting("public_url", "https://else.example"), "warning", "PUBLIC_URL is https://else"),
    ("zendesk.trigger", lambda stage: stage.box.zendesk.tables.triggers.pop(_TRIGGER), "failure", "no trigger"),
    ("zendesk.trigger", change_trigger(active=False), "failure", "'Tell Escalator' is switched off"),
    ("zendesk.trigger", change_trigger(actions=[notify("01ABC", "{{ticket.title}}")]), "failure", "names no ticket"),
    ("zendesk.trigger", change_trigger(actions=[notify("01XYZ", "{}")]), "failure", "no trigger notifies"),
    ("zendesk.trigger", answer_status("zendesk", "/triggers", 403), "warning", "could not be read"),
    ("zendesk.reach", set_setting("public_url", "http://127.0.0.1:9"), "warning", "nothing answers"),
    ("zendesk.groups", answer_status("zendesk", "/groups", 403), "warning", "could not be read"),
    ("jira.credentials", set_setting("jira_api_token", "wrong"), "failure", "401"),
    ("jira.projects", lose_routing("product", 'project = "GONE"'), "failure", "'GONE'"),
    (
        "jira.permissions",
        lambda stage: stage.box.jira.denied.add(("ENG", "CREATE_ISSUES")),
        "failure",
        "CREATE_ISSUES",
    ),
    ("jira.permissions", lambda stage: stage.box.jira.denied.add(("ENG", "LINK_ISSUES")), "warning", "LINK_ISSUES"),
    (
        "jira.permissions",
        lambda stage: stage.box.jira.denied.add(("SEC", "SET_ISSUE_SECURITY")),
        "failure",
        "SET_ISSUE_SECURITY",
    ),
    ("jira.issue_types", lose_routing("engineering", 'issue_type = "Defect"'), "failure", "'Defect'"),
    (
        "jira.required_fields",
        lambda stage: stage.box.jira.required.add(("ENG", "customfield_10053")),
        "failure",
        "Customers affected",
    ),
    ("jira.priorities", write_overlay("fields.toml", '[jira.priority]\nhigh = "Blocker"'), "warning", "'Blocker'"),
    ("jira.security_levels", lose_routing("security", 'security_level = "Inner circle"'), "failure", "Inner circle"),
    ("jira.security_levels", lambda stage: stage.box.jira.hidden_levels.add(_LEVEL), "failure", "not see its issues"),
    (
        "jira.security_levels",
        lose_routing("engineering", 'security_level = "Security team only"'),
        "warning",
        "issues go without",
    ),
    ("jira.marker", write_overlay("fields.toml", '[jira]\nmarker_field = "customfield_19999"'), "failure", "19999"),
    ("jira.transitions", lambda stage: stage.box.jira.lost_statuses.add(_DONE), "warning", "category done"),
    ("jira.links", lambda stage: stage.box.jira.lost_links.update(("10200", "10201")), "warning", "Duplicate"),
    ("jira.webhook", lambda stage: stage.box.jira.webhooks.clear(), "warning", "ISSUE_POLL_EVERY"),
    ("jira.webhook", change_tracker_webhook(enabled=False), "failure", "switched off"),
    ("jira.webhook", change_tracker_webhook(secret=""), "failure", "it has no secret"),
    ("jira.webhook", set_setting("jira_webhook_secret", None), "failure", "we have no secret"),
    ("database", set_setting("database_url", "postgresql://nobody@127.0.0.1:9/none"), "failure", "does not answer"),
    ("database", set_setting("database_url", "sqlite:///not-there.db"), "warning", "none yet"),
]


@pytest.mark.parametrize(
    ("check", "plant", "verdict", "words"), PLANTS, ids=[f"{name}-{words}" for name, _, _, words in PLANTS]
)
def test_a_planted_fault_is_found_by_name(
    *,
    check: str,
    plant: Callable[[Stage], Any],
    verdict: str,
    words: str,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plant(stage)
    code, found = examine(stage, monkeypatch)
    matching = [finding for finding in found.get(check, []) if words in finding["detail"]]
    assert [finding["verdict"] for finding in matching][:1] == [verdict], found
    assert code == (1 if verdict == "failure" else 0)


@pytest.mark.parametrize(("ahead_s", "verdict", "words"), [(900, "failure", "slow"), (-90, "warning", "fast")])
def test_a_clock_that_differs_is_found(
    ahead_s: float, verdict: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(SandboxSettings(clock_ahead_s=ahead_s)) as box:
        _, found = examine(set_stage(box, tmp_path), monkeypatch)
    for check in ("zendesk.clock", "jira.clock"):
        assert [(finding["verdict"], words in finding["detail"]) for finding in found[check]] == [(verdict, True)]


def test_in_shadow_a_fault_of_a_target_only_warns(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_routing("product", 'project = "GONE"')(stage)
    path = stage.folder / "routing.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"auto"', '"shadow"'), encoding="utf-8")
    code, found = examine(stage, monkeypatch)
    assert code == 0
    assert [finding["verdict"] for finding in found["jira.projects"]] == ["warning"]


@pytest.mark.parametrize(
    ("plant", "check", "words"),
    [
        (set_setting("jira_url", None), "settings", "JIRA_URL"),
        (write_overlay("cadence.toml", "[high]\ninternal = 'soon'"), "policy", "high.internal"),
    ],
)
def test_wrong_settings_and_policy_are_told_and_nobody_is_asked(
    plant: Callable[[Stage], None], check: str, words: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(stage)
    code, found = examine(stage, monkeypatch)
    assert code == 2
    assert words in found[check][0]["detail"]
    assert stage.box.journal.entries() == []


@pytest.mark.parametrize(
    ("running", "verdict", "words"),
    [
        ({}, None, ""),
        ({"zendesk_webhook_secret": "yesterdays"}, "failure", "another ESCALATOR_ZENDESK_WEBHOOK_SECRET"),
        ({"zendesk_webhook_secret": ""}, "failure", "without ESCALATOR_ZENDESK_WEBHOOK_SECRET"),
    ],
)
def test_a_signed_delivery_goes_round(
    *,
    running: dict[str, str],
    verdict: str | None,
    words: str,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_settings(monkeypatch, **(stage.settings | running))
    settings = load_settings()
    with Database(stage.settings["database_url"]) as database:
        with run_server(build_web(settings, database)) as url:
            stage.settings |= {"web_port": url.rpartition(":")[2], "public_url": url}
            _, found = examine(stage, monkeypatch)
        with database.snapshot() as connection:
            assert connection.execute(select(func.count()).select_from(inbox)).scalar() == 0
    assert "jira.delivery" not in found
    assert "jira.reach" not in found
    assert [finding["verdict"] for finding in found.get("zendesk.reach", [])] == ([verdict] if verdict else [])
    told = found.get("zendesk.delivery", [])
    assert [finding["verdict"] for finding in told] == ([verdict] if verdict else [])
    assert all(words in finding["detail"] for finding in told)


@pytest.mark.parametrize("vendor", ["zendesk", "jira"])
def test_credentials_that_were_put_right_can_be_tried_while_the_service_waits(
    vendor: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = now_utc().timestamp()
    outage, _ = fail(
        Breaker(), Trouble.CREDENTIALS, target="GET /x", detail="answered 401", remedy="", clock=clock, jitter=0.0
    )
    with Database(stage.settings["database_url"]) as database:
        with database.transaction() as connection:
            lock_vendor(connection, vendor)
            save_breaker(connection, vendor, outage)
        code, _ = examine(stage, monkeypatch)
        assert code == 0
        with database.snapshot() as connection:
            assert read_vendor(connection, vendor).breaker == outage


def test_a_failure_of_the_doctor_stops_no_service(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.settings |= {"zendesk_client_secret": "wrong", "jira_api_token": "wrong"}
    examine(stage, monkeypatch)
    with Database(stage.settings["database_url"]) as database, database.snapshot() as connection:
        assert not any(row.breaker.is_open for row in read_vendors(connection).values())


def test_a_vendor_that_asked_to_wait_is_let_be(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = now_utc().timestamp()
    pause = Pause(name="jira", vendor="jira", since=clock, noted_at=clock, not_before=clock + 600, refusals=1)
    with Database(stage.settings["database_url"]) as database, database.transaction() as connection:
        save_pause(connection, pause)
    _, found = examine(stage, monkeypatch)
    assert "asked to wait" in found["jira.credentials"][0]["detail"]
    assert stage.box.journal.entries(vendor="jira") == []


def test_what_could_not_be_looked_at_is_not_called_well(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_routing("product", 'project = "GONE"')(stage)
    stage.box.zendesk.tables.webhooks.clear()
    set_settings(monkeypatch, **stage.settings)
    told = {finding["check"]: finding["detail"] for finding in json.loads(call("doctor", "--json").stdout)["checks"]}
    assert told["jira.required_fields"].endswith("not looked at for product")
    assert told["zendesk.webhook_secret"] == "there is no active webhook to compare with"


def test_nothing_is_said_of_screens_that_nobody_saw(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for target in ("engineering", "product", "security", "leadership"):
        lose_routing(target, 'project = "GONE"')(stage)
    set_settings(monkeypatch, **stage.settings)
    told = {finding["check"] for finding in json.loads(call("doctor", "--json").stdout)["checks"]}
    assert "jira.projects" in told
    assert not told & {"jira.permissions", "jira.required_fields", "jira.security_levels", "jira.transitions"}
