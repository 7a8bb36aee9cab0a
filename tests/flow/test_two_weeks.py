"""Two weeks of an escalation of each severity, as everybody around it reads them, held against golden texts.

People act at fixed times; what Escalator does in between follows from its clocks alone. Times are shown in steps of
ten minutes, so that a slow machine reads the same.
"""

import dataclasses
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sandbox.jira.catalog import API_ACCOUNT_ID, PEOPLE
from tests.flow.living import MARIT, comment, find_escalation, read_text, reply, say
from tests.rig import AGENT, CUSTOMER, Rig, build_rig, make_record
from worker.core.assessment import Severity, Target
from worker.core.life import Stage
from worker.flow.loop import run_until_idle
from worker.flow.orders import add_escalate
from worker.flow.replay import Operator
from worker.ground import now_utc
from worker.store.clocks import TEAM, list_clocks
from worker.store.database import Database
from worker.store.lessons import list_lessons
from worker.store.migrate import upgrade_database
from worker.store.subjects import Lane, SubjectKind, insert_wakes

START = datetime(2026, 3, 2, 9, 33, tzinfo=UTC)
"""A Monday morning; clocks end in the middle of a step of ten minutes."""

GOLDEN = Path(__file__).parent / "golden"
CADENCE = """
quiet_hours = { start = "22:00", end = "06:00", zone = "UTC" }
[contacts]
engineering = ["712020:00000000-0000-4000-8000-0000000000a2"]
leadership = ["712020:00000000-0000-4000-8000-0000000000a3"]
"""
QUIET = "Could you tell me why the monthly report looks different since Friday?"
_TIME = re.compile(r"\b(\d{2}):(\d)\d\b")
_BRIEF = re.compile(r"^(Asked for|Asked for now|What was asked): .*$", re.MULTILINE)
"""What the brief says is tested where briefs are."""
_NAMES = {CUSTOMER: "customer", AGENT: "agent"}


@dataclasses.dataclass(frozen=True)
class Line:
    at: datetime
    place: str
    who: str
    text: str


def nudge(rig: Rig) -> None:
    """What webhooks do: both sides are looked at at once."""
    with rig.database.transaction() as connection:
        insert_wakes(connection, SubjectKind.ESCALATION, [find_escalation(rig).id], lane=Lane.LIVE, now=now_utc())
    rig.clock.skip(2)
    run_until_idle(rig.means)


def live_until(rig: Rig, at: datetime) -> None:
    rig.live((at - datetime.now(UTC)).total_seconds() / 3600)


def list_story(rig: Rig) -> Iterator[tuple[str, Callable[[], object]]]:
    """When (day and time) who does what."""
    key = rig.box.jira.issues[0].key
    jira = rig.box.jira
    yield "0 14:00", lambda: reply(rig, "Thank you for the report. Our engineers are looking into it.")
    yield "0 15:00", lambda: jira.update_issue(key, assignee=MARIT, account=MARIT)
    yield "1 10:00", lambda: jira.transition_issue(key, "Start work", account=MARIT)
    yield "1 11:00", lambda: reply(rig, "They have begun to work on it.")
    yield "2 09:00", lambda: comment(rig, "Support: reports of single months are not affected.")
    yield "2 09:30", lambda: reply(rig, "Until it is fixed, reports of single months are right.")
    yield "4 09:00", lambda: jira.plan_fix(key, "8.15", account=MARIT)
    yield "4 09:20", lambda: jira.transition_issue(key, "Finish", account=MARIT)
    yield "4 10:00", lambda: reply(rig, "The fix is made and comes with the next release.")
    yield "9 09:00", lambda: jira.release_version("8.15")
    yield "9 10:00", lambda: reply(rig, "The release is out. Does it work for you now?")
    yield "10 09:00", lambda: say(rig, "Unfortunately that did not help, the report is still wrong.")
    yield "10 11:00", lambda: jira.transition_issue(key, "Back to the list", account=MARIT)
    yield "11 09:00", lambda: jira.transition_issue(key, "Finish", account=MARIT)
    yield "11 10:00", lambda: reply(rig, "We found the second half of it. Could you try it once more?")
    yield "11 15:00", lambda: say(rig, "Perfect, the report works again. Thank you!")
    yield "12 09:00", lambda: add_note(rig, "Lesson: two reports share one cache; ask for the month first.")


def add_note(rig: Rig, text: str) -> None:
    rig.box.zendesk.add_comment(501, author_id=AGENT, body=text, public=False)


def play(rig: Rig) -> None:
    for when, act in list_story(rig):
        day, time = when.split()
        hour, minute = map(int, time.split(":"))
        at = START.replace(hour=hour, minute=minute) + timedelta(days=int(day), minutes=3)
        live_until(rig, at)
        act()
        nudge(rig)
        check_clocks(rig)
    live_until(rig, START + timedelta(days=14))


def check_clocks(rig: Rig) -> None:
    """Every open escalation has a next due time or a stated reason not to, for the team and for the customer."""
    escalation = find_escalation(rig)
    with rig.database.snapshot() as connection:
        clocks = {clock.ticket_id: clock for clock in list_clocks(connection, escalation.id)}
    assert set(clocks) == {TEAM, 501}
    assert all(clock.reasons for clock in clocks.values())
    if escalation.course.stage in {Stage.ACTIVE, Stage.FIXED}:
        assert all(clock.due_at is not None for clock in clocks.values())


def list_lines(rig: Rig) -> list[Line]:
    lines = [
        Line(
            at=datetime.fromisoformat(row["created_at"]),
            place="#501 public" if row["public"] else "#501 note",
            who=_NAMES.get(row["author_id"], "Escalator"),
            text=row["body"],
        )
        for row in rig.box.zendesk.comments(501)
    ]
    for issue in rig.box.jira.issues:
        lines += [
            Line(at=one.created, place=issue.key, who=name_person(one.author), text=read_text(one.body))
            for one in issue.comments
        ]
        lines += [
            Line(at=change.at, place=issue.key, who=name_person(change.author), text=tell_change(change.items))
            for change in issue.changes
        ]
    return sorted((line for line in lines if line.at >= START), key=_rank_line)


def _rank_line(line: Line) -> tuple[datetime, str, datetime]:
    """By the shown time: what happens on two sides at once has no order."""
    return line.at.replace(minute=line.at.minute // 10 * 10, second=0, microsecond=0), line.place, line.at


def name_person(account: str) -> str:
    return "Escalator" if account == API_ACCOUNT_ID else PEOPLE[account]


def tell_change(items: list[dict[str, object]]) -> str:
    return "; ".join(f"{item['field']}: {item['fromString']} -> {item['toString']}" for item in items)


def spell_transcript(rig: Rig) -> str:
    """Every text once; what is said again is only named. The same on every run."""
    escalation, digest = find_escalation(rig), rig.means.policy.digest
    seen: dict[str, str] = {}
    told: list[str] = []
    for line in list_lines(rig):
        text = line.text.strip().replace(escalation.id, "ESCALATION").replace(digest, "DIGEST")
        text = _TIME.sub(r"\1:\g<2>0", re.sub(r"note:ESCALATION\S*|\b[0-9a-f]{12}\b", "TOKEN", text))
        text = re.sub(r"(Escalator reference: )\S+", r"\1TOKEN", text)
        text = _BRIEF.sub(r"\1: …", "\n".join(row for row in text.splitlines() if not row.startswith("☐")))
        at = f"{line.at:%a %d %H:%M}"[:-1] + "0"
        head = f"{at}  {line.place}  {line.who}"
        known = re.sub(r"\d+ \w{3} 2026, \d{2}:\d{2} UTC|\(number \d+\)|\d+ questions", "…", text)
        if known in seen:
            told.append(f"{head}: as on {seen[known]}")
        else:
            seen[known] = at
            told.append(f"{head}:\n" + "\n".join(f"    {row}".rstrip() for row in text.splitlines()))
    return "\n".join(told) + "\n"


@pytest.mark.slow
@pytest.mark.parametrize("severity", Severity)
def test_two_weeks_read_as_they_were_looked_at(tmp_path: Path, severity: Severity) -> None:
    with (
        build_database(tmp_path) as database,
        build_rig(tmp_path, database, start=START, overlay={"cadence.toml": CADENCE}) as rig,
    ):
        settings = rig.make_means.settings.model_copy(
            update={"poll_every": timedelta(hours=5), "issue_poll_every": timedelta(hours=3)}
        )
        rig.make_means = dataclasses.replace(rig.make_means, settings=settings)
        rig.load(make_record(501, note=None, text=QUIET, subject="The monthly report looks different"))
        rig.run()
        operator = Operator(name="kim", now=now_utc(), command_id="two-weeks")
        with rig.database.transaction() as connection:
            add_escalate(
                connection,
                501,
                target=Target.ENGINEERING,
                severity=severity,
                reason="it concerns every report",
                operator=operator,
            )
        run_until_idle(rig.means)
        play(rig)
        assert find_escalation(rig).course.stage is Stage.CLOSED
        assert len(rig.box.jira.issues) == 1
        with rig.database.snapshot() as connection:
            assert len(list_lessons(connection, find_escalation(rig).id)) == 1
        transcript = spell_transcript(rig)
    path = GOLDEN / f"two_weeks_{severity.value}.txt"
    if os.environ.get("ESCALATOR_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(transcript, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == transcript


def build_database(folder: Path) -> Database:
    database = Database(f"sqlite:///{folder / 'escalator.db'}")
    upgrade_database(database)
    return database
