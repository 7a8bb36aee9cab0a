"""The detector on authored streams: a floor for what words alone reach, traps, and the fitting itself."""

import random
from collections import Counter

import pytest

from tests.patterns.authored import make_stream, read_blocks
from tests.patterns.making import make_detector
from tests.patterns.scorer import Score, run_stream, score_steps
from worker.core.patterns.report import Lane
from worker.core.patterns.scoring import weigh


@pytest.mark.parametrize(("product", "floor"), [("fulfilment", 0.30), ("charging", 0.30)])
def test_words_alone_reach_a_floor(product: str, floor: float) -> None:
    total = Score(0, 0, 0, 0, frozenset())
    for seed in (200, 201):
        stream = make_stream(read_blocks(product), seed)
        total += score_steps(stream, run_stream(make_detector(), stream), Lane.SUGGEST)
    assert total.f1 >= floor
    assert total.precision >= 0.45
    assert not total.kinds & {"trap_same_org", "trap_two_orgs"}


def test_the_background_is_mostly_quiet() -> None:
    stream = make_stream(read_blocks("clinic"), 200).drop_incidents()
    score = score_steps(stream, run_stream(make_detector(), stream), Lane.SUGGEST)
    assert score.good == 0
    assert score.false_per_thousand <= 15


def test_products_hold_what_they_promise() -> None:
    for product in ("fulfilment", "learning", "clinic", "payroll", "hosting", "charging", "clubs"):
        blocks = read_blocks(product)
        incidents = [block for block in blocks if block.kind == "incident"]
        assert len(incidents) >= 22
        assert all(4 <= len(block.texts) <= 6 for block in incidents)
        assert {block.kind for block in blocks} == {"incident", "chronic", "two", "same", "spread", "single"}


def test_a_stream_of_a_seed_is_always_the_same() -> None:
    blocks = read_blocks("learning")
    assert make_stream(blocks, 4) == make_stream(blocks, 4)
    assert make_stream(blocks, 4) != make_stream(blocks, 5)


def test_thinned_streams_keep_whole_single_and_paired_reports() -> None:
    stream = make_stream(read_blocks("hosting"), 4)
    thin = stream.thin_incidents(2)
    whole = {row["issue"] for row in thin.labels if row["kind"] == "incident"}
    left = Counter(row["issue"] for row in thin.labels if row["issue"].startswith("incident"))
    assert {row["id"] for row in thin.tickets} == {row["id"] for row in thin.labels}
    assert {left[issue] for issue in left if issue not in whole} == {1, 2}
    assert min(left[issue] for issue in whole) >= 3


def test_the_fit_recovers_weights() -> None:
    pytest.importorskip("numpy")
    from tests.patterns.logistic import Sample, fit_logistic  # noqa: PLC0415 - needs numpy

    rng = random.Random(1)
    samples = []
    for _ in range(4000):
        x, y = rng.gauss(0, 1), rng.gauss(2, 3)
        chance = 1 / (1 + 2.718281828 ** -(0.5 + 2 * x - 0.7 * y))
        samples.append(Sample({"x": x, "y": y}, float(rng.random() < chance), 1.0))
    fitted = fit_logistic(samples, ("x", "y"), 0.01)
    assert fitted.features["x"] == pytest.approx(2, abs=0.25)
    assert fitted.features["y"] == pytest.approx(-0.7, abs=0.1)
    assert weigh(fitted, {"x": 0.0, "y": 0.0}) == pytest.approx(0.62, abs=0.05)
