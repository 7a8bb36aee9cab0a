"""Reads out of a ticket what a brief must say, in the words of whoever said it.

Every fact carries the place it was read from. Nothing is made up: what nobody wrote is None, and the brief
says what to ask for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.records import Ticket
from mappings.fields import ZendeskFields
from worker.core.answers import add_answers, read_answers
from worker.core.assessment import Assessment, Speaker, Target
from worker.core.attempts import find_attempts
from worker.core.commitments import Wanted, find_last_update, find_risk, find_wanted
from worker.core.concerns import CONCERNS, find_ask, find_concerns
from worker.core.reproduction import Reproduction, find_reproduction
from worker.core.telling import Attempt, Fact, list_told
from worker.core.thread import Thread

__all__ = ["Attempt", "Fact", "Facts", "Wanted", "find_facts"]

_NO_TITLES: Mapping[str, str] = {}
_DEFECTS = ("technical.", "impact.", "complexity.", "pattern.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the ticket tells of the sections of a brief.

    `concerns` holds the facts that
    only one target asks for, by field name: use_case, frequency_of_request, competitive_pressure, observed,
    affected, containment, urgency, business_context, decision_needed.
    """

    reproduction: Reproduction
    environment: tuple[Fact, ...]
    attempts: tuple[Attempt, ...]
    last_update: Fact | None
    wanted: Wanted
    risk: str | None
    risk_fact: Fact | None
    ask: Fact | None
    affected_users: int | None
    concerns: Mapping[str, Fact]
    attachments: tuple[Fact, ...]


def find_facts(
    thread: Thread,
    ticket: Ticket,
    assessment: Assessment,
    now: datetime,
    *,
    fields: ZendeskFields | None = None,
    titles: Mapping[str, str] = _NO_TITLES,
) -> Facts:
    """Return what the ticket tells; `fields` names the custom fields that hold product, version and the like.

    `titles` gives the names under which agents answer a checklist, and the fields of the brief that they mean.
    """
    told = list_told(thread)
    ids = fields or ZendeskFields()
    held = any(name.startswith(_DEFECTS) for name in assessment.criteria)
    is_defect = held or assessment.target is Target.ENGINEERING
    reproduction = find_reproduction(thread, told, is_defect=is_defect)
    answers = read_answers(told, titles)
    reproduction = add_answers(reproduction, answers)
    risk, risk_fact = find_risk(told, assessment)
    return Facts(
        reproduction=reproduction,
        environment=_join_environment(_read_fields(ticket, ids), reproduction.environment),
        attempts=(*find_attempts(thread), *_add_attempt(answers)),
        last_update=find_last_update(thread),
        wanted=find_wanted(told, ticket, now, answers),
        risk=risk,
        risk_fact=risk_fact,
        ask=find_ask(told),
        affected_users=_read_count(ticket, ids.affected_users),
        concerns=_observe(reproduction)
        | find_concerns(told, assessment)
        | {name: fact for name, fact in answers.items() if name in CONCERNS},
        attachments=_list_attachments(thread),
    )


def _add_attempt(answers: Mapping[str, Fact]) -> tuple[Attempt, ...]:
    return (Attempt(action=answers["tried"]),) if "tried" in answers else ()


def _observe(reproduction: Reproduction) -> dict[str, Fact]:
    """What was observed, and what it is needed for, is what was told first when nobody says more."""
    return {"observed": reproduction.main, "use_case": reproduction.main} if reproduction.main else {}


def _read_fields(ticket: Ticket, ids: ZendeskFields) -> tuple[Fact, ...]:
    """What the ticket's own fields say: their source is the ticket, not a comment."""
    titles = {
        ids.product: "product",
        ids.area: "area",
        ids.version: "version",
        ids.plan: "plan",
        ids.environment: "environment",
    }
    return tuple(
        Fact(
            text=f"{title} {_spell_field(ticket.custom_fields[field_id])}",
            speaker=Speaker.SYSTEM,
            at=ticket.updated_at,
        )
        for field_id, title in titles.items()
        if field_id and ticket.custom_fields.get(field_id) not in (None, "", ())
    )


def _join_environment(fields: tuple[Fact, ...], said: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The ticket's fields, then what was said beyond them."""
    known = [field.text.casefold() for field in fields]
    return (*fields, *(fact for fact in said if not any(fact.text.casefold() in field for field in known)))


def _spell_field(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _read_count(ticket: Ticket, field_id: int) -> int | None:
    value = ticket.custom_fields.get(field_id) if field_id else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    digits = str(value).strip().partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None  # noqa: PLR2004


def _list_attachments(thread: Thread) -> tuple[Fact, ...]:
    return tuple(
        Fact(text=name, speaker=one.speaker, at=one.at, comment_id=one.comment_id)
        for one in thread.utterances
        if one.speaker is not Speaker.SYSTEM
        for name in one.attachments
    )
