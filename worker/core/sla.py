"""The state of a ticket's SLA clocks."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from connectors.records import SlaClock, SlaStage, Ticket
from worker.core.assessment import SlaStatus

_RUNNING = frozenset({SlaStage.ACTIVE, SlaStage.BREACHED})


def read_sla_status(ticket: Ticket, now: datetime, at_risk: timedelta) -> SlaStatus:
    """Breached when a running clock is past its instant, at risk when one ends within `at_risk`; none without any."""
    if not ticket.sla:
        return SlaStatus.NONE
    if list_breached(ticket, now):
        return SlaStatus.BREACHED
    if any(_ends_within(clock, now, at_risk) for clock in ticket.sla):
        return SlaStatus.AT_RISK
    return SlaStatus.WITHIN


def list_breached(ticket: Ticket, now: datetime, metrics: Collection[str] | None = None) -> tuple[SlaClock, ...]:
    """The running clocks that are past their instant, of all metrics or of these."""
    return tuple(
        clock
        for clock in ticket.sla or ()
        if clock.stage in _RUNNING
        and clock.breach_at is not None
        and clock.breach_at <= now
        and (metrics is None or clock.metric in metrics)
    )


def list_at_risk(ticket: Ticket, now: datetime, at_risk: timedelta) -> tuple[SlaClock, ...]:
    """The active clocks that end within `at_risk`."""
    return tuple(clock for clock in ticket.sla or () if _ends_within(clock, now, at_risk))


def list_sla_instants(ticket: Ticket, now: datetime, at_risk: timedelta) -> Iterator[datetime]:
    """The future instants at which a clock starts to be at risk, or is breached."""
    for clock in ticket.sla or ():
        if clock.stage is SlaStage.ACTIVE and clock.breach_at is not None:
            for instant in (clock.breach_at - at_risk, clock.breach_at):
                if instant > now:
                    yield instant


def _ends_within(clock: SlaClock, now: datetime, at_risk: timedelta) -> bool:
    return clock.stage is SlaStage.ACTIVE and clock.breach_at is not None and now < clock.breach_at <= now + at_risk
