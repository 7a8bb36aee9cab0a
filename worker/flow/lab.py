"""Trying a policy on the kept past: every ticket read again, and what would have come of it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mappings.policy import Policy
from worker.core.assessment import Target
from worker.core.simulation import (
    Call,
    Change,
    Compared,
    CriterionMarks,
    Mark,
    Opinion,
    count_marks,
    follows_agent,
    judge_history,
    recall_history,
)
from worker.store.database import Database
from worker.store.marks import list_marks
from worker.store.simulations import KeptSimulation, SimulatedTicket, WeekCount, add_simulation
from worker.store.snapshots import count_histories, find_first_snapshot, walk_histories


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The time that is read again, and the first instant of which anything is kept."""

    since: datetime
    until: datetime
    kept_from: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinions:
    """Agents' marks: for each criterion, and how many of them the old and the new policy follow."""

    criteria: tuple[CriterionMarks, ...]
    agree: int
    disagree: int
    read_again: int
    followed_before: int
    followed_after: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """What a policy changes: counts by week and team, every ticket that fares otherwise, and agents' marks."""

    span: Span
    tickets: int
    counts: Mapping[tuple[str, Target | None], Mapping[Change, int]]
    changed: tuple[Compared, ...]
    opinions: Opinions

    def count(self, change: Change) -> int:
        """How many tickets fare so."""
        return sum(row.get(change, 0) for row in self.counts.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """Which simulation it was: its id, who ran it, the tried policy, and what it was held against (None: decided)."""

    id: str
    by: str
    policy: str
    policy_digest: str
    against: str | None


@dataclass(kw_only=True, slots=True)
class _Tally:
    """How the marked tickets that can be read again fare."""

    read_again: int = 0
    before: int = 0
    after: int = 0

    def add(self, mark: Mark, before: Call, after: Call) -> None:
        self.read_again += 1
        self.before += follows_agent(before, mark)
        self.after += follows_agent(after, mark)


def simulate_policy(
    database: Database,
    span: tuple[datetime, datetime],
    policy: Policy,
    *,
    against: Policy | None,
    tell: Callable[[int, int], None],
) -> Simulation:
    """Reads every ticket kept in the span again under `policy`.

    It is held against `against`, or against what was decided at the time. `tell` hears how many tickets are done, of
    how many. The same rows give the same answer at any time after `span` ends.
    """
    since, until = span
    counts: dict[tuple[str, Target | None], Counter[Change]] = {}
    changed: list[Compared] = []
    tally, done = _Tally(), 0
    with database.snapshot() as connection:
        total, kept_from = count_histories(connection, since), find_first_snapshot(connection)
        marks = {mark.ticket_id: mark for mark in list_marks(connection, since)}
    with database.snapshot() as connection:
        for history in walk_histories(connection, since):
            newest = history[-1].ticket
            before = judge_history(history, against, until) if against else recall_history(history)
            compared = Compared(
                ticket_id=newest.id,
                subject=newest.subject,
                before=before,
                after=judge_history(history, policy, until),
            )
            counts.setdefault((compared.week, compared.team), Counter())[compared.change] += 1
            if compared.change is not Change.SAME:
                changed.append(compared)
            if newest.id in marks:
                tally.add(marks[newest.id], before, compared.after)
            done += 1
            tell(done, total)
    return Simulation(
        span=Span(since=since, until=until, kept_from=kept_from),
        tickets=done,
        counts=counts,
        changed=tuple(changed),
        opinions=_sum_up(tuple(marks.values()), tally),
    )


def keep_simulation(database: Database, found: Simulation, label: Label) -> None:
    """Keeps a result for the dashboard; no words of tickets are kept with it."""
    weeks = [
        WeekCount(week=week, team=team, change=change, tickets=number)
        for (week, team), row in found.counts.items()
        for change, number in row.items()
    ]
    kept = KeptSimulation(
        id=label.id,
        at=found.span.until,
        by=label.by,
        policy=label.policy,
        policy_digest=label.policy_digest,
        against=label.against,
        since=max(found.span.since, found.span.kept_from or found.span.since),
        until=found.span.until,
        tickets=found.tickets,
        weeks=tuple(sorted(weeks, key=lambda row: (row.week, row.team or "", row.change))),
        criteria=found.opinions.criteria,
        agree=found.opinions.agree,
        disagree=found.opinions.disagree,
        read_again=found.opinions.read_again,
        followed_before=found.opinions.followed_before,
        followed_after=found.opinions.followed_after,
    )
    with database.transaction() as connection:
        add_simulation(connection, kept, [_spell_ticket(one) for one in found.changed])


def _spell_ticket(one: Compared) -> SimulatedTicket:
    before, after = one.before, one.after
    return SimulatedTicket(
        ticket_id=one.ticket_id,
        change=one.change,
        week=one.week,
        before_target=before.target if before.goes_up else None,
        before_severity=before.severity if before.goes_up else None,
        after_target=after.target if after.goes_up else None,
        after_severity=after.severity if after.goes_up else None,
    )


def _sum_up(marks: tuple[Mark, ...], tally: _Tally) -> Opinions:
    return Opinions(
        criteria=count_marks(marks),
        agree=sum(mark.opinion is Opinion.AGREE for mark in marks),
        disagree=sum(mark.opinion is Opinion.DISAGREE for mark in marks),
        read_again=tally.read_again,
        followed_before=tally.before,
        followed_after=tally.after,
    )
