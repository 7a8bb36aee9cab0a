"""Whole companies of labelled tickets: those read while tuning, and those held out."""

from pathlib import Path

import connectors.sandbox
from tests.judgement.scoring import score_files, score_folder, share_f1

STORY = Path(connectors.sandbox.__file__).parent / "stories" / "demo.jsonl"


def test_the_companies_read_while_tuning_stay_well_judged() -> None:
    score = score_folder("tuning")
    assert share_f1(score.escalate) >= 0.94, score.tell()
    assert score.target >= 0.94, score.tell()
    assert score.severity >= 0.92, score.tell()
    assert share_f1(score.criteria) >= 0.87, score.tell()
    assert share_f1(score.support) >= 0.72, score.tell()
    assert share_f1(score.stand_down) >= 0.9, score.tell()
    assert not score.security_missed, score.tell()


def test_the_companies_read_since_stay_well_judged() -> None:
    score = score_folder("heldout")
    assert share_f1(score.escalate) >= 0.90, score.tell()
    assert score.target >= 0.90, score.tell()
    assert score.severity >= 0.90, score.tell()
    assert share_f1(score.criteria) >= 0.74, score.tell()
    assert share_f1(score.stand_down) >= 0.7, score.tell()
    assert not score.security_missed, score.tell()


def test_the_companies_that_teach_the_reader_stay_well_judged() -> None:
    score = score_folder("heldout2")
    assert share_f1(score.escalate) >= 0.95, score.tell()
    assert score.target >= 0.92, score.tell()
    assert score.severity >= 0.92, score.tell()
    assert share_f1(score.criteria) >= 0.85, score.tell()
    assert share_f1(score.stand_down) >= 0.9, score.tell()
    assert not score.security_missed, score.tell()


def test_the_newest_companies_that_teach_stay_well_judged() -> None:
    score = score_folder("teaching")
    assert share_f1(score.escalate) >= 0.85, score.tell()
    assert score.target >= 0.84, score.tell()
    assert score.severity >= 0.86, score.tell()
    assert share_f1(score.criteria) >= 0.72, score.tell()
    assert share_f1(score.stand_down) >= 0.8, score.tell()
    assert len(score.security_missed) <= 4, score.tell()


def test_the_story_of_the_demo_is_well_judged_though_none_of_it_teaches() -> None:
    score = score_files([STORY])
    assert share_f1(score.escalate) >= 0.80, score.tell()
    assert score.target >= 0.80, score.tell()
    assert score.severity >= 0.70, score.tell()
    assert share_f1(score.criteria) >= 0.70, score.tell()
    assert not score.security_missed, score.tell()


def test_the_third_companies_stay_well_judged() -> None:
    score = score_folder("heldout3")
    assert share_f1(score.escalate) >= 0.82, score.tell()
    assert score.target >= 0.73, score.tell()
    assert score.severity >= 0.78, score.tell()
    assert share_f1(score.criteria) >= 0.75, score.tell()
    assert share_f1(score.stand_down) >= 0.6, score.tell()
    assert len(score.security_missed) <= 1, score.tell()


def test_the_newest_held_out_companies_do_not_fall_behind() -> None:
    """The floor that the standard asks for is .80, .70, .70, .60 and no Security ticket missed."""
    score = score_folder("heldout4")
    assert share_f1(score.escalate) >= 0.80, score.tell()
    assert score.target >= 0.70, score.tell()
    assert score.severity >= 0.70, score.tell()
    assert share_f1(score.criteria) >= 0.60, score.tell()
    assert len(score.security_missed) <= 1, score.tell()


def test_companies_that_nobody_has_read_are_judged_as_the_floor_asks() -> None:
    score = score_folder("heldout5")
    assert share_f1(score.escalate) >= 0.90, score.tell()
    assert score.target >= 0.75, score.tell()
    assert score.severity >= 0.78, score.tell()
    assert share_f1(score.criteria) >= 0.60, score.tell()
    assert not score.security_missed, score.tell()
