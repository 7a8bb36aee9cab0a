"""The detector with an encoder: raising, languages the encoder does not know, and restarts without encoding."""

from dataclasses import replace

import pytest

from tests.patterns.authored import make_stream, read_blocks
from tests.patterns.fakes import LetterEncoder, ListVectors
from tests.patterns.making import OUTAGE, make_letter_weights, make_report, make_rules, store_steps
from tests.patterns.streams import read_report
from worker.core.patterns.counts import DeskCounts
from worker.core.patterns.detector import Detector
from worker.core.patterns.report import Lane
from worker.core.patterns.setting import build_detector


def make_detector(encoder: LetterEncoder | None = None, counts: DeskCounts | None = None) -> Detector:
    return build_detector(
        make_rules(),
        encoder=encoder or LetterEncoder(),
        vectors=ListVectors(),
        counts=counts,
        weights=make_letter_weights(),
    )


def test_an_encoder_that_the_weights_do_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="letters"):
        build_detector(make_rules(), encoder=LetterEncoder(), vectors=ListVectors())


GERMAN = ("Export hängt", "Seit heute wird kein CSV Export mehr fertig, wir sehen immer den Fehler EXP_QUEUE_504.")


def test_enough_reports_with_meaning_raise_and_keep_one_name() -> None:
    detector = make_detector()
    steps = [detector.observe(make_report(n, c, OUTAGE[n % 4], hours=n)) for n, c in enumerate("abcdef")]
    opened = [step for step in steps if Lane.RAISE in step.opened]
    assert len(opened) == 1
    assert opened[0].standing.by_meaning
    assert opened[0].standing.customers >= 3
    assert {step.standing.group for step in steps} == {"t0"}


def test_another_language_has_no_vector_says_so_and_joins_by_what_is_left() -> None:
    detector = make_detector()
    for number, customer in enumerate("abc"):
        detector.observe(make_report(number, customer, OUTAGE[number], hours=number))
    step = detector.observe(make_report(9, "z", GERMAN, hours=5))
    assert (step.member.language, step.member.meaning) == ("de", b"")
    assert step.standing.group == "t0"


def test_reports_without_vectors_never_raise_even_with_an_encoder() -> None:
    detector = make_detector()
    steps = [detector.observe(make_report(n, c, GERMAN, hours=n)) for n, c in enumerate("abcdef")]
    assert all(Lane.RAISE not in step.lanes for step in steps)


def test_a_restart_encodes_nothing_again_and_goes_on_alike() -> None:
    stream = make_stream(read_blocks("learning"), 5)
    reports = [read_report(row) for row in stream.tickets[:200]]
    detector = make_detector()
    straight = [detector.observe(report) for report in reports]
    first = make_detector()
    steps = [first.observe(report) for report in reports[:120]]
    encoder = LetterEncoder()
    second = make_detector(encoder, replace(first.counts))
    second.restore(store_steps(first, steps), list(first.groups.values()))
    assert encoder.texts_read == 0
    assert steps + [second.observe(report) for report in reports[120:]] == straight


def test_tickets_of_forming_groups_come_over_to_the_set_that_is_announced() -> None:
    stream = make_stream(read_blocks("fulfilment"), 8)
    detector = make_detector()
    steps = [detector.observe(read_report(row)) for row in stream.tickets]
    moves = [step for step in steps if step.moved]
    assert moves
    for step in moves:
        assert step.lanes
        assert set(step.moved) < set(step.standing.tickets)
        assert step.standing.group not in step.left


def test_a_group_with_a_report_that_nothing_ties_to_it_is_suggested_and_never_raised() -> None:
    raised = {}
    for tie in (0.0, 1.0):
        detector = build_detector(
            make_rules(raise_tie=tie, raise_mood=-99.0),
            encoder=LetterEncoder(),
            vectors=ListVectors(),
            weights=make_letter_weights(),
        )
        steps = [detector.observe(make_report(n, c, OUTAGE[n % 4], hours=n)) for n, c in enumerate("abcd")]
        assert Lane.SUGGEST in steps[-1].lanes
        raised[tie] = Lane.RAISE in steps[-1].lanes
    assert raised == {0.0: True, 1.0: False}


def test_a_group_that_does_not_sound_like_a_fault_is_suggested_and_never_raised() -> None:
    steps = {}
    for mood in (-99.0, 99.0):
        detector = build_detector(
            make_rules(raise_mood=mood), encoder=LetterEncoder(), vectors=ListVectors(), weights=make_letter_weights()
        )
        steps[mood] = [detector.observe(make_report(n, c, OUTAGE[n % 4], hours=n)) for n, c in enumerate("abcd")]
    assert [Lane.RAISE in step.lanes for step in steps[-99.0]][-1]
    assert all(step.lanes <= {Lane.SUGGEST} for step in steps[99.0])
    assert Lane.SUGGEST in steps[99.0][-1].lanes
