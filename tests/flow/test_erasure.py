"""A person is taken out of everything that is kept: afterwards no row of any table holds their words or name."""

import json
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select, update
from typer.testing import CliRunner

from tests.rig import CUSTOMER, Rig, build_rig, make_record
from worker.cli.app import app
from worker.core.erasure import ERASED, blank_texts, compile_search, learn_identity, read_identity, remove_found
from worker.core.escalation import EscalationState
from worker.flow.erasure import StillBusy, erase_person, look_for_person
from worker.flow.lab import simulate_policy
from worker.flow.replay import Operator
from worker.ground import now_utc
from worker.settings import PREFIX
from worker.store.audit import list_audit
from worker.store.database import Database
from worker.store.erasure import Traces
from worker.store.escalations import list_escalations
from worker.store.lessons import LessonRow, LessonSource, add_lessons
from worker.store.migrate import upgrade_database
from worker.store.schema import effects, metadata, patterns
from worker.store.subjects import SubjectKind, claim_subject
from worker.store.tickets import read_states

OTHER = 12
NAME, MAIL = "Ines Falk", "ines@falk.example"
WORDS = "My zebra spreadsheet loses its purple rows"
MINE = f"{WORDS} since Friday. We cannot close our books without it. Regards, {NAME}"
HELLO = "Kind regards from the purple zebra department"


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as opened:
        fill(opened)
        yield opened


def fill(rig: Rig) -> None:
    """Tickets of the person, one of somebody else on which they wrote, and one that only names them."""
    people = [{"id": OTHER, "name": "Otto Brand", "email": "otto@brand.example", "role": "end-user"}]
    theirs = make_record(
        502, requester_id=OTHER, submitter_id=OTHER, subject="Rows are missing", organization_id=None
    )
    theirs["users"] += people
    theirs["comments"][0]["author_id"] = OTHER
    naming = make_record(503, requester_id=OTHER, submitter_id=OTHER, note=f"{NAME.upper()} ({MAIL}) called about it")
    naming["users"] = [people[0], naming["users"][1]]
    naming["comments"][0]["author_id"] = OTHER
    rig.load(make_record(501, text=MINE, subject="Purple zebra rows"), theirs, naming)
    rig.run()
    rig.box.zendesk.add_comment(502, author_id=CUSTOMER, body=f"Same here. {HELLO}")
    rig.run()
    rig.settle()
    with rig.database.transaction() as connection:
        known = next(one for one in list_escalations(connection) if one.tickets == (501,))
        lesson = LessonRow(
            source=LessonSource.NOTE,
            source_id="1",
            text=f"{NAME} was right: {WORDS}",
            by="Tom",
            at=now_utc(),
            ticket_id=501,
        )
        add_lessons(connection, known.id, [lesson])
        connection.execute(update(patterns).values(explanation=json.dumps({"quote": WORDS})))


def dump(database: Database) -> str:
    """Every value of every table, packed ones unpacked, in one text."""
    parts = []
    with database.snapshot() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                for column, value in zip(table.columns, row, strict=True):
                    parts.append(spell(value, packed=isinstance(column.type, LargeBinary)))
    return "\n".join(parts).casefold()


def spell(value: Any, *, packed: bool) -> str:
    if not packed or value is None:
        return str(value)
    try:
        return zlib.decompress(value).decode(errors="replace")
    except zlib.error:
        return value.decode(errors="replace")


def find(database: Database, wanted: str) -> Traces:
    identity = read_identity(wanted)
    assert identity is not None
    return look_for_person(database, identity, lambda _read: None)


def erase(database: Database, wanted: str) -> Traces:
    traces = find(database, wanted)
    operator = Operator(name="Ann", now=now_utc(), command_id="c1")
    assert erase_person(database, traces, operator, now=now_utc, sleep=lambda _s: None).is_compacted
    return traces


@pytest.mark.parametrize("wanted", [str(CUSTOMER), MAIL, MAIL.upper()])
def test_nothing_of_the_person_is_left_in_any_table(rig: Rig, wanted: str) -> None:
    before = dump(rig.database)
    for text in (NAME, MAIL, WORDS, HELLO):
        assert text.casefold() in before
    traces = erase(rig.database, wanted)
    assert (traces.own, traces.involved) == ((501,), (502,))
    after = dump(rig.database)
    for text in (NAME, MAIL, WORDS, HELLO, "zebra", "purple"):
        place = after.find(text.casefold())
        assert place < 0, after[max(0, place - 300) : place + 100]
    again = find(rig.database, wanted)
    assert (again.own, again.involved, again.escalations) == ((), (), ())
    erase(rig.database, wanted)
    assert dump(rig.database) == after


def test_the_file_itself_holds_nothing_any_more(tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    with Database(f"sqlite:///{path}") as database:
        upgrade_database(database)
        with build_rig(tmp_path, database) as rig:
            fill(rig)
            assert NAME.encode() in path.read_bytes() + Path(f"{path}-wal").read_bytes()
            erase(database, MAIL)
            left = path.read_bytes() + Path(f"{path}-wal").read_bytes()
            assert not [text for text in (NAME, MAIL, WORDS, HELLO) if text.encode() in left]


def test_the_audit_still_says_what_was_done_and_the_others_go_on(rig: Rig) -> None:
    with rig.database.snapshot() as connection:
        before = [row for row in list_audit(connection, SubjectKind.TICKET, "501") if row.event == "decided"]
    erase(rig.database, MAIL)
    with rig.database.snapshot() as connection:
        rows = list_audit(connection, SubjectKind.TICKET, "501")
        escalations = {one.id: one for one in list_escalations(connection)}
    decided = [row for row in rows if row.event == "decided"]
    for old, new in zip(before, decided, strict=True):
        assert (old.at, old.policy_digest) == (new.at, new.policy_digest)
        for name in ("action", "target", "severity", "criteria"):
            assert old.data[name] == new.data[name]
    assert decided[0].data["reasons"] == [ERASED] * len(before[0].data["reasons"])  # type: ignore[arg-type]
    assert rows[-1].event == "erased"
    assert rows[-1].data["by"] == "Ann"
    assert [one.state for one in escalations.values() if not one.tickets] == [EscalationState.CLOSED]
    issues = len(rig.box.jira.issues)
    rig.box.journal.clear()
    rig.settle()
    rig.clock.skip(7300)
    rig.settle()
    assert len(rig.box.jira.issues) == issues
    assert not [path for path in rig.writes if "/tickets/501" in path]
    with rig.database.snapshot() as connection:
        assert 501 not in read_states(connection, [501, 502])
    now = now_utc()
    policy = rig.make_means.policy
    span = (now - timedelta(days=1), now)
    assert simulate_policy(rig.database, span, policy, against=None, tell=lambda *_: None).tickets == 2


def test_what_is_under_way_is_not_erased(rig: Rig) -> None:
    with rig.database.transaction() as connection:
        claim_subject(connection, SubjectKind.TICKET, "501", owner="w", now=now_utc(), lease=timedelta(minutes=5))
    before = dump(rig.database)
    operator = Operator(name="Ann", now=now_utc(), command_id="c1")
    with pytest.raises(StillBusy, match="ticket 501"):
        erase_person(
            rig.database, find(rig.database, MAIL), operator, now=now_utc, sleep=lambda _s: rig.clock.skip(10)
        )
    assert WORDS.casefold() in dump(rig.database)
    assert len(dump(rig.database)) >= len(before) - 200


def test_an_unfinished_write_stops_it(rig: Rig) -> None:
    with rig.database.transaction() as connection:
        connection.execute(
            update(effects)
            .where(effects.c.subject_kind == "ticket", effects.c.subject_id == "501")
            .values(state="intended")
        )
    operator = Operator(name="Ann", now=now_utc(), command_id="c1")
    with pytest.raises(StillBusy, match="not finished"):
        erase_person(rig.database, find(rig.database, MAIL), operator, now=now_utc, sleep=lambda _s: None)
    assert WORDS.casefold() in dump(rig.database)
    rig.run_for(1)


def test_codes_stay_and_texts_go() -> None:
    value = {"action": "open", "criteria": ["technical.confirmed_bug"], "reasons": ["Ines wrote: it is down"], "n": 3}
    assert blank_texts(value) == value | {"reasons": [ERASED]}
    assert blank_texts({"at": "2026-03-01T00:00:00+00:00", "key": None}) == {
        "at": "2026-03-01T00:00:00+00:00",
        "key": None,
    }


def test_a_name_that_is_a_common_word_is_not_searched_everywhere() -> None:
    known = read_identity("7")
    assert known is not None
    learned = learn_identity(known, [{"id": 7, "name": "Max", "email": None}])
    assert compile_search(learned) is None
    full = learn_identity(known, [{"id": 7, "name": "Zoë  O'Neil-Ünal", "email": "z@x.example"}])
    search = compile_search(full)
    assert search is not None
    found = remove_found({"zoë o'neil-ünal": ["ZOË\nO'NEIL-ÜNAL!", "az@x.example", "z@x.example."]}, search)
    assert found == {ERASED: [f"{ERASED}!", "az@x.example", f"{ERASED}."]}


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    url = f"sqlite:///{tmp_path / 'escalator.db'}"
    with Database(url) as database:
        upgrade_database(database)
        with build_rig(tmp_path, database) as built:
            monkeypatch.setenv(f"{PREFIX}DATABASE_URL", url)
            fill(built)
            yield built


def test_the_command_shows_first_and_needs_a_word(commands: Rig) -> None:
    before = dump(commands.database)
    shown = CliRunner().invoke(app, ["erase", "--requester", MAIL])
    assert shown.exit_code == 2
    assert "1 tickets of the person" in shown.stdout
    assert "nothing was erased" in shown.stderr
    assert dump(commands.database) == before
    done = CliRunner().invoke(app, ["erase", "--requester", MAIL, "--yes", "--json", "--by", "Ann"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["erased"], told["tickets"], told["involved_tickets"]) == (True, [501], [502])
    assert told["outside"]["issues"]
    again = CliRunner().invoke(app, ["erase", "--requester", MAIL])
    assert (again.exit_code, again.stdout) == (0, "nothing about this person is kept\n")
    assert CliRunner().invoke(app, ["erase", "--requester", "Ines"]).exit_code == 2
