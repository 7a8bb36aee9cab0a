"""One session for each vendor client: pinned to its host, bounded in time and size, silent about retries.

Both vendor libraries send through it, so neither can follow a redirect, repeat a write, sleep on a 429, read
a netrc file for a loopback sandbox, or swallow an answer: every failure leaves `send` as a VendorProblem.
"""

import io
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar

import requests
import tenacity
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, parse_url

from connectors.addresses import VendorAddress, parse_address
from connectors.errors import Refused, Throttled, Uncertain, Unreachable, VendorProblem
from connectors.gate import NO_RATES, Guard, Passage
from connectors.verdicts import (
    REDIRECTS,
    SUCCESSES,
    JsonObject,
    classify_exception,
    classify_response,
    clean_words,
    describe_failure,
    expect_object,
    parse_retry_after,
)

__all__ = [
    "JsonObject",
    "VendorAddress",
    "VendorSession",
    "ask_gate",
    "build_session",
    "classify_exception",
    "classify_response",
    "describe_failure",
    "expect_object",
    "is_repeatable",
    "parse_address",
    "parse_retry_after",
    "read_with_retries",
]

T = TypeVar("T")

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""No answer that we ask for comes near it; a larger one is a fault or an attack."""

READ_ATTEMPTS = 3
READ_PATIENCE_S = 1.0
"""The longest Retry-After that a read waits for in place; a longer one is the caller's to schedule."""

_READ_DEADLINE_S = 20.0
BODY_PATIENCE = 4
"""So many times the read time-out may an answer take from its first byte to its last."""

_CHUNK_BYTES = 65_536
_USER_AGENT = "helpdesk-escalator"


class AnswerTooLarge(requests.RequestException):
    """The answer is larger than the session allows."""


class _NoCredentials(AuthBase):
    """Leaves a request as it is; without any auth requests would look into a netrc file of the machine."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Doorstep(HTTPAdapter):
    """Where bytes leave: no retries, and one last question to the gate, since minting a token may take a while."""

    def __init__(self, vendor: str, guard: Guard | None) -> None:
        super().__init__(max_retries=Retry(total=0, read=False, redirect=0))
        self._vendor = vendor
        self._guard = guard

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends what the gate still confirms; raises HeldBack."""
        if self._guard is not None:
            self._guard.gate.confirm(Passage(vendor=self._vendor, target=_name_operation(request), charges=()))
        return super().send(request, *args, **kwargs)


class VendorSession(requests.Session):
    """A requests session that may talk to one vendor address only and raises VendorProblem for every failure.

    No redirects, cookies or retries; the same (connect, read) time-outs in seconds on every call, and a limit
    on the size and duration of the answer. With a guard nothing is sent that its gate does not admit.
    Not for use by two threads at once.
    """

    def __init__(
        self,
        *,
        vendor: str,
        address: VendorAddress,
        auth: AuthBase | tuple[str, str] | None,
        timeout_s: tuple[float, float],
        max_bytes: int,
        clock: Callable[[], datetime],
        guard: Guard | None,
    ) -> None:
        super().__init__()
        self.vendor = vendor
        self.address = address
        self.timeout_s = timeout_s
        self.auth = auth or _NoCredentials()
        self._max_bytes = max_bytes
        self._clock = clock
        self._guard = guard
        self.trust_env = not address.is_loopback
        self.headers["User-Agent"] = _USER_AGENT
        # A vendor's session cookie would outlive and outrank the credentials of the next request.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Doorstep(vendor, guard))

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | list[str]] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """One request to a path below the base URL, sent once: its decoded JSON, or a VendorProblem.

        `body` is sent as JSON; `params` are URL-encoded. An answer without a body gives None.
        """
        response = self.request(method, self.address.join(path), params=params, json=body, headers=headers)
        operation = f"{method} {clean_words(path)}"
        return classify_response(response, vendor=self.vendor, operation=operation, now=self._clock())

    def download(self, url: str, *, max_bytes: int) -> requests.Response:
        """One GET of a file at this address: whatever it is, or the redirect that names where it lies.

        Raises VendorProblem, Refused for one of more than `max_bytes`.
        """
        request = self.prepare_request(requests.Request("GET", url))
        settings = self.merge_environment_settings(request.url or "", {}, None, None, None)
        try:
            return self._send(request, max_bytes=max_bytes, is_file=True, **settings)
        except VendorProblem as problem:
            if not isinstance(problem.__cause__, AnswerTooLarge):
                raise
            detail = f"the file is larger than {max_bytes} bytes"
            raise Refused(vendor=self.vendor, operation=problem.operation, detail=detail) from problem

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Sends once and reads the whole answer; raises VendorProblem for everything but a 2xx."""
        return self._send(request, max_bytes=self._max_bytes, is_file=False, **kwargs)

    def _send(
        self, request: requests.PreparedRequest, *, max_bytes: int, is_file: bool, **kwargs: Any
    ) -> requests.Response:
        operation = _name_operation(request)
        if not self.address.covers(request.url or ""):
            raise Refused(vendor=self.vendor, operation=operation, detail=_describe_foreign(request, self.address))
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": self.timeout_s}
        passage = ask_gate(self._guard, self.vendor, request)
        try:
            response = super().send(request, **kwargs)
            self._read_body(response, max_bytes)
        except (requests.RequestException, HTTPError, OSError) as exc:
            problem = classify_exception(exc, vendor=self.vendor, operation=operation)
            self._settle(passage, problem, None)
            raise problem from exc
        except BaseException:
            # Something else than this request failed, such as the minting of its token, and was settled there.
            if self._guard is not None:
                self._guard.gate.release(passage)
            raise
        is_fine = is_file and response.status_code in {*SUCCESSES, *REDIRECTS}
        failure = None if is_fine else self._find_failure(response, operation)
        self._settle(passage, failure, response)
        if failure is not None:
            raise failure
        return response

    def _settle(self, passage: Passage, problem: VendorProblem | None, response: requests.Response | None) -> None:
        if self._guard is None:
            return
        rates = NO_RATES
        if response is not None:
            rates = self._guard.read(response.status_code, response.headers, passage, self._clock())
        self._guard.gate.settle(passage, problem, rates)

    def _find_failure(self, response: requests.Response, operation: str) -> VendorProblem | None:
        if response.status_code not in SUCCESSES:
            return describe_failure(response, vendor=self.vendor, operation=operation, now=self._clock())
        if response.headers.get("Content-Type", "").lower().startswith("text/html"):
            detail = "the answer is a web page; is it maintenance, or another server's?"
            return Uncertain(vendor=self.vendor, operation=operation, status=response.status_code, detail=detail)
        return None

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - requests' signature
        """None: a redirect is an answer to report, never a place to go (a 301 would turn a POST into a GET)."""
        return None

    def _read_body(self, response: requests.Response, max_bytes: int) -> None:
        """Reads the answer within the limits, so that its `content` costs no further reads."""
        deadline = time.monotonic() + self.timeout_s[1] * BODY_PATIENCE
        body = bytearray()
        with response.raw as raw:
            for chunk in raw.stream(_CHUNK_BYTES, decode_content=True):
                body += chunk
                if len(body) > max_bytes:
                    raise AnswerTooLarge(f"more than {max_bytes} bytes")
                if time.monotonic() > deadline:
                    raise requests.exceptions.ReadTimeout("the answer took too long")
        response.raw = io.BytesIO(bytes(body))


def build_session(
    *,
    vendor: str,
    base_url: str,
    auth: AuthBase | tuple[str, str] | None,
    connect_timeout_s: float,
    read_timeout_s: float,
    clock: Callable[[], datetime],
    guard: Guard | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> VendorSession:
    """A session for one thread, pinned to `base_url`; raises ValueError when that is not an allowed address."""
    return VendorSession(
        vendor=vendor,
        address=parse_address(base_url),
        auth=auth,
        timeout_s=(connect_timeout_s, read_timeout_s),
        max_bytes=max_bytes,
        clock=clock,
        guard=guard,
    )


def ask_gate(guard: Guard | None, vendor: str, request: requests.PreparedRequest) -> Passage:
    """What the request costs, once it may be sent; raises HeldBack when it must not be sent yet."""
    path = parse_url(request.url or "").path or "/"
    charges = guard.measure(request.method or "", path) if guard else ()
    passage = Passage(vendor=vendor, target=_name_operation(request), charges=charges)
    if guard is not None:
        guard.gate.admit(passage)
    return passage


def read_with_retries(
    call: Callable[[], T],
    *,
    sleep: Callable[[float], None],
    attempts: int = READ_ATTEMPTS,
    patience_s: float = READ_PATIENCE_S,
) -> T:
    """Calls a READ up to `attempts` times within seconds; never use it for a write.

    Repeats on Unreachable, Throttled and Uncertain. Waits exactly what a Retry-After asks for when that is
    at most `patience_s`; a longer wish is raised at once. The last failure is raised as it is.
    """
    backoff = tenacity.wait_random_exponential(multiplier=0.5, max=patience_s)

    def measure_wait(state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        wish = failure.retry_after_s if isinstance(failure, VendorProblem) else None
        return backoff(state) if wish is None else wish

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda failure: is_repeatable(failure, patience_s=patience_s)),
        wait=measure_wait,
        stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_after_delay(_READ_DEADLINE_S),
        sleep=sleep,
        reraise=True,
    )
    return retrying(call)


def is_repeatable(failure: BaseException, *, patience_s: float = READ_PATIENCE_S) -> bool:
    """True when the same read may succeed within `patience_s` seconds. A redirect will not."""
    if not isinstance(failure, Unreachable | Throttled | Uncertain):
        return False
    return failure.status not in REDIRECTS and (failure.retry_after_s or 0) <= patience_s


def _name_operation(request: requests.PreparedRequest) -> str:
    """Method and path without the query, which may hold search words."""
    return clean_words(f"{request.method} {parse_url(request.url or '').path or '/'}")


def _describe_foreign(request: requests.PreparedRequest, address: VendorAddress) -> str:
    foreign = parse_url(request.url or "")
    return clean_words(f"not sent: {foreign.scheme}://{foreign.host} is not {address.scheme}://{address.netloc}")
