"""Performing effects: a row marked started, ONE vendor call, a row with the outcome; never blindly twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.effects import Effect
from connectors.errors import Certainty, Conflict, NotFound, Refused, Unauthorized, VendorProblem
from worker.core.recovery import Recovery, Step, plan_recovery
from worker.failpoints import FailPoint, reach
from worker.flow.intents import read_effect
from worker.flow.means import Means, report_failure, report_success
from worker.flow.writers import Writer, find_writer
from worker.store.audit import add_audit
from worker.store.budgets import take_token
from worker.store.effects import (
    EffectRow,
    EffectState,
    count_look,
    finish_effect,
    list_open,
    note_uncertain,
    reject_effect,
    return_effect,
    skip_effect,
    start_effect,
)
from worker.store.subjects import (
    Claim,
    Due,
    LeaseLost,
    SubjectKind,
    check_fence,
    claim_subjects,
    park_subject,
    release_writer,
)

BATCH = 4
_CONFLICT_WAIT = timedelta(seconds=1)
_UNKNOWN = "its outcome stayed unknown; look on the other side, then replay it: it is looked for once more first"


@dataclass(frozen=True, slots=True)
class _Write:
    """One effect of a held subject, and how its kind is written."""

    claim: Claim
    row: EffectRow
    effect: Effect
    writer: Writer


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pause:
    """Why a subject's writes stop for now: come back at `until`, or parked with `error` when that is None.

    A parked ticket is looked at once more at `look_at`, to say on it that it waits.
    """

    until: datetime | None = None
    error: str = ""
    look_at: datetime | None = None


def perform_effects(means: Means, kind: SubjectKind) -> bool:
    """Sends the intended writes of a few due subjects, in order; True when there was something to do."""
    with means.database.transaction() as connection:
        claims = claim_subjects(
            connection,
            kind,
            Due.WRITE,
            owner=means.owner,
            now=means.now(),
            lease=means.timing.lease,
            limit=BATCH,
        )
    if claims:
        reach(FailPoint.WRITES_CLAIMED)
    for claim in claims:
        try:
            _perform_subject(means, claim)
        except LeaseLost as lost:
            means.log.warning("lease_lost", subject=claim.id, detail=str(lost))
    return bool(claims)


def _perform_subject(means: Means, claim: Claim) -> None:
    with means.database.snapshot() as connection:
        rows = list_open(connection, claim.kind, claim.id)
    for row in rows:
        effect = read_effect(row)
        pause = _perform_effect(means, _Write(claim, row, effect, find_writer(effect)))
        if pause is not None:
            _pause_subject(means, claim, pause)
            return
    reach(FailPoint.WRITES_DONE)
    with means.database.transaction() as connection:
        release_writer(connection, claim, write_due_at=None)
    reach(FailPoint.WRITES_RELEASED)


def _pause_subject(means: Means, claim: Claim, pause: _Pause) -> None:
    reach(FailPoint.WRITES_PAUSING)
    with means.database.transaction() as connection:
        if pause.until is not None:
            release_writer(connection, claim, write_due_at=pause.until, wait=True)
        else:
            park_subject(connection, claim, error=pause.error, now=means.now(), look_at=pause.look_at)


def _perform_effect(means: Means, write: _Write) -> _Pause | None:
    if write.row.state is EffectState.STARTED:
        recovery = _find_recovery(means, write)
        if recovery.step is Step.WAIT:
            return _Pause(until=means.now() + timedelta(seconds=recovery.wait_s))
        if recovery.step is Step.LOOK:
            return _look_for(means, write)
        if recovery.step is Step.PARK:
            return _reject(means, write, _UNKNOWN, EffectState.UNKNOWN)
    return _send(means, write)


def _find_recovery(means: Means, write: _Write) -> Recovery:
    """The wait counts on this process's own clock, so a clock that jumps cannot shorten it."""
    seen = means.memory.first_seen.setdefault((write.row.id, write.row.attempts), means.monotonic())
    return plan_recovery(
        write.writer.lookup,
        waited_s=means.monotonic() - seen,
        looks=write.row.looks,
        sends=write.row.attempts,
        windows=means.timing.windows,
    )


def _look_for(means: Means, write: _Write) -> _Pause | None:
    try:
        outcome = write.writer.find(means, write.row, write.effect)
    except VendorProblem as problem:
        if write.claim.kind is SubjectKind.TICKET and _is_ticket_final(problem):
            _skip(means, write, problem)
            return None
        return _Pause(until=report_failure(means, problem))
    reach(FailPoint.EFFECT_LOOKED)
    report_success(means, write.writer.vendor)
    if outcome is not None:
        means.log.info("found_again", key=write.row.key, looks=write.row.looks + 1)
        _finish(means, write, outcome)
        return None
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=means.now() + means.timing.lease)
        count_look(connection, write.row.id)
    return _Pause(until=means.now())


def _send(means: Means, write: _Write) -> _Pause | None:
    now, began = means.now(), means.monotonic()
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=now + means.timing.lease)
        waits = [take_token(connection, budget, now) for budget in write.writer.budgets(means, write.effect)]
        if not any(waits):
            start_effect(connection, write.row.id, now)
            reach(FailPoint.EFFECT_STARTING)
    if any(waits):
        return _Pause(until=now + timedelta(seconds=max(waits)))
    reach(FailPoint.EFFECT_STARTED)
    if means.monotonic() - began > means.timing.windows.request_s:
        # This process stood still, so another may hold the subject by now, and may have sent it: the fence tells.
        _return(means, write, "not sent: this process stood still")
        return _Pause(until=means.now())
    try:
        outcome = write.writer.send(means, write.row, write.effect)
    except VendorProblem as problem:
        reach(FailPoint.EFFECT_FAILED)
        return _settle_failure(means, write, problem)
    reach(FailPoint.EFFECT_SENT)
    report_success(means, write.writer.vendor)
    _finish(means, write, outcome)
    return None


def _finish(means: Means, write: _Write, outcome: str) -> None:
    now = means.now()
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=now + means.timing.lease)
        finish_effect(connection, write.row.id, outcome=outcome, now=now)
        write.writer.settle(connection, means, write.effect, outcome, now)
        add_audit(
            connection,
            write.claim.kind,
            write.claim.id,
            "written",
            {"key": write.row.key, "kind": write.row.kind},
            now=now,
        )
        reach(FailPoint.EFFECT_FINISHING)
    reach(FailPoint.EFFECT_FINISHED)
    means.memory.first_seen.pop((write.row.id, write.row.attempts), None)
    means.log.info("written", key=write.row.key, kind=write.row.kind)


def _settle_failure(means: Means, write: _Write, problem: VendorProblem) -> _Pause | None:
    """Not sent: an intent again. Refused: rejected. Anything else may have happened and is looked for."""
    if isinstance(problem, Conflict):
        _return(means, write, str(problem))
        return _Pause(until=means.now() + _CONFLICT_WAIT)
    if problem.certainty is Certainty.NOT_SENT or isinstance(problem, Unauthorized):
        _return(means, write, str(problem))
        return _Pause(until=report_failure(means, problem))
    if problem.certainty is Certainty.UNCERTAIN:
        with means.database.transaction() as connection:
            check_fence(connection, write.claim, lease_until=means.now() + means.timing.lease)
            note_uncertain(connection, write.row.id, error=str(problem))
        means.memory.first_seen[write.row.id, write.row.attempts + 1] = means.monotonic()
        means.log.warning("uncertain", key=write.row.key, detail=str(problem))
        report_failure(means, problem)
        return _Pause(until=means.now())
    if write.claim.kind is SubjectKind.TICKET and _is_ticket_final(problem):
        _skip(means, write, problem)
        return None
    return _reject(means, write, str(problem))


def _is_ticket_final(problem: VendorProblem) -> bool:
    """A closed or deleted ticket takes no more updates, for good: nothing to repair, nothing to wait for."""
    closed = isinstance(problem, Refused) and "status" in problem.fields
    return closed or isinstance(problem, NotFound)


def _return(means: Means, write: _Write, error: str) -> None:
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=means.now() + means.timing.lease)
        return_effect(connection, write.row.id, error=error)


def _skip(means: Means, write: _Write, problem: VendorProblem) -> None:
    now = means.now()
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=now + means.timing.lease)
        skip_effect(connection, write.row.id, reason=str(problem), now=now)
        add_audit(
            connection,
            write.claim.kind,
            write.claim.id,
            "skipped",
            {"key": write.row.key, "reason": str(problem)},
            now=now,
        )
    means.log.info("skipped", key=write.row.key, detail=str(problem))


def _reject(means: Means, write: _Write, error: str, state: EffectState = EffectState.REJECTED) -> _Pause:
    now = means.now()
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=now + means.timing.lease)
        reject_effect(connection, write.row.id, error=error, now=now, state=state)
        add_audit(
            connection, write.claim.kind, write.claim.id, "rejected", {"key": write.row.key, "reason": error}, now=now
        )
    means.log.error("rejected", key=write.row.key, detail=error)
    is_ticket = write.claim.kind is SubjectKind.TICKET
    return _Pause(error=error, look_at=write.row.intended_at + means.timing.stuck_after if is_ticket else None)
