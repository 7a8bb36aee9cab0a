"""Durations as people write them: "0.5s", "10m", "2h", "1d", "1w"."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_FORM = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s?(s|m|h|d|w)")


def parse_duration(text: str) -> timedelta:
    """The duration that `text` names; raises ValueError telling the form when it names none."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{text!r} is no duration; write a number and a unit, such as "30s", "10m", "2h" or "1d"')
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def write_duration(duration: timedelta) -> str:
    """The shortest form that `parse_duration` reads back."""
    seconds = duration.total_seconds()
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:g}{unit}"
    return f"{seconds:g}s"


def _read_duration(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_read_duration)]
