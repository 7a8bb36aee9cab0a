"""The command that runs the service. A role loads only what it does, so some imports stand where they serve."""

import signal
import threading
from enum import StrEnum
from typing import Annotated

import structlog
import typer

from worker.cli.database import prepare_database
from worker.failpoints import arm
from worker.ground import open_database
from worker.serve import announce_ready, follow_parent, hand_over, inherit_listener
from worker.settings import FAIL_POINT, Need, Settings, load_fail_plan, load_settings
from worker.web.listener import bind_listener

_log = structlog.get_logger(__name__)

_THREADS = 4


class RoleName(StrEnum):
    """The two roles of the service."""

    WEB = "web"
    WORKER = "worker"


def register(app: typer.Typer) -> None:
    """Adds this command."""
    app.command("serve")(serve)


def serve(
    only: Annotated[RoleName | None, typer.Option(help="Run one role alone, here.")] = None,
) -> None:
    """Run the service: webhooks in, tickets judged, issues opened, state written back.

    Prints one JSON line when it is up; Ctrl-C or SIGTERM finishes the step at hand.
    """
    follow_parent()
    settings = load_settings(Need.DATABASE if only is RoleName.WEB else Need.WORKER)
    _arm_fail_point(settings)
    if only is RoleName.WEB:
        _serve_web(settings)
    elif only is RoleName.WORKER:
        _serve_worker(settings)
    else:
        _supervise(settings)


def _arm_fail_point(settings: Settings) -> None:
    """For crash tests; nobody must overlook that it is on."""
    plan = load_fail_plan(settings)
    if plan is not None:
        arm(plan)
        _log.error(
            "fail_point_armed",
            point=plan.point.value,
            count=plan.count,
            action=plan.action.value,
            detail=f"this process will fail on purpose, because {FAIL_POINT} is set; remove it",
        )


def _serve_web(settings: Settings) -> None:
    from worker.web.server import run_web  # noqa: PLC0415
    from worker.web_wiring import build_web  # noqa: PLC0415

    with open_database(settings) as database:
        prepare_database(database)
        app, listener = build_web(settings, database), inherit_listener()
        run_web(app, settings.web_host, settings.web_port, announce_ready, listener=listener)


def _serve_worker(settings: Settings) -> None:
    from worker.flow.loop import run_worker  # noqa: PLC0415
    from worker.wiring import MakeMeans, read_policy  # noqa: PLC0415

    policy = read_policy(settings)
    with open_database(settings) as database:
        prepare_database(database)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        make_means = MakeMeans(settings=settings, policy=policy, database=database)
        run_worker(make_means, threads=_THREADS, stop=stop, on_ready=announce_ready)


def _supervise(settings: Settings) -> None:
    """Tells every mistake first; then this process becomes the supervisor, which needs nothing of what found them."""
    from worker.wiring import read_policy  # noqa: PLC0415

    read_policy(settings)
    with open_database(settings) as database:
        prepare_database(database)
    hand_over(bind_listener(settings.web_host, settings.web_port))
