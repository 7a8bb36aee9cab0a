"""The ASGI application: what is served where."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from worker.delivery import Intake
from worker.health import HealthReader
from worker.web.armour import SecurityHeaders
from worker.web.figures import DeliveryFigures
from worker.web.health import HealthPages, Readings
from worker.web.metrics import MetricsPage
from worker.web.sources import WebhookSource
from worker.web.webhooks import WebhookDoor


@dataclass(frozen=True, kw_only=True, slots=True)
class Annex:
    """Pages that only some deployments have: their routes, and what ends them."""

    routes: tuple[Route, ...]
    close: Callable[[], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class WebDependencies:
    """What the application needs from outside.

    A source that is not listed is not served: its route answers 404. So do the dashboard's pages without it.
    """

    intake: Intake
    health: HealthReader
    sources: Sequence[WebhookSource]
    now: Callable[[], datetime]
    dashboard: Annex | None = None


def build_app(dependencies: WebDependencies) -> Starlette:
    """The application; it starts the intake when it starts, and drains it when it ends."""
    intake = dependencies.intake
    figures = DeliveryFigures()
    readings = Readings(reader=dependencies.health, intake=intake, now=dependencies.now)
    pages = HealthPages(readings)
    metrics = MetricsPage(readings=readings, intake=intake, figures=figures)

    dashboard = dependencies.dashboard

    @asynccontextmanager
    async def run_intake(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001 - the framework's signature
        intake.start()
        try:
            yield
        finally:
            if dashboard is not None:
                dashboard.close()
            await intake.drain()

    doors = [
        (source.name, WebhookDoor(source, intake=intake, figures=figures, now=dependencies.now))
        for source in dependencies.sources
    ]
    app = Starlette(
        routes=[
            Route("/healthz", pages.answer_alive, methods=["GET"]),
            Route("/readyz", pages.answer_ready, methods=["GET"]),
            Route("/metrics", metrics.answer, methods=["GET"]),
            *(Route(f"/webhooks/{name}", webhook.answer, methods=["POST"]) for name, webhook in doors),
            *(dashboard.routes if dashboard is not None else ()),
        ],
        middleware=[Middleware(SecurityHeaders)],
        lifespan=run_intake,
    )
    # A redirect to the path with or without a slash would name the sender's own Host, and tell which routes exist.
    app.router.redirect_slashes = False
    return app
