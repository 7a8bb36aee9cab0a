"""Commands that work once or ask how the service is: poll, status, health, db upgrade."""

from collections.abc import Sequence
from typing import Annotated

import typer

from worker.cli.database import open_current, prepare_database
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_figures, print_json, print_text
from worker.flow.loop import run_until_idle
from worker.ground import name_machine, now_utc, open_database
from worker.health import Degraded
from worker.settings import Need, load_settings
from worker.store.degraded import find_degraded
from worker.store.migrate import upgrade_database
from worker.store.progress import read_last_beat
from worker.store.status import read_counts, read_lateness, read_status
from worker.store.subjects import find_next_due
from worker.web_wiring import build_web_store
from worker.wiring import MakeMeans, check_access, read_policy

_LATE_S = 120.0


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command("poll")(poll)
    app.command("status")(show_status)
    app.command("health")(check_health)
    database = typer.Typer(help="The database.", no_args_is_help=True)
    database.command("upgrade")(upgrade)
    app.add_typer(database, name="db")


def poll(
    *,
    once: Annotated[bool, typer.Option("--once", help="Read every source once.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Read every source and work until nothing is due now."""
    if not once:
        raise fail(ExitCode.USAGE, "poll needs --once; to go on polling, run escalator serve")
    settings = load_settings(Need.WORKER)
    with open_database(settings) as database:
        prepare_database(database)
        make_means = MakeMeans(settings=settings, policy=read_policy(settings), database=database)
        means = make_means()
        check_access(means)
        with database.snapshot() as connection:
            before = read_counts(connection)
        run_until_idle(means)
        with database.snapshot() as connection:
            after = read_counts(connection)
            due = find_next_due(connection)
    counts: dict[str, object] = {name: after[name] - before[name] for name in after if name != "parked"}
    result = counts | {"parked": after["parked"], "next_due": due.isoformat() if due else None}
    print_json(result) if as_json else print_figures(result)
    if after["parked"]:
        raise typer.Exit(int(ExitCode.FAILED))


def show_status(*, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show what waits, what is due, and what is stuck."""
    with open_current() as database, database.snapshot() as connection:
        now = now_utc()
        figures: dict[str, object] = dict(read_status(connection, now))
        degraded = find_degraded(connection, now)
    _print_with(figures, degraded, as_json=as_json)


def check_health(
    *,
    here: Annotated[bool, typer.Option("--here", help="Only whether a worker of this machine lives.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Exit 1 when the oldest due row or the worker's heartbeat is late.

    With --here only the heartbeat counts, and only that of a worker on this machine: what a probe may restart it for.
    """
    if here:
        _check_heart(as_json=as_json)
        return
    with open_current() as database:
        now = now_utc()
        with database.snapshot() as connection:
            lateness = read_lateness(connection, now)
            degraded = find_degraded(connection, now)
        age = build_web_store(database).read_health(now).worker_heartbeat_age_s
    late = []
    if lateness is not None and lateness > _LATE_S:
        late.append(f"the oldest due row has waited {lateness:.0f} s")
    if not _is_alive(age):
        late.append("no worker gives a heartbeat; start escalator serve")
    figures: dict[str, object] = {
        "healthy": not late,
        "oldest_due_s": lateness,
        "worker_heartbeat_age_s": age,
        "late": late if as_json else "; ".join(late) or None,
    }
    _print_with(figures, degraded, as_json=as_json)
    if late:
        raise typer.Exit(int(ExitCode.FAILED))


def _check_heart(*, as_json: bool) -> None:
    with open_current() as database, database.snapshot() as connection:
        beat = read_last_beat(connection, "worker", name_machine())
    age = (now_utc() - beat).total_seconds() if beat is not None else None
    result: dict[str, object] = {"healthy": _is_alive(age), "worker_heartbeat_age_s": age}
    print_json(result) if as_json else print_figures(result)
    if not _is_alive(age):
        raise typer.Exit(int(ExitCode.FAILED))


def _is_alive(heartbeat_age_s: float | None) -> bool:
    return heartbeat_age_s is not None and heartbeat_age_s <= _LATE_S


def _print_with(figures: dict[str, object], degraded: Sequence[Degraded], *, as_json: bool) -> None:
    """The figures and what is degraded, which a vendor's outage is even while nothing of ours is late."""
    rows = [{"what": each.what, "since": each.since.isoformat(), "remedy": each.remedy} for each in degraded]
    if as_json:
        print_json(figures | {"degraded": rows})
    else:
        told = "; ".join(f"{row['what']} (since {row['since']}; {row['remedy']})" for row in rows)
        print_figures(figures | {"degraded": told or None})


def upgrade() -> None:
    """Bring the database to this version's schema."""
    with open_database(load_settings()) as database:
        changed = upgrade_database(database)
    print_text("the database was brought to this version" if changed else "the database is at this version already")
