"""Facts that only one receiving team asks for: Product's, Security's and Leadership's lists of the standard."""

import re
from collections.abc import Mapping, Sequence

from worker.core import wishes
from worker.core.assessment import Assessment, Evidence, Speaker
from worker.core.sentences import SentenceKind
from worker.core.telling import Fact, Told, clip_words, find_last_told, find_told, make_fact

_OURS = (Speaker.INTERNAL, Speaker.AGENT)
_SAID: Mapping[str, tuple[re.Pattern[str], tuple[Speaker, ...]]] = {
    "frequency_of_request": (wishes.COUNTS_REQUESTS, _OURS),
    "competitive_pressure": (wishes.COMPETITOR, (Speaker.CUSTOMER, Speaker.INTERNAL)),
    "affected": (wishes.EXPOSED, (Speaker.INTERNAL, Speaker.CUSTOMER)),
    "containment": (wishes.CONTAINS, (*_OURS, Speaker.CUSTOMER)),
    "urgency": (wishes.ONGOING, (Speaker.INTERNAL, Speaker.CUSTOMER)),
}
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "observed": ("impact.security",),
    "business_context": ("business.high_value_at_risk", "business.executive", "business.sla"),
    "frequency_of_request": ("pattern.three_customers",),
}
CONCERNS = frozenset({*_SAID, *_SHOWN, "use_case", "decision_needed", "business_context"})
"""The fields of a brief that only one target's list asks for."""


def find_concerns(told: Sequence[Told], assessment: Assessment) -> dict[str, Fact]:
    """Return the facts by field name; a field that nobody spoke of is absent."""
    goal = find_told(told, wishes.GOAL, Speaker.CUSTOMER)
    choice = _find_choice(told)
    first = {"use_case": make_fact(goal)} if goal else {}
    first |= {"decision_needed": make_fact(choice)} if choice else {}
    found = {name: fact for name in _SAID if (fact := _find_said(told, *_SAID[name])) is not None}
    shown = {name: fact for name, ids in _SHOWN.items() if (fact := _find_shown(assessment, ids)) is not None}
    return {**first, **found, **shown}


def find_ask(told: Sequence[Told]) -> Fact | None:
    """The last sentence in which our side says what another team is to do."""
    noted = [one for one in reversed(told) if one.speaker is Speaker.INTERNAL]
    return next((make_fact(one) for one in noted if _calls_on_team(one)), None)


def _calls_on_team(one: Told) -> bool:
    names_team = wishes.TEAM.search(one.text) is not None and wishes.CALLS_ON.search(one.text) is not None
    return one.sentence.kind is not SentenceKind.QUESTION and (
        names_team or wishes.ASKS_TEAM.search(one.text) is not None
    )


def _find_choice(told: Sequence[Told]) -> Told | None:
    """The last sentence about a decision that is also a wish, else the last about a decision."""
    speaking = [one for one in told if wishes.DECIDES.search(one.text)]
    wished = [one for one in speaking if wishes.EXPECTS.search(one.text)]
    return next(iter(reversed(wished or speaking)), None)


def _find_said(told: Sequence[Told], cue: re.Pattern[str], speakers: tuple[Speaker, ...]) -> Fact | None:
    """The speakers stand in order of trust; of each the last word counts."""
    for speaker in speakers:
        said = [one for one in told if one.sentence.kind is not SentenceKind.QUESTION]
        one = find_last_told(said, cue, speaker)
        if one is not None:
            return make_fact(one)
    return None


def _find_shown(assessment: Assessment, ids: Sequence[str]) -> Fact | None:
    quoted = (
        evidence
        for finding in assessment.findings
        if finding.id in ids and finding.is_met
        for evidence in finding.evidence
        if evidence.quote and evidence.at
    )
    return next((fact for evidence in quoted if (fact := _read_evidence(evidence)) is not None), None)


def _read_evidence(evidence: Evidence) -> Fact | None:
    if evidence.at is None:
        return None
    return Fact(
        text=clip_words(evidence.quote),
        speaker=evidence.speaker or Speaker.CUSTOMER,
        at=evidence.at,
        comment_id=evidence.comment_id,
        start=evidence.start,
        end=evidence.end,
    )
