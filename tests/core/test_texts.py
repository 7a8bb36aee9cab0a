"""Notes carry the footer by which we know our own words again, and those words are no evidence."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.records import Comment, IssueRef
from mappings.html import render_html
from mappings.markdown import parse_markdown
from tests.conftest import NOW
from tests.core.making import make_assessment, make_escalation, make_policy, make_ticket
from worker.core.assessment import Target
from worker.core.decision import Action, Decision
from worker.core.life_texts import LifeTexts
from worker.core.plan import Addresses, Member
from worker.core.thread import read_thread

MEMBER = Member(ticket=make_ticket(), assessment=make_assessment())
OPENED = make_escalation(id="0a1b2c3d4e5f6071", issue=IssueRef(id="1", key="ENG-1"))


def make_texts(overlay: Path | None = None) -> LifeTexts:
    addresses = Addresses(zendesk="https://desk.example", jira="https://jira.example")
    return LifeTexts(policy=make_policy(), overlay=overlay, addresses=addresses)


def list_notes(texts: LifeTexts) -> dict[str, str]:
    ask = Decision(action=Action.ASK, reasons=("r",), target=Target.ENGINEERING)
    return {
        "opened": texts.write_opened_note(MEMBER, OPENED),
        "changed": texts.write_changed_note(MEMBER, OPENED),
        "l2": texts.write_l2_note(MEMBER, replace(OPENED, target=Target.L2, issue=None)),
        "ask": texts.write_suggestion(MEMBER, ask),
    }


@pytest.mark.parametrize("name", ["opened", "changed", "l2", "ask"])
def test_our_own_notes_are_not_read_as_evidence(name: str, tmp_path: Path) -> None:
    (tmp_path / "note_opened.md.j2").write_text("An operator's own words: {{ brief.summary }}", encoding="utf-8")
    for texts in (make_texts(), make_texts(tmp_path)):
        note = list_notes(texts)[name]
        own = Comment(id=9, author_id=31, public=False, body=note, created_at=NOW)
        ticket = make_ticket(comments=(*make_ticket().comments, own))
        assert [utterance.comment_id for utterance in read_thread(ticket).utterances] == [1]
        assert "escalator-" in render_html(parse_markdown(note))


def test_a_customer_who_quotes_the_footer_is_still_heard() -> None:
    body = "Why does it say escalator-0a1b2c3d4e5f6071, policy 0a1b2c3d4e5f"
    asked = Comment(id=9, author_id=11, public=True, body=body, created_at=NOW)
    ticket = make_ticket(comments=(*make_ticket().comments, asked))
    assert len(read_thread(ticket).utterances) == 2
