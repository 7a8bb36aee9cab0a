"""Whole companies of labelled tickets: those read while tuning, and those held out."""

from tests.judgement.scoring import score_folder, share_f1


def test_the_companies_read_while_tuning_stay_well_judged() -> None:
    score = score_folder("tuning")
    assert share_f1(score.escalate) >= 0.88, score.tell()
    assert score.target >= 0.88, score.tell()
    assert score.severity >= 0.85, score.tell()
    assert share_f1(score.criteria) >= 0.85, score.tell()
    assert share_f1(score.support) >= 0.6, score.tell()
    assert share_f1(score.stand_down) >= 0.9, score.tell()


def test_the_companies_read_since_stay_well_judged() -> None:
    score = score_folder("heldout")
    assert share_f1(score.escalate) >= 0.85, score.tell()
    assert score.target >= 0.80, score.tell()
    assert score.severity >= 0.75, score.tell()
    assert share_f1(score.criteria) >= 0.70, score.tell()


def test_the_companies_that_teach_the_reader_stay_well_judged() -> None:
    score = score_folder("heldout2")
    assert share_f1(score.escalate) >= 0.95, score.tell()
    assert score.target >= 0.92, score.tell()
    assert score.severity >= 0.92, score.tell()
    assert share_f1(score.criteria) >= 0.85, score.tell()
    assert share_f1(score.stand_down) >= 0.9, score.tell()
    assert not score.security_missed, score.tell()


def test_the_held_out_companies_are_judged_as_the_floor_asks() -> None:
    score = score_folder("heldout3")
    assert share_f1(score.escalate) >= 0.80, score.tell()
    assert score.target >= 0.70, score.tell()
    assert score.severity >= 0.70, score.tell()
    assert share_f1(score.criteria) >= 0.60, score.tell()
    assert len(score.security_missed) <= 1, score.tell()
