"""A sandbox per test on real sockets, with sessions that are logged in to both vendors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from connectors.sandbox.server import Sandbox, SandboxSettings

Json = dict[str, Any]
AGENT, OTHER_AGENT, CUSTOMER = 41, 42, 51


class Api:
    """A logged-in session below one base address."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", 10)
        options.setdefault("allow_redirects", False)
        return self.session.request(method, f"{self.base}{path}", **options)


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(export_lag_s=0.0, search_lag_s=0.0, webhook_retry_s=0.05, jira_webhook_retry_s=0.05)


@pytest.fixture
def box(settings: SandboxSettings) -> Iterator[Sandbox]:
    with Sandbox(settings) as running:
        yield running


@pytest.fixture
def zendesk(box: Sandbox) -> Iterator[Api]:
    api = Api(f"{box.zendesk_url}/api/v2")
    answer = api.session.post(
        f"{box.zendesk_url}/oauth/tokens",
        json={
            "grant_type": "client_credentials",
            "client_id": box.environment["ESCALATOR_ZENDESK_CLIENT_ID"],
            "client_secret": box.environment["ESCALATOR_ZENDESK_CLIENT_SECRET"],
            "scope": "read write",
        },
        timeout=10,
    )
    assert answer.status_code == 201
    api.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    yield api
    api.session.close()


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Api]:
    api = Api(f"{box.jira_url}/rest/api/3")
    api.session.auth = (
        box.environment["ESCALATOR_JIRA_EMAIL"],
        box.environment["ESCALATOR_JIRA_API_TOKEN"],
    )
    yield api
    api.session.close()


@pytest.fixture
def record() -> Callable[..., Json]:
    return make_record


def make_record(ticket_id: int = 501, **ticket: Any) -> Json:
    """A small golden-format record of an invented company, two hours into its life."""
    return {
        "id": f"t-{ticket_id}",
        "now": "2026-05-04T12:00:00Z",
        "ticket": {
            "id": ticket_id,
            "created_at": "2026-05-04T10:00:00Z",
            "updated_at": "2026-05-04T11:00:00Z",
            "subject": "Kiln schedule vanished",
            "description": "The schedule is gone.",
            "status": "open",
            "priority": "normal",
            "type": "incident",
            "requester_id": CUSTOMER,
            "submitter_id": CUSTOMER,
            "assignee_id": AGENT,
            "organization_id": 61,
            "group_id": 71,
            "tags": ["kiln"],
            "custom_fields": [{"id": 900101, "value": "Scheduler"}],
            **ticket,
        },
        "comments": [
            {
                "id": ticket_id * 10 + 1,
                "author_id": CUSTOMER,
                "public": True,
                "body": "The schedule is gone.",
                "created_at": "2026-05-04T10:00:00Z",
            },
            {
                "id": ticket_id * 10 + 2,
                "author_id": AGENT,
                "public": True,
                "body": "Looking into it.",
                "created_at": "2026-05-04T11:00:00Z",
            },
        ],
        "users": [
            {
                "id": CUSTOMER,
                "name": "Petra Ohm",
                "email": "petra@potters.example",
                "role": "end-user",
                "organization_id": 61,
            },
            {"id": AGENT, "name": "Nilo", "email": "nilo@kilnware.example", "role": "agent", "organization_id": None},
            {
                "id": OTHER_AGENT,
                "name": "Uma",
                "email": "uma@kilnware.example",
                "role": "agent",
                "organization_id": None,
            },
        ],
        "organizations": [
            {"id": 61, "name": "Potters Row", "organization_fields": {"arr": 1200, "renewal_date": "2026-06-04"}}
        ],
        "groups": [{"id": 71, "name": "Kiln support"}],
        "slas": {
            "policy_metrics": [
                {"metric": "next_reply_time", "stage": "active", "breach_at": "2026-05-04T13:30:00Z"},
                {"metric": "first_reply_time", "stage": "achieved", "breach_at": "2026-05-04T10:30:00Z"},
            ]
        },
        "metric_set": {"replies": 1, "reopens": 0, "reply_time_in_minutes": {"calendar": 60, "business": 60}},
    }


def make_document(text: str = "Something broke.") -> Json:
    """A one-paragraph ADF document."""
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


def make_fields(**fields: Any) -> Json:
    """The fields of a minimal bug."""
    return {
        "project": {"key": "ENG"},
        "issuetype": {"name": "Bug"},
        "summary": "Kiln schedule vanishes",
        "description": make_document(),
        **fields,
    }
