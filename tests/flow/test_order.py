"""Events late, doubled, out of order, or racing each other: one outcome."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.rig import AGENT, ASKED, BUG, CUSTOMER, FIELDS, Rig, build_rig, make_record
from worker.flow.loop import run_worker, work_once
from worker.flow.poll import start_polling
from worker.ground import now_utc
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.inbox import InboxRow, add_rows
from worker.store.migrate import upgrade_database
from worker.store.status import read_status
from worker.store.subjects import Lane, SubjectKind

Event = Callable[[Rig], None]


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with build_rig(tmp_path, database) as built:
        yield built


def deliver(rig: Rig, name: str, *, kind: SubjectKind = SubjectKind.TICKET, subject_id: str = "501") -> None:
    row = InboxRow(
        source="webhook",
        dedupe_key=name,
        subject_kind=kind,
        subject_id=subject_id,
        lane=Lane.LIVE,
        received_at=now_utc() - timedelta(minutes=3),
    )
    with rig.database.transaction() as connection:
        add_rows(connection, [row])


def drain(rig: Rig) -> None:
    means = rig.means
    while work_once(means):
        pass


def tell_outcome(rig: Rig) -> tuple[object, ...]:
    """What everybody can see in the end, without ids and instants."""
    with rig.database.snapshot() as connection:
        escalations = list_escalations(connection)
        status = read_status(connection, now_utc())
    assert (status["inbox"], status["parked"], status["intended"], status["uncertain"]) == (0, 0, 0, 0)
    ticket = rig.box.zendesk.tickets[501]
    return (
        [(one.tickets, one.target, one.severity, one.issue.key if one.issue else None) for one in escalations],
        [issue.key for issue in rig.box.jira.issues],
        [len(issue.remote_links) for issue in rig.box.jira.issues],
        sorted(ticket["tags"]),
        rig.box.zendesk.field(501, FIELDS["state"]),
        rig.box.zendesk.field(501, FIELDS["jira_issue"]),
    )


def perform_story(rig: Rig, order: Sequence[int]) -> None:
    """A ticket's whole way, all its hints delivered afterwards in this order, twice each."""
    rig.load(make_record(501, note=None, text=ASKED))
    rig.box.zendesk.add_comment(501, author_id=AGENT, body=BUG, public=False)
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="It still stops at row 1000.")
    for turn in order:
        deliver(rig, f"event-{turn}")
        drain(rig)
        deliver(rig, f"event-{turn}")
    rig.run()
    rig.settle()


def test_any_order_of_late_and_doubled_events_gives_one_outcome(tmp_path: Path) -> None:
    outcomes = set()
    for number, order in enumerate(itertools.permutations(range(3))):
        folder = tmp_path / str(number)
        folder.mkdir()
        with open_fresh(folder) as rig:
            perform_story(rig, order)
            outcomes.add(repr(tell_outcome(rig)))
            assert len(rig.box.zendesk.notes(501)) == 1
    assert len(outcomes) == 1


def test_two_events_of_one_ticket_at_the_same_moment_are_one_reading(rig: Rig) -> None:
    rig.load(make_record(501))
    threads = [threading.Thread(target=deliver, args=(rig, f"at-once-{number}")) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drain(rig)
    rig.settle()
    shown = [entry for entry in rig.box.journal if "show_many" in entry.path]
    assert len(shown) <= 3
    assert len(rig.box.jira.issues) == 1
    assert len(rig.box.zendesk.notes(501)) == 1


def test_a_webhook_and_the_poll_that_race_open_one_issue(rig: Rig) -> None:
    rig.load(make_record(501))
    deliver(rig, "webhook")
    start_polling(rig.means)
    run_crews(rig, 6.0)
    assert len(rig.box.jira.issues) == 1
    assert len(rig.box.zendesk.notes(501)) == 1


def test_two_workers_on_many_tickets_and_a_storm_of_hints_open_one_issue_each(rig: Rig) -> None:
    ids = range(501, 513)
    rig.load(*(make_record(number) for number in ids))
    for number in ids:
        for turn in range(5):
            deliver(rig, f"storm-{number}-{turn}", subject_id=str(number))
    start_polling(rig.means)
    run_crews(rig, 12.0, until=lambda: all(rig.box.zendesk.notes(number) for number in ids))
    assert len(rig.box.jira.issues) == len(ids)
    assert [len(rig.box.zendesk.notes(number)) for number in ids] == [1] * len(ids)
    markers = [label for issue in rig.box.jira.issues for label in issue.fields["labels"] if "escalator-" in label]
    assert len(set(markers)) == len(ids)


def test_a_hint_about_an_issue_that_comes_before_its_create_is_settled_is_harmless(rig: Rig) -> None:
    rig.load(make_record(501))
    rig.run()
    with rig.database.snapshot() as connection:
        (escalation,) = list_escalations(connection)
    for turn in range(3):
        deliver(rig, f"jira-{turn}", kind=SubjectKind.ESCALATION, subject_id=escalation.id)
    deliver(rig, "unknown", kind=SubjectKind.ESCALATION, subject_id="feedfeedfeedfeed")
    rig.settle()
    assert len(rig.box.jira.issues) == 1
    assert len(rig.box.zendesk.notes(501)) == 1


def test_an_event_during_the_work_on_its_ticket_is_not_lost(rig: Rig) -> None:
    """The customer writes after the ticket was read and before what follows is kept."""
    rig.load(make_record(501, note=None, text=ASKED))
    deliver(rig, "first")
    helpdesk = type(rig.means.helpdesk)
    read = helpdesk.read_comments

    def read_and_be_overtaken(self: object, ticket_id: int):  # type: ignore[no-untyped-def]
        found = read(self, ticket_id)  # type: ignore[arg-type]
        helpdesk.read_comments = read  # type: ignore[method-assign]
        rig.box.zendesk.add_comment(501, author_id=AGENT, body=BUG, public=False)
        deliver(rig, "second")
        return found

    helpdesk.read_comments = read_and_be_overtaken  # type: ignore[method-assign,assignment]
    try:
        drain(rig)
    finally:
        helpdesk.read_comments = read  # type: ignore[method-assign]
    rig.settle()
    assert len(rig.box.jira.issues) == 1


def open_fresh(folder: Path):  # type: ignore[no-untyped-def]
    database = Database(f"sqlite:///{folder / 'escalator.db'}")
    upgrade_database(database)
    return build_rig(folder, database)


def run_crews(rig: Rig, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
    """Two workers of three threads each, as two processes would be: nothing shared but the database."""
    stop = threading.Event()
    second = type(rig.make_means)(
        settings=rig.make_means.settings, policy=rig.make_means.policy, database=rig.make_means.database
    )
    crews = [
        threading.Thread(
            target=run_worker, args=(make,), kwargs={"threads": 3, "stop": stop, "on_ready": lambda: None}
        )
        for make in (rig.make_means, second)
    ]
    for crew in crews:
        crew.start()
    waited = 0.0
    while waited < seconds and not until():
        stop.wait(0.2)
        waited += 0.2
    stop.wait(0.5)
    stop.set()
    for crew in crews:
        crew.join()
