"""Who may call the sandbox's Zendesk, and how often."""

from dataclasses import replace

import pytest
import requests

from connectors.sandbox.server import Sandbox, SandboxSettings
from tests.sandbox.conftest import Api, make_record


@pytest.mark.parametrize(
    ("credentials", "status"),
    [
        ({"client_id": "escalator", "client_secret": "wrong"}, 401),
        ({"client_id": "other", "client_secret": "right"}, 401),
        ({"client_id": "escalator", "client_secret": "right"}, 201),
    ],
)
def test_a_token_needs_both_halves(credentials: dict[str, str], status: int, settings: SandboxSettings) -> None:
    with Sandbox(replace(settings, zendesk_client_secret="right")) as box:
        body = {"grant_type": "client_credentials", **credentials}
        answer = requests.post(f"{box.zendesk_url}/oauth/tokens", json=body, timeout=10)
    assert answer.status_code == status


def test_without_credentials_nothing_is_served(box: Sandbox) -> None:
    answer = requests.get(f"{box.zendesk_url}/api/v2/users/me.json", timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (401, "Couldn't authenticate you")


def test_an_api_token_works_as_basic_auth(box: Sandbox) -> None:
    auth = (f"{box.settings.zendesk_email}/token", box.settings.zendesk_api_token)
    answer = requests.get(f"{box.zendesk_url}/api/v2/users/me.json", auth=auth, timeout=10)
    assert answer.json()["user"]["role"] == "admin"


def test_a_revoked_token_is_refused(box: Sandbox, zendesk: Api) -> None:
    assert zendesk("GET", "/users/me").status_code == 200
    box.zendesk.revoke_tokens()
    answer = zendesk("GET", "/users/me")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


class TestRateLimits:
    @pytest.fixture
    def settings(self, settings: SandboxSettings) -> SandboxSettings:
        return replace(settings, rate_limits=True)

    def test_the_eleventh_export_in_a_minute_is_told_to_wait(self, zendesk: Api) -> None:
        answers = [zendesk("GET", "/incremental/tickets/cursor?start_time=0") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        assert answers[0].headers["zendesk-ratelimit-incremental-exports"].startswith("total=10; remaining=9")
        assert answers[0].headers["x-rate-limit-remaining"] == "699"

    def test_one_ticket_takes_thirty_updates_in_ten_minutes(self, box: Sandbox, zendesk: Api) -> None:
        box.zendesk.load_records([make_record()])
        body = {"tags": ["again"]}
        statuses = [zendesk("PUT", "/tickets/501/tags", json=body).status_code for _ in range(31)]
        assert statuses == [200] * 30 + [429]
        assert zendesk("GET", "/tickets/501").status_code == 200
