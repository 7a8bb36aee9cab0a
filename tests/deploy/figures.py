"""What /metrics shows when everything that it can show is there."""

import asyncio
import re

from tests.web.serving import NOW, FixedHealth, MemoryStore, build_test_app, open_client, spell_request
from worker.health import Degraded, Health

_NAME = re.compile(r"\bescalator_[a-z_]+\b")
_HEALTH = Health(
    degraded=(Degraded(what="jira fails", since=NOW, remedy="nothing"),),
    worker_heartbeat_age_s=1.0,
    rows=(("parked", 1),),
)


def read_metric_names() -> set[str]:
    """The names of all metrics of a web role that has stored a webhook and knows of trouble."""

    async def run() -> str:
        async with open_client(build_test_app(MemoryStore(), health=FixedHealth(_HEALTH))) as client:
            body, headers = spell_request(1)
            await client.post("/webhooks/zendesk", content=body, headers=headers)
            return (await client.get("/metrics")).text

    page = asyncio.run(run())
    return {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE ")}


def find_metric_names(expression: str) -> set[str]:
    """The metrics that a PromQL expression names."""
    return set(_NAME.findall(expression))
