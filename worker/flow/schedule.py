"""Zendesk's schedule as the business hours: read every hour, kept as a row, and used by every process from there."""

from datetime import timedelta

from pydantic import TypeAdapter

from connectors.errors import VendorProblem
from connectors.records import Schedule
from worker.core.schedules import find_schedule, make_calendar, use_schedule
from worker.flow.means import Means
from worker.flow.postponement import postpone_claims
from worker.store.escalations import list_open
from worker.store.progress import read_cursor, save_cursor
from worker.store.subjects import Claim, Lane, SubjectKind, check_fence, insert_wakes, release_subject

SCHEDULE = "zendesk.schedule"
_EVERY = timedelta(hours=1)
_LOOK_S = 10.0
_SCHEDULES: TypeAdapter[Schedule] = TypeAdapter(Schedule)


def poll_schedule(means: Means, claim: Claim) -> None:
    """Reads the schedule that the policy names; when it changed, all clocks are set anew."""
    wanted = means.rules.cadence.business.zendesk_schedule
    try:
        with means.limits.use_lane(Lane.FOLLOW_UP):
            named = find_schedule(means.helpdesk.read_schedules(), wanted) if wanted else None
            found = means.helpdesk.read_holidays(named) if named is not None else None
    except VendorProblem as problem:
        postpone_claims(means, [claim], problem)
        return
    if wanted and not _is_usable(means, found):
        found = None
    _keep(means, claim, found, is_wanted=bool(wanted))


def use_calendar(means: Means) -> None:
    """From now on this process counts in the hours that were read last; looks at the row every ten seconds."""
    if not means.rules.cadence.business.zendesk_schedule or means.monotonic() < means.memory.calendar_due_s:
        return
    means.memory.calendar_due_s = means.monotonic() + _LOOK_S
    with means.database.snapshot() as connection:
        body = read_cursor(connection, SCHEDULE)
    if body is not None and body != means.memory.schedule:
        means.memory.schedule = body
        means.memory.policy = use_schedule(means.rules, _SCHEDULES.validate_json(body))


def _is_usable(means: Means, found: Schedule | None) -> bool:
    """What cannot be used is said; the hours that were read before, else the policy's own, go on."""
    wanted = means.rules.cadence.business.zendesk_schedule
    if found is None:
        means.log.warning("schedule_missing", schedule=wanted)
        return False
    try:
        make_calendar(found, means.rules.cadence.business)
    except ValueError as error:
        means.log.warning("schedule_unusable", schedule=wanted, detail=type(error).__name__)
        return False
    return True


def _keep(means: Means, claim: Claim, found: Schedule | None, *, is_wanted: bool) -> None:
    now = means.now()
    body = _SCHEDULES.dump_json(found).decode() if found is not None else None
    with means.database.transaction() as connection:
        check_fence(connection, claim, lease_until=now + means.timing.lease)
        is_news = body is not None and body != read_cursor(connection, SCHEDULE)
        if is_news:
            save_cursor(connection, SCHEDULE, body, now)
            running = list_open(connection)
            ids = [one.id for one in running]
            tickets = sorted({str(ticket_id) for one in running for ticket_id in one.tickets})
            insert_wakes(connection, SubjectKind.ESCALATION, ids, lane=Lane.FOLLOW_UP, now=now)
            insert_wakes(connection, SubjectKind.TICKET, tickets, lane=Lane.FOLLOW_UP, now=now)
        release_subject(connection, claim, plan_due_at=now + _EVERY if is_wanted else None, write_due_at=None)
    if is_news:
        means.memory.calendar_due_s = 0.0
        means.log.info("schedule_read", schedule=found.name if found else "")
