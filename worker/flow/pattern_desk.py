"""The detector of this process: restored from rows, kept in memory while no other process went on without us."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from connectors.records import Ticket
from mappings.pattern_words import load_pattern_words
from mappings.patterns import PatternRules
from worker.core.patterns.counts import DeskCounts
from worker.core.patterns.customers import name_customer
from worker.core.patterns.detector import Detector
from worker.core.patterns.mutes import MuteList
from worker.core.patterns.orders import NewReport
from worker.core.patterns.report import Report, Step
from worker.store.pattern_counts import read_desk_counts, save_desk_counts
from worker.store.patterns import read_groups, read_members
from worker.store.progress import read_cursor, save_cursor

_VERSION = "patterns"

MakeDetector = Callable[[DeskCounts], Detector]


@dataclass(kw_only=True)
class PatternDesk:
    """A detector with the version of the rows that it stands for."""

    detector: Detector
    mutes: MuteList
    version: int

    def observe(self, report: NewReport) -> Step:
        """Takes in one report."""
        read = Report(
            id=str(report.ticket_id),
            customer=report.customer,
            at=datetime.fromtimestamp(report.at, UTC),
            subject=report.subject,
            body=report.body,
            author_name=report.author_name,
        )
        return self.detector.observe(read, muted=self.mutes.covers(read.subject, read.body))


def restore_desk(
    connection: Connection, rules: PatternRules, make_detector: MakeDetector, known: PatternDesk | None, now: datetime
) -> PatternDesk:
    """`known` when no other process changed the rows since, else a detector from the rows; encodes nothing."""
    version = int(read_cursor(connection, _VERSION) or 0)
    if known is not None and known.version == version:
        return known
    detector = make_detector(read_desk_counts(connection))
    since = now - rules.slow_window
    detector.restore(read_members(connection, since), read_groups(connection, since))
    return PatternDesk(detector=detector, mutes=MuteList(rules.mute), version=version)


def keep_desk(connection: Connection, desk: PatternDesk, now: datetime) -> None:
    """Writes what the detector learned, under a new version."""
    save_desk_counts(connection, desk.detector.counts)
    desk.version += 1
    save_cursor(connection, _VERSION, str(desk.version), now)


def outdate_desks(connection: Connection, now: datetime) -> None:
    """Makes every process restore its detector, because a person regrouped tickets."""
    save_cursor(connection, _VERSION, str(int(read_cursor(connection, _VERSION) or 0) + 1), now)


def make_report(ticket: Ticket, rules: PatternRules) -> NewReport | None:
    """What detection reads of a ticket; None when the ticket does not count for any customer."""
    customer = name_customer(ticket, rules, load_pattern_words().freemail)
    if customer is None:
        return None
    requester = ticket.find_person(ticket.requester_id)
    name = ticket.organization.name if ticket.organization else customer.partition(":")[2]
    if customer.startswith("requester:"):
        name = requester.name if requester else f"requester {ticket.requester_id}"
    return NewReport(
        ticket_id=ticket.id,
        customer=customer,
        customer_name=name,
        at=ticket.created_at.timestamp(),
        subject=ticket.subject,
        body=ticket.description,
        author_name=requester.name if requester else "",
    )
