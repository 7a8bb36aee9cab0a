"""A ticket's turns are told once, whatever their order; where a merged one went is read from its last note."""

from dataclasses import replace

import pytest

from connectors.records import Comment, IssueRef, StatusCategory, Ticket, TicketStatus
from tests.conftest import NOW
from tests.core.making import make_escalation, make_ticket
from worker.core.assessment import Target
from worker.core.fates import Fate, MemberFate, find_fate, find_merge_target, plan_fates
from worker.core.succession import survives

OPEN = make_ticket()
SOLVED = make_ticket(status=TicketStatus.SOLVED)
CLOSED = make_ticket(status=TicketStatus.CLOSED)
GONE = make_ticket(status=TicketStatus.DELETED)
MERGED = make_ticket(status=TicketStatus.CLOSED, tags=("closed_by_merge",))
ELSEWHERE = make_ticket(organization_id=22)


@pytest.mark.parametrize(
    ("known", "before", "after", "fate"),
    [
        (None, OPEN, OPEN, None),
        (None, None, OPEN, None),
        (None, OPEN, SOLVED, None),
        (None, SOLVED, OPEN, Fate.REOPENED),
        (Fate.REOPENED, SOLVED, OPEN, Fate.REOPENED),
        (None, SOLVED, CLOSED, Fate.CLOSED),
        (Fate.CLOSED, CLOSED, CLOSED, None),
        (None, OPEN, MERGED, Fate.MERGED),
        (Fate.MERGED, CLOSED, MERGED, None),
        (None, OPEN, None, Fate.DELETED),
        (None, None, GONE, Fate.DELETED),
        (Fate.DELETED, None, None, None),
        (Fate.CLOSED, CLOSED, None, Fate.DELETED),
        (Fate.DELETED, None, OPEN, Fate.RESTORED),
        (Fate.RESTORED, OPEN, OPEN, None),
        (Fate.RESTORED, OPEN, None, Fate.DELETED),
        (None, OPEN, ELSEWHERE, Fate.MOVED),
    ],
)
def test_what_is_news(known: Fate | None, before: Ticket | None, after: Ticket | None, fate: Fate | None) -> None:
    assert find_fate(known, before, after) is fate


def say(*texts: str) -> Ticket:
    comments = tuple(
        Comment(id=number, author_id=31, public=False, body=text, created_at=NOW) for number, text in enumerate(texts)
    )
    return replace(MERGED, comments=comments)


@pytest.mark.parametrize(
    ("ticket", "target"),
    [
        (say("This request was closed and merged into request #502."), 502),
        (say('This request was closed and merged into request #502 "like #77".'), 502),
        (say("Diese Anfrage wurde geschlossen und mit #502 zusammengeführt."), 502),
        (say("see #9", "merged into request #502", "thanks"), 502),
        (say("merged into request #501"), None),
        (say("no number"), None),
        (say("#" * 100_000), None),
        (say("#" + "9" * 5000), None),
        (say(), None),
        (replace(say("merged into request #502"), tags=()), None),
        (replace(say("merged into request #502"), status=TicketStatus.OPEN), None),
    ],
)
def test_where_a_merged_ticket_went(ticket: Ticket, target: int | None) -> None:
    assert find_merge_target(ticket) == target


def test_each_turn_is_a_comment_of_its_own_and_security_names_no_customer() -> None:
    moved = MemberFate(ticket_id=501, fate=Fate.MOVED, turn=2, detail="Nord [~admin] & Co")
    (write,) = plan_fates("e1", [moved], Target.ENGINEERING)
    assert write.key == "fate:e1:501:2"
    assert "Nord" in write.effect.markdown  # type: ignore[union-attr]
    assert "[~admin]" not in write.effect.markdown  # type: ignore[union-attr]
    (hidden,) = plan_fates("e1", [moved], Target.SECURITY)
    assert "Nord" not in hidden.effect.markdown  # type: ignore[union-attr]
    every = [MemberFate(ticket_id=501, fate=fate, turn=1) for fate in Fate]
    assert len({write.effect.markdown for write in plan_fates("e1", every, Target.PRODUCT)}) == len(Fate)  # type: ignore[union-attr]


FIRST = make_escalation(id="a", issue=IssueRef(id="1", key="ENG-1"))
SECOND = make_escalation(id="b", issue=IssueRef(id="2", key="ENG-2"))


@pytest.mark.parametrize(
    ("one", "other", "survivor"),
    [
        (FIRST, SECOND, "a"),
        (FIRST, replace(SECOND, issue_assignee="Tom"), "b"),
        (FIRST, replace(SECOND, issue_category=StatusCategory.INDETERMINATE), "b"),
        (replace(FIRST, issue=None), SECOND, "b"),
        (replace(FIRST, issue_assignee="Tom"), replace(SECOND, tickets=(501, 503)), "b"),
    ],
)
def test_one_of_two_survives_whoever_asks(one: object, other: object, survivor: str) -> None:
    pair = (one, other)
    winners = [x.id for x, y in (pair, pair[::-1]) if survives(x, y, 501)]  # type: ignore[attr-defined,arg-type]
    assert winners == [survivor]
