"""Instants as the two vendors spell them, and the shifting of a record's past to another present."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT_KEYS = ("_at", "now", "time", "_timestamp")
_DAY_KEYS = ("renewal_date", "_date")


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def parse_instant(text: str) -> datetime:
    """Read an ISO instant with a zone; raises ValueError on anything else."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"instant without a zone: {text!r}")
    return value.astimezone(UTC)


def spell_zendesk(instant: datetime) -> str:
    """Spell an instant as Zendesk does: whole seconds, `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def spell_jira(instant: datetime) -> str:
    """Spell an instant as Jira does: milliseconds, `+0000`."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def shift_instants(value: Any, shift: timedelta, key: str = "") -> Any:
    """Copy JSON with every timestamp moved by `shift`, and business dates moved by its whole days."""
    if isinstance(value, dict):
        return {name: shift_instants(item, shift, name) for name, item in value.items()}
    if isinstance(value, list):
        return [shift_instants(item, shift, key) for item in value]
    if isinstance(value, str) and key.endswith(_INSTANT_KEYS) and _INSTANT.fullmatch(value):
        return spell_zendesk(parse_instant(value) + shift)
    if isinstance(value, str) and key.endswith(_DAY_KEYS) and _DAY.fullmatch(value):
        return (date.fromisoformat(value) + timedelta(days=round(shift / timedelta(days=1)))).isoformat()
    return value
