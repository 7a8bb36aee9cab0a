"""Similar tickets: found over stored values, of other customers first counted, and nothing is changed by looking."""

import pytest

from tests.patterns.making import OUTAGE, make_detector, make_report
from worker.core.patterns.similar import count_similar_customers, find_similar


def test_the_likeliest_come_first_with_what_they_share() -> None:
    detector = make_detector()
    detector.observe(make_report(8, "y", ("Second user", "How can we add a user to our account?"), hours=0))
    detector.observe(make_report(7, "x", ("CSV export", "Can a CSV export be sent by mail?"), hours=0))
    for number, customer in enumerate("aba"):
        detector.observe(make_report(number, customer, OUTAGE[number], hours=1 + number))
    before = (detector.counts.texts, detector.window["t2"])
    found = find_similar(detector, "t2", 5)
    assert [similar.nearest.ticket for similar in found][:2] in (["t0", "t1"], ["t1", "t0"])
    assert found[0].nearest.codes == ("exp_queue_504",)
    assert found[0].group == detector.window["t2"].group
    assert "t2" not in [similar.nearest.ticket for similar in found]
    assert (detector.counts.texts, detector.window["t2"]) == before
    assert len(find_similar(detector, "t2", 1)) == 1
    assert count_similar_customers(detector, "t2", 0.0) == 2
    assert count_similar_customers(detector, "t2", 1.0) == 0


def test_an_unknown_ticket_is_told() -> None:
    with pytest.raises(KeyError):
        find_similar(make_detector(), "t1", 5)
