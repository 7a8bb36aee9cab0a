"""A backfill opens what live work would have opened: planned without a trace, capped, and the same after a crash."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

import worker.flow.ticket as reconciler
from connectors.errors import VendorProblem
from connectors.sandbox.faults import Fault
from mappings.routing import Mode
from tests.conftest import NOW
from tests.rig import CUSTOMER, Rig, build_rig, make_record, spell
from worker.core.assessment import Target
from worker.flow.allowance import is_held_back
from worker.flow.backfill_control import (
    PlanOrder,
    PlanRefused,
    cancel_backfill,
    find_refusal,
    find_resume_refusal,
    pause_backfill,
    start_backfill,
)
from worker.flow.backfill_hold import PlanHeld, hold_plan
from worker.flow.backfill_plan import PlanProgress, Review, Watcher, begin_plan, make_plan, read_review, resume_plan
from worker.flow.loop import work_once
from worker.flow.poll import EXPORT, start_polling
from worker.ground import now_utc
from worker.store.audit import list_audit
from worker.store.backfill_runs import Outcome, count_outcomes, feed_tickets
from worker.store.backfills import Backfill, BackfillState, list_backfills, list_ticket_ids, read_backfill
from worker.store.clocks import list_clocks
from worker.store.database import Database
from worker.store.escalations import list_escalations
from worker.store.inbox import InboxRow, add_rows
from worker.store.migrate import upgrade_database
from worker.store.progress import read_cursor
from worker.store.status import read_status
from worker.store.subjects import Due, Lane, SubjectKind, claim_subjects, find_next_due, insert_wakes
from worker.store.tickets import count_tickets, read_states

QUESTION = "Could you tell me where I change the colour of the header on my invoices? I did not find it."
EXPOSURE = "I can see another customer's invoices in my account. This is a data leak."
CONFIRMED_EXPOSURE = "Confirmed: this is a security breach, customer data is exposed to other customers."
DOWN = "Nobody in our company can log in since this morning, the whole service is down for all our 240 users."
CONFIRMED_DOWN = "I reproduced this: every login fails with error 500. No workaround. All customers are affected."


@contextmanager
def open_rig(folder: Path, database: Database, **shape: Any) -> Iterator[Rig]:
    """A rig whose live poller starts now, so that what is older is the backfill's alone, with ample budgets."""
    with build_rig(folder, database, **shape) as rig:
        change_settings(rig, poll_from=now_utc(), zendesk_updates_per_minute=60_000)
        yield rig


def change_settings(rig: Rig, **values: Any) -> None:
    settings = rig.make_means.settings.model_copy(update=values)
    rig.make_means = dataclasses.replace(rig.make_means, settings=settings)


@pytest.fixture
def rig(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with open_rig(tmp_path, database) as opened:
        yield opened


def generate_record(number: int) -> dict[str, Any]:
    """One of ten kinds of ticket; the number decides which."""
    ticket_id, kind = 1000 + number, number % 10
    by_kind: dict[int, dict[str, Any]] = {
        0: {},
        1: {"text": EXPOSURE, "note": CONFIRMED_EXPOSURE, "subject": "I can see another company's invoices"},
        2: {"text": DOWN, "note": CONFIRMED_DOWN, "subject": "Nobody can log in", "priority": "urgent"},
        3: {"status": "closed"},
        4: {"tags": ["escalator_veto"]},
        5: {"note": None, "text": QUESTION, "tags": ["escalator_now"]},
        6: {"status": "solved"},
    }
    return make_record(ticket_id, **by_kind.get(kind, {"note": None, "text": QUESTION}))


def plan(
    rig: Rig, *, days: float = 60, until: datetime | None = None, seen: list[PlanProgress] | None = None
) -> Backfill:
    watcher = Watcher(wait=rig.clock.skip, tell=(seen if seen is not None else []).append)
    now = now_utc()
    return make_plan(rig.means, now - timedelta(days=days), until or now, watcher)


def order(rig: Rig, step: Callable[[Connection, str, PlanOrder], Backfill], plan_id: str, by: str) -> Backfill:
    with rig.database.transaction() as connection:
        return step(connection, plan_id, PlanOrder(by=by, now=now_utc()))


def review(rig: Rig, made: Backfill) -> Review:
    return read_review(rig.database, made)


def run(rig: Rig, made: Backfill, *, max_create: int = 10_000, longest_s: float = 60.0) -> Backfill:
    start_backfill(rig.means, made.id, max_create=max_create)
    return work_to_the_end(rig, made, longest_s=longest_s)


def work_to_the_end(rig: Rig, made: Backfill, *, longest_s: float = 60.0) -> Backfill:
    means, ends = rig.means, rig.clock.monotonic() + longest_s
    while rig.clock.monotonic() < ends:
        if work_once(means):
            continue
        found = read(rig, made)
        if found.state is not BackfillState.RUNNING:
            return found
        rig.clock.skip(0.05)
    raise AssertionError(f"the plan did not end: {read(rig, made)}, {outcomes(rig, made)}")


def read(rig: Rig, made: Backfill) -> Backfill:
    with rig.database.snapshot() as connection:
        found = read_backfill(connection, made.id)
    assert found is not None
    return found


def outcomes(rig: Rig, made: Backfill) -> dict[Outcome, int]:
    with rig.database.snapshot() as connection:
        return count_outcomes(connection, made.id)


def list_opened(rig: Rig) -> set[tuple[tuple[int, ...], str, str]]:
    with rig.database.snapshot() as connection:
        found = list_escalations(connection)
    return {(each.tickets, each.target.value, each.severity.value) for each in found}


def list_issues(rig: Rig) -> list[tuple[str, str]]:
    return sorted((issue.key.split("-")[0], issue.fields["summary"]) for issue in rig.box.jira.issues)


def make_live_event(ticket_id: int) -> InboxRow:
    return InboxRow(
        source="zendesk.webhook",
        dedupe_key=f"w{ticket_id}",
        subject_kind=SubjectKind.TICKET,
        subject_id=str(ticket_id),
        lane=Lane.LIVE,
        received_at=now_utc(),
    )


def run_live(rig: Rig) -> None:
    change_settings(rig, poll_from=now_utc() - timedelta(days=60))
    rig.run()


def run_planned(rig: Rig) -> None:
    made = plan(rig)
    would = {((row.ticket_id,), row.target, row.severity) for row in review(rig, made).would_create}
    done = run(rig, made, longest_s=1800)
    assert (done.state, done.created) == (BackfillState.DONE, len(would))
    assert would == list_opened(rig)
    before = list(rig.writes)
    again = plan(rig)
    assert review(rig, again).would_create == ()
    assert run(rig, again, longest_s=1800).created == 0
    assert rig.writes == before


def compare_with_live(folder: Path, count: int) -> None:
    """The same tickets through both ways, each with a database and a sandbox of its own."""
    records = [generate_record(number) for number in range(count)]
    ends = []
    for name, work in (("live", run_live), ("planned", run_planned)):
        (folder / name).mkdir()
        with Database(f"sqlite:///{folder / name / 'escalator.db'}") as database:
            upgrade_database(database)
            with open_rig(folder / name, database) as rig:
                rig.load(*records)
                work(rig)
                ends.append((list_opened(rig), list_issues(rig)))
    live, planned = ends
    assert planned[0] ^ live[0] == set()
    assert planned[1] == live[1]
    opened, issues = live
    assert len(opened) >= count // 3
    assert len({target for _, target, _ in opened}) >= 3
    assert len(issues) >= count // 5


def test_a_backfill_opens_exactly_what_live_work_would_have_opened(tmp_path: Path) -> None:
    compare_with_live(tmp_path, 60)


@pytest.mark.slow
def test_a_large_backfill_opens_exactly_what_live_work_would_have_opened(tmp_path: Path) -> None:
    compare_with_live(tmp_path, 2000)


def test_a_plan_writes_nothing_outside_and_leaves_live_work_alone(rig: Rig) -> None:
    rig.load(make_record(501), make_record(502, note=None, text=QUESTION))
    rig.run()
    rig.box.journal.clear()
    with rig.database.snapshot() as connection:
        cursor, status, tickets = (
            read_cursor(connection, EXPORT),
            read_status(connection, NOW),
            count_tickets(connection),
        )
    rig.load(*(generate_record(number) for number in range(20)))
    seen: list[PlanProgress] = []
    made = plan(rig, seen=seen)
    assert [entry for entry in rig.box.journal if entry.effect == "committed"] == []
    with rig.database.snapshot() as connection:
        assert read_cursor(connection, EXPORT) == cursor
        assert read_status(connection, NOW) == status
        assert count_tickets(connection) == tickets
    assert seen[-1].tickets == 22
    assert made.state is BackfillState.PLANNED
    called = [entry.path for entry in rig.box.journal if entry.vendor == "zendesk"]
    assert made.calls.plan_exports == sum("incremental" in path for path in called)
    assert made.calls.plan_comments == sum("comments" in path for path in called)


def test_a_plan_says_what_a_run_would_do(rig: Rig) -> None:
    rig.load(*(generate_record(number) for number in range(30)))
    rig.box.zendesk.delete_ticket(1009)
    made = plan(rig)
    shown = review(rig, made)
    assert sum(group.tickets for group in shown.groups) == 30
    targets = {group.target for group in shown.groups if group.creates}
    assert {Target.ENGINEERING, Target.SECURITY} <= targets
    ranks = [row.rank for row in shown.would_create]
    assert ranks == sorted(ranks)
    assert len(shown.sample) == 20
    assert review(rig, made) == shown
    assert [row.ticket_id for row in review(rig, plan(rig)).sample] == [row.ticket_id for row in shown.sample]
    assert all(row.reason for row in (*shown.sample, *shown.would_create))
    rig.box.journal.clear()
    run(rig, made)
    wrote_issues = [path for path in rig.writes if "/rest/api/" in path]
    wrote_tickets = [path for path in rig.writes if "/api/v2/tickets" in path]
    assert made.calls.run_issue_writes == len(wrote_issues)
    assert made.calls.run_ticket_writes == len(wrote_tickets)


def test_a_plan_keeps_only_what_was_created_or_changed_in_its_time(rig: Rig) -> None:
    now = now_utc().replace(microsecond=0)

    def at(days: int) -> str:
        return spell(now - timedelta(days=days))

    rig.load(
        make_record(501, created_at=at(20), updated_at=at(18)),
        make_record(502, created_at=at(9), updated_at=at(1)),
        make_record(503, created_at=at(90), updated_at=at(8)),
        make_record(504, created_at=at(3), updated_at=at(2)),
    )
    made = plan(rig, days=10, until=now - timedelta(days=5))
    with rig.database.snapshot() as connection:
        assert list_ticket_ids(connection, made.id) == (502, 503)


def test_a_ticket_that_nobody_can_judge_is_planned_as_such_and_parked_by_the_run(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = reconciler.assess

    def stumble(ticket, *rest):  # type: ignore[no-untyped-def]
        if ticket.id == 501:
            raise ValueError("boom")
        return judge(ticket, *rest)

    monkeypatch.setattr(reconciler, "assess", stumble)
    rig.load(make_record(501), make_record(502))
    made = plan(rig)
    assert review(rig, made).count_unjudged() == 1
    assert run(rig, made).state is BackfillState.DONE
    assert outcomes(rig, made) == {Outcome.PARKED: 1, Outcome.OPENED: 1}
    monkeypatch.undo()
    rig.box.zendesk.add_comment(501, author_id=CUSTOMER, body="Any news?")
    rig.run()
    assert outcomes(rig, made) == {Outcome.JOINED: 1, Outcome.OPENED: 1}


def test_a_failing_help_desk_is_waited_for_and_then_told(rig: Rig) -> None:
    rig.load(make_record(501))
    rig.box.faults.add(Fault(action="drop_before", vendor="zendesk", method="GET", path="incremental", times=3))
    assert plan(rig).state is BackfillState.PLANNED
    rig.box.take_down("zendesk")
    with pytest.raises(VendorProblem):
        make_plan(rig.means, NOW, now_utc(), Watcher(wait=lambda _s: None, tell=lambda _progress: None))
    with rig.database.snapshot() as connection:
        newest = list_backfills(connection)[0]
    assert newest.state is BackfillState.PLANNING
    assert "backfill resume" in find_refusal(newest, newest.id, newest.policy_digest)
    rig.box.bring_up("zendesk")
    assert resume_plan(rig.means, newest, Watcher(wait=rig.clock.skip, tell=lambda _progress: None)).state is (
        BackfillState.PLANNED
    )


def test_the_cap_holds_and_gives_the_most_severe_their_place(rig: Rig) -> None:
    rig.load(*(generate_record(number) for number in range(20) if number % 10 in {0, 2, 5, 7}))
    made = plan(rig)
    most_severe = [row.ticket_id for row in review(rig, made).would_create[:3]]
    done = run(rig, made, max_create=3)
    assert (done.state, done.created) == (BackfillState.DONE_CAPPED, 3)
    assert {tickets for tickets, _, _ in list_opened(rig)} == {(ticket_id,) for ticket_id in most_severe}
    assert outcomes(rig, made) == {Outcome.OPENED: 3, Outcome.HELD_BACK: 3, Outcome.STAYED: 2}
    assert not [path for path in rig.writes for ticket in (1000, 1010) if f"/{ticket}" in path] or 1000 in most_severe


def test_time_alone_opens_nothing_past_the_cap_but_news_and_the_next_plan_do(rig: Rig) -> None:
    rig.load(make_record(501), make_record(502))
    made = plan(rig)
    run(rig, made, max_create=0)
    assert list_opened(rig) == set()
    with rig.database.snapshot() as connection:
        states = read_states(connection, [501, 502])
        assert find_next_due(connection) is None
    assert all(state.decision and is_held_back(state.decision) for state in states.values())
    rig.run_for(0.5)
    assert list_opened(rig) == set()
    with rig.database.transaction() as connection:
        add_rows(connection, [make_live_event(501)])
    rig.run_for(0.5)
    assert {tickets for tickets, _, _ in list_opened(rig)} == {(501,)}
    assert run(rig, plan(rig)).state is BackfillState.DONE
    assert {tickets for tickets, _, _ in list_opened(rig)} == {(501,), (502,)}


def test_a_live_event_and_security_are_not_held_back(rig: Rig) -> None:
    rig.load(make_record(501), make_record(502), make_record(503, text=EXPOSURE, note=CONFIRMED_EXPOSURE))
    made = plan(rig)
    start_backfill(rig.means, made.id, max_create=0)
    while not outcomes(rig, made):
        # The first lot is Security's ticket; the live event arrives together with the second.
        work_once(rig.means)
    with rig.database.transaction() as connection:
        while not feed_tickets(connection, made.id, limit=100, now=now_utc()):
            pass
        add_rows(connection, [make_live_event(501)])
    done = work_to_the_end(rig, made)
    assert done.state is BackfillState.DONE_CAPPED
    assert outcomes(rig, made) == {Outcome.OPENED: 1, Outcome.JOINED: 1, Outcome.HELD_BACK: 1}
    assert {(tickets, target) for tickets, target, _ in list_opened(rig)} == {
        ((501,), "engineering"),
        ((503,), "security"),
    }


@pytest.mark.parametrize("rounds", [1, 2, 3, 5, 8, 13, 21])
def test_a_run_that_was_killed_goes_on_where_it_stood(tmp_path: Path, rounds: int) -> None:
    with Database(f"sqlite:///{tmp_path / 'escalator.db'}") as database:
        upgrade_database(database)
        with open_rig(tmp_path, database) as rig:
            change_settings(rig, lease=timedelta(seconds=1))
            rig.load(*(generate_record(number) for number in range(20)))
            made = plan(rig)
            would = {((row.ticket_id,), row.target, row.severity) for row in review(rig, made).would_create}
            start_backfill(rig.means, made.id, max_create=100)
            kill_after(rig, rounds)
            rig.restart()
            assert work_to_the_end(rig, made).state is BackfillState.DONE
            assert list_opened(rig) == would
            assert sum(outcomes(rig, made).values()) == 20
            markers = [label for issue in rig.box.jira.issues for label in issue.fields["labels"]]
            keyed = [label for label in markers if label.startswith("escalator-")]
            assert len(keyed) == len(set(keyed)) == len(rig.box.jira.issues)
            notes = [len(rig.box.zendesk.notes(tickets[0])) for tickets, _, _ in list_opened(rig)]
            assert set(notes) == {1}


@pytest.mark.parametrize("calls", [1, 3, 8, 17])
def test_a_planning_that_was_killed_goes_on_and_comes_to_the_same(rig: Rig, calls: int) -> None:
    rig.load(*(generate_record(number) for number in range(20)))
    whole = plan(rig)
    now = now_utc()
    means = rig.means
    begun = begin_plan(means, now - timedelta(days=60), whole.until)
    left = [calls]
    dying = dataclasses.replace(means, helpdesk=Dying(means.helpdesk, left))
    watcher = Watcher(wait=rig.clock.skip, tell=lambda _progress: None)
    with pytest.raises(Killed):
        resume_plan(dying, begun, watcher)
    # A killed process lets go of nothing: its lease stands.
    hold_plan(means, begun.id)
    with pytest.raises(PlanHeld, match="another process"):
        resume_plan(rig.means, begun, watcher)
    rig.clock.skip(means.timing.lease.total_seconds() + 1)
    ended = resume_plan(rig.means, read(rig, begun), watcher)
    assert ended.state is BackfillState.PLANNED
    shown, expected = review(rig, ended), review(rig, whole)
    assert (shown.groups, shown.would_create, shown.sample) == (
        expected.groups,
        expected.would_create,
        expected.sample,
    )


class Killed(BaseException):
    """The process dies here; nothing catches it."""


class Dying:
    """A help desk that ends the process after so many calls."""

    def __init__(self, helpdesk: Any, left: list[int]) -> None:
        self._helpdesk = helpdesk
        self._left = left

    def __getattr__(self, name: str) -> Any:
        self._left[0] -= 1
        if self._left[0] < 0:
            raise Killed
        return getattr(self._helpdesk, name)


def kill_after(rig: Rig, calls: int) -> None:
    """Works until the help desk was called so often, then dies in the middle of the step, with its leases."""
    left = [calls]

    means = rig.means
    dying = dataclasses.replace(means, helpdesk=Dying(means.helpdesk, left))
    with pytest.raises(Killed):
        while True:
            work_once(dying)


def test_a_paused_run_feeds_nothing_and_goes_on_where_it_stood(rig: Rig) -> None:
    rig.load(*(generate_record(number) for number in range(20)))
    made = plan(rig)
    start_backfill(rig.means, made.id, max_create=100)
    while not outcomes(rig, made):
        work_once(rig.means)
    assert order(rig, pause_backfill, made.id, "Ann").state is BackfillState.PAUSED
    assert order(rig, pause_backfill, made.id, "Ann").state is BackfillState.PAUSED
    rig.run_for(3)
    done_so_far = sum(outcomes(rig, made).values())
    assert 0 < done_so_far < 20
    rig.run_for(600)
    assert sum(outcomes(rig, made).values()) == done_so_far
    rig.restart()
    assert find_resume_refusal(read(rig, made), made.id, made.policy_digest) == ""
    assert run(rig, made).state is BackfillState.DONE
    assert sum(outcomes(rig, made).values()) == 20
    with pytest.raises(PlanRefused, match="only a running one"):
        order(rig, pause_backfill, made.id, "Ann")


def test_a_cancelled_run_opens_nothing_more(rig: Rig) -> None:
    rig.load(*(generate_record(number) for number in range(20) if number % 10 in {0, 2, 7}))
    made = plan(rig)
    start_backfill(rig.means, made.id, max_create=100)
    with rig.database.transaction() as connection:
        assert feed_tickets(connection, made.id, limit=100, now=now_utc())
    order(rig, cancel_backfill, made.id, "Ann")
    rig.run_for(3)
    assert list_opened(rig) == set()
    assert outcomes(rig, made)[Outcome.HELD_BACK] > 0
    ended = order(rig, cancel_backfill, made.id, "Ben")
    assert (ended.state, ended.error) == (BackfillState.CANCELLED, "cancelled by Ann")
    with pytest.raises(PlanRefused, match="plan again"):
        start_backfill(rig.means, made.id, max_create=1)
    with rig.database.snapshot() as connection:
        assert [row.event for row in list_audit(connection, SubjectKind.BACKFILL, made.id)] == [
            "started",
            "cancelled",
        ]


def test_a_planning_that_is_cancelled_stops_and_can_never_be_run(rig: Rig) -> None:
    rig.load(*(generate_record(number) for number in range(5)))
    means = rig.means
    begun = begin_plan(means, now_utc() - timedelta(days=60), now_utc())

    def cancel(_progress: PlanProgress) -> None:
        order(rig, cancel_backfill, begun.id, "Ann")

    ended = resume_plan(means, begun, Watcher(wait=rig.clock.skip, tell=cancel))
    assert ended.state is BackfillState.CANCELLED
    assert read(rig, begun).state is BackfillState.CANCELLED


def test_a_solved_ticket_starts_no_clock_and_customers_read_nothing(rig: Rig) -> None:
    rig.load(
        make_record(501, status="solved", text=EXPOSURE, note=CONFIRMED_EXPOSURE),
        make_record(502, status="solved", tags=["escalator_now"]),
        make_record(503),
    )
    made = plan(rig)
    assert run(rig, made).state is BackfillState.DONE
    opened = {tickets[0] for tickets, _, _ in list_opened(rig)}
    assert 503 in opened
    assert opened & {501, 502}, "the test needs an escalation of a solved ticket"
    rig.live(72)
    with rig.database.snapshot() as connection:
        escalations = list_escalations(connection)
        clocks = {
            ticket_id: clock
            for each in escalations
            for ticket_id in each.tickets
            for clock in list_clocks(connection, each.id)
            if clock.ticket_id == ticket_id and clock.due_at is not None
        }
    assert set(clocks) == {503}
    public = [
        comment
        for ticket_id in (501, 502, 503)
        for comment in rig.box.zendesk.comments(ticket_id)
        if comment["public"] and comment["author_id"] != CUSTOMER
    ]
    assert public == []
    assert all(len(rig.box.zendesk.notes(ticket_id)) <= 2 for ticket_id in opened & {501, 502})


def test_live_work_goes_first(rig: Rig) -> None:
    rig.load(*(make_record(600 + number, note=None, text=QUESTION) for number in range(12)))
    made = plan(rig)
    start_backfill(rig.means, made.id, max_create=9)
    work_once(rig.means)
    rig.load(make_record(900))
    start_polling(rig.means)
    with rig.database.transaction() as connection:
        insert_wakes(connection, SubjectKind.TICKET, ["900"], lane=Lane.LIVE, now=now_utc())
        claims = claim_subjects(
            connection,
            SubjectKind.TICKET,
            Due.PLAN,
            owner="test",
            now=now_utc(),
            lease=timedelta(seconds=1),
            limit=3,
        )
    assert claims[0].id == "900"
    assert {claim.lane for claim in claims[1:]} == {Lane.BACKFILL}


def test_a_plan_in_suggest_mode_asks_and_creates_nothing(tmp_path: Path, database: Database) -> None:
    with open_rig(tmp_path, database, mode=Mode.SUGGEST) as rig:
        rig.load(make_record(501))
        made = plan(rig)
        assert review(rig, made).would_create == ()
        assert run(rig, made).state is BackfillState.DONE
        assert outcomes(rig, made) == {Outcome.ASKED: 1}


def test_a_plan_is_done_only_when_its_writes_are(rig: Rig) -> None:
    rig.box.take_down("jira")
    rig.load(make_record(501))
    made = plan(rig)
    start_backfill(rig.means, made.id, max_create=1)
    rig.run_for(2.5)
    assert outcomes(rig, made) == {Outcome.OPENED: 1}
    assert read(rig, made).state is BackfillState.RUNNING
    rig.box.bring_up("jira")
    assert work_to_the_end(rig, made).state is BackfillState.DONE
    assert len(rig.box.jira.issues) == 1


def test_a_plan_made_under_another_policy_is_not_run(rig: Rig) -> None:
    rig.load(make_record(501))
    made = plan(rig)
    start_backfill(rig.means, made.id, max_create=1)
    policy = rig.make_means.policy.model_copy(update={"digest": "another"})
    rig.make_means = dataclasses.replace(rig.make_means, policy=policy)
    ended = work_to_the_end(rig, made)
    assert ended.state is BackfillState.CANCELLED
    assert "another policy" in str(ended.error)
    assert outcomes(rig, made) == {}
    with pytest.raises(PlanRefused, match="plan again"):
        start_backfill(rig.means, made.id, max_create=1)


@pytest.mark.parametrize(
    ("state", "digest", "words"),
    [
        (None, "d", "no such plan"),
        (BackfillState.PLANNING, "d", "not finished"),
        (BackfillState.DONE, "d", "done already"),
        (BackfillState.DONE_CAPPED, "d", "done already"),
        (BackfillState.CANCELLED, "d", "ended early"),
        (BackfillState.PLANNED, "other", "policy has changed"),
        (BackfillState.PLANNED, "d", ""),
        (BackfillState.RUNNING, "d", ""),
        (BackfillState.PAUSED, "d", ""),
    ],
)
def test_what_can_be_run(state: BackfillState | None, digest: str, words: str) -> None:
    found = None
    if state is not None:
        found = Backfill(id="p", state=state, since=NOW, until=NOW, policy_digest=digest, created_at=NOW)
    problem = find_refusal(found, "p", "d")
    assert words in problem
    assert bool(problem) == bool(words)
