"""The table of an escalation's life: total, without dead ends, and true to the standard's duties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.life import LIFE, Duty, Happening, Stage, draw_life, find_duties, take_step


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("happening", Happening)
def test_every_pair_leads_somewhere(stage: Stage, happening: Happening) -> None:
    step = take_step(stage, happening)
    assert step.stage in Stage
    if step.stage is not stage:
        assert step.duties, "a change that nobody hears of"


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.CLOSED])
def test_every_open_stage_can_be_closed(stage: Stage) -> None:
    assert take_step(stage, Happening.CONFIRMED).stage in {Stage.CLOSED, Stage.STOOD_DOWN}
    assert take_step(stage, Happening.ENDED).stage is Stage.CLOSED


def test_it_ends_with_its_tickets_only_when_the_team_is_done() -> None:
    ended = {stage for stage in Stage if take_step(stage, Happening.FINISHED).stage is not stage}
    assert ended == {Stage.RESOLVED, Stage.DECLINED, Stage.STOOD_DOWN}


def test_what_a_step_owes_follows_from_the_happening_and_where_it_led() -> None:
    owed: dict[tuple[Happening, Stage], set[Duty]] = {}
    for steps in LIFE.values():
        for happening, step in steps.items():
            assert owed.setdefault((happening, step.stage), set(step.duties)) == set(step.duties)
            assert set(find_duties(happening, step.stage)) == set(step.duties)


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_can_be_reached(stage: Stage) -> None:
    reached, before = {Stage.OPENING}, set[Stage]()
    while reached != before:
        before = set(reached)
        reached |= {step.stage for known in before for step in LIFE[known].values()}
    assert stage in reached


def test_standing_down_does_the_four_steps_of_the_standard() -> None:
    duties = take_step(Stage.ACTIVE, Happening.EASED).duties
    assert set(duties) == {Duty.TELL_TEAM, Duty.TELL_AGENTS, Duty.DRAFT_UPDATE, Duty.ASK_LESSON}


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.CLOSED])
def test_closing_tells_both_sides_and_asks_for_the_lesson(stage: Stage) -> None:
    duties = take_step(stage, Happening.ENDED).duties
    assert {Duty.TELL_TEAM, Duty.TELL_AGENTS, Duty.ASK_LESSON, Duty.RESOLVE_LINKS} <= set(duties)


@given(st.lists(st.sampled_from(Happening)))
def test_any_history_can_still_be_closed(history: list[Happening]) -> None:
    stage = Stage.OPENING
    for happening in history:
        stage = take_step(stage, happening).stage
    assert take_step(stage, Happening.ENDED).stage is Stage.CLOSED


def test_the_drawing_shows_every_change() -> None:
    drawing = draw_life()
    for stage, steps in LIFE.items():
        for step in steps.values():
            assert step.stage is stage or f"{stage.value} --> {step.stage.value}:" in drawing
