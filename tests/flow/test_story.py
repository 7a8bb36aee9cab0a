"""The demo's story shows an escalation from the first report to the lesson."""

from pathlib import Path

from connectors.sandbox.story import load_story, play_step
from tests.flow.living import find_escalation, list_notes
from tests.rig import build_rig
from worker.core.life import Stage
from worker.store.database import Database
from worker.store.lessons import list_lessons

TOLD = 71227
"""The ticket whose story goes on after the hand-over."""


def test_one_ticket_of_the_demo_goes_the_whole_way(tmp_path: Path, database: Database) -> None:
    steps = [step for step in load_story().steps if step.ticket_id == TOLD]
    assert len(steps) > 5
    with build_rig(tmp_path, database) as rig:
        for step in steps:
            play_step(rig.box, step)
            rig.run()
            rig.settle()
            rig.live(0.2)
        closed = find_escalation(rig)
        notes = list_notes(rig, TOLD)
        assert closed.course.stage is Stage.CLOSED
        assert rig.box.jira.issues[0].category == "done"
        with rig.database.snapshot() as connection:
            (lesson,) = list_lessons(connection, closed.id)
    assert "a merge wrote the histories of one record only" in lesson.text
    for words in ("Escalated to Engineering", "merging is switched off", "Solved by the receiving team", "Closed"):
        assert sum(words in note for note in notes) == 1, words
