"""The whole way of hostile input, without sockets: decoded, parsed, judged, told and spelt for every surface."""

import contextlib
import dataclasses
import json
import random
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from connectors.effects import LinkTicket, OpenIssue
from connectors.jira.parse import parse_issue
from connectors.jira.webhook import Undecodable as UndecodableIssue
from connectors.jira.webhook import decode_delivery as decode_jira
from connectors.records import IssueRef
from connectors.ticket_file import FileProblem, read_ticket_line
from connectors.zendesk.webhook import decode_delivery as decode_zendesk
from mappings.adf import render_adf
from mappings.html import render_html
from mappings.loader import load_policy
from mappings.markdown import parse_markdown
from mappings.policy import Policy
from mappings.wiki import render_wiki
from tests.hostile.http_requests import make_jira_event
from tests.hostile.json_values import ODD_TEXTS, mutate, null_everything, pick_bytes, spell
from tests.mappings.hostile import HOSTILE
from tests.rig import make_record
from worker.core.assess import assess
from worker.core.assessment import Severity, Target
from worker.core.context import Context
from worker.core.decide import decide
from worker.core.escalation import Escalation, EscalationState
from worker.core.explain import explain
from worker.core.life_texts import LifeTexts
from worker.core.plan import Addresses, Member, make_title, plan_escalation
from worker.core.score import spell_score

ADDRESSES = Addresses(zendesk="https://desk.example", jira="https://jira.example")
FAR_PAST, FAR_FUTURE = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"


@cache
def shipped_policy() -> Policy:
    return load_policy(None)


@cache
def shipped_texts() -> LifeTexts:
    return LifeTexts(policy=shipped_policy(), overlay=None, addresses=ADDRESSES)


def pick_zendesk_body(dice: random.Random) -> bytes:
    event = {
        "type": "zen:event-type:ticket.created",
        "id": "e-1",
        "subject": "zen:ticket:7",
        "detail": {"id": "7", "tags": ["a"]},
        "event": {"comment": {"body": dice.choice(HOSTILE)}},
    }
    return pick_bytes(dice, lambda: event if dice.random() < 0.6 else {"ticket_id": "7"})


def decode_body(dice: random.Random) -> None:
    """One webhook body of either sender, decoded as a hint; whatever it is, the hint can be stored."""
    if dice.random() < 0.5:
        ticket_id = decode_zendesk({}, pick_zendesk_body(dice)).ticket_id
        assert ticket_id is None or 0 < ticket_id < 2**63
        return
    with contextlib.suppress(UndecodableIssue):
        delivery = decode_jira(pick_bytes(dice, make_jira_event), {})
        assert all(key.isascii() for key in delivery.dedupe_keys)


def parse_jira_answer(dice: random.Random) -> None:
    """One issue of an answer, as the poll reads it."""
    raw = {
        "id": "10042",
        "key": "OPS-7",
        "fields": {
            "summary": "words",
            "project": {"key": "OPS"},
            "status": {"name": "Open", "statusCategory": {"key": "new"}},
            "resolution": {"name": "Done"},
            "assignee": {"displayName": "Bo"},
            "priority": {"name": "High"},
            "duedate": "2026-04-01",
            "labels": ["escalator-k7"],
            "updated": dice.choice(("2026-04-01T10:00:00.000+0000", "0001-01-01T00:00:00+23:59")),
            "created": "2026-04-01T10:00:00.000+0000",
        },
        "properties": {"escalator": {"marker": "escalator-k7"}},
    }
    mutated = mutate(raw, dice, dice.randrange(1, 6))
    if isinstance(mutated, dict):
        with contextlib.suppress(ValueError):
            parse_issue(mutated)


def pick_text(dice: random.Random) -> str:
    """What a customer may write: hostile strings among real sentences, short or long."""
    said = (
        "The export stops at row 1000 and we lost data, our director is angry.",
        "I reproduced this on our test account. It is a bug in our export.",
        "> On Monday you wrote:\n>> try again",
        "Since Friday 14:30 it fails each time, 42 users are affected!",
        "Steps: 1. open Settings > Export 2. click Run",
    )
    parts = [
        str(dice.choice(HOSTILE if dice.random() < 0.5 else (*ODD_TEXTS, *said))) for _ in range(dice.randrange(6))
    ]
    return dice.choice(("\n", " ", "", "\n\n")).join(parts) * dice.choice((1, 1, 1, 3))


def pick_ticket_line(dice: random.Random) -> bytes:
    """A row of a ticket file: nearly right in shape, wild in its words."""
    record = make_record(dice.randrange(1, 10**6), note=pick_text(dice), text=pick_text(dice))
    record["ticket"]["subject"] = pick_text(dice)
    record["organizations"][0]["name"] = pick_text(dice)
    record["users"][0]["name"] = pick_text(dice)
    record["comments"] *= dice.choice((1, 1, 2, 4))
    record["slas"] = {"policy_metrics": [{"metric": "first_reply_time", "stage": "active", "breach_at": None}]}
    if dice.random() < 0.2:
        for holder in (record, record["ticket"], *record["comments"]):
            holder[dice.choice(("now", "created_at", "updated_at"))] = dice.choice((FAR_PAST, FAR_FUTURE, 1e9, 0))
    if dice.random() < 0.02:
        return spell(null_everything(record))
    return spell(mutate(record, dice, dice.choice((0, 0, 1, 2, 4, 8))))


def judge_line(line: bytes, *, tell: bool) -> bool:
    """Reads one row and judges it; with `tell` also writes all its texts. True when it was a ticket."""
    row = read_ticket_line(line, 1)
    if isinstance(row, FileProblem):
        assert row.error.isprintable()
        return False
    policy = shipped_policy()
    assessment = assess(row.ticket, Context(), policy, row.now)
    json.dumps(spell_score(row.id, assessment), allow_nan=False, ensure_ascii=False).encode()
    if tell:
        tell_everything(row.id, Member(ticket=row.ticket, assessment=assessment))
    return True


def tell_everything(row_id: str, member: Member) -> list[tuple[str, str]]:
    """(name, text) of all that we would write or print about the ticket, each spelt for the place it goes to."""
    policy, texts, ticket, assessment = shipped_policy(), shipped_texts(), member.ticket, member.assessment
    spelt = texts.spell_brief(row_id, member)
    told = [("explain", explain(assessment, ticket, policy)), ("brief json", json.dumps(spelt))]
    decision = decide(assessment, ticket, None, policy)
    markdowns = {"brief": str(spelt["markdown"]), "suggestion": texts.write_suggestion(member, decision)}
    opening = make_escalation(member)
    opened = dataclasses.replace(
        opening,
        issue=IssueRef(id="10042", key="OPS-7"),
        issue_severity=Severity.MEDIUM,
        issue_status=ticket.subject,
        issue_assignee=ticket.subject,
        issue_resolution=ticket.subject,
        issue_priority=ticket.subject,
    )
    markdowns |= {
        "note opened": texts.write_opened_note(member, opened),
        "note changed": texts.write_changed_note(member, opened),
        "note l2": texts.write_l2_note(member, opening),
        "comment": texts.write_change_comment([member], opened),
    }
    for escalation in (opening, opened):
        for write in plan_escalation([member], escalation, policy, texts, ADDRESSES):
            if isinstance(write.effect, OpenIssue):
                markdowns["description"] = write.effect.description
                told += [("summary", write.effect.summary), ("labels", "\n".join(write.effect.labels))]
            elif isinstance(write.effect, LinkTicket):
                told += [("link title", write.effect.title), ("link summary", write.effect.summary)]
    for name, markdown in markdowns.items():
        adf, wiki, html = render_everywhere(markdown)
        told += [(f"{name} adf", adf), (f"{name} wiki", wiki), (f"{name} html", html)]
    for name, text in told:
        assert text.encode() is not None, name
    return told


def make_escalation(member: Member) -> Escalation:
    """An escalation of this ticket to Engineering that has no issue yet."""
    return Escalation(
        id="k7",
        state=EscalationState.OPEN,
        target=Target.ENGINEERING,
        severity=Severity.HIGH,
        title=make_title(member.ticket),
        reasons=("one", "two"),
        tickets=(member.ticket.id,),
        policy_digest="p1",
        created_at=member.assessment.now,
    )


def render_everywhere(markdown: str) -> tuple[str, str, str]:
    """ADF as JSON, wiki markup and HTML of the Markdown; each must be text that can be sent."""
    blocks = parse_markdown(markdown)
    spelt = (json.dumps(render_adf(blocks), ensure_ascii=False), render_wiki(blocks), render_html(blocks))
    for one in spelt:
        one.encode()
    return spelt


def make_huge_record(*, comments: int, characters: int, text: str) -> dict[str, Any]:
    """A ticket with this many comments of this many characters each."""
    record = make_record(7, text=(text * (characters // max(1, len(text)) + 1))[:characters])
    first = record["comments"][0]
    began = datetime(2026, 1, 1, tzinfo=UTC)
    record["comments"] = [
        first
        | {
            "id": number + 1,
            "created_at": (began + timedelta(minutes=number)).isoformat(),
            "author_id": 11 + number % 2 * 20,
        }
        for number in range(comments)
    ]
    return record


def judge_members(record: dict[str, Any]) -> Member:
    """The judged ticket of a record that must be readable."""
    row = read_ticket_line(spell(record), 1)
    assert not isinstance(row, FileProblem), row.error
    assessment = assess(row.ticket, Context(), shipped_policy(), row.now)
    return Member(ticket=dataclasses.replace(row.ticket), assessment=assessment)
