"""Figures as people read them in a brief: amounts, days and spans of time."""

from datetime import date, timedelta

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOURS_SHOWN_AS_DAYS = 48


def spell_number(number: int) -> str:
    """Return a whole number with its thousands set apart: 12,345."""
    return f"{number:,}"


def spell_money(amount: float) -> str:
    """Return a yearly amount without cents: 480,000."""
    return f"{amount:,.0f}"


def spell_day(iso: str) -> str:
    """Return the day of an ISO date or instant as "31 Jan 2027"; other text comes back as it is."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def spell_span(span: timedelta) -> str:
    """Return a span in its two largest units of day, hour and minute: "2 days 3 h", "1 h 20 min", "5 min"."""
    minutes = int(span.total_seconds()) // 60
    hours, minute = divmod(minutes, 60)
    if hours >= _HOURS_SHOWN_AS_DAYS:
        days, hour = divmod(hours, 24)
        return f"{days} days {hour} h" if hour else f"{days} days"
    if hours:
        return f"{hours} h {minute} min" if minute else f"{hours} h"
    return f"{minute} min"
