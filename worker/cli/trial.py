"""Commands for trying it out: the sandbox, and the demo that plays a story on it."""

import contextlib
import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from connectors.sandbox.server import Sandbox, SandboxSettings
from connectors.sandbox.story import load_story
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.flow.watch import Judged, Opened, Read, Watch, Written
from worker.ground import now_utc
from worker.live import LiveBoard, LiveCounts, print_summary
from worker.settings import PREFIX
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.status import read_status

_MODES = "".join(
    f'[targets.{name}]\nmode = "auto"\n' for name in ("l2", "engineering", "product", "security", "leadership")
)
_START_S = 30.0
_LONGEST_S = 150.0
_SETTLED_S = 1.5
_TICK_S = 0.2
_STOP_S = 20.0


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command("demo")(demo)
    app.command("sandbox")(run_sandbox)


def run_sandbox(
    *,
    jira: Annotated[str, typer.Option(help="Which Jira to stand in for: cloud or datacenter.")] = "cloud",
    story: Annotated[bool, typer.Option(help="Play the story of tickets.")] = True,
    webhooks: Annotated[str, typer.Option(help="Where to send webhooks: the address of escalator serve.")] = "",
    speed: Annotated[float, typer.Option(help="How fast the story plays.", min=0.1, max=1000)] = 1.0,
    export_lag: Annotated[float, typer.Option(help="Seconds that the export holds back.", min=0)] = 0.2,
    search_lag: Annotated[float, typer.Option(help="Seconds that Jira's search lags.", min=0)] = 2.0,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Run a Zendesk and a Jira on this machine, and print the settings that point anything at them."""
    if jira not in {"cloud", "datacenter"}:
        raise fail(ExitCode.USAGE, f"--jira {jira}: the sandbox stands in for cloud or datacenter")
    deployment: Literal["cloud", "datacenter"] = "cloud" if jira == "cloud" else "datacenter"
    settings = SandboxSettings(export_lag_s=export_lag, search_lag_s=search_lag, jira_deployment=deployment)
    with Sandbox(settings) as box:
        box.webhook_target(webhooks.rstrip("/") or None)
        _print_environment(box.environment, as_json=as_json)
        stop = threading.Event()
        player = threading.Thread(
            target=lambda: story and load_story(None).play(box, speed, lambda _step: None, stop), daemon=True
        )
        player.start()
        try:
            while not stop.wait(3600.0):
                pass
        except KeyboardInterrupt:
            stop.set()


def demo(*, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Play a story on the sandbox: tickets are read, judged, opened in Jira and marked back, before your eyes."""
    console = Console(stderr=as_json, highlight=False)
    folder = Path(tempfile.mkdtemp(prefix="escalator-demo-"))
    try:
        _play_demo(console, folder, as_json=as_json)
    except KeyboardInterrupt:
        console.print("stopped")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _play_demo(console: Console, folder: Path, *, as_json: bool) -> None:
    policy = folder / "policy"
    policy.mkdir()
    (policy / "routing.toml").write_text(_MODES, encoding="utf-8")
    url = f"sqlite:///{folder / 'escalator.db'}"
    password = secrets.token_urlsafe(6)
    with Sandbox(SandboxSettings(export_lag_s=0.2, search_lag_s=1.0)) as box:
        environment = box.environment | {
            "ESCALATOR_DATABASE_URL": url,
            "ESCALATOR_POLICY_DIR": str(policy),
            "ESCALATOR_WEB_PORT": "0",
            "ESCALATOR_POLL_EVERY": "5s",
            "ESCALATOR_ISSUE_POLL_EVERY": "20s",
            "ESCALATOR_DASHBOARD_OPERATOR": f"demo:{password}",
        }
        with run_service(environment, folder / "service.log") as service_url, Database(url) as database:
            box.webhook_target(service_url)
            console.print(f"Zendesk {box.zendesk_url}/agent   Jira {box.jira_url}/   Escalator {service_url}/")
            console.print(f"Log in at Escalator as demo with the password {password}")
            counts = _follow_story(console, box, database)
            if as_json:
                print_json({"read": counts.read, "opened": counts.opened, "notes": counts.written})
            print_summary(console, counts, _list_pages(box, database, service_url))
            _keep_serving(console)


@contextmanager
def run_service(environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """A real `escalator serve` with these settings; gives its address, and ends it in peace."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    command = [sys.executable, "-m", "worker.cli", "serve"]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=clean | dict(environment), stdout=subprocess.PIPE, stderr=output
        )
        try:
            yield _await_ready(process, log)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _await_ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    assert process.stdout is not None  # noqa: S101 - a pipe, as asked for
    line = process.stdout.readline()
    if not line:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise fail(ExitCode.FAILED, "the service did not start", *tail)
    return str(json.loads(line)["url"])


def _follow_story(console: Console, box: Sandbox, database: Database) -> LiveCounts:
    """Plays the story while the board shows what the service makes of it; ends when both have come to rest."""
    watch, stop = Watch(database), threading.Event()
    story = load_story(None)
    player = threading.Thread(target=story.play, args=(box, 1.0, lambda _step: None, stop), daemon=True)
    ends = time.monotonic() + _LONGEST_S
    quiet_since = None
    with LiveBoard(console, now=now_utc) as board:
        player.start()
        try:
            while time.monotonic() < ends:
                show_sights(board, watch)
                resting = not player.is_alive() and _is_resting(database)
                quiet_since = (quiet_since or time.monotonic()) if resting else None
                if quiet_since is not None and time.monotonic() - quiet_since > _SETTLED_S:
                    break
                time.sleep(_TICK_S)
            show_sights(board, watch)
        finally:
            stop.set()
        return board.counts


def show_sights(board: LiveBoard, watch: Watch) -> None:
    """Puts what is new on the board."""
    for sight in watch.look():
        match sight:
            case Read(ticket_id=ticket_id, subject=subject):
                board.note_read(ticket_id, subject)
            case Judged(ticket_id=ticket_id, target=target, severity=severity):
                board.note_judged(ticket_id, target=target, severity=severity)
            case Opened(ticket_id=ticket_id, issue_key=key):
                board.note_opened(ticket_id, key)
            case Written(ticket_id=ticket_id):
                board.note_written(ticket_id)


def _is_resting(database: Database) -> bool:
    with database.snapshot() as connection:
        status = read_status(connection, now_utc())
    return not any(status[name] for name in ("inbox", "due", "leased", "intended", "uncertain"))


def _list_pages(box: Sandbox, database: Database, service_url: str) -> list[tuple[str, str]]:
    pages = [
        ("Zendesk, all tickets", f"{box.zendesk_url}/agent"),
        ("Jira, all issues", f"{box.jira_url}/"),
        ("Escalator", f"{service_url}/"),
    ]
    with database.snapshot() as connection:
        shown = next((item for item in list_escalations(connection) if item.issue is not None), None)
    if shown is not None and shown.issue is not None:
        pages.append(("An issue to read", f"{box.jira_url}/browse/{shown.issue.key}"))
        pages.append(("and its ticket", f"{box.zendesk_url}/agent/tickets/{shown.tickets[0]}"))
    return pages


def _keep_serving(console: Console) -> None:
    """On a terminal the pages stay until Ctrl-C; elsewhere nobody could look at them."""
    if not (sys.stdin.isatty() and console.is_terminal):
        return
    console.print("The pages stay until Ctrl-C.")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _print_environment(environment: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        print_json(dict(environment))
        return
    for name, value in environment.items():
        print_text(f"export {name}={shlex.quote(value)}")
