"""What a backfill allows the tickets that it feeds: at most so many new escalations, each outcome counted.

The cap is checked and counted in the ticket's own transaction, so it holds with any number of workers. Two
kinds of ticket pass it: one with a live event at the same time, which live work would open anyway (and which
takes nothing from the cap), and Security, which no cap may hold up (it is counted).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from worker.core.assessment import Target
from worker.core.decision import Action, Decision
from worker.store.backfill_runs import SOURCE, Outcome, take_creation
from worker.store.backfills import CREATING
from worker.store.inbox import PendingEvent

_HELD_BACK = "held back: the cap of the backfill is reached"


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """The plans that a ticket's events come from, oldest first; `alone` when nothing else made it due."""

    plan_ids: tuple[str, ...]
    alone: bool


def read_allowance(events: Sequence[PendingEvent]) -> Allowance:
    """Whose work the ticket is, from what waits for it."""
    bodies = [event.body for event in events if event.source == SOURCE and event.body is not None]
    plan_ids = tuple(dict.fromkeys(body.decode() for body in bodies))
    return Allowance(plan_ids=plan_ids, alone=bool(plan_ids) and len(bodies) == len(events))


def count_creation(connection: Connection, allowance: Allowance, decision: Decision) -> None:
    """Takes the escalation that the decision makes from the newest plan; raises CapReached when it has none left."""
    if allowance.alone and decision.action in CREATING:
        take_creation(connection, allowance.plan_ids[-1], capped=decision.target is not Target.SECURITY)


def hold_back(decision: Decision) -> Decision:
    """The decision of a ticket over the cap: seen, not written; a new event or the next plan takes it up again."""
    return replace(decision, action=Action.WATCH, reasons=(_HELD_BACK, *decision.reasons))


def is_held_back(decision: Decision) -> bool:
    """True for what `hold_back` made; time alone must not open such a ticket past the cap."""
    return decision.action is Action.WATCH and _HELD_BACK in decision.reasons


def find_outcome(allowance: Allowance, decision: Decision) -> Outcome:
    """What became of a ticket that was judged."""
    if is_held_back(decision):
        return Outcome.HELD_BACK
    if decision.action is Action.OPEN and allowance.alone:
        return Outcome.OPENED
    if decision.action is Action.ASK:
        return Outcome.ASKED
    return Outcome.STAYED if decision.action in {Action.STAY, Action.WATCH} else Outcome.JOINED
