"""Keeping what a survey found: the issue of an uncertain create, issues that are one too many, the next sweep."""

from datetime import datetime

from sqlalchemy import Connection

from connectors.effects import OpenIssue
from connectors.records import Issue
from worker.core.copies import Twin, find_next_sweep
from worker.core.escalation import Escalation
from worker.core.plan import find_opening_key
from worker.flow.intents import read_effect
from worker.flow.means import Means
from worker.flow.opening import settle_issue, spell_created
from worker.store.audit import add_audit
from worker.store.doubts import UncertainCreate, add_twins, set_sweep
from worker.store.effects import EffectState, find_effect, finish_effect
from worker.store.subjects import SubjectKind


def settle_uncertain(connection: Connection, means: Means, known: Escalation, issue: Issue, now: datetime) -> None:
    """The issue of a create that is still uncertain, or not sent yet, was pointed out: that create is over."""
    row = find_effect(connection, find_opening_key(known))
    if row is None or row.state is EffectState.DONE:
        return
    effect = read_effect(row)
    assert isinstance(effect, OpenIssue)  # noqa: S101 - by its key
    outcome = spell_created(issue)
    finish_effect(connection, row.id, outcome=outcome, now=now)
    settle_issue(connection, means, effect, outcome, now)
    add_audit(
        connection, SubjectKind.ESCALATION, known.id, "pointed_out", {"key": issue.key, "id": issue.id}, now=now
    )


def keep_twins(
    connection: Connection, means: Means, seen: Escalation, found: tuple[Twin, ...], now: datetime
) -> None:
    """Keeps the issues that are stood down, and says so in the audit."""
    if not found or seen.issue is None:
        return
    add_twins(connection, seen.id, found, now)
    data = {
        "survivor": seen.issue.key,
        "twins": [twin.issue.key for twin in found],
        "touched": [twin.issue.key for twin in found if twin.touched],
        "exposed": [twin.issue.key for twin in found if twin.exposed],
    }
    add_audit(connection, SubjectKind.ESCALATION, seen.id, "twins_found", data, now=now)
    means.log.warning("twins_found", escalation=seen.id, **data)


def plan_sweep(
    connection: Connection,
    means: Means,
    escalation_id: str,
    doubt: UncertainCreate | None,
    *,
    swept: bool,
    due: datetime | None,
    now: datetime,
) -> datetime | None:
    """When to look at an escalation again: at `due`, or earlier when a second issue is to be looked for by then.

    A sweep that failed is tried again at `due`.
    """
    if doubt is None or doubt.sweep_at is None or due is None:
        return due
    if not swept:
        return min(due, doubt.sweep_at) if doubt.sweep_at > now else due
    sweep_at = find_next_sweep(doubt.since, now, means.timing.sweep_every)
    set_sweep(connection, escalation_id, sweep_at)
    return min(due, sweep_at) if sweep_at is not None else due
