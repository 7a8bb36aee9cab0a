"""GET /metrics: the figures in Prometheus' text exposition format 0.0.4."""

from collections.abc import Iterable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from worker.core.patterns.rate import AlarmRate
from worker.delivery import Intake
from worker.web.figures import DeliveryFigures
from worker.web.health import Readiness, Readings

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[dict[str, str], float]


class MetricsPage:
    """The endpoint that Prometheus scrapes."""

    def __init__(self, *, readings: Readings, intake: Intake, figures: DeliveryFigures) -> None:
        self._readings = readings
        self._intake = intake
        self._figures = figures

    async def answer(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        """All figures; those of the database are left out while it cannot be read."""
        readiness = await self._readings.read()
        lines = [*_write_deliveries(self._figures), *_write_intake(self._intake), *_write_readiness(readiness)]
        return Response("\n".join(lines) + "\n", headers={"Content-Type": _CONTENT_TYPE})


def write_metric(name: str, kind: str, text: str, samples: Sequence[Sample]) -> Iterable[str]:
    """The lines of one metric: its help, its type and a line a sample; nothing when there is no sample."""
    if not samples:
        return
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        written = ",".join(f'{label}="{_escape_label(content)}"' for label, content in labels.items())
        yield f"{name}{{{written}}} {value:.10g}" if written else f"{name} {value:.10g}"


def _escape_label(content: str) -> str:
    return content.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _write_deliveries(figures: DeliveryFigures) -> Iterable[str]:
    samples = [({"source": source, "outcome": outcome}, number) for source, outcome, number in figures.list_counts()]
    yield from write_metric("escalator_deliveries_total", "counter", "Webhook deliveries by outcome.", samples)


def _write_intake(intake: Intake) -> Iterable[str]:
    done = intake.figures
    rows: tuple[tuple[str, str, str, float], ...] = (
        ("escalator_commits_total", "counter", "Group commits that succeeded.", done.commits),
        ("escalator_failed_commits_total", "counter", "Group commits that the store refused.", done.failed_commits),
        ("escalator_commit_seconds_total", "counter", "Seconds spent in group commits.", done.seconds),
        ("escalator_stored_deliveries_total", "counter", "Deliveries stored as new.", done.stored),
        ("escalator_duplicate_deliveries_total", "counter", "Deliveries known before.", done.duplicates),
        ("escalator_waiting_deliveries", "gauge", "Deliveries that wait for a commit.", intake.waiting),
    )
    for name, kind, text, value in rows:
        yield from write_metric(name, kind, text, [({}, value)])


def _write_readiness(readiness: Readiness) -> Iterable[str]:
    health = readiness.health
    yield from write_metric("escalator_ready", "gauge", "1 when a webhook can be stored.", [({}, readiness.ready)])
    degraded = [({"what": degraded.what}, 1.0) for degraded in health.degraded]
    yield from write_metric("escalator_degraded", "gauge", "1 for each thing that works less well.", degraded)
    age = health.worker_heartbeat_age_s
    heartbeat: list[Sample] = [] if age is None else [({}, age)]
    yield from write_metric(
        "escalator_worker_heartbeat_age_seconds", "gauge", "Seconds since a worker last reported.", heartbeat
    )
    rows: list[Sample] = [({"state": state}, number) for state, number in health.rows]
    yield from write_metric("escalator_rows", "gauge", "Rows of the database by state.", rows)
    yield from _write_alarms(health.alarms)


def _write_alarms(alarms: AlarmRate | None) -> Iterable[str]:
    if alarms is None:
        return
    rows: tuple[tuple[str, str, float | None], ...] = (
        ("per_thousand", "Raised patterns that nobody confirmed, of 1,000 tickets.", alarms.per_thousand),
        ("limit", "The score from which a pattern is raised.", alarms.limit),
        ("suggested_limit", "The score that would hold the rate to what the policy puts up with.", alarms.suggested),
    )
    for name, text, value in rows:
        samples: list[Sample] = [] if value is None else [({}, value)]
        yield from write_metric(f"escalator_pattern_alarms_{name}", "gauge", text, samples)
