"""The facts of briefs on authored tickets in four languages: quality may rise, not fall."""

from pathlib import Path

import pytest

from tests.facts.gists import score_files
from tests.facts.scoring import Score, score_tickets
from tests.facts.tickets import TUNED, UNSEEN, read_labelled

JUDGED = sorted((Path(__file__).parents[1] / "judgement").glob("*/*.jsonl"))


@pytest.fixture(scope="module")
def score() -> Score:
    return score_tickets(read_labelled(TUNED))


def test_most_marked_facts_are_told(score: Score) -> None:
    assert score.wanted.total() > 200
    assert score.present_share >= 0.9


def test_few_told_facts_are_wrong(score: Score) -> None:
    assert score.printed.total() > 200
    assert score.wrong_share <= 0.08


def test_every_told_fact_stands_verbatim_where_it_says(score: Score) -> None:
    assert score.sourceless.total() == 0


def test_on_tickets_that_nobody_tuned_for_little_is_wrong() -> None:
    unseen = score_tickets(read_labelled(UNSEEN))
    assert unseen.wrong_share <= 0.12
    assert unseen.present_share >= 0.5
    assert unseen.sourceless.total() == 0


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_no_language_falls_behind(language: str) -> None:
    one = score_tickets(row for row in read_labelled(TUNED) if row.language == language)
    assert one.present_share >= 0.85
    assert one.wrong_share <= 0.1


def test_the_last_update_to_the_customer_is_exact() -> None:
    counts = score_files(JUDGED)
    assert counts["last_customer_update", "right"] > 50
    assert counts["last_customer_update", "wrong"] <= 0.05 * counts["last_customer_update", "right"]
