"""How often an escalation is followed up, by severity."""

from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from mappings.calendars import Calendar, QuietHours, add_business_time
from mappings.durations import Duration
from mappings.rules import Rules


class Rhythm(Rules):
    """One severity's clocks. `customer` holds the lower bound (draft due) and the upper one (overdue).

    `attention` is the time within which the receiving team's attention is needed; it gives a new issue its
    deadline. `send` names the texts that go to the customer by themselves instead of as a draft.
    """

    internal: Duration
    customer: tuple[Duration, Duration]
    attention: Duration
    calendar: Literal["always", "business"] = "always"
    send: tuple[Literal["update", "confirm"], ...] = ()

    @model_validator(mode="after")
    def _check_order(self) -> "Rhythm":
        low, high = self.customer
        if not timedelta(0) < low <= high:
            raise ValueError('customer = ["LOW", "HIGH"] needs 0 < LOW <= HIGH')
        if self.internal <= timedelta(0) or self.attention <= timedelta(0):
            raise ValueError("internal and attention must be longer than zero")
        return self


class Contacts(Rules):
    """Whom an unanswered question goes up to: Jira account ids, by target, the first step first."""

    l2: tuple[str, ...] = ()
    engineering: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    security: tuple[str, ...] = ()
    leadership: tuple[str, ...] = ()

    def list_contacts(self, target: str) -> tuple[str, ...]:
        """The contacts of the target with this name, and then Leadership's."""
        own: dict[str, tuple[str, ...]] = dict(self)
        return tuple(dict.fromkeys((*own[target], *self.leadership)))


class Cadence(Rules):
    """`cadence.toml`.

    `quiet_hours` hold back what is not critical; `sla_lead` is how long before an SLA breach a draft is due;
    `asks_per_step` is after how many unanswered questions the next contact is asked. A lower severity must have held
    for `lower_after` before the issue is told; the tag for snoozing puts reminders off for `snooze`. At `digest`, in
    the zone of the business hours, tickets are told what happened on their issue. For `watch_closed` after the end of
    an escalation its issue is still looked at.
    """

    critical: Rhythm
    high: Rhythm
    medium: Rhythm
    business: Calendar
    quiet_hours: QuietHours | None = None
    sla_lead: Duration = timedelta(minutes=30)
    asks_per_step: int = Field(2, ge=1)
    lower_after: Duration = timedelta(hours=4)
    snooze: Duration = timedelta(days=1)
    digest: time = time(16, 0)
    watch_closed: Duration = timedelta(days=30)
    contacts: Contacts = Contacts()

    def find_rhythm(self, severity: str) -> Rhythm:
        """The clocks of the severity with this name."""
        rhythms: dict[str, Rhythm] = {"critical": self.critical, "high": self.high, "medium": self.medium}
        return rhythms[severity]

    def find_digest(self, instant: datetime) -> datetime:
        """The first instant after this one at which tickets are told what happened on their issue, in UTC."""
        zone = ZoneInfo(self.business.zone)
        day = instant.astimezone(zone).date()
        days = (datetime.combine(day + timedelta(days=ahead), self.digest, zone) for ahead in range(3))
        return next(at for at in (one.astimezone(UTC) for one in days) if at > instant)

    def add_span(self, rhythm: Rhythm, instant: datetime, span: timedelta) -> datetime:
        """`instant` plus `span` on the calendar of the rhythm."""
        if rhythm.calendar == "business":
            return add_business_time(self.business, instant, span)
        return instant + span
