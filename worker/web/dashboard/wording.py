"""Values as a page says them: instants, spans, numbers, and text that a stranger wrote."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

# What a browser would obey inside a text: control characters but line end and tab, and direction overrides.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def clean_text(value: object) -> object:
    """Text with a mark for each character that could hide or turn other text; markup and other values as they are."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNSAFE.sub("\ufffd", value)
    return "" if value is None else value


def cut_text(value: str, length: int) -> str:
    """The text in at most so many characters, cut at a word, with a visible mark."""
    if len(value) <= length:
        return value
    head = value[: length - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[length // 2 :] else head).rstrip() + "…"


def tell_span(span: timedelta) -> str:
    """A length of time in its two largest units: "2 d 3 h", "45 min", "20 s"."""
    seconds = abs(span.total_seconds())
    for index, (length, unit) in enumerate(_UNITS):
        if seconds >= length:
            whole, rest = divmod(seconds, length)
            if index + 1 < len(_UNITS) and rest >= _UNITS[index + 1][0] and whole < 10:  # noqa: PLR2004 - "12 d" says enough
                smaller, name = _UNITS[index + 1]
                return f"{whole:.0f} {unit} {rest // smaller:.0f} {name}"
            return f"{whole:.0f} {unit}"
    return f"{seconds:.0f} s"


def tell_when(instant: datetime, now: datetime) -> str:
    """An instant as seen from now: "in 2 h", "45 min ago", "now"."""
    span = instant - now
    if abs(span.total_seconds()) < 1:
        return "now"
    return f"in {tell_span(span)}" if span > timedelta(0) else f"{tell_span(span)} ago"


def spell_instant(instant: datetime, zone: ZoneInfo) -> str:
    """An instant in the desk's zone, and in UTC where that is another: "Mon 2 Mar 2026, 10:30 CET (09:30 UTC)"."""
    local, utc = instant.astimezone(zone), instant.astimezone(UTC)
    day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    told = f"{day}, {local:%H:%M} {local.tzname()}"
    if local.utcoffset() == utc.utcoffset():
        return told
    other = "" if local.date() == utc.date() else f"{utc.day} {_MONTHS[utc.month - 1]}, "
    return f"{told} ({other}{utc:%H:%M} UTC)"


def mark_time(instant: datetime | None, now: datetime, zone: ZoneInfo, *, exact: bool = False) -> Markup:
    """A `<time>` that tells how far away it is, with the exact instant on hover; or the other way round."""
    if instant is None:
        return Markup("–")
    whole, near = spell_instant(instant, zone), tell_when(instant, now)
    machine = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told, hint = (whole, near) if exact else (near, whole)
    kind = Markup(" data-exact") if exact else Markup(" data-near")
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(machine, hint, kind, told)


def spell_number(value: float | int | None, digits: int = 0) -> str:
    """A number with thin groups of thousands; a dash for none."""
    if value is None:
        return "–"
    return f"{value:,.{digits}f}".replace(",", "\u202f")


def break_lines(text: str) -> Markup:
    """Text with its line ends kept."""
    return Markup("<br>").join(escape(clean_text(line)) for line in text.splitlines())
