"""Who may call Jira, and how fast: basic or bearer credentials, burst and per-issue limits.

Data Center takes a personal access token as bearer.
"""

import base64
import hmac
import re
from datetime import timedelta

from connectors.sandbox.exchange import Answer, Call, Refusal
from connectors.sandbox.jira.refusals import refuse
from connectors.sandbox.routing import Endpoint
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.windows import SlidingWindows

_ISSUE = re.compile(r"/rest/api/[23]/issue/([^/]+)")


class JiraAccess:
    """Guards the API endpoints: 401 without valid credentials, 429 with Jira's headers over a limit."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._windows = SlidingWindows()

    def guard(self, call: Call, endpoint: Endpoint) -> Answer:
        """Authenticate, count, serve."""
        if not self._knows(call.headers.get("authorization", "")):
            raise refuse(401, "Client must be authenticated to access this resource.")
        if self._settings.rate_limits:
            self._count(call)
        return endpoint(call)

    def _knows(self, header: str) -> bool:
        kind, _, value = header.partition(" ")
        token = self._settings.jira_api_token.encode()
        if kind.lower() == "bearer":
            return hmac.compare_digest(value.encode(), token)
        if kind.lower() != "basic" or not self._settings.is_cloud:
            return False
        try:
            user, _, given = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return False
        return user == self._settings.jira_email and hmac.compare_digest(given.encode(), token)

    def _count(self, call: Call) -> None:
        """Take from the burst bucket of endpoint and method, and from the issue's own (Jira rate limiting)."""
        rates = self._settings.rates
        limits = {
            "GET": rates.jira_get_per_second,
            "POST": rates.jira_post_per_second,
            "PUT": rates.jira_put_per_second,
            "DELETE": rates.jira_delete_per_second,
        }
        shape = re.sub(r"/issue/[^/]+", "/issue/{}", call.path)
        limit = limits.get(call.method, rates.jira_get_per_second)
        self._take(call, f"{call.method} {shape}", limit, 1.0, "jira-burst-based")
        match = _ISSUE.match(call.path)
        if match and call.method != "GET" and match[1] not in ("bulkfetch", "createmeta"):
            short, long = rates.jira_issue_writes_per_2_seconds, rates.jira_issue_writes_per_30_seconds
            self._take(call, f"short {match[1]}", short, 2.0, "jira-per-issue-on-write")
            self._take(call, f"long {match[1]}", long, 30.0, "jira-per-issue-on-write")

    def _take(self, call: Call, bucket: str, limit: int, span_s: float, reason: str) -> None:
        wait_s = self._windows.admit(bucket, limit=limit, span_s=span_s, now=call.at.timestamp())
        if not wait_s:
            return
        seconds = int(wait_s) + 1
        reset = call.at + timedelta(seconds=seconds)
        raise Refusal(
            Answer(
                status=429,
                payload={"errorMessages": ["Rate limit exceeded."], "errors": {}},
                headers={
                    "Retry-After": str(seconds),
                    "X-RateLimit-Limit": str(limit),
                    "X-RateLimit-Remaining": "0",
                    "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%MZ"),
                    "X-RateLimit-NearLimit": "true",
                    "RateLimit-Reason": reason,
                },
            )
        )
