"""`provision` makes what is needed, only ours, and takes it back so that the account is as it was."""

import json
import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unauthorized, Uncertain
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.sandbox.zendesk.tables import API_USER_ID
from tests.cli.calling import call, set_settings
from tests.cli.provisioned import PARTS, URL, Account, is_ours, set_account
from worker.setup_files import read_settings_file

ZENDESK_SECRET, JIRA_SECRET = "ESCALATOR_ZENDESK_WEBHOOK_SECRET", "ESCALATOR_JIRA_WEBHOOK_SECRET"


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with Sandbox(SandboxSettings()) as box:
        yield set_account(box, tmp_path, monkeypatch)


def list_actions(told: dict[str, Any]) -> set[str]:
    return {step["action"] for step in told["steps"]}


def test_plan_apply_verify_remove_leaves_the_account_as_it_was(account: Account) -> None:
    before = account.snapshot()
    told = account.call("plan")
    assert [step["action"] for step in told["steps"]] == ["create"] * (PARTS + 1)
    assert account.snapshot() == before
    done = account.call("apply", "--yes")
    assert len(done["done"]) == PARTS + 1
    assert {row["status"] for row in account.snapshot()["webhooks"].values()} == {"active"}
    assert account.find("webhooks")["endpoint"] == f"{URL}/webhooks/zendesk"
    assert account.find("jira")["filters"]["issue-related-events-section"].startswith('project in ("ENG"')
    after, writes = account.snapshot(), account.count_writes()
    assert account.call("apply", "--yes")["done"] == []
    assert account.call("verify")["ok"] is True
    assert list_actions(account.call("plan")) == {"keep"}
    assert (account.snapshot(), account.count_writes()) == (after, writes)
    account.call("remove", "--yes")
    assert account.snapshot() == before
    assert account.call("remove", "--yes")["done"] == []
    ids = tomllib.loads(account.fields_file.read_text(encoding="utf-8"))["zendesk"]
    assert set(ids.values()) == {0}
    assert not read_settings_file(account.env_file)


def test_the_trigger_fires_the_webhook_with_the_secret_that_is_written(account: Account) -> None:
    account.call("apply", "--yes")
    webhook, trigger = account.find("webhooks"), account.find("triggers")
    assert trigger["actions"][0]["value"][0] == webhook["id"]
    assert {"field": "role", "operator": "is_not", "value": str(API_USER_ID)} in trigger["conditions"]["all"]
    written = read_settings_file(account.env_file)
    assert written[ZENDESK_SECRET] == webhook["secret"]
    assert written[JIRA_SECRET] == account.find("jira")["secret"]
    assert stat.S_IMODE(account.env_file.stat().st_mode) == 0o600


def test_secrets_are_shown_only_when_that_is_asked_for(account: Account) -> None:
    told = account.call("apply", "--yes", "--show-secrets")
    assert told["secrets"][ZENDESK_SECRET] == account.find("webhooks")["secret"]
    assert not account.env_file.exists()
    account.call("remove", "--yes")
    told = account.call("apply", "--yes")
    secrets = read_settings_file(account.env_file)
    assert not any(secret in json.dumps(told) for secret in secrets.values())


def test_the_operators_own_lines_stay(account: Account) -> None:
    account.env_file.write_text("# mine\nESCALATOR_WEB_PORT=9000\nexport ESCALATOR_LEASE='2m'\n", encoding="utf-8")
    account.fields_file.write_text(
        '# mine\n[zendesk]\nstate = 0  # ours\n[jira]\nmarker_field = ""\n', encoding="utf-8"
    )
    account.call("apply", "--yes")
    text = account.fields_file.read_text(encoding="utf-8")
    assert text.startswith("# mine\n[zendesk]\n")
    assert "# ours" in text
    lines = account.env_file.read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["# mine", "ESCALATOR_WEB_PORT=9000", "export ESCALATOR_LEASE='2m'"]


def test_nothing_is_written_without_a_word(account: Account) -> None:
    before = account.snapshot()
    assert "--plan" in account.call("apply", exit_code=2)
    plan = account.call("plan")["plan"]
    account.call("apply", "--plan", "000000000000", exit_code=1)
    assert account.snapshot() == before
    account.call("apply", "--plan", plan)
    assert len(account.snapshot()["webhooks"]) == 1
    after = account.snapshot()
    account.call("remove", exit_code=2)
    assert account.snapshot() == after


LOST = [
    Fault(action="drop_after", vendor="zendesk", method="POST", path="/webhooks$"),
    Fault(action="drop_before", vendor="zendesk", method="POST", path="/triggers"),
    Fault(action="status", vendor="zendesk", method="POST", path="/ticket_fields", status=500, commit=True),
    Fault(action="drop_after", vendor="jira", method="POST", path="/webhook$"),
]


@pytest.mark.parametrize("fault", LOST, ids=["webhook made", "trigger not made", "field made", "jira made"])
def test_a_run_that_ended_half_way_is_completed_by_another(account: Account, fault: Fault) -> None:
    before = account.snapshot()
    account.box.faults.add(fault)
    set_settings(account.monkeypatch, **account.settings)
    result = call("provision", "apply", "--yes", "--url", URL, "--env-file", str(account.env_file))
    assert isinstance(result.exception, Uncertain)
    assert "apply again does the rest" in result.stderr
    account.call("verify", exit_code=1)
    account.call("apply", "--yes")
    assert account.call("verify")["ok"] is True
    found = account.snapshot()
    assert [
        sum(map(is_ours, found[noun].values())) for noun in ("fields", "webhooks", "triggers", "views", "jira")
    ] == [
        4,
        1,
        1,
        2,
        1,
    ]
    account.call("remove", "--yes")
    assert account.snapshot() == before


def edit_trigger(account: Account) -> None:
    tables = account.box.zendesk.tables
    next(row for row in tables.triggers.values() if is_ours(row))["active"] = False


def edit_webhook(account: Account) -> None:
    tables = account.box.zendesk.tables
    next(row for row in tables.webhooks.values() if is_ours(row))["endpoint"] = "https://elsewhere.example/x"


def delete_view(account: Account) -> None:
    views = account.box.zendesk.tables.views
    del views[next(number for number, row in views.items() if is_ours(row))]


def unsign_jira(account: Account) -> None:
    next(iter(account.box.jira.webhooks.values()))["secret"] = ""


def delete_webhook(account: Account) -> None:
    account.box.zendesk.tables.webhooks.clear()


@pytest.mark.parametrize(
    ("edit", "part"),
    [
        (edit_trigger, "zendesk.trigger"),
        (edit_webhook, "zendesk.webhook"),
        (delete_view, "zendesk.view.escalated"),
        (unsign_jira, "jira.webhook"),
        (delete_webhook, "zendesk.webhook"),
    ],
)
def test_what_was_edited_by_hand_is_told_and_put_right(
    account: Account, edit: Callable[[Account], None], part: str
) -> None:
    account.call("apply", "--yes")
    edit(account)
    told = account.call("verify", exit_code=1)
    assert any(part in problem for problem in told["problems"])
    (step,) = [step for step in told["steps"] if step["part"] == part]
    assert step["action"] in {"change", "create"}
    assert step["changes"]
    account.call("apply", "--yes")
    assert account.call("verify")["ok"] is True


def test_a_double_of_a_lost_answer_goes_and_a_persons_copy_stays(account: Account) -> None:
    account.call("apply", "--yes")
    triggers = account.box.zendesk.tables.triggers
    ours = next(row for row in triggers.values() if is_ours(row))
    triggers[999999999999] = {**ours, "id": 999999999999}
    told = account.call("plan")
    assert [step["id"] for step in told["steps"] if step["action"] == "delete"] == ["999999999999"]
    account.call("apply", "--yes")
    assert 999999999999 not in triggers
    triggers[999999999998] = {**ours, "id": 999999999998, "title": "Copy of it"}
    before = account.snapshot()
    for words in (("plan",), ("apply", "--yes"), ("remove", "--yes")):
        assert "carry our mark" in json.dumps(account.call(*words, exit_code=1))
    assert account.snapshot() == before


def lose_field(account: Account) -> None:
    account.fields_file.write_text("[zendesk]\nstate = 4711\n", encoding="utf-8")


def add_stranger(account: Account) -> None:
    row = {"id": "01X", "name": "Theirs", "endpoint": f"{URL}/webhooks/zendesk", "status": "active"}
    account.box.zendesk.tables.webhooks["01X"] = {**row, "secret": "s", "subscriptions": []}


def lose_zendesk_rights(account: Account) -> None:
    account.box.zendesk.tables.users[API_USER_ID]["role"] = "agent"


def lose_jira_rights(account: Account) -> None:
    account.box.jira.is_admin = False


BAD: list[tuple[Callable[[Account], None], str]] = [
    (lose_field, "zendesk.state = 4711: there is no active ticket field"),
    (add_stranger, "'Theirs' (01X), which is not ours"),
    (lose_zendesk_rights, "make the user of our credentials an administrator"),
    (lose_jira_rights, "Administer Jira, or use --only zendesk"),
]


@pytest.mark.parametrize(("spoil", "words"), BAD, ids=["deleted field", "stranger", "no admin", "no Jira admin"])
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("verify",)], ids=lambda words: words[0])
def test_what_stands_in_the_way_is_told_and_nothing_changes(
    account: Account, spoil: Callable[[Account], None], words: str, command: tuple[str, ...]
) -> None:
    spoil(account)
    before = account.snapshot()
    assert words in json.dumps(account.call(*command, exit_code=1), ensure_ascii=False).replace("\\n", " ")
    assert account.snapshot() == before
    assert account.count_writes() == 0
    assert not account.env_file.exists()


def test_without_rights_in_jira_zendesk_alone_can_be_set_up(account: Account) -> None:
    lose_jira_rights(account)
    account.call("apply", "--yes", "--only", "zendesk")
    assert account.call("verify", "--only", "zendesk")["ok"] is True
    assert set(read_settings_file(account.env_file)) == {ZENDESK_SECRET}


def test_wrong_credentials_are_told_and_nothing_changes(account: Account) -> None:
    account.settings["jira_api_token"] = "wrong"
    set_settings(account.monkeypatch, **account.settings)
    result = call("provision", "apply", "--yes", "--url", URL, "--env-file", str(account.env_file))
    assert isinstance(result.exception, Unauthorized)
    assert account.count_writes() == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("apply", "--only", "github"), "write zendesk or jira"),
        (("plan", "--fields", "state,colour"), "--fields colour"),
        (("plan", "--url", "http://escalator.example"), "https://escalator.example"),
        (("plan",), "ESCALATOR_PUBLIC_URL"),
        (("plan", "--force"), "No such option"),
        (("destroy",), "No such command"),
    ],
)
def test_usage(account: Account, words: tuple[str, ...], told: str) -> None:
    set_settings(account.monkeypatch, **account.settings)
    result = call("provision", *words)
    assert result.exit_code == 2
    assert told in result.output.replace("\n", " ")
    assert account.count_writes() == 0


def test_fields_that_the_policy_names_already_are_left_alone(account: Account) -> None:
    account.fields_file.write_text("[zendesk]\njira_issue = 900105\n", encoding="utf-8")
    told = account.call("apply", "--yes", "--fields", "jira_issue,affected_users")
    assert set(told["fields"]) == {"affected_users"}
    row = next(row for row in account.snapshot()["fields"].values() if is_ours(row))
    assert (row["type"], row["title"]) == ("integer", "Affected users")
    assert account.call("verify", "--fields", "jira_issue")["ok"] is True
    columns = [column["id"] for column in account.snapshot()["views"].popitem()[1]["execution"]["columns"]]
    assert 900105 in columns


def test_ticket_fields_can_be_kept(account: Account) -> None:
    account.call("apply", "--yes")
    account.call("remove", "--yes", "--keep-fields")
    found = account.snapshot()
    assert [
        sum(map(is_ours, found[noun].values())) for noun in ("fields", "webhooks", "triggers", "views", "jira")
    ] == [
        4,
        0,
        0,
        0,
        0,
    ]
