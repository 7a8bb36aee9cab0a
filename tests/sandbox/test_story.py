"""Stories: how they are read, and what playing them does to a sandbox."""

import json
import threading
from pathlib import Path

import pytest

from connectors.sandbox.instants import utc_now
from connectors.sandbox.jira.catalog import PROJECTS
from connectors.sandbox.server import Sandbox
from connectors.sandbox.story import Step, Story, StoryError, load_story, play_step
from tests.sandbox.conftest import CUSTOMER, Json, make_record


def write(path: Path, *records: Json) -> Path:
    path.write_text("\n".join(json.dumps(record) for record in records), "utf-8")
    return path


def told(ticket_id: int, at_s: float, *steps: Json) -> Json:
    return {**make_record(ticket_id), "story": {"at_s": at_s, "title": f"T{ticket_id}", "steps": list(steps)}}


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return load_story(
        write(
            tmp_path / "s.jsonl",
            told(
                501,
                1.0,
                {"at_s": 4.0, "do": "comment", "author_id": CUSTOMER, "public": True, "body": "More"},
                {"at_s": 3.0, "do": "update", "set": {"priority": "urgent"}},
                {"at_s": 5.0, "do": "sla", "metric": "next_reply_time", "breach_in_s": -2.0},
                {"at_s": 6.0, "do": "tag", "add": ["vip"], "remove": ["kiln"]},
            ),
            told(502, 0.0),
        )
    )


def test_steps_come_in_the_order_of_time(story: Story) -> None:
    assert [(step.at_s, step.ticket_id, step.do) for step in story.steps] == [
        (0.0, 502, "appear"),
        (1.0, 501, "appear"),
        (3.0, 501, "update"),
        (4.0, 501, "comment"),
        (5.0, 501, "sla"),
        (6.0, 501, "tag"),
    ]
    assert (story.tickets, story.length_s) == (2, 6.0)


def test_playing_does_what_is_written(box: Sandbox, story: Story) -> None:
    seen: list[Step] = []
    assert story.play(box, 60.0, seen.append) is True
    assert seen == list(story.steps)
    ticket = box.zendesk.tickets[501]
    assert (ticket["priority"], ticket["tags"]) == ("urgent", ["vip"])
    assert [comment["body"] for comment in box.zendesk.comments(501)][-1] == "More"
    assert box.zendesk.tables.slas[501][-1]["metric"] == "next_reply_time"


def test_an_engineer_works_on_the_issue_that_links_to_the_ticket(box: Sandbox, tmp_path: Path) -> None:
    steps = (
        {"at_s": 1.0, "do": "issue", "transition": "Finish", "resolution": "Won't Do"},
        {"at_s": 2.0, "do": "issue", "comment": "Support: not this year."},
    )
    story = load_story(write(tmp_path / "s.jsonl", told(501, 0.0, *steps)))
    assert story.play(box, 10_000.0) is True
    with box.jira.lock:
        issue = box.jira.create_issue(PROJECTS[0], {"summary": "S", "issuetype": "10001"}, at=utc_now())
        issue.remote_links["1"] = {"object": {"url": f"{box.zendesk_url}/agent/tickets/501"}}
    for step in story.steps[1:]:
        play_step(box, step)
    assert issue.category == "done"
    assert len(issue.comments) == 1


def test_a_story_can_be_stopped(box: Sandbox, story: Story) -> None:
    stop = threading.Event()
    assert story.play(box, 1.0, lambda _: stop.set(), stop) is False
    assert list(box.zendesk.tickets) == [502]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"at_s": 2.0, "do": "dance"}, "unknown step 'dance'"),
        ({"at_s": 2.0, "do": "comment", "body": "x"}, "lacks 'author_id'"),
        ({"at_s": 0.5, "do": "tag"}, "before the ticket appears"),
        ({"do": "tag"}, "at_s"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, step: Json, words: str) -> None:
    with pytest.raises(StoryError, match=r"line 2: .*" + words):
        load_story(write(tmp_path / "s.jsonl", told(501, 0.0), told(502, 1.0, step)))


def test_the_shipped_story_can_be_read_and_played(box: Sandbox) -> None:
    shipped = load_story()
    assert shipped.tickets >= 40
    assert shipped.play(box, 10_000.0) is True
    assert len(box.zendesk.tickets) >= shipped.tickets


def test_speed_must_be_positive(box: Sandbox, story: Story) -> None:
    with pytest.raises(ValueError, match="positive"):
        story.play(box, 0.0)
