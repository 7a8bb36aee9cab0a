"""Single values out of Zendesk's JSON, which promises less than its reference says.

Nulls stand where the reference names a type, ids arrive as strings in webhooks, and any text may hold what a
database or a terminal refuses. Each reader gives a clean value or None and never raises.
"""

from datetime import UTC, datetime
from typing import Any

_LARGEST_ID = 2**63 - 1
"""What every database column of ours can hold."""

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""No ticket was there before and no clock ends after; at the ends of the calendar no duration could be added."""


def read_id(value: object) -> int | None:
    """An id from an int or a string of digits; None for anything else, or when it does not fit 64 bits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        digits = value.strip()
        if not digits.removeprefix("-").isdecimal() or len(digits) > 20:  # noqa: PLR2004 - longer than 64 bits
            return None
        value = int(digits)
    return value if isinstance(value, int) and abs(value) <= _LARGEST_ID else None


def read_count(value: object) -> int:
    """A count that is not negative; 0 for anything else."""
    return max(0, read_id(value) or 0)


def read_text(value: object) -> str:
    """A text without NUL characters and lone surrogates, which no database takes; empty for anything else."""
    if not isinstance(value, str):
        return ""
    if "\x00" in value:
        value = value.replace("\x00", "")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode(errors="replace").decode()
    return value


def read_word(value: object) -> str | None:
    """A text that is not blank, or None."""
    text = read_text(value)
    return text if text.strip() else None


def read_instant(value: object) -> datetime | None:
    """An aware UTC instant from ISO 8601 (naive means UTC) or unix seconds, from 1970 to 2199; None for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        instant = _read_any_instant(value)
    except (ValueError, OverflowError, OSError):
        return None
    return instant if _EARLIEST <= instant < _LATEST else None


def _read_any_instant(value: str | int | float) -> datetime:
    if not isinstance(value, str):
        return datetime.fromtimestamp(value, tz=UTC)
    instant = datetime.fromisoformat(value.strip())
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def read_object(value: object) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def read_objects(value: object) -> list[dict[str, Any]]:
    """The JSON objects in an array; empty for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def read_words(value: object) -> tuple[str, ...]:
    """The texts in an array that are not blank, in order, each once."""
    items = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(word for word in map(read_word, items) if word))


def spell_stamp(instant: datetime) -> str:
    """An instant as Zendesk writes `updated_at`, to the second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
