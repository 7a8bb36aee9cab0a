"""What an agent wrote behind the names of a checklist: "Frequency: always", one line each, in an internal note."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mappings.brief import ASK_FOR
from worker.core.assessment import Speaker
from worker.core.reproduction import Reproduction
from worker.core.telling import Fact, Told, clip_words
from worker.core.thread import Utterance

_LINE = re.compile(
    r"^[ \t☐☑✓✔*\-\[\]xX_]{0,12}(?P<name>[^\W\d][^:=\n]{2,60}?)[*_]{0,2}[ \t]?"
    r"[:=][*_]{0,2}[ \t]+(?P<answer>\S[^\n]*)$",
    re.MULTILINE,
)
_LONGEST_NOTE = 16_000
_STEPS = re.compile(r"(?<!\s)\s+(?:(?:->|=>|→|>)|\d{1,2}[.)])\s+|;\s+")


def read_answers(told: Sequence[Told], titles: Mapping[str, str]) -> dict[str, Fact]:
    """Return the last answer to each field; `titles` gives further names of fields, such as the policy's own."""
    names = {name.replace("_", " "): name for name in ASK_FOR} | {
        title.casefold(): name for title, name in titles.items()
    }
    noted = {one.order: one.utterance for one in told if one.speaker is Speaker.INTERNAL}
    found: dict[str, Fact] = {}
    for utterance in noted.values():
        for match in _LINE.finditer(utterance.body[:_LONGEST_NOTE]):
            name = names.get(match["name"].strip(" *_").casefold())
            if name:
                found[name] = _make_answer(utterance, match)
    return found


def _make_answer(utterance: Utterance, match: re.Match[str]) -> Fact:
    start, end = match.span("answer")
    return Fact(
        text=clip_words(match["answer"]),
        speaker=utterance.speaker,
        at=utterance.at,
        comment_id=utterance.comment_id,
        start=start,
        end=end,
    )


def add_answers(found: Reproduction, answers: Mapping[str, Fact]) -> Reproduction:
    """Return the reproduction with what an agent answered, which outweighs what was gathered from the thread."""
    steps = found.steps or _cut_steps(answers.get("repro_steps"))
    ruled_out = answers.get("ruled_out")
    return replace(
        found,
        steps=steps,
        expected=answers.get("expected", found.expected),
        actual=answers.get("actual", found.actual),
        frequency=answers.get("frequency", found.frequency),
        workflow_impact=answers.get("workflow_impact", found.workflow_impact),
        error_text=found.error_text or answers.get("evidence"),
        environment=(*found.environment, *([answers["environment"]] if "environment" in answers else [])),
        ruled_out=(*found.ruled_out, *([ruled_out] if ruled_out and ruled_out not in found.ruled_out else [])),
    )


def _cut_steps(answer: Fact | None) -> tuple[Fact, ...]:
    if answer is None:
        return ()
    return tuple(replace(answer, text=step.strip()) for step in _STEPS.split(answer.text) if step.strip())
