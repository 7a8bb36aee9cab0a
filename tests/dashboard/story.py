"""The state that pages are shown with: the demo's story on the sandbox, then an afternoon of people's deeds."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from connectors.sandbox.faults import Fault
from connectors.sandbox.story import load_story
from tests.flow.living import MARIT, make_patient
from tests.rig import AGENT, Rig, build_rig, make_record
from worker.core.assessment import Severity, Target
from worker.core.escalation import Escalation
from worker.core.review import Order
from worker.flow.orders import add_escalate, add_instruction
from worker.flow.replay import Operator
from worker.ground import now_utc
from worker.settings import Settings
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.lessons import LessonRow, LessonSource, add_lessons
from worker.store.migrate import upgrade_database
from worker.store.progress import beat

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""A Monday morning."""

VIEWER, OPERATOR = "vera:a-view-only-word", "otto:an-operating-word"
HOSTILE, REFUSED = 501, 502
PLAN, TRIED = "past", "tried"
TITLE = "<script>document.title='pwned'</script> \u202etxt.exe\x1b[31m <img src=x onerror=alert(1)> {{7*7}} مرحبا"
SAID = (
    "The export of the payroll stops at row 1000 for everyone since Friday. <script>document.title='pwned'</script>"
    ' " onmouseover="alert(1)" [click](javascript:alert(1)) \u202eesrever\u202c \x00\x07 مرحبا بالعالم\n' + "W" * 300
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """A database in the state at `now`, with the settings it was made with."""

    settings: Settings
    now: datetime


def play_story(folder: Path) -> Played:
    """Plays everything into a new SQLite file in the folder; takes about a minute."""
    url = f"sqlite:///{folder / 'escalator.db'}"
    with Database(url) as database:
        upgrade_database(database)
        with build_rig(folder, database, start=START) as rig:
            make_patient(rig)
            load_story(None).play(rig.box, speed=60)
            rig.run()
            rig.settle()
            add_trouble(rig)
            _live_on(rig)
            now = datetime.now(UTC)
            settings = add_credentials(rig.make_means.settings, url)
    return Played(settings=settings, now=now)


def keep_played(played: Played, path: Path) -> None:
    """Writes down what is needed to open the pages again without playing."""
    values = played.settings
    kept = {
        "now": played.now.isoformat(),
        "policy_dir": str(values.policy_dir),
        "database_url": values.database_url.get_secret_value(),
        "zendesk_url": values.zendesk_url,
        "jira_url": values.jira_url,
    }
    path.write_text(json.dumps(kept), encoding="utf-8")


def open_played(path: Path) -> Played:
    """What `keep_played` kept."""
    kept: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))
    values = {name: value for name, value in kept.items() if name not in {"now", "database_url"}}
    settings = add_credentials(Settings(**values), kept["database_url"])  # type: ignore[arg-type]
    return Played(settings=settings, now=datetime.fromisoformat(kept["now"]))


def add_credentials(settings: Settings, url: str) -> Settings:
    """The settings with a viewer and an operator."""
    return settings.model_copy(
        update={
            "database_url": SecretStr(url),
            "dashboard_viewer": SecretStr(VIEWER),
            "dashboard_operator": SecretStr(OPERATOR),
        }
    )


def add_trouble(rig: Rig) -> None:
    """A ticket with hostile words that goes up, and one whose note Zendesk refuses."""
    rig.load(
        make_record(HOSTILE, text=SAID, subject=TITLE),
        make_record(REFUSED, subject="Payroll export stops at row 1000"),
    )
    refusal = Fault(
        action="status", vendor="zendesk", method="PUT", path=rf"/tickets/{REFUSED}\b", status=422, times=None,
        body='{"error": "RecordInvalid", "description": "Record validation errors"}',
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    rig.box.faults.add(refusal)
    with rig.database.transaction() as connection:
        add_escalate(
            connection,
            HOSTILE,
            target=Target.ENGINEERING,
            severity=Severity.HIGH,
            reason="payroll is due",
            operator=name_otto(),
        )
    rig.run()
    rig.settle()


def _live_on(rig: Rig) -> None:
    rig.live(0.7)
    found = _list(rig)
    issues = [one for one in found if one.issue is not None and one.target is Target.ENGINEERING]
    rig.box.jira.add_comment(issues[0].issue.key, "Looking at it, the cause is in the label renderer.", account=MARIT)
    rig.box.jira.transition_issue(issues[0].issue.key, "Start work", account=MARIT)
    rig.box.jira.transition_issue(issues[1].issue.key, "Finish", resolution="Done", account=MARIT)
    rig.box.jira.transition_issue(issues[2].issue.key, "Finish", resolution="Won't Do", account=MARIT)
    rig.live(0.6)
    _close(
        rig,
        found[-3],
        "The customer called: solved",
        lesson="A stale cache kept the old template; clear it after a rename.",
    )
    _close(rig, found[-4], "Solved with a setting")
    rig.live(1.4)
    rig.box.zendesk.add_comment(71227, author_id=AGENT, body="We are on it; the next word is at four.", public=True)
    rig.live(1.6)
    with rig.database.transaction() as connection:
        beat(connection, "desk:1:worker", "worker", now_utc())


def _close(rig: Rig, known: Escalation, reason: str, *, lesson: str = "") -> None:
    with rig.database.transaction() as connection:
        add_instruction(connection, known.id, Order.CLOSE, reason=reason, operator=name_otto())
        if lesson:
            row = LessonRow(
                source=LessonSource.COMMAND, source_id=secrets.token_hex(4), text=lesson, by="otto", at=now_utc()
            )
            add_lessons(connection, known.id, [row])


def _list(rig: Rig) -> tuple[Escalation, ...]:
    with rig.database.snapshot() as connection:
        return list_escalations(connection)


def name_otto() -> Operator:
    """Whoever acts in the story."""
    return Operator(name="otto", now=now_utc(), command_id=secrets.token_hex(4))


if __name__ == "__main__":
    import sys

    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    keep_played(play_story(target), target / "played.json")
