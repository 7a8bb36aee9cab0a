import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.web.serving import NOW, FixedHealth, MemoryStore, build_test_app, open_client, spell_request
from worker.core.patterns.rate import AlarmRate
from worker.flow.receive import GroupCommit
from worker.health import Degraded, Health
from worker.web.health import Probe
from worker.web.metrics import write_metric

OUTAGE = Degraded(what="jira is unreachable", since=NOW, remedy="check ESCALATOR_JIRA_URL")


def fetch(path: str, health: FixedHealth, prepare: Callable[[GroupCommit], None] = lambda _: None) -> httpx.Response:
    async def run() -> httpx.Response:
        store = MemoryStore()
        intake = GroupCommit(store)
        async with open_client(build_test_app(store, health=health, intake=intake)) as client:
            prepare(intake)
            return await client.get(path)

    return asyncio.run(run())


def test_alive_says_nothing_of_the_database() -> None:
    health = FixedHealth()
    health.broken = True
    assert fetch("/healthz", health).status_code == 200


def test_ready_and_well() -> None:
    answer = fetch("/readyz", FixedHealth(Health(worker_heartbeat_age_s=1.5)))
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "degraded": [], "worker_heartbeat_age_s": 1.5}


def test_a_vendors_outage_is_degraded_and_still_ready() -> None:
    answer = fetch("/readyz", FixedHealth(Health(degraded=(OUTAGE,))))
    assert answer.status_code == 200
    assert answer.json()["degraded"] == [
        {"what": "jira is unreachable", "since": "2026-03-02T09:00:00Z", "remedy": "check ESCALATOR_JIRA_URL"}
    ]
    assert answer.json()["worker_heartbeat_age_s"] is None


def refuse_to_store(health: FixedHealth) -> None:
    health.storable = False


def break_down(health: FixedHealth) -> None:
    health.broken = True


@pytest.mark.parametrize("ail", [refuse_to_store, break_down])
def test_not_ready_when_nothing_can_be_stored(ail: Callable[[FixedHealth], None]) -> None:
    health = FixedHealth()
    ail(health)
    answer = fetch("/readyz", health)
    assert answer.status_code == 503
    body: dict[str, Any] = answer.json()
    assert body["ready"] is False
    assert body["degraded"][0]["what"] == "deliveries cannot be stored"
    assert body["degraded"][0]["remedy"]


def test_not_ready_in_time_when_the_database_hangs() -> None:
    health = FixedHealth()
    health.gate.clear()
    began = time.monotonic()
    answer = fetch("/readyz", health)
    health.gate.set()
    assert answer.status_code == 503
    assert time.monotonic() - began < 6


def test_not_ready_when_the_intake_is_closed() -> None:
    async def run() -> httpx.Response:
        store = MemoryStore()
        intake = GroupCommit(store)
        async with open_client(build_test_app(store, intake=intake)) as client:
            await intake.drain()
            return await client.get("/readyz")

    answer = asyncio.run(run())
    assert answer.status_code == 503
    assert "intake" in answer.json()["degraded"][0]["what"]


def test_an_outage_keeps_the_instant_at_which_it_was_first_seen() -> None:
    clock = [NOW]
    health = FixedHealth()
    health.storable = False

    async def run() -> list[str]:
        seen = []
        async with open_client(build_test_app(MemoryStore(), health=health, now=lambda: clock[0])) as client:
            for minute in (0, 5):
                clock[0] = NOW.replace(minute=minute)
                seen.append((await client.get("/readyz")).json()["degraded"][0]["since"])
        return seen

    assert asyncio.run(run()) == ["2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"]


def test_many_who_ask_cost_one_question() -> None:
    health = FixedHealth()

    async def run() -> None:
        async with open_client(build_test_app(MemoryStore(), health=health)) as client:
            await asyncio.gather(*(client.get("/readyz") for _ in range(50)))

    asyncio.run(run())
    assert health.asked == 1


def test_a_probe_asks_again_when_its_answer_is_old() -> None:
    answers = iter([1, 2, 3])

    async def run() -> list[int]:
        probe = Probe(lambda: next(answers), fresh_s=0.05)
        first = [await probe.ask(), await probe.ask()]
        await asyncio.sleep(0.1)
        return [*first, await probe.ask()]

    assert asyncio.run(run()) == [1, 1, 2]


def test_metrics_golden() -> None:
    rows = (("inbox", 3), ("parked", 0))
    alarms = AlarmRate(reports=2_000, raised=3, per_thousand=1.5, limit=0.45, suggested=None)
    health = FixedHealth(Health(degraded=(OUTAGE,), worker_heartbeat_age_s=12.25, rows=rows, alarms=alarms))

    async def run() -> httpx.Response:
        async with open_client(build_test_app(MemoryStore(), health=health)) as client:
            body, headers = spell_request(7)
            await client.post("/webhooks/zendesk", content=body, headers=headers)
            await client.post("/webhooks/zendesk", content=body, headers=headers)
            await client.post("/webhooks/zendesk", content=body)
            return await client.get("/metrics")

    answer = asyncio.run(run())
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = [line for line in answer.text.splitlines() if not line.startswith("#") and "seconds_total" not in line]
    assert samples == [
        'escalator_deliveries_total{source="zendesk",outcome="accepted"} 2',
        'escalator_deliveries_total{source="zendesk",outcome="unsigned"} 1',
        "escalator_commits_total 2",
        "escalator_failed_commits_total 0",
        "escalator_stored_deliveries_total 1",
        "escalator_duplicate_deliveries_total 1",
        "escalator_waiting_deliveries 0",
        "escalator_ready 1",
        'escalator_degraded{what="jira is unreachable"} 1',
        "escalator_worker_heartbeat_age_seconds 12.25",
        'escalator_rows{state="inbox"} 3',
        'escalator_rows{state="parked"} 0',
        "escalator_pattern_alarms_per_thousand 1.5",
        "escalator_pattern_alarms_limit 0.45",
    ]
    assert answer.text.endswith("\n")


def test_metrics_without_a_database_still_tell_what_the_edge_knows() -> None:
    health = FixedHealth()
    health.broken = True
    text = fetch("/metrics", health).text
    assert "escalator_ready 0" in text
    assert "escalator_commits_total 0" in text
    assert "heartbeat" not in text


def test_a_label_cannot_forge_a_sample() -> None:
    lines = list(write_metric("m", "gauge", "help", [({"what": 'a"} 1\nforged 2 \\'}, 1.0)]))
    assert lines[-1] == 'm{what="a\\"} 1\\nforged 2 \\\\"} 1'
