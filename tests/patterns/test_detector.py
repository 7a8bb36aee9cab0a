"""What a detector promises: counting customers, one announcement, idempotence, restart, late and odd tickets."""

import json
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.patterns.authored import make_stream, read_blocks
from tests.patterns.making import OUTAGE, make_detector, make_report, make_rules, store_steps
from tests.patterns.scorer import run_stream
from tests.patterns.streams import read_report
from worker.core.patterns.counts import DeskCounts
from worker.core.patterns.detector import Detector
from worker.core.patterns.explanation import explain_group
from worker.core.patterns.report import CueScores, Group, Lane, Link, Member, Step
from worker.core.patterns.setting import build_detector


def observe_outage(detector: Detector, customers: str, *, hours: float = 3.0) -> list[Step]:
    return [
        detector.observe(make_report(n, customer, OUTAGE[n % len(OUTAGE)], hours=n * hours))
        for n, customer in enumerate(customers)
    ]


def test_is_suggested_at_the_third_customer_and_then_updated() -> None:
    steps = observe_outage(make_detector(), "abcd")
    assert [step.opened for step in steps] == [frozenset(), frozenset(), {Lane.SUGGEST}, frozenset()]
    assert [Lane.SUGGEST in step.lanes for step in steps] == [False, False, True, True]
    assert steps[3].standing.tickets == ("t0", "t1", "t2", "t3")
    assert {step.standing.group for step in steps} == {"t0"}


def test_words_alone_never_raise() -> None:
    assert all(Lane.RAISE not in step.lanes for step in observe_outage(make_detector(), "abcdefgh"))


def test_tickets_of_one_customer_are_no_pattern() -> None:
    steps = observe_outage(make_detector(), "aaaaab")
    assert steps[-1].standing.customers == 2
    assert not any(step.opened for step in steps)


def test_reports_farther_apart_than_the_window_are_no_pattern() -> None:
    steps = observe_outage(
        make_detector(window=timedelta(days=7), slow_window=timedelta(days=7)), "abcdef", hours=90.0
    )
    assert max(step.standing.customers for step in steps) == 2
    assert not any(step.opened for step in steps)


def test_muted_requests_stay_silent() -> None:
    detector = make_detector()
    steps = [detector.observe(make_report(n, c, OUTAGE[n], hours=n), muted=n < 2) for n, c in enumerate("abc")]
    assert steps[-1].standing.muted
    assert not steps[-1].opened


def test_a_known_ticket_changes_nothing() -> None:
    detector = make_detector()
    steps = observe_outage(detector, "abc")
    texts = detector.counts.texts
    again = detector.observe(make_report(2, "c", OUTAGE[2], hours=6.0))
    assert again.member == steps[2].member
    assert (again.opened, again.lanes) == (frozenset(), {Lane.SUGGEST})
    assert detector.counts.texts == texts


def test_a_late_ticket_moves_no_earlier_member() -> None:
    detector = make_detector()
    observe_outage(detector, "abc")
    before = [detector.window[f"t{n}"] for n in range(3)]
    late = detector.observe(make_report(9, "z", OUTAGE[3], hours=-20.0))
    assert late.standing.group == "t0"
    assert [detector.window[f"t{n}"] for n in range(3)] == before


def test_a_ticket_older_than_the_window_is_taken_without_disturbing() -> None:
    detector = make_detector(window=timedelta(days=7))
    observe_outage(detector, "abc")
    ancient = detector.observe(make_report(9, "z", OUTAGE[3], hours=-24.0 * 300))
    assert ancient.standing.tickets == ("t9",)
    assert detector.observe(make_report(3, "d", OUTAGE[3], hours=9.0)).standing.customers == 4


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("", ""), ("\x00", "\x00\x00"), ("?" * 5000, "!" * 100_000), ("a " * 3000, "error " * 60_000),
        ("Re: " * 500, "> quoted\n" * 50_000), ("助けて", "エクスポートできません"), ("<div>" * 2000, "<" * 50_000),
    ],
)  # fmt: skip
def test_odd_bodies_are_taken(subject: str, body: str) -> None:
    step = make_detector().observe(make_report(1, "a", (subject, body)))
    assert step.standing.tickets == ("t1",)
    assert not step.opened


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=200), st.sampled_from("abcd"), st.integers(-900, 900)), max_size=12))
def test_any_text_at_any_time_is_taken_the_same_way_twice(rows: list[tuple[str, str, int]]) -> None:
    reports = [make_report(n, who, (text[:20], text), hours=at) for n, (text, who, at) in enumerate(rows)]
    first, second = make_detector(), make_detector()
    assert [first.observe(report) for report in reports] == [second.observe(report) for report in reports]


def spell(member: Member) -> str:
    return json.dumps({**asdict(member), "at": member.at.isoformat(), "meaning": member.meaning.hex()})


def test_a_restart_from_stored_rows_goes_on_as_if_nothing_had_happened() -> None:
    stream = make_stream(read_blocks("fulfilment"), 3)
    straight = run_stream(make_detector(), stream)
    detector, half = make_detector(), len(stream.tickets) // 2
    steps = [detector.observe(read_report(row)) for row in stream.tickets[:half]]
    groups = list(detector.groups.values())
    counts = replace(detector.counts)
    restarted = build_detector(make_rules(), counts=counts)
    restarted.restore(store_steps(detector, steps), groups)
    steps += [restarted.observe(read_report(row)) for row in stream.tickets[half:]]
    assert steps == straight


def test_values_are_small_and_plain() -> None:
    step = make_detector().observe(make_report(1, "a", OUTAGE[0]))
    assert len(spell(step.member)) < 2500
    assert isinstance(step.member.cues, CueScores)
    assert all(isinstance(link, Link) for link in step.member.links)
    assert Group(id="x").announced == frozenset()


def test_identical_automatic_replies_of_many_customers_become_boilerplate() -> None:
    detector = make_detector(window=timedelta(days=7))
    text = ("Absence", "The office is closed and your message goes to nobody.")
    for number in range(6):
        detector.observe(make_report(number, f"c{number}", text, hours=number))
    assert detector.observe(make_report(98, "y", text, hours=6)).member.words
    assert detector.observe(make_report(99, "z", text, hours=24.0 * 20)).member.words == ""


def test_one_flooding_customer_keeps_the_step_small() -> None:
    detector = make_detector()
    for number in range(300):
        step = detector.observe(make_report(number, "flood", OUTAGE[number % 4], hours=number / 60))
    assert step.standing.customers == 1
    assert len(step.member.links) <= 60


def test_thousands_of_identical_automatic_replies_are_one_group_and_small_steps() -> None:
    detector = make_detector()
    text = ("Out of office", "Thank you for your message. I am away until Monday and read it then.")
    steps = [
        detector.observe(make_report(number, f"c{number % 400}", text, hours=number / 10)) for number in range(2_000)
    ]
    assert sum(bool(step.opened) for step in steps) <= 1
    assert max(len(step.member.links) for step in steps) <= 60
    assert max(len(step.moved) for step in steps) <= 24


def test_one_flooding_customer_hides_nobody_elses_outage() -> None:
    detector = make_detector()
    for number in range(500):
        text = ("Sync", f"Our till {number} cannot sync, please look at it again, it still fails.")
        detector.observe(make_report(1000 + number, "flood", text, hours=number / 100))
    steps = observe_outage(detector, "abc")
    assert Lane.SUGGEST in steps[-1].opened
    assert steps[-1].standing.tickets == ("t0", "t1", "t2")


def test_reports_over_a_season_are_suggested_by_the_slow_lane_and_never_raised() -> None:
    detector = make_detector(window=timedelta(days=7), slow_window=timedelta(days=60))
    steps = observe_outage(detector, "abcd", hours=24.0 * 10)
    assert [step.opened for step in steps[:3]] == [frozenset(), frozenset(), {Lane.SUGGEST}]
    assert steps[2].standing.customers == 3
    assert steps[2].standing.tickets == ("t0", "t1", "t2")
    assert all(step.lanes <= {Lane.SUGGEST} for step in steps)
    assert explain_group(detector, steps[2].standing).members[0].nearest is not None


def test_without_a_slow_window_such_reports_stay_apart() -> None:
    detector = make_detector(window=timedelta(days=7), slow_window=timedelta(days=7))
    assert not any(step.opened for step in observe_outage(detector, "abcd", hours=24.0 * 10))


def test_counts_of_a_detector_are_its_own() -> None:
    counts = DeskCounts()
    build_detector(make_rules(), counts=counts).observe(make_report(1, "a", OUTAGE[0]))
    assert counts.texts == 1


def test_a_ticket_that_comes_again_after_the_window_is_taken_as_new() -> None:
    detector = make_detector(window=timedelta(days=7), slow_window=timedelta(days=7))
    observe_outage(detector, "abc", hours=24.0 * 3)
    detector.observe(make_report(40, "q", ("Second user", "How can we add a user?"), hours=24.0 * 8))
    again = detector.observe(make_report(0, "a", OUTAGE[0], hours=24.0 * 8))
    assert again.standing.tickets[-1] == "t0"
    assert detector.observe(make_report(50, "z", OUTAGE[1], hours=24.0 * 40)).standing.tickets == ("t50",)
