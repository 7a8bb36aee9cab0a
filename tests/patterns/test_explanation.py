"""An explanation names the nearest member, what is shared, and the nearest ticket left out."""

from tests.patterns.making import OUTAGE, make_detector, make_report
from worker.core.patterns.explanation import explain_group


def test_members_are_explained_by_what_they_share() -> None:
    detector = make_detector()
    detector.observe(
        make_report(7, "x", ("Export colours", "Since today the CSV export uses wrong colours."), hours=0)
    )
    for number, customer in enumerate("abc"):
        step = detector.observe(make_report(number, customer, OUTAGE[number], hours=1 + 2 * number))
    explanation = explain_group(detector, step.standing)
    assert [member.ticket for member in explanation.members] == list(step.standing.tickets)
    last = next(member for member in explanation.members if member.ticket == "t2")
    assert last.nearest is not None
    assert last.nearest.codes == ("exp_queue_504",)
    assert "csv" in last.nearest.words
    assert "export" in last.nearest.concepts
    assert last.nearest.hours_apart in {2.0, 4.0}
    assert any(cue.startswith("fault: ") for cue in last.cues)
    assert explanation.score == step.standing.score
    assert explanation.figures["mean_fault"] > 0


def test_the_nearest_ticket_left_out_is_named_or_belongs() -> None:
    detector = make_detector()
    detector.observe(
        make_report(
            7,
            "x",
            ("Second user", "How can we add a user who may see orders?"),
            hours=0,
        )
    )
    for number, customer in enumerate("abc"):
        step = detector.observe(make_report(number, customer, OUTAGE[number], hours=1 + number))
    explanation = explain_group(detector, step.standing)
    assert "t7" not in step.standing.tickets
    assert explanation.left_out is None or explanation.left_out.ticket == "t7"


def test_a_lone_ticket_has_no_neighbour_and_no_figures() -> None:
    detector = make_detector()
    step = detector.observe(make_report(1, "a", OUTAGE[0]))
    explanation = explain_group(detector, step.standing)
    assert (explanation.members[0].nearest, explanation.left_out, dict(explanation.figures)) == (None, None, {})
