"""What a Jira request costs, and what Jira's headers say of its limits (Atlassian, Jira Cloud rate limiting).

Three limits stand side by side: points an hour for apps, a burst by endpoint and method each second, and writes to
one issue. A refusal names its limit in RateLimit-Reason. Data Center announces its own bucket in the same headers.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from connectors.gate import (
    JIRA_DELETE,
    JIRA_GET,
    JIRA_ISSUE,
    JIRA_ISSUE_BURST,
    JIRA_POINTS,
    JIRA_POST,
    JIRA_PUT,
    Charge,
    Passage,
    Rates,
    Reading,
)
from connectors.verdicts import find_date, parse_retry_after

_METHODS = {"GET": JIRA_GET, "POST": JIRA_POST, "PUT": JIRA_PUT, "DELETE": JIRA_DELETE}
_ISSUE = re.compile(r"/rest/api/[^/]{1,10}/issue/([\w-]{1,60})(?:/|$)")
_NO_ISSUES = frozenset({"bulkfetch", "createmeta", "bulk", "picker"})
_PER_ISSUE = "jira-per-issue-on-write"
_BETA = re.compile(r";\s*(q|w|r|t)\s*=\s*(\d{1,9})")
# One point for the call and one for each object that it may return.
_SEARCH_POINTS, _BULK_POINTS, _READ_POINTS = 51, 101, 2
# Without a word about the time, a bucket that is nearly empty is given this long to fill.
_REFILL_S = 10.0


def measure_request(method: str, path: str) -> tuple[Charge, ...]:
    """The limits that a request draws on, the method's burst first."""
    charges = [
        Charge(bucket=_METHODS.get(method, JIRA_POST)),
        Charge(bucket=JIRA_POINTS, cost=_count_points(method, path)),
    ]
    issue = _ISSUE.search(path)
    if method != "GET" and issue and issue[1] not in _NO_ISSUES:
        charges += [Charge(bucket=JIRA_ISSUE_BURST, key=issue[1]), Charge(bucket=JIRA_ISSUE, key=issue[1])]
    return tuple(charges)


def read_rates(_status: int, headers: Mapping[str, str], passage: Passage, now: datetime) -> Rates:
    """All that the headers of an answer say; what cannot be read is left out."""
    spoken = find_date(headers.get("Date")) or now
    resets_s = _read_reset(headers, spoken)
    beta = {name: int(number) for name, number in _BETA.findall(headers.get("Beta-RateLimit", "")[:300])}
    remaining = _read_number(headers.get("X-RateLimit-Remaining"))
    if remaining is None:
        remaining = beta.get("r")
    bucket = passage.charges[0].bucket if passage.charges else JIRA_GET
    reading = Reading(
        bucket=bucket,
        limit=_read_number(headers.get("X-RateLimit-Limit")),
        remaining=remaining,
        resets_s=resets_s if resets_s is not None else float(beta["t"]) if "t" in beta else _REFILL_S,
    )
    return Rates(
        readings=(reading,) if reading.limit is not None or remaining is not None else (),
        spent=_find_spent(headers, passage),
        resets_s=_read_beta_wait(headers, spoken) or resets_s,
    )


def _count_points(method: str, path: str) -> int:
    if path.endswith("/search/jql"):
        return _SEARCH_POINTS
    if path.endswith("/bulkfetch"):
        return _BULK_POINTS
    return _READ_POINTS if method == "GET" else 1


def _find_spent(headers: Mapping[str, str], passage: Passage) -> tuple[str, ...]:
    """A refusal about one issue concerns only its writes; any other is taken for the whole site."""
    if headers.get("RateLimit-Reason", "").strip().lower() != _PER_ISSUE:
        return ()
    return tuple(charge.name for charge in passage.charges if charge.bucket == JIRA_ISSUE and charge.key)


def _read_beta_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    return parse_retry_after(headers.get("Beta-Retry-After"), now=now)


def _read_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """X-RateLimit-Reset is an instant, to the minute on some answers; Data Center says how often the bucket fills."""
    interval = _read_number(headers.get("X-RateLimit-Interval-Seconds"))
    value = headers.get("X-RateLimit-Reset", "")[:40].strip()
    try:
        then = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return float(interval) if interval else None
    aware = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def _read_number(value: str | None) -> int | None:
    text = (value or "").strip()[:20]
    return int(text) if text.isascii() and text.isdigit() else None
