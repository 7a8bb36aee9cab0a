"""Polling the cursor export: the guarantee that nothing is missed. Webhooks only make it fast."""

from datetime import datetime

from connectors.errors import VendorProblem
from connectors.records import ExportPage, Ticket
from worker.failpoints import FailPoint, reach
from worker.flow.holding import take_turn
from worker.flow.means import Means
from worker.flow.postponement import postpone_claims
from worker.flow.schedule import SCHEDULE, poll_schedule
from worker.store.inbox import InboxRow, add_rows
from worker.store.progress import read_cursor, save_cursor
from worker.store.subjects import (
    Claim,
    Lane,
    SubjectKind,
    check_fence,
    insert_wakes,
    release_subject,
)
from worker.store.tickets import spell_ticket

EXPORT = "zendesk.export"


def start_polling(means: Means) -> None:
    """Makes the pollers due; harmless when they already are."""
    sources = [EXPORT, *([SCHEDULE] if means.rules.cadence.business.zendesk_schedule else [])]
    with means.database.transaction() as connection:
        insert_wakes(connection, SubjectKind.POLL, sources, lane=Lane.LIVE, now=means.now())


def poll_sources(means: Means) -> bool:
    """Reads one page of the export, or the schedule, if that is due; True when there was something to do."""
    return take_turn(means, SubjectKind.POLL, _poll)


def _poll(means: Means, claim: Claim) -> None:
    if claim.id == SCHEDULE:
        poll_schedule(means, claim)
    else:
        _poll_page(means, claim)


def _poll_page(means: Means, claim: Claim) -> None:
    reach(FailPoint.POLL_CLAIMED)
    with means.database.snapshot() as connection:
        cursor = read_cursor(connection, EXPORT)
    start = None if cursor else int(means.timing.poll_from.timestamp())
    try:
        with means.limits.use_lane(Lane.LIVE):
            page = means.helpdesk.read_export(cursor=cursor, start_time=start)
    except VendorProblem as problem:
        postpone_claims(means, [claim], problem)
        return
    reach(FailPoint.POLL_READ)
    _store_page(means, claim, page, cursor)


def _store_page(means: Means, claim: Claim, page: ExportPage, cursor: str | None) -> None:
    now = means.now()
    stuck = not page.end_of_stream and page.cursor in {cursor, None}
    at_tip = page.end_of_stream or stuck
    with means.database.transaction() as connection:
        check_fence(connection, claim, lease_until=now + means.timing.lease)
        new = add_rows(connection, [_make_row(ticket, now) for ticket in page.tickets])
        reach(FailPoint.POLL_FILLED)
        if page.cursor is not None:
            save_cursor(connection, EXPORT, page.cursor, now)
        due = now + means.timing.poll_every if at_tip else now
        release_subject(connection, claim, plan_due_at=due, write_due_at=None)
        reach(FailPoint.POLL_STORING)
    reach(FailPoint.POLL_STORED)
    if stuck:
        means.log.warning("export_stuck", detail="the export gave the same cursor again and says there is more")
    means.log.info("polled", rows=len(page.tickets), new=new, at_tip=at_tip)


def _make_row(ticket: Ticket, now: datetime) -> InboxRow:
    """The key holds the export's own stamp, so an unchanged ticket that reappears is no event."""
    stamp = ticket.generated_at or ticket.updated_at
    return InboxRow(
        source=EXPORT,
        dedupe_key=f"{ticket.id}:{stamp.timestamp():.0f}:{ticket.updated_at.timestamp():.0f}",
        subject_kind=SubjectKind.TICKET,
        subject_id=str(ticket.id),
        lane=Lane.LIVE,
        received_at=now,
        body=spell_ticket(ticket),
    )
