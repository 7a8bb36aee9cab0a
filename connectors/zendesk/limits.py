"""What a Zendesk request costs, and what Zendesk's headers say of its limits (Zendesk API reference, rate limits).

The account has a limit of requests a minute; beside it stand limits of single endpoints, which can be empty while
the account has plenty left. Header names come in several spellings, and all that were seen are read.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from connectors.gate import (
    ZENDESK_AUDITS,
    ZENDESK_EXPORTS,
    ZENDESK_REQUESTS,
    ZENDESK_TICKET,
    ZENDESK_TOKENS,
    ZENDESK_UPDATES,
    Charge,
    Passage,
    Rates,
    Reading,
)

_TICKET = re.compile(r"/api/v2/tickets/(\d{1,20})(?:/|\.json|$)")
_NAMED = re.compile(r"zendesk-rate-?limit-([\w-]{1,80})$", re.IGNORECASE)
_PART = re.compile(r"(total|remaining|resets)=(\d{1,9})", re.IGNORECASE)
_THROTTLED = 429
_MINUTE_S = 60.0
_EPOCH_S = 1_000_000.0
# The smallest plan's account limit is 200; a smaller number on an export is the export's own.
_SMALLEST_ACCOUNT = 100
_BUCKETS = (
    ("per-ticket", ZENDESK_TICKET),
    ("tickets-update", ZENDESK_UPDATES),
    ("ticket-update", ZENDESK_UPDATES),
    ("incremental", ZENDESK_EXPORTS),
    ("export", ZENDESK_EXPORTS),
    ("audit", ZENDESK_AUDITS),
)


def measure_request(method: str, path: str) -> tuple[Charge, ...]:
    """The limits that a request draws on, the account's first."""
    charges = [Charge(bucket=ZENDESK_REQUESTS)]
    if path == "/oauth/tokens":
        charges.append(Charge(bucket=ZENDESK_TOKENS))
    if path.startswith("/api/v2/incremental/"):
        charges.append(Charge(bucket=ZENDESK_EXPORTS))
    ticket = _TICKET.match(path)
    if method != "GET" and (ticket or path.startswith("/api/v2/tickets/update_many")):
        charges.append(Charge(bucket=ZENDESK_UPDATES))
    if method != "GET" and ticket:
        charges.append(Charge(bucket=ZENDESK_TICKET, key=ticket[1]))
    if method == "GET" and ticket and "/audits" in path:
        charges.append(Charge(bucket=ZENDESK_AUDITS))
    return tuple(charges)


def read_rates(status: int, headers: Mapping[str, str], passage: Passage, now: datetime) -> Rates:
    """All that the headers of an answer say; what cannot be read is left out."""
    keys = {charge.bucket: charge.key for charge in passage.charges}
    account = _read_account(headers, passage, now)
    named = tuple(_read_named(headers, keys))
    readings = (*((account,) if account else ()), *named)
    if status != _THROTTLED:
        return Rates(readings=readings)
    waits = [reading.resets_s for reading in readings if reading.remaining == 0 and reading.resets_s]
    return Rates(
        readings=readings,
        spent=_find_spent(passage, account, named),
        resets_s=max(waits, default=None),
    )


def _read_account(headers: Mapping[str, str], passage: Passage, now: datetime) -> Reading | None:
    limit = _read_number(headers, "x-rate-limit", "ratelimit-limit", "rate-limit")
    remaining = _read_number(headers, "x-rate-limit-remaining", "ratelimit-remaining", "rate-limit-remaining")
    if limit is None and remaining is None:
        return None
    resets = _read_number(headers, "x-rate-limit-reset", "ratelimit-reset", "rate-limit-reset")
    wait = _MINUTE_S if resets is None else float(resets)
    if wait > _EPOCH_S:
        wait -= now.timestamp()
    bucket = ZENDESK_REQUESTS
    if limit is not None and limit < _SMALLEST_ACCOUNT and _draws_on(passage, ZENDESK_EXPORTS):
        bucket = ZENDESK_EXPORTS
    return Reading(bucket=bucket, limit=limit, remaining=remaining, resets_s=max(0.0, wait))


def _read_named(headers: Mapping[str, str], keys: Mapping[str, str]) -> Iterator[Reading]:
    """Limits of endpoints: `zendesk-ratelimit-tickets-update: total=100; remaining=99; resets=59`."""
    for header, value in headers.items():
        found = _NAMED.match(header)
        if not found:
            continue
        name = found[1].lower()
        bucket = next((bucket for word, bucket in _BUCKETS if word in name), None) or _find_narrowest(keys)
        parts = {part.lower(): int(number) for part, number in _PART.findall(value[:200])}
        yield Reading(
            bucket=bucket,
            key=keys.get(bucket, ""),
            # The size of a limit that we do not know says nothing of ours.
            limit=parts.get("total") if any(word in name for word, _ in _BUCKETS) else None,
            remaining=parts.get("remaining"),
            resets_s=float(parts["resets"]) if "resets" in parts else None,
        )


def _find_narrowest(keys: Mapping[str, str]) -> str:
    classes = [bucket for bucket in keys if bucket not in {ZENDESK_REQUESTS, ZENDESK_TICKET}]
    return classes[-1] if classes else ZENDESK_REQUESTS


def _find_spent(passage: Passage, account: Reading | None, named: tuple[Reading, ...]) -> tuple[str, ...]:
    """Which limits a 429 is about: the empty ones by name, else the endpoint's when the account has some left."""
    if account is not None and account.bucket == ZENDESK_REQUESTS and account.remaining == 0:
        return ()
    empty = tuple(
        Charge(bucket=reading.bucket, key=reading.key).name
        for reading in named
        if reading.remaining == 0 and reading.bucket != ZENDESK_REQUESTS
    )
    if empty:
        return empty
    narrow = [charge.name for charge in passage.charges if charge.bucket in {ZENDESK_EXPORTS, ZENDESK_UPDATES}]
    has_left = account is not None and bool(account.remaining)
    return tuple(narrow) if has_left else ()


def _draws_on(passage: Passage, bucket: str) -> bool:
    return any(charge.bucket == bucket for charge in passage.charges)


def _read_number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        value = headers.get(name, "").strip()[:20]
        if value.isascii() and value.isdigit():
            return int(value)
    return None
