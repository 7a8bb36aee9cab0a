"""What a vendor's answer, or the lack of one, means: the only place that classifies errors.

A write whose fate is unknown must be told from one that surely did not happen, or an issue is opened twice.
Whatever is not plainly one or the other is `Uncertain`.
"""

import json
import math
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util import parse_url

from connectors.errors import (
    Conflict,
    Forbidden,
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    Uncertain,
    Unreachable,
    VendorProblem,
)

JsonObject = dict[str, Any]

SUCCESSES = range(200, 300)
REDIRECTS = range(300, 400)
CLIENT_ERRORS = range(400, 500)

_DETAIL_LENGTH = 200
_FIELD_LIMIT = 20
_BY_STATUS: Mapping[int, type[VendorProblem]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    # An intermediary's 408 does not say whether the vendor had the request by then.
    408: Uncertain,
    409: Conflict,
    410: NotFound,
    429: Throttled,
}
# Failures that OpenSSL reports only while it negotiates, before any byte of a request is written.
_HANDSHAKE_REASONS = frozenset(
    {
        "CERTIFICATE_VERIFY_FAILED",
        "HTTP_REQUEST",
        "NO_PROTOCOLS_AVAILABLE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "TLSV1_UNRECOGNIZED_NAME",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)
_UNSENT_ERRORS = (
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidJSONError,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)


def classify_response(response: requests.Response, *, vendor: str, operation: str, now: datetime) -> Any:
    """The decoded JSON of a 2xx answer (None when it has no body), or raises the VendorProblem that it means.

    429 is Throttled; 401, 403, 404, 410 and 409 have classes of their own; other 4xx are Refused; 408, 5xx,
    redirects and a 2xx that is not JSON are Uncertain. `now` turns a Retry-After date into seconds.
    """
    if response.status_code not in SUCCESSES:
        raise describe_failure(response, vendor=vendor, operation=operation, now=now)
    if not response.content:
        return None
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        raise Uncertain(
            vendor=vendor, operation=operation, status=response.status_code, detail="the answer is not JSON"
        ) from None


def describe_failure(response: requests.Response, *, vendor: str, operation: str, now: datetime) -> VendorProblem:
    """The VendorProblem that a non-2xx answer means, with the vendor's short words and refused fields."""
    status = response.status_code
    kind = _BY_STATUS.get(status, Refused if status in CLIENT_ERRORS else Uncertain)
    words, fields = _read_words(response)
    return kind(
        vendor=vendor,
        operation=operation,
        status=status,
        detail=words,
        retry_after_s=parse_retry_after(
            response.headers.get("Retry-After"), now=find_date(response.headers.get("Date")) or now
        ),
        fields=fields,
    )


def classify_exception(exc: Exception, *, vendor: str, operation: str) -> VendorProblem:
    """The VendorProblem that a transport exception means.

    Unreachable when no connection was made (refused, DNS, TLS hand-shake, proxy, connect time-out), Refused
    when the request could not even be built, and Uncertain for everything else.
    """
    if isinstance(exc, VendorProblem):
        return exc
    kind: type[VendorProblem] = Uncertain
    if isinstance(exc, _UNSENT_ERRORS):
        kind = Refused
    elif isinstance(exc, requests.exceptions.ProxyError) or any(map(_means_unconnected, _walk_causes(exc))):
        kind = Unreachable
    return kind(vendor=vendor, operation=operation, detail=_name_transport_error(exc, kind))


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait from a Retry-After header: a number (fractions allowed) or an HTTP date (RFC 9110, 10.2.3).

    None when absent or unreadable; never negative.
    """
    if value is None:
        return None
    try:
        seconds = float(value) if value.isascii() and "_" not in value else math.nan
    except ValueError:
        seconds = _measure_date(value, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def find_date(value: str | None) -> datetime | None:
    """The instant of an HTTP date, such as the vendor's own clock in its Date header; None when there is none.

    A Retry-After that is a date counts from it, so that a difference between two clocks cannot shorten the wait.
    """
    if value is None:
        return None
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return then if then.tzinfo else then.replace(tzinfo=UTC)


def expect_object(value: Any, *, vendor: str, operation: str) -> JsonObject:
    """`value` when it is a JSON object; anything else in a 2xx answer is Uncertain."""
    if isinstance(value, dict):
        return value
    raise Uncertain(vendor=vendor, operation=operation, detail="the answer is not a JSON object")


def clean_words(text: str, *, limit: int = _DETAIL_LENGTH) -> str:
    """`text` on one line, without control characters, at most `limit` characters with a visible cut."""
    printable = "".join(char if char.isprintable() else " " for char in text[: limit * 4])
    line = " ".join(printable.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _measure_date(value: str, now: datetime) -> float:
    then = find_date(value)
    return (then - now).total_seconds() if then is not None else math.nan


def _read_words(response: requests.Response) -> tuple[str, dict[str, str]]:
    if response.status_code in REDIRECTS:
        return _describe_redirect(response), {}
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        body = None
    fields = dict(_read_fields(body)) if isinstance(body, dict) else {}
    words = [*_read_titles(body), *(f"{name}: {text}" for name, text in fields.items())]
    unique = dict.fromkeys(filter(None, words))
    return clean_words("; ".join(unique)) or clean_words(response.reason or "") or "no reason given", fields


def _describe_redirect(response: requests.Response) -> str:
    try:
        host = parse_url(response.headers.get("Location", "")).host
    except ValueError:
        host = None
    return (
        clean_words(f"redirected to {host}; is the address right?") if host else "redirected; is the address right?"
    )


def _read_titles(body: Any) -> Iterator[str]:
    """The short words of an error body: Jira's errorMessages, Zendesk's error, description or errors list."""
    if not isinstance(body, dict):
        return
    for key in ("error", "title", "description", "error_description", "message", "errorMessages", "errorMessage"):
        yield from _read_phrases(body.get(key))
    if isinstance(body.get("errors"), list):
        yield from _read_phrases(body["errors"])


def _read_phrases(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield clean_words(value)
    elif isinstance(value, dict):
        for key in ("title", "description", "message", "detail", "code"):
            if isinstance(value.get(key), str):
                yield clean_words(value[key])
    elif isinstance(value, list):
        for part in value[:_FIELD_LIMIT]:
            if not isinstance(part, list):
                yield from _read_phrases(part)


def _read_fields(body: JsonObject) -> Iterator[tuple[str, str]]:
    """Refused fields: Jira's `errors` by field, Zendesk's `details` by field (RecordInvalid)."""
    for key in ("errors", "details"):
        named = body.get(key)
        if not isinstance(named, dict):
            continue
        for name, value in list(named.items())[:_FIELD_LIMIT]:
            yield clean_words(str(name), limit=80), clean_words("; ".join(dict.fromkeys(_read_phrases(value))))


def _walk_causes(exc: BaseException) -> Iterator[BaseException]:
    """The exception and what it wraps: arguments, reasons and causes.

    Never its context: a write that fails while an earlier failure is being handled would inherit its verdict.
    """
    pending: list[object] = [exc]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending += [*current.args, getattr(current, "reason", None), current.__cause__]


def _means_unconnected(exc: BaseException) -> bool:
    if isinstance(exc, ssl.SSLError):
        return exc.reason in _HANDSHAKE_REASONS
    # NameResolutionError is a NewConnectionError; a time-out while reading is neither.
    return isinstance(exc, NewConnectionError | ConnectTimeoutError | requests.exceptions.ConnectTimeout)


def _name_transport_error(exc: Exception, kind: type[VendorProblem]) -> str:
    """Words without the URL: exception texts hold query strings."""
    causes = [type(cause).__name__ for cause in _walk_causes(exc)]
    what = {Unreachable: "no connection", Refused: "not a request that can be sent"}.get(kind, "no complete answer")
    return clean_words(f"{what} ({', '.join(dict.fromkeys(causes[:4]))})")
