"""What requests cost and what the vendors' headers say of their limits, in every spelling that was seen."""

from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from connectors.gate import Charge, Passage, Rates, Reading
from connectors.jira import limits as jira
from connectors.verdicts import find_date, parse_retry_after
from connectors.zendesk import limits as zendesk

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "path", "names"),
    [
        ("GET", "/api/v2/tickets/show_many", ["zendesk.requests"]),
        ("GET", "/api/v2/tickets/7/comments.json", ["zendesk.requests"]),
        ("GET", "/api/v2/incremental/tickets/cursor", ["zendesk.requests", "zendesk.exports"]),
        ("GET", "/api/v2/tickets/7/audits", ["zendesk.requests", "zendesk.audits"]),
        ("PUT", "/api/v2/tickets/7", ["zendesk.requests", "zendesk.updates", "zendesk.ticket:7"]),
        ("PUT", "/api/v2/tickets/7.json", ["zendesk.requests", "zendesk.updates", "zendesk.ticket:7"]),
        ("DELETE", "/api/v2/tickets/7/tags", ["zendesk.requests", "zendesk.updates", "zendesk.ticket:7"]),
        ("PUT", "/api/v2/tickets/update_many", ["zendesk.requests", "zendesk.updates"]),
        ("POST", "/oauth/tokens", ["zendesk.requests", "zendesk.tokens"]),
    ],
)
def test_what_a_zendesk_request_draws_on(method: str, path: str, names: list[str]) -> None:
    assert [charge.name for charge in zendesk.measure_request(method, path)] == names


@pytest.mark.parametrize(
    ("method", "path", "names"),
    [
        ("GET", "/rest/api/3/issue/10001", ["jira.get", "jira.points"]),
        ("POST", "/rest/api/3/issue", ["jira.post", "jira.points"]),
        ("POST", "/rest/api/3/issue/bulkfetch", ["jira.post", "jira.points"]),
        (
            "PUT",
            "/rest/api/3/issue/10001",
            ["jira.put", "jira.points", "jira.issue.2s:10001", "jira.issue.30s:10001"],
        ),
        (
            "POST",
            "/ex/jira/abc/rest/api/3/issue/ENG-7/comment",
            ["jira.post", "jira.points", "jira.issue.2s:ENG-7", "jira.issue.30s:ENG-7"],
        ),
    ],
)
def test_what_a_jira_request_draws_on(method: str, path: str, names: list[str]) -> None:
    assert [charge.name for charge in jira.measure_request(method, path)] == names


def read_zendesk(status: int, method: str, path: str, **headers: str) -> Rates:
    spelled = CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()})
    passage = Passage(vendor="zendesk", target="", charges=zendesk.measure_request(method, path))
    return zendesk.read_rates(status, spelled, passage, NOW)


def test_zendesks_account_limit_in_three_spellings() -> None:
    expected = (Reading(bucket="zendesk.requests", limit=700, remaining=699, resets_s=31.0),)
    path = "/api/v2/tickets/show_many"
    for headers in (
        {"X_Rate_Limit": "700", "X_Rate_Limit_Remaining": "699", "ratelimit_reset": "31"},
        {"ratelimit_limit": "700", "ratelimit_remaining": "699", "ratelimit_reset": "31"},
        {"rate_limit": "700", "rate_limit_remaining": "699", "rate_limit_reset": str(int(NOW.timestamp()) + 31)},
    ):
        assert read_zendesk(200, "GET", path, **headers).readings == expected
    assert read_zendesk(200, "GET", path, X_Rate_Limit="many").readings == ()


def test_zendesks_named_limits_in_both_spellings() -> None:
    for spelling in ("zendesk_ratelimit", "zendesk_rate_limit"):
        rates = read_zendesk(
            200,
            "PUT",
            "/api/v2/tickets/7",
            **{
                f"{spelling}_tickets_update": "total=20; remaining=19; resets=59",
                f"{spelling}_per_ticket_updates": "total=30; remaining=2; resets=599",
            },
        )
        assert set(rates.readings) == {
            Reading(bucket="zendesk.updates", limit=20, remaining=19, resets_s=59.0),
            Reading(bucket="zendesk.ticket", key="7", limit=30, remaining=2, resets_s=599.0),
        }


@pytest.mark.parametrize(
    ("headers", "spent"),
    [
        ({}, ()),
        ({"X_Rate_Limit": "700", "X_Rate_Limit_Remaining": "0"}, ()),
        ({"X_Rate_Limit": "700", "X_Rate_Limit_Remaining": "650"}, ("zendesk.updates",)),
        ({"zendesk_ratelimit_tickets_update": "total=100; remaining=0; resets=9"}, ("zendesk.updates",)),
        ({"zendesk_ratelimit_per_ticket_updates": "total=30; remaining=0; resets=9"}, ("zendesk.ticket:7",)),
    ],
)
def test_which_limit_a_zendesk_refusal_is_about(headers: dict[str, str], spent: tuple[str, ...]) -> None:
    assert read_zendesk(429, "PUT", "/api/v2/tickets/7", **headers).spent == spent


def test_an_exports_own_small_limit_is_not_the_accounts() -> None:
    rates = read_zendesk(
        200, "GET", "/api/v2/incremental/tickets/cursor", X_Rate_Limit="10", X_Rate_Limit_Remaining="9"
    )
    assert rates.readings[0].bucket == "zendesk.exports"


PUT_ISSUE = Passage(vendor="jira", target="", charges=jira.measure_request("PUT", "/rest/api/3/issue/10001"))


@pytest.mark.parametrize(
    ("reason", "spent"),
    [
        ("jira-per-issue-on-write", ("jira.issue.30s:10001",)),
        ("jira-burst-based", ()),
        ("jira-quota-tenant-based", ()),
        ("", ()),
    ],
)
def test_which_limit_a_jira_refusal_is_about(reason: str, spent: tuple[str, ...]) -> None:
    headers = CaseInsensitiveDict({"RateLimit-Reason": reason})
    assert jira.read_rates(429, headers, PUT_ISSUE, NOW).spent == spent


def test_jiras_headers_of_cloud_data_center_and_beta() -> None:
    cloud = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-03-02T09:31Z"}
    rates = jira.read_rates(429, CaseInsensitiveDict(cloud), PUT_ISSUE, NOW)
    assert rates.readings == (Reading(bucket="jira.put", limit=100, remaining=0, resets_s=60.0),)
    assert rates.resets_s == 60.0
    center = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "3", "X-RateLimit-Interval-Seconds": "20"}
    assert jira.read_rates(200, CaseInsensitiveDict(center), PUT_ISSUE, NOW).readings == (
        Reading(bucket="jira.put", limit=50, remaining=3, resets_s=20.0),
    )
    beta = {"Beta-RateLimit": '"jira-burst-based";r=4;t=3', "Beta-Retry-After": "7"}
    rates = jira.read_rates(429, CaseInsensitiveDict(beta), PUT_ISSUE, NOW)
    assert rates.readings == (Reading(bucket="jira.put", remaining=4, resets_s=3.0),)
    assert rates.resets_s == 7.0


def test_a_retry_after_date_counts_from_the_vendors_own_clock() -> None:
    theirs = find_date("Mon, 02 Mar 2026 08:00:00 GMT")
    assert theirs is not None
    assert parse_retry_after("Mon, 02 Mar 2026 08:00:30 GMT", now=theirs) == 30.0
    assert find_date("soon") is None
    assert parse_retry_after("1_0", now=NOW) is None
    assert Charge(bucket="a").name == "a"
