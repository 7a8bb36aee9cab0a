"""Who may call: OAuth client credentials or an API token, and how often."""

import base64
import hmac
import re
import secrets

from connectors.sandbox.exchange import Answer, Call, Refusal
from connectors.sandbox.routing import Endpoint
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.windows import SlidingWindows
from connectors.sandbox.zendesk.refusals import refuse
from connectors.sandbox.zendesk.state import ZendeskState

_TICKET_WRITE = re.compile(r"/api/v2/tickets/(\d+)(?:/tags)?$")


class ZendeskAccess:
    """Guards the API endpoints: 401 without valid credentials, 429 with Retry-After over a limit."""

    def __init__(self, state: ZendeskState, settings: SandboxSettings) -> None:
        self._state = state
        self._settings = settings
        self._windows = SlidingWindows()

    def grant_token(self, call: Call) -> Answer:
        """POST /oauth/tokens with grant type client_credentials: 201 and a bearer token."""
        wanted = call.json()
        if not isinstance(wanted, dict) or wanted.get("grant_type") != "client_credentials":
            raise refuse(400, "unsupported_grant_type", error_description="The grant type is not supported.")
        known = _same(wanted.get("client_id"), self._settings.zendesk_client_id)
        if not (known and _same(wanted.get("client_secret"), self._settings.zendesk_client_secret)):
            raise refuse(401, "invalid_client", error_description="Client authentication failed.")
        lifetime_s = float(wanted.get("expires_in") or self._settings.zendesk_token_lifetime_s)
        token = secrets.token_hex(32)
        self._state.tokens[token] = call.at.timestamp() + lifetime_s
        return Answer(
            status=201,
            payload={
                "access_token": token,
                "refresh_token": None,
                "token_type": "bearer",
                "scope": self._state.token_scope,
                "expires_in": int(lifetime_s),
                "refresh_token_expires_in": None,
            },
        )

    def guard(self, call: Call, endpoint: Endpoint) -> Answer:
        """Authenticate, count, serve, and say how much is left."""
        self._authenticate(call)
        headers = self._count(call) if self._settings.rate_limits else {}
        answer = endpoint(call)
        return Answer(
            status=answer.status,
            payload=answer.payload,
            content=answer.content,
            media_type=answer.media_type,
            headers={**headers, **answer.headers},
        )

    def _authenticate(self, call: Call) -> None:
        kind, _, value = call.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            if self._state.tokens.get(value, 0.0) > call.at.timestamp():
                return
            raise refuse(
                401,
                "invalid_token",
                error_description="The access token provided is expired, revoked, malformed or invalid.",
            )
        if kind.lower() == "basic" and self._knows_basic(value):
            return
        raise refuse(401, "Couldn't authenticate you")

    def _knows_basic(self, value: str) -> bool:
        try:
            user, _, token = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return False
        email = f"{self._settings.zendesk_email}/token"
        return _same(user, email) and _same(token, self._settings.zendesk_api_token)

    def _count(self, call: Call) -> dict[str, str]:
        """Take one call from every bucket that it belongs to (Zendesk API reference, rate limits)."""
        rates = self._settings.rates
        limit = rates.zendesk_account_per_minute
        self._take(call, "account", limit, 60.0, error="APIRateLimitExceeded")
        remaining = limit - self._windows.used("account")
        headers = {
            "x-rate-limit": str(limit),
            "x-rate-limit-remaining": str(remaining),
            "ratelimit-limit": str(limit),
            "ratelimit-remaining": str(remaining),
            "ratelimit-reset": "60",
        }
        if call.path.startswith("/api/v2/incremental/"):
            headers |= self._take_named(call, "incremental-exports", rates.zendesk_exports_per_minute, 60)
        match = _TICKET_WRITE.search(call.path)
        if match and call.method in ("PUT", "POST", "DELETE"):
            headers |= self._take_named(call, "tickets-update", rates.zendesk_updates_per_minute, 60)
            per_ticket = rates.zendesk_updates_per_ticket_per_10_minutes
            headers |= self._take_named(call, "per-ticket-updates", per_ticket, 600, match[1])
        return headers

    def _take_named(self, call: Call, name: str, limit: int, span_s: int, key: str = "") -> dict[str, str]:
        bucket = f"{name}:{key}"
        self._take(call, bucket, limit, span_s, error="TooManyRequests", header=f"zendesk-ratelimit-{name}")
        remaining = limit - self._windows.used(bucket)
        return {f"zendesk-ratelimit-{name}": f"total={limit}; remaining={remaining}; resets={span_s}"}

    def _take(self, call: Call, bucket: str, limit: int, span_s: float, *, error: str, header: str = "") -> None:
        wait_s = self._windows.admit(bucket, limit=limit, span_s=span_s, now=call.at.timestamp())
        if not wait_s:
            return
        seconds = str(int(wait_s) + 1)
        headers = {"Retry-After": seconds}
        if header:
            headers[header] = f"total={limit}; remaining=0; resets={seconds}"
        payload = {"error": error, "description": "Number of allowed API requests exceeded"}
        raise Refusal(Answer(status=429, payload=payload, headers=headers))


def _same(given: object, wanted: str) -> bool:
    return bool(wanted) and hmac.compare_digest(str(given).encode(), wanted.encode())
