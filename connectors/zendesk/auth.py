"""Who we are to Zendesk: OAuth client credentials first, an API token as the old way.

Zendesk's API tokens end on 2027-04-30 (Zendesk: Migrating from API tokens to OAuth access tokens). OAuth access
tokens live for minutes, so one keeper per process mints them for the clients of all threads.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
from requests.auth import AuthBase

from connectors.calls import VendorSession, ask_gate, expect_object
from connectors.errors import HeldBack, Throttled, Unauthorized, Uncertain, Unreachable, VendorProblem
from connectors.gate import Guard

VENDOR = "zendesk"

# Ticket audits need the global read scope (Zendesk API reference, ticket audits).
_SCOPE = "read write"
_OPERATION = "POST /oauth/tokens"
_DEFAULT_LIFETIME_S = 1800.0
_LONGEST_MARGIN_S = 60.0
_MARGIN_SHARE = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientCredentials:
    """An OAuth client of the account; the token acts as the user who created the client."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: datetime


class TokenKeeper:
    """Mints access tokens and shares them between threads; one mint at a time.

    `session` is the keeper's own, without credentials; `clock` gives aware instants.
    """

    def __init__(
        self, credentials: ClientCredentials, session: VendorSession, *, clock: Callable[[], datetime]
    ) -> None:
        self._credentials = credentials
        self._session = session
        self._clock = clock
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def obtain(self) -> str:
        """A token that is valid for a while yet, minted when needed.

        Raises Unauthorized when the credentials are refused, and Throttled or Unreachable when no token could
        be had now: in each case the call that needed it was not sent.
        """
        with self._lock:
            if self._token is None or self._clock() >= self._token.renew_at:
                self._token = self._mint()
            return self._token.value

    def drop(self, value: str) -> None:
        """Forgets this token after Zendesk refused it; a newer one is kept."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None

    def _mint(self) -> _Token:
        asked_at = self._clock()
        try:
            answer = expect_object(self._request_token(), vendor=VENDOR, operation=_OPERATION)
        except (Unreachable, Throttled, HeldBack):
            raise
        except Uncertain as problem:
            # Uncertain is what became of the token; the call that waits for it is certainly unsent.
            raise _restate(problem, Unreachable) from problem
        except VendorProblem as problem:
            raise _restate(problem, Unauthorized) from problem
        value, lifetime_s = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value:
            raise Unreachable(vendor=VENDOR, operation=_OPERATION, detail="the answer holds no access_token")
        if isinstance(lifetime_s, bool) or not isinstance(lifetime_s, int | float) or lifetime_s <= 0:
            lifetime_s = _DEFAULT_LIFETIME_S
        margin_s = min(_LONGEST_MARGIN_S, lifetime_s * _MARGIN_SHARE)
        return _Token(value=value, renew_at=asked_at + timedelta(seconds=lifetime_s - margin_s))

    def _request_token(self) -> Any:
        body = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
            "scope": _SCOPE,
        }
        return self._session.call("POST", "/oauth/tokens", body=body)


class BearerAuth(AuthBase):
    """Puts the keeper's token on each request; after a 401 it mints once more and sends the request again.

    A 401 says that nothing was done, so even a write may be repeated after it.
    """

    def __init__(self, keeper: TokenKeeper, guard: Guard | None = None) -> None:
        self._keeper = keeper
        self._guard = guard

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the token and watches the answer."""
        token = self._keeper.obtain()
        request.headers["Authorization"] = f"Bearer {token}"

        def renew_once(response: requests.Response, *_: Any, **kwargs: Any) -> requests.Response:
            return (
                self._renew(response, token, kwargs)
                if response.status_code == requests.codes.unauthorized
                else response
            )

        request.register_hook("response", renew_once)  # type: ignore[no-untyped-call]
        return request

    def _renew(self, response: requests.Response, token: str, kwargs: dict[str, Any]) -> requests.Response:
        response.close()
        self._keeper.drop(token)
        again = response.request.copy()
        again.headers["Authorization"] = f"Bearer {self._keeper.obtain()}"
        # The session knows of one request; this one needs leave of its own.
        ask_gate(self._guard, VENDOR, again)
        answer: requests.Response = response.connection.send(again, **kwargs)
        answer.request = again
        return answer


def _restate(problem: VendorProblem, kind: type[VendorProblem]) -> VendorProblem:
    return kind(
        vendor=problem.vendor,
        operation=problem.operation,
        detail=problem.detail,
        status=problem.status,
        retry_after_s=problem.retry_after_s,
    )
