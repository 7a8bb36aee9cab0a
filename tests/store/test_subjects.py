"""Claims, leases, fences and wakes."""

import threading
import time
from datetime import datetime, timedelta

import pytest

from tests.conftest import NOW
from worker.store.database import Database
from worker.store.subjects import (
    Claim,
    Due,
    Lane,
    LeaseLost,
    SubjectKind,
    check_fence,
    claim_subjects,
    find_next_due,
    insert_wakes,
    list_due_kinds,
    park_subject,
    postpone_subject,
    release_subject,
)

LEASE = timedelta(minutes=2)
KIND = SubjectKind.TICKET


def wake(database: Database, *ids: str, lane: Lane = Lane.LIVE, at: object = NOW) -> None:
    with database.transaction() as connection:
        insert_wakes(connection, KIND, ids, lane=lane, now=NOW)


def claim(database: Database, *, owner: str = "a", now: object = NOW, limit: int = 10) -> tuple[Claim, ...]:
    with database.transaction() as connection:
        return claim_subjects(connection, KIND, Due.PLAN, owner=owner, now=now, lease=LEASE, limit=limit)  # type: ignore[arg-type]


def release(database: Database, held: Claim, **due: object) -> None:
    with database.transaction() as connection:
        release_subject(connection, held, **({"plan_due_at": None, "write_due_at": None} | due))  # type: ignore[arg-type]


def test_a_woken_subject_is_claimed_once(database: Database) -> None:
    wake(database, "1", "1", "2")
    assert [held.id for held in claim(database)] == ["1", "2"]
    assert claim(database, owner="b") == ()


def test_a_wake_during_work_is_not_lost(database: Database) -> None:
    wake(database, "1")
    (held,) = claim(database)
    wake(database, "1")
    assert claim(database, owner="b") == ()
    release(database, held)
    assert [again.id for again in claim(database, owner="b")] == ["1"]


def test_the_most_urgent_lane_goes_first(database: Database) -> None:
    wake(database, "1", lane=Lane.BACKFILL)
    wake(database, "2", lane=Lane.LIVE)
    assert [held.id for held in claim(database, limit=1)] == ["2"]


def test_an_expired_lease_is_taken_over_and_its_holder_finds_out(database: Database) -> None:
    wake(database, "1")
    (held,) = claim(database)
    later = NOW + LEASE + timedelta(seconds=1)
    (taken,) = claim(database, owner="b", now=later)
    assert taken.fence == held.fence + 1
    with pytest.raises(LeaseLost), database.transaction() as connection:
        check_fence(connection, held, lease_until=later + LEASE)
    with pytest.raises(LeaseLost):
        release(database, held)
    release(database, taken)


def test_a_released_subject_cannot_be_written_again(database: Database) -> None:
    wake(database, "1")
    (held,) = claim(database)
    release(database, held)
    with pytest.raises(LeaseLost), database.transaction() as connection:
        check_fence(connection, held, lease_until=NOW + LEASE)


def test_time_alone_makes_a_subject_due(database: Database) -> None:
    wake(database, "1")
    (held,) = claim(database)
    due = NOW + timedelta(hours=3)
    release(database, held, plan_due_at=due)
    with database.snapshot() as connection:
        assert list_due_kinds(connection, NOW) == frozenset()
        assert list_due_kinds(connection, due) == {KIND}
        assert find_next_due(connection) == due
    assert [again.id for again in claim(database, now=due)] == ["1"]


def test_a_parked_subject_waits_for_an_event(database: Database) -> None:
    wake(database, "1")
    (held,) = claim(database)
    with database.transaction() as connection:
        park_subject(connection, held, error="no", now=NOW)
    assert claim(database, now=NOW + timedelta(days=9)) == ()
    wake(database, "1")
    assert len(claim(database)) == 1


def test_a_postponed_subject_counts_its_attempts(database: Database) -> None:
    wake(database, "1")
    (held,) = claim(database)
    with database.transaction() as connection:
        postpone_subject(connection, held, until=NOW + timedelta(seconds=4), error="away")
    assert claim(database) == ()
    (again,) = claim(database, now=NOW + timedelta(seconds=4))
    assert (held.attempts, again.attempts) == (0, 1)


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as connection:
        insert_wakes(connection, KIND, ["1"], lane=Lane.LIVE, now=NOW)
        raise RuntimeError
    assert claim(database) == ()


def test_looking_again_does_not_forget_writes_that_wait(database: Database) -> None:
    later = NOW + timedelta(minutes=9)
    wake(database, "1")
    (held,) = claim(database)
    release(database, held, write_due_at=later)
    wake(database, "1")
    (again,) = claim(database)
    release(database, again, write_due_at=NOW)
    with database.transaction() as connection:

        def take(now: datetime) -> int:
            taken = claim_subjects(connection, KIND, Due.WRITE, owner="w", now=now, lease=LEASE, limit=9)
            return len(taken)

        assert take(NOW) == 0
        assert take(later) == 1


def test_a_wake_that_is_folded_while_its_subject_is_being_claimed_is_not_lost(database: Database) -> None:
    """The one who folds saw the subject free; when it writes, somebody holds it and will write over it."""
    wake(database, "501")
    with database.transaction() as connection:
        claims = claim_subjects(connection, KIND, Due.PLAN, owner="a", now=NOW, lease=LEASE, limit=10)
        release_subject(connection, claims[0], plan_due_at=NOW, write_due_at=None)
    ready = threading.Event()

    def fold() -> None:
        ready.set()
        assert claim(database, owner="b") == ()

    with database.transaction() as connection:
        (held,) = claim_subjects(connection, KIND, Due.PLAN, owner="a", now=NOW, lease=LEASE, limit=10)
        if not database.is_sqlite:
            wake(database, "501")
        folding = threading.Thread(target=fold)
        folding.start()
        ready.wait(5)
        time.sleep(0.5)
    folding.join(20)
    if database.is_sqlite:
        wake(database, "501")
    release(database, held, plan_due_at=NOW + timedelta(hours=1), write_due_at=None)
    assert [one.id for one in claim(database, owner="b")] == ["501"]
