"""Performing effects: a row marked started, ONE vendor call, a row with the outcome; never blindly twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.effects import Effect
from connectors.errors import Certainty, Conflict, NotFound, Unauthorized, VendorProblem
from worker.core.recovery import Doubt, Lookup, Recovery, Step, plan_recovery, plan_unsure
from worker.failpoints import FailPoint, reach
from worker.flow.charges import find_charges
from worker.flow.holding import let_go
from worker.flow.intents import read_effect
from worker.flow.means import Doubted, Means
from worker.flow.patience import find_patience
from worker.flow.writer import Look, Sight, Writer
from worker.flow.writers import find_writer
from worker.store.audit import add_audit
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
    Lane,
    SubjectKind,
    check_fence,
    claim_subjects,
    insert_wakes,
    park_subject,
    release_writer,
)
from worker.store.successes import has_written_others

BATCH = 4
_ENDED = frozenset({500, 503})
"""Answers of a vendor that has done with a request; a gateway's may come while the vendor is still at it."""

_UNKNOWN = "its outcome stayed unknown; look on the other side, then replay it: it is looked for once more first"


@dataclass(frozen=True, slots=True)
class _Write:
    """One effect of a held subject, and how its kind is written."""

    claim: Claim
    row: EffectRow
    effect: Effect
    writer: Writer[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pause:
    """Why a subject's writes stop for now: come back at `until`, or parked with `error` when that is None.

    `failed` counts an attempt of the subject. A parked ticket is looked at once more at `look_at`, to say on it that
    it waits.
    """

    until: datetime | None = None
    error: str = ""
    failed: bool = False
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
        with let_go(means, claim.id), means.limits.use_lane(claim.lane):
            _perform_subject(means, claim)
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
            release_writer(connection, claim, write_due_at=pause.until, failed=pause.failed)
        else:
            park_subject(connection, claim, error=pause.error, now=means.now(), look_at=pause.look_at)


def _perform_effect(means: Means, write: _Write) -> _Pause | None:
    if write.row.state is EffectState.STARTED:
        recovery = _find_recovery(means, write)
        if recovery.step is Step.WAIT:
            return _Pause(until=means.now() + timedelta(seconds=recovery.wait_s))
        if recovery.step is Step.LOOK:
            return _look_for(means, write, recovery)
        if recovery.step is Step.PARK:
            return _give_up(means, write, _UNKNOWN)
    return _send(means, write)


def _find_recovery(means: Means, write: _Write) -> Recovery:
    """The wait counts on this process's own clock, so a clock that jumps cannot shorten it."""
    return plan_recovery(
        write.writer.lookup,
        waited_s=_measure_wait(means, write),
        looks=write.row.looks,
        sends=write.row.attempts,
        windows=means.timing.windows,
    )


def _measure_wait(means: Means, write: _Write) -> float:
    return means.monotonic() - _find_doubted(means, write).seen_at


def _find_doubted(means: Means, write: _Write) -> Doubted:
    known = means.memory.doubted.get(write.row.id)
    if known is None or known.started_at != write.row.started_at:
        known = Doubted(started_at=write.row.started_at, seen_at=means.monotonic())
        means.memory.keep_doubted(write.row.id, known)
    return known


def _look_for(means: Means, write: _Write, recovery: Recovery) -> _Pause | None:
    try:
        sight = write.writer.find(means, Look(row=write.row, is_last=recovery.is_last), write.effect)
    except VendorProblem as problem:
        if write.writer.is_final(problem):
            _skip(means, write, problem)
            return None
        if isinstance(problem, NotFound) and _is_gone(means, write):
            _set_aside(means, write, problem)
            return None
        if problem.certainty is not Certainty.REJECTED or isinstance(problem, Unauthorized | Conflict):
            return _wait_out(means, write, problem)
        sight = Sight(doubt=Doubt.REFUSED, detail=str(problem))
    reach(FailPoint.EFFECT_LOOKED)
    return _weigh_sight(means, write, sight)


def _weigh_sight(means: Means, write: _Write, sight: Sight) -> _Pause | None:
    if sight.outcome is not None:
        means.log.info("found_again", key=write.row.key, looks=write.row.looks + 1)
        _finish(means, write, sight.outcome)
        return None
    if sight.doubt is not None:
        return _wait_unsure(means, write, sight.doubt, sight.detail)
    answered = _find_doubted(means, write).answered
    if answered is not None and write.writer.lookup is Lookup.DIRECT:
        # It failed in full view and is not there: it did not happen, however often that is.
        _return(means, write, str(answered))
        return _wait_out(means, write, answered)
    return _count_look(means, write)


def _wait_unsure(means: Means, write: _Write, doubt: Doubt, detail: str) -> _Pause:
    """A look that proves nothing is not counted, until patience is over."""
    recovery = plan_unsure(doubt, waited_s=_measure_wait(means, write), windows=means.timing.windows)
    means.log.warning("unsure", key=write.row.key, detail=detail, step=recovery.step.value)
    if recovery.step is Step.LOOK:
        return _count_look(means, write)
    if recovery.step is Step.PARK:
        return _give_up(means, write, f"its outcome is unknown and cannot be looked up: {detail}")
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=means.now() + means.timing.lease)
        note_uncertain(connection, write.row.id, error=detail)
        write.writer.doubt(connection, means, write.effect, means.now())
    return _Pause(until=means.now() + timedelta(seconds=recovery.wait_s))


def _count_look(means: Means, write: _Write) -> _Pause:
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=means.now() + means.timing.lease)
        count_look(connection, write.row.id)
        write.writer.doubt(connection, means, write.effect, means.now())
    return _Pause(until=means.now())


def _send(means: Means, write: _Write) -> _Pause | None:
    now, within_s = means.now(), means.timing.windows.request_s
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=now + means.timing.lease)
        charges = find_charges(write.effect)
        wait = means.limits.reserve(connection, write.writer.vendor, charges, write.claim.lane, within_s=within_s)
        if wait <= 0:
            if write.row.attempts:
                write.writer.resend(connection, means, write.effect, now)
            start_effect(connection, write.row.id, now)
            reach(FailPoint.EFFECT_STARTING)
    if wait > 0:
        return _Pause(until=now + timedelta(seconds=wait))
    try:
        reach(FailPoint.EFFECT_STARTED)
        outcome = write.writer.send(means, write.row, write.effect)
    except VendorProblem as problem:
        reach(FailPoint.EFFECT_FAILED)
        return _settle_failure(means, write, problem, started_at=now)
    finally:
        means.limits.drop_reserve()
    reach(FailPoint.EFFECT_SENT)
    _finish(means, write, outcome)
    return None


def _finish(means: Means, write: _Write, outcome: str) -> None:
    now = means.now()
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=now + means.timing.lease)
        finish_effect(connection, write.row.id, outcome=outcome, now=now)
        if write.row.state is EffectState.STARTED:
            write.writer.doubt(connection, means, write.effect, now)
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
    means.memory.doubted.pop(write.row.id, None)
    means.log.info("written", key=write.row.key, kind=write.row.kind)


def _settle_failure(means: Means, write: _Write, problem: VendorProblem, *, started_at: datetime) -> _Pause | None:
    """Not sent: an intent again. Refused: rejected. Anything else may have happened and is looked for."""
    if isinstance(problem, Conflict) or problem.certainty is Certainty.NOT_SENT or isinstance(problem, Unauthorized):
        _return(means, write, str(problem))
        return _wait_out(means, write, problem)
    if problem.certainty is Certainty.UNCERTAIN:
        with means.database.transaction() as connection:
            check_fence(connection, write.claim, lease_until=means.now() + means.timing.lease)
            note_uncertain(connection, write.row.id, error=str(problem))
            write.writer.doubt(connection, means, write.effect, means.now())
        answered = problem if problem.status in _ENDED else None
        doubted = Doubted(started_at=started_at, seen_at=means.monotonic(), answered=answered)
        means.memory.keep_doubted(write.row.id, doubted)
        means.log.warning("uncertain", key=write.row.key, detail=str(problem))
        if write.writer.lookup is Lookup.REPEAT:
            return _wait_out(means, write, problem)
        return _Pause(until=means.now())
    if write.writer.is_final(problem):
        _skip(means, write, problem)
        return None
    if isinstance(problem, NotFound) and _is_gone(means, write):
        _set_aside(means, write, problem)
        return None
    return _reject(means, write, str(problem))


def _wait_out(means: Means, write: _Write, problem: VendorProblem) -> _Pause:
    """What did not happen is tried again when it may: at the vendor's time, or ever later for its own failure."""
    kind, subject_id = write.row.kind, write.claim.id
    patience = find_patience(
        means,
        problem,
        write.claim.attempts,
        lambda connection, since: has_written_others(connection, kind, subject_id, since),
    )
    return _Pause(until=patience.until, error=str(problem), failed=patience.counts)


def _is_gone(means: Means, write: _Write) -> bool:
    """When it cannot be asked, it is not known to be gone."""
    try:
        return write.writer.is_gone(means, write.effect)
    except VendorProblem:
        return False


def _set_aside(means: Means, write: _Write, problem: VendorProblem) -> None:
    """What it would write to is gone. The plan is told, and intends it again when the other side reappears."""
    now = means.now()
    with means.database.transaction() as connection:
        check_fence(connection, write.claim, lease_until=now + means.timing.lease)
        reject_effect(connection, write.row.id, error=str(problem), now=now)
        insert_wakes(connection, write.claim.kind, [write.claim.id], lane=Lane.FOLLOW_UP, now=now)
    means.log.info("set_aside", key=write.row.key, detail=str(problem))


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


def _give_up(means: Means, write: _Write, error: str) -> _Pause:
    """A human is needed. What cannot simply be repeated stays unknown: whatever revives it looks first."""
    state = EffectState.REJECTED if write.writer.lookup is Lookup.REPEAT else EffectState.UNKNOWN
    return _reject(means, write, error, state)


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
