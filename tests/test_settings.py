import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.zendesk.webhook import TEST_SECRET
from worker.settings import (
    PREFIX,
    Deployment,
    Need,
    Settings,
    SettingsProblem,
    load_settings,
)

WORKER = {
    "ZENDESK_URL": "https://fernhill.zendesk.example",
    "ZENDESK_CLIENT_ID": "escalator",
    "ZENDESK_CLIENT_SECRET": "client-s3cret",
    "JIRA_URL": "https://fernhill.atlassian.example",
    "JIRA_EMAIL": "bot@fernhill.example",
    "JIRA_API_TOKEN": "jira-s3cret",
}


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)


def load(values: dict[str, str], need: Need = Need.DATABASE) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(PREFIX + name, value)
        return load_settings(need)


def list_problems(values: dict[str, str], need: Need = Need.DATABASE) -> tuple[str, ...]:
    with pytest.raises(SettingsProblem) as caught:
        load(values, need)
    return caught.value.problems


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in WORKER.items() if name not in names}


def test_the_defaults() -> None:
    settings = load({})
    assert settings.database_url.get_secret_value() == "sqlite:///escalator.db"
    assert (settings.web_host, settings.web_port) == ("127.0.0.1", 8080)
    assert settings.poll_every == timedelta(seconds=60)
    assert settings.issue_poll_every == timedelta(minutes=5)
    assert settings.request_timeout == timedelta(seconds=20)
    assert settings.lease == timedelta(minutes=2)
    assert settings.search_lag == timedelta(seconds=30)
    assert settings.create_quiet_window == timedelta(minutes=10)
    assert settings.sweep_every == timedelta(hours=1)
    assert settings.webhook_max_age == timedelta(minutes=5)
    assert (settings.zendesk_exports_per_minute, settings.zendesk_updates_per_minute) == (10, 100)
    assert settings.jira_deployment is Deployment.CLOUD
    assert settings.poll_from is None
    assert settings.zendesk_webhook_secrets == ()


def test_everything_that_a_worker_needs() -> None:
    settings = load(
        {
            **WORKER,
            "ZENDESK_URL": "https://fernhill.zendesk.example/",
            "JIRA_DEPLOYMENT": "DataCenter",
            "JIRA_URL": "https://jira.fernhill.example/jira/",
            "POLL_FROM": "2026-03-01T10:00:00+02:00",
            "POLL_EVERY": "0.5s",
            "WEB_PORT": "0",
            "ZENDESK_WEBHOOK_SECRET": " new\n",
            "ZENDESK_WEBHOOK_SECRET_PREVIOUS": "old",
            "JIRA_WEBHOOK_SECRET": "jira",
        },
        Need.WORKER,
    )
    assert settings.zendesk_url == "https://fernhill.zendesk.example"
    assert settings.jira_url == "https://jira.fernhill.example/jira"
    assert settings.jira_deployment is Deployment.DATACENTER
    assert settings.poll_from == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert settings.poll_every == timedelta(seconds=0.5)
    assert settings.web_port == 0
    assert settings.zendesk_webhook_secrets == ("new", "old")
    assert settings.jira_webhook_secrets == ("jira",)


@pytest.mark.parametrize(
    "values",
    [
        {**without("JIRA_EMAIL", "JIRA_API_TOKEN"), "JIRA_TOKEN": "pat"},
        {
            **without("ZENDESK_CLIENT_ID", "ZENDESK_CLIENT_SECRET"),
            "ZENDESK_EMAIL": "a@b.example",
            "ZENDESK_API_TOKEN": "t",
        },
        {**WORKER, "ZENDESK_URL": "http://127.0.0.1:9000", "JIRA_URL": "http://localhost:9001"},
        {**WORKER, "ZENDESK_URL": "http://[::1]:9000"},
        {**WORKER, "ZENDESK_EMAIL": "", "ZENDESK_API_TOKEN": "  "},
        {**WORKER, "LEASE": "41s"},
        {**WORKER, "SEARCH_LAG": "0s", "CREATE_QUIET_WINDOW": "0s"},
        {**WORKER, "DATABASE_URL": "postgresql://u:p@db.example/escalator"},
        {**WORKER, "DATABASE_URL": "postgresql+psycopg://u:p@db.example/escalator"},
    ],
)
def test_accepted(values: dict[str, str]) -> None:
    assert load(values, Need.WORKER).zendesk_url is not None


@pytest.mark.parametrize(
    ("values", "needles"),
    [
        (
            {},
            [
                "ZENDESK_URL is missing",
                "ZENDESK_CLIENT_ID is missing",
                "JIRA_URL is missing",
                "JIRA_EMAIL is missing",
            ],
        ),
        (without("ZENDESK_CLIENT_SECRET"), ["ZENDESK_CLIENT_SECRET is missing beside ESCALATOR_ZENDESK_CLIENT_ID"]),
        (without("ZENDESK_CLIENT_ID"), ["ZENDESK_CLIENT_ID is missing beside ESCALATOR_ZENDESK_CLIENT_SECRET"]),
        ({**WORKER, "ZENDESK_CLIENT_SECRET": "   "}, ["ZENDESK_CLIENT_SECRET is missing beside"]),
        (without("JIRA_EMAIL"), ["JIRA_EMAIL is missing beside ESCALATOR_JIRA_API_TOKEN"]),
        ({**WORKER, "JIRA_TOKEN": "pat"}, ["JIRA_TOKEN contradicts other credentials"]),
        (
            {**WORKER, "ZENDESK_EMAIL": "a@b.example"},
            ["ZENDESK_API_TOKEN is missing beside ESCALATOR_ZENDESK_EMAIL", "ZENDESK_EMAIL contradicts"],
        ),
        ({**WORKER, "ZENDESK_URL": "http://fernhill.zendesk.example"}, ["ZENDESK_URL: is http://, which is allowed"]),
        ({**WORKER, "JIRA_URL": "http://127.0.0.1.nip.example"}, ["JIRA_URL: is http://"]),
        ({**WORKER, "JIRA_URL": "http://10.0.0.1"}, ["JIRA_URL: is http://"]),
        ({**WORKER, "ZENDESK_URL": "https://fernhill.zendesk.example/api/v2"}, ["ZENDESK_URL: has a path"]),
        ({**WORKER, "ZENDESK_URL": "https://fernhill.zendesk.example?x=1"}, ["ZENDESK_URL: has something after"]),
        ({**WORKER, "ZENDESK_URL": "fernhill.zendesk.example"}, ["ZENDESK_URL: is no web address"]),
        ({**WORKER, "ZENDESK_URL": "https://x:99999"}, ["ZENDESK_URL: is no web address"]),
        ({**WORKER, "JIRA_DEPLOYMENT": "server"}, ["JIRA_DEPLOYMENT: input should be 'cloud' or 'datacenter'"]),
        (
            {**WORKER, "LEASE": "40s"},
            ['LEASE must be longer than twice ESCALATOR_REQUEST_TIMEOUT; write "1m" or more'],
        ),
        ({**WORKER, "REQUEST_TIMEOUT": "2m"}, ["LEASE must be longer than twice"]),
        ({**WORKER, "POLL_EVERY": "0s"}, ["POLL_EVERY: must be longer than nothing"]),
        ({**WORKER, "POLL_EVERY": "often"}, ["POLL_EVERY: 'often' is no duration"]),
        ({**WORKER, "POLL_FROM": "2026-03-01T10:00:00"}, ["POLL_FROM: input should have timezone info"]),
        ({**WORKER, "WEB_PORT": "70000"}, ["WEB_PORT: input should be less than or equal to 65535"]),
        ({**WORKER, "ZENDESK_EXPORTS_PER_MINUTE": "0"}, ["ZENDESK_EXPORTS_PER_MINUTE: input should be greater"]),
        ({**WORKER, "POLICY_DIR": "/no/such/folder"}, ["POLICY_DIR: is no folder"]),
        ({**WORKER, "DATABASE_URL": "mysql://u:p@h/d"}, ["DATABASE_URL: is neither SQLite nor PostgreSQL"]),
        ({**WORKER, "DATABASE_URL": "sqlite:///:memory:"}, ["DATABASE_URL: names no file"]),
        ({**WORKER, "DATABASE_URL": "escalator.db"}, ["DATABASE_URL: is no database address"]),
        (
            {**WORKER, "ZENDESK_WEBHOOK_SECRET": TEST_SECRET},
            ["ZENDESK_WEBHOOK_SECRET is Zendesk's public test"],
        ),
        (
            {**WORKER, "ZENDESK_WEBHOOK_SECRET": "x", "ZENDESK_WEBHOOK_SECRET_PREVIOUS": TEST_SECRET},
            ["ZENDESK_WEBHOOK_SECRET_PREVIOUS is Zendesk's public test"],
        ),
        ({**WORKER, "JIRA_WEBHOOK_SECRET_PREVIOUS": "x"}, ["JIRA_WEBHOOK_SECRET_PREVIOUS stands alone"]),
        ({**WORKER, "JIRA_API_TOKEN": "a\nb"}, ["JIRA_API_TOKEN: has a line break"]),
        ({**WORKER, "ZENDESK_SECRET": "x"}, ["ZENDESK_SECRET is no setting; did you mean ESCALATOR_ZENDESK_"]),
        ({**WORKER, "JRIA_URL": "x"}, ["JRIA_URL is no setting; did you mean ESCALATOR_JIRA_URL?"]),
    ],
)
def test_refused_with_what_to_write(values: dict[str, str], needles: list[str]) -> None:
    problems = list_problems(values, Need.WORKER)
    assert len(problems) == len(needles)
    for problem, needle in zip(problems, needles, strict=True):
        assert problem.startswith(PREFIX)
        assert needle in problem


def test_all_mistakes_show_at_once() -> None:
    problems = list_problems(
        {
            "ZENDESK_URL": "ftp://x",
            "ZENDESK_API_TOKEN": "t",
            "POLL_EVERY": "5",
            "LEASE": "10s",
            "JIRA_WEBHOOK_SECRET_PREVIOUS": "x",
            "WEBPORT": "1",
        },
        Need.WORKER,
    )
    named = [problem.split()[0].rstrip(":").removeprefix(PREFIX) for problem in problems]
    assert named == [
        "ZENDESK_URL",
        "POLL_EVERY",
        "ZENDESK_EMAIL",
        "JIRA_URL",
        "JIRA_EMAIL",
        "JIRA_WEBHOOK_SECRET_PREVIOUS",
        "LEASE",
        "WEBPORT",
    ]


def test_a_command_asks_only_for_what_it_needs() -> None:
    assert load({"ZENDESK_WEBHOOK_SECRET": "x"}).zendesk_url is None
    assert load(without("JIRA_URL", "JIRA_EMAIL", "JIRA_API_TOKEN"), Need.ZENDESK).jira_url is None
    assert [problem.split()[0] for problem in list_problems({}, Need.JIRA)] == [
        "ESCALATOR_JIRA_URL",
        "ESCALATOR_JIRA_EMAIL",
    ]


@pytest.mark.parametrize("name", ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8080_TCP_ADDR"])
def test_what_kubernetes_sets_for_a_service_of_our_name_is_no_typo(name: str) -> None:
    assert load({name: "10.0.0.1"}).web_port == 8080


def test_a_folder_of_overlays(tmp_path: Path) -> None:
    assert load({"POLICY_DIR": str(tmp_path)}).policy_dir == tmp_path


SECRETS = {
    name: f"hunter{number}-s3cret"
    for number, name in enumerate(
        [
            "ZENDESK_CLIENT_SECRET",
            "ZENDESK_API_TOKEN",
            "ZENDESK_WEBHOOK_SECRET",
            "ZENDESK_WEBHOOK_SECRET_PREVIOUS",
            "JIRA_API_TOKEN",
            "JIRA_TOKEN",
            "JIRA_WEBHOOK_SECRET",
            "JIRA_WEBHOOK_SECRET_PREVIOUS",
            "DASHBOARD_VIEWER",
            "DASHBOARD_OPERATOR",
        ]
    )
}


def test_no_secret_shows_in_a_message() -> None:
    broken = {name: value + "\n\x1b[2Jx" for name, value in SECRETS.items()}
    text = "\n".join(
        list_problems(
            {
                **broken,
                "DATABASE_URL": "mysql://u:hunter-db@h/d",
                "ZENDESK_URL": "https://u:hunter-url@h",
                "JIRA_URL": "http://h/?t=hunter-q",
            },
            Need.WORKER,
        )
    )
    assert "hunter" not in text


def test_no_secret_shows_in_the_settings_themselves() -> None:
    kept = {name: value for name, value in SECRETS.items() if name not in {"ZENDESK_API_TOKEN", "JIRA_TOKEN"}}
    settings = load({**WORKER, **kept, "DATABASE_URL": "postgresql://u:hunter-db@h/d"}, Need.WORKER)
    for shown in (repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json()):
        assert "hunter" not in shown
        assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"DASHBOARD_VIEWER": "ann:x ann:y"}, "somebody twice"),
        ({"DASHBOARD_OPERATOR": "ann: ben:y"}, "no name:password"),
        ({"DASHBOARD_VIEWER": "ann:x", "DASHBOARD_OPERATOR": "ann:y"}, "names somebody whom"),
        ({"DASHBOARD_USER_HEADER": "X-User"}, "ESCALATOR_DASHBOARD_PROXIES is missing"),
        ({"DASHBOARD_PROXIES": "127.0.0.1"}, "ESCALATOR_DASHBOARD_USER_HEADER is missing"),
        ({"DASHBOARD_USER_HEADER": "X User", "DASHBOARD_PROXIES": "127.0.0.1"}, "no name of a header"),
        ({"DASHBOARD_USER_HEADER": "X-User", "DASHBOARD_PROXIES": "everybody"}, "no address or network"),
        ({"DASHBOARD_PROXY_OPERATORS": "ann"}, "stands alone"),
    ],
)
def test_what_is_wrong_about_the_dashboard(values: dict[str, str], told: str) -> None:
    problems = list_problems(values)
    assert any(told in problem for problem in problems)
    assert not any("ann:" in problem for problem in problems)
