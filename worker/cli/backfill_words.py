"""What the backfill commands print: a plan and the state of a run, as JSON values and in words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from mappings.escaping import flatten_text
from worker.flow.backfill_plan import Review
from worker.health import Degraded
from worker.store.backfill_runs import Outcome
from worker.store.backfills import Backfill, BackfillState, Group, PlannedTicket, VendorCalls

_STALLED_AFTER = timedelta(minutes=5)
_LISTED = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFigures:
    """A plan at one moment: how many tickets it has, what became of those that are done, and what may hold it up."""

    plan: Backfill
    tickets: int
    outcomes: Mapping[Outcome, int]
    last_settled_at: datetime | None
    now: datetime
    last_write_at: datetime | None = None
    is_held: bool = False
    is_served: bool = True
    degraded: tuple[Degraded, ...] = ()

    @property
    def read(self) -> int:
        """How many tickets are done, whatever became of them."""
        return sum(self.outcomes.values())

    @property
    def state(self) -> BackfillState:
        """Where it stands: stalled when nobody plans it any more, or a run got nothing done for minutes."""
        if self.plan.state is BackfillState.PLANNING:
            return BackfillState.PLANNING if self.is_held else BackfillState.STALLED
        return BackfillState.STALLED if self._is_stuck else self.plan.state

    @property
    def is_stalled(self) -> bool:
        """True for a plan that nothing comes of."""
        return self.state is BackfillState.STALLED

    @property
    def advice(self) -> str:
        """Why a stalled plan stands still, as far as we can see, and what to do; empty for any other."""
        if not self.is_stalled:
            return ""
        if self.plan.state is BackfillState.PLANNING:
            return f"the planning was interrupted; escalator backfill resume {self.plan.id} goes on with it"
        if self.degraded:
            return "; ".join(f"{each.what} ({each.remedy})" for each in self.degraded)
        if not self.is_served:
            return f"no worker runs; start escalator serve, or escalator backfill resume {self.plan.id}"
        return "nothing was done for minutes although a worker runs; see escalator health and deadletters list"

    @property
    def _is_stuck(self) -> bool:
        instants = [self.plan.started_at or self.plan.created_at, self.last_settled_at]
        if self.read >= self.tickets:
            instants.append(self.last_write_at)
        last = max(instant for instant in instants if instant is not None)
        return self.plan.state is BackfillState.RUNNING and self.now - last > _STALLED_AFTER


def spell_plan(review: Review) -> dict[str, Any]:
    """A plan as JSON values."""
    plan, groups = review.plan, review.groups
    calls = asdict(plan.calls)
    return {
        "plan": plan.id,
        "state": plan.state.value,
        "since": plan.since.isoformat(),
        "until": plan.until.isoformat(),
        "policy_digest": plan.policy_digest,
        "tickets": sum(group.tickets for group in groups),
        "actions": _sum_actions(groups),
        "groups": [_spell_kind(group) | {"tickets": group.tickets} for group in groups],
        "would_create": [_spell_ticket(row) for row in review.would_create],
        "sample": [_spell_ticket(row) for row in review.sample],
        "calls": {
            "plan": _pick(calls, "plan_"),
            "run": {name: value for name, value in _pick(calls, "run_").items() if name != "s"},
        },
        "eta_s": plan.calls.run_s,
        "warning": plan.error,
    }


def word_plan(review: Review) -> str:
    """A plan in words."""
    plan, calls = review.plan, review.plan.calls
    tickets = sum(group.tickets for group in review.groups)
    creating = len(review.would_create)
    lines = [
        f"plan {plan.id}: {tickets} tickets created or changed from {_word(plan.since)} to {_word(plan.until)}",
        "nothing was written outside",
        *([f"warning: {plan.error}"] if plan.error else []),
        "",
        f"{'tickets':>9}  {'action':<8}{'target':<14}severity",
        *(f"{group.tickets:>9}  {_word_kind(group)}" for group in review.groups),
        "",
        f"a run would make {creating} escalations" + (":" if creating else ""),
        *(f"  {_word_ticket(row)}" for row in review.would_create[:_LISTED]),
        *([f"  … and {creating - _LISTED} more; --json lists them all"] if creating > _LISTED else []),
        "",
        "a sample of the decisions:" if review.sample else "no ticket to judge",
        *(f"  {_word_ticket(row)}" for row in review.sample),
        "",
        *_word_calls(calls),
        f"to run it: escalator backfill run {plan.id} --max-create {creating} --yes",
    ]
    return "\n".join(lines)


def spell_run(figures: RunFigures) -> dict[str, Any]:
    """The state of a run as JSON values."""
    plan = figures.plan
    return {
        "plan": plan.id,
        "state": figures.state.value,
        "since": plan.since.isoformat(),
        "until": plan.until.isoformat(),
        "policy_digest": plan.policy_digest,
        "tickets": figures.tickets,
        "max_create": plan.max_create,
        "read": figures.read,
        **{outcome.value: figures.outcomes.get(outcome, 0) for outcome in Outcome},
        "stalled": figures.is_stalled,
        "last_progress_at": figures.last_settled_at.isoformat() if figures.last_settled_at else None,
        "advice": figures.advice or None,
        "error": plan.error,
    }


def word_run(figures: RunFigures) -> str:
    """The state of a run in words."""
    plan = figures.plan
    counts = ", ".join(f"{outcome.value.replace('_', ' ')} {figures.outcomes.get(outcome, 0)}" for outcome in Outcome)
    cap = "" if plan.max_create is None else f", at most {plan.max_create} escalations"
    lines = [
        f"plan {plan.id}: {figures.state.value.replace('_', ' ')}",
        f"  tickets from {_word(plan.since)} to {_word(plan.until)}{cap}",
        f"  read {figures.read} of {figures.tickets}: {counts}",
    ]
    lines += [f"  {text}" for text in (figures.advice, plan.error) if text]
    if figures.outcomes.get(Outcome.HELD_BACK):
        lines.append("  held back: something new on those tickets, or the next plan, takes them up again")
    return "\n".join(lines)


def word_span(seconds: float) -> str:
    """A time to wait, in words."""
    if seconds < 90:  # noqa: PLR2004 - below that, seconds say more
        return f"about {max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 120 else f"about {round(seconds / 3600)} h"  # noqa: PLR2004


def _word_calls(calls: VendorCalls) -> tuple[str, str]:
    made = (calls.plan_exports, calls.plan_comments, calls.plan_incidents)
    needed = (calls.run_reads, calls.run_issue_writes, calls.run_ticket_writes)
    return (
        "calls made: {} export pages, {} comment lists, {} incident lists".format(*made),
        "a run needs about {} reads, {} writes to Jira and {} to Zendesk: ".format(*needed) + word_span(calls.run_s),
    )


def _pick(calls: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in calls.items() if name.startswith(prefix)}


def _sum_actions(groups: tuple[Group, ...]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for group in groups:
        name = _name_action(group)
        sums[name] = sums.get(name, 0) + group.tickets
    return sums


def _name_action(kind: Group | PlannedTicket) -> str:
    return kind.action.value if kind.action else "park"


def _spell_kind(kind: Group | PlannedTicket) -> dict[str, Any]:
    return {
        "action": _name_action(kind),
        "target": kind.target.value if kind.target else None,
        "severity": kind.severity.value if kind.severity else None,
    }


def _spell_ticket(row: PlannedTicket) -> dict[str, Any]:
    return {"ticket": row.ticket_id} | _spell_kind(row) | {"reason": row.reason}


def _word_kind(kind: Group | PlannedTicket) -> str:
    target, severity = (value.value if value else "-" for value in (kind.target, kind.severity))
    return f"{_name_action(kind):<8}{target:<14}{severity}"


def _word_ticket(row: PlannedTicket) -> str:
    return f"#{row.ticket_id:<12}{_word_kind(row):<32}{flatten_text(row.reason)}"


def _word(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
