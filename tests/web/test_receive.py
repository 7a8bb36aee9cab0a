import asyncio
import time

import pytest

from tests.web.serving import NOW, MemoryStore
from worker.flow.receive import Delivery, GroupCommit, NotStored


def spell_delivery(number: int) -> Delivery:
    return Delivery(
        source="zendesk",
        dedupe_keys=(f"key-{number}",),
        subject_kind="ticket",
        subject_id=str(number),
        lane=0,
        received_at=NOW,
    )


async def accept_all(intake: GroupCommit, numbers: range) -> list[str]:
    """For each delivery "stored", or why it was not."""

    async def accept(number: int) -> str:
        try:
            await intake.accept(spell_delivery(number))
        except NotStored as problem:
            return str(problem)
        return "stored"

    return list(await asyncio.gather(*(accept(number) for number in numbers)))


def test_those_that_arrive_during_a_commit_form_the_next_one() -> None:
    store = MemoryStore()
    store.gate.clear()

    async def run() -> None:
        intake = GroupCommit(store)
        intake.start()
        first = asyncio.create_task(accept_all(intake, range(1)))
        await asyncio.sleep(0.05)
        rest = asyncio.create_task(accept_all(intake, range(1, 50)))
        await asyncio.sleep(0.05)
        assert not first.done()
        store.gate.set()
        assert await first + await rest == ["stored"] * 50
        await intake.drain()
        assert intake.figures.commits == 2
        assert intake.figures.stored == 50

    asyncio.run(run())
    assert store.batches == [1, 49]


def test_a_batch_has_a_limit_and_keeps_the_order() -> None:
    store = MemoryStore(seconds=0.01)

    async def run() -> None:
        intake = GroupCommit(store, batch_limit=10)
        intake.start()
        assert set(await accept_all(intake, range(35))) == {"stored"}
        await intake.drain()

    asyncio.run(run())
    assert max(store.batches) <= 10
    assert [kept.subject_id for kept in store.kept] == [str(number) for number in range(35)]


def test_a_failed_batch_fails_each_of_its_deliveries_and_the_next_one_goes_on() -> None:
    store = MemoryStore()

    async def run() -> None:
        intake = GroupCommit(store)
        intake.start()
        store.broken = True
        assert set(await accept_all(intake, range(20))) == {"the store failed: OSError"}
        store.broken = False
        assert await accept_all(intake, range(1)) == ["stored"]
        await intake.drain()
        assert intake.figures.failed_commits >= 1

    asyncio.run(run())


def test_a_full_queue_refuses_at_once_and_keeps_what_it_took() -> None:
    store = MemoryStore()
    store.gate.clear()

    async def run() -> None:
        intake = GroupCommit(store, queue_limit=5)
        intake.start()
        first = asyncio.create_task(accept_all(intake, range(1)))
        await asyncio.sleep(0.05)
        taken = asyncio.create_task(accept_all(intake, range(1, 6)))
        await asyncio.sleep(0.01)
        assert not intake.is_accepting
        assert await accept_all(intake, range(6, 8)) == ["too many deliveries are waiting"] * 2
        store.gate.set()
        assert await first + await taken == ["stored"] * 6
        await intake.drain()

    asyncio.run(run())


def test_nobody_waits_longer_than_the_patience_for_a_store_that_hangs() -> None:
    store = MemoryStore()
    store.gate.clear()

    async def run() -> None:
        intake = GroupCommit(store, patience_s=0.1)
        intake.start()
        began = time.monotonic()
        assert set(await accept_all(intake, range(3))) == {"the store did not answer in time"}
        assert time.monotonic() - began < 2
        await intake.drain(limit_s=0.05)
        store.gate.set()

    asyncio.run(run())


def test_a_drain_stores_what_waits_and_refuses_what_comes() -> None:
    store = MemoryStore(seconds=0.02)

    async def run() -> None:
        intake = GroupCommit(store, batch_limit=3)
        intake.start()
        waiting = asyncio.create_task(accept_all(intake, range(10)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await intake.drain()
        assert await waiting == ["stored"] * 10
        assert await accept_all(intake, range(1)) == ["shutting down"]

    asyncio.run(run())
    assert len(store.kept) == 10


def test_a_drain_of_a_store_that_hangs_leaves_nobody_waiting() -> None:
    store = MemoryStore()
    store.gate.clear()

    async def run() -> None:
        intake = GroupCommit(store)
        intake.start()
        first = asyncio.create_task(accept_all(intake, range(1)))
        await asyncio.sleep(0.05)
        rest = asyncio.create_task(accept_all(intake, range(1, 4)))
        await asyncio.sleep(0.01)
        await intake.drain(limit_s=0.1)
        assert set(await first + await rest) == {"the store did not answer before the shutdown"}
        store.gate.set()

    asyncio.run(run())


def test_a_caller_that_goes_away_harms_nobody() -> None:
    store = MemoryStore()
    store.gate.clear()

    async def run() -> None:
        intake = GroupCommit(store)
        intake.start()
        gone = asyncio.create_task(intake.accept(spell_delivery(1)))
        stays = asyncio.create_task(accept_all(intake, range(2, 3)))
        await asyncio.sleep(0.05)
        gone.cancel()
        store.gate.set()
        assert await stays == ["stored"]
        with pytest.raises(asyncio.CancelledError):
            await gone
        await intake.drain()

    asyncio.run(run())
    assert len(store.kept) == 2


def test_nothing_is_accepted_before_the_start_nor_started_twice() -> None:
    async def run() -> None:
        intake = GroupCommit(MemoryStore())
        assert await accept_all(intake, range(1)) == ["shutting down"]
        await intake.drain()
        intake.start()
        with pytest.raises(RuntimeError, match="already"):
            intake.start()
        await intake.drain()

    asyncio.run(run())
