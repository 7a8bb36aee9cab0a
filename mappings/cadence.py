"""How often an escalation is followed up, by severity."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import model_validator

from mappings.calendars import Calendar, add_business_time
from mappings.durations import Duration
from mappings.rules import Rules


class Rhythm(Rules):
    """One severity's clocks. `customer` holds the lower bound (draft due) and the upper one (overdue).

    `attention` is the time within which the receiving team's attention is needed; it gives a new issue its
    deadline.
    """

    internal: Duration
    customer: tuple[Duration, Duration]
    attention: Duration
    calendar: Literal["always", "business"] = "always"

    @model_validator(mode="after")
    def _check_order(self) -> "Rhythm":
        low, high = self.customer
        if not timedelta(0) < low <= high:
            raise ValueError('customer = ["LOW", "HIGH"] needs 0 < LOW <= HIGH')
        if self.internal <= timedelta(0) or self.attention <= timedelta(0):
            raise ValueError("internal and attention must be longer than zero")
        return self


class Cadence(Rules):
    """`cadence.toml`."""

    critical: Rhythm
    high: Rhythm
    medium: Rhythm
    business: Calendar

    def find_rhythm(self, severity: str) -> Rhythm:
        """The clocks of the severity with this name."""
        rhythms: dict[str, Rhythm] = {"critical": self.critical, "high": self.high, "medium": self.medium}
        return rhythms[severity]

    def add_span(self, rhythm: Rhythm, instant: datetime, span: timedelta) -> datetime:
        """`instant` plus `span` on the calendar of the rhythm."""
        if rhythm.calendar == "business":
            return add_business_time(self.business, instant, span)
        return instant + span
