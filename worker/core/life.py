"""The life of an escalation: one table of states and happenings, and what each step obliges us to do.

Everything that moves an escalation is a happening; a pair that the table does not name changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """Where an escalation stands.

    opening: decided, the issue is not there yet. active: the receiving team has it. fixed: the team is done, but the
    fix is not released yet. resolved: the fix is out, the customer's word is awaited. declined: the team will not fix
    it. stood_down: support took it back. closed: over.
    """

    OPENING = "opening"
    ACTIVE = "active"
    FIXED = "fixed"
    RESOLVED = "resolved"
    DECLINED = "declined"
    STOOD_DOWN = "stood_down"
    CLOSED = "closed"


class Happening(StrEnum):
    """What moves an escalation.

    issue_fixed: done, but a version that holds the fix is not released. issue_released: done and out. issue_declined:
    done without a fix. issue_reopened: not done any more. eased: one of the standard's reasons to stand down holds.
    worsened: it is needed again. confirmed: the customer, or an agent for them, says that it is solved. denied: the
    customer says that it is not. finished: nothing is awaited any more and every ticket is closed or gone. ended: a
    person closes it. moved: it goes to another team, in a new issue.
    """

    ISSUE_OPENED = "issue_opened"
    ISSUE_FIXED = "issue_fixed"
    ISSUE_RELEASED = "issue_released"
    ISSUE_DECLINED = "issue_declined"
    ISSUE_REOPENED = "issue_reopened"
    EASED = "eased"
    WORSENED = "worsened"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    FINISHED = "finished"
    ENDED = "ended"
    MOVED = "moved"


class Outcome(StrEnum):
    """What became of an issue. fixed: done, but a version that holds it is not released."""

    FIXED = "fixed"
    RELEASED = "released"
    DECLINED = "declined"


class Duty(StrEnum):
    """What a step obliges us to: a comment to the team, a note to the agents, a draft, a question for the lesson.

    leave_issue: the team that had it is told on its issue that it goes on elsewhere.
    """

    TELL_TEAM = "tell_team"
    TELL_AGENTS = "tell_agents"
    DRAFT_UPDATE = "draft_update"
    ASK_CONFIRMATION = "ask_confirmation"
    ASK_LESSON = "ask_lesson"
    RESOLVE_LINKS = "resolve_links"
    LEAVE_ISSUE = "leave_issue"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """The stage that a happening leads to, and what is owed then."""

    stage: Stage
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """Where an escalation stands since when, and the step that led there; `turn` counts steps.

    `mark` tells what else the tickets were shown at that step, so that one note can tell both. `outcome` is the
    issue's, as it was acted upon last.
    """

    stage: Stage = Stage.OPENING
    since: datetime | None = None
    turn: int = 0
    happening: Happening | None = None
    reasons: tuple[str, ...] = ()
    mark: str = ""
    outcome: Outcome | None = None

    @property
    def duties(self) -> tuple[Duty, ...]:
        """What the last step obliges us to."""
        return find_duties(self.happening, self.stage)


START = Course()
"""Where every escalation begins."""

_TOLD = (Duty.TELL_TEAM, Duty.TELL_AGENTS)
_CLOSING = Step(stage=Stage.CLOSED, duties=(*_TOLD, Duty.RESOLVE_LINKS, Duty.ASK_LESSON))
_RESOLVING = Step(stage=Stage.RESOLVED, duties=(Duty.TELL_AGENTS, Duty.ASK_CONFIRMATION))
_FIXING = Step(stage=Stage.FIXED, duties=(Duty.TELL_AGENTS, Duty.DRAFT_UPDATE))
_DECLINING = Step(stage=Stage.DECLINED, duties=(Duty.TELL_AGENTS, Duty.DRAFT_UPDATE))
_STANDING_DOWN = Step(stage=Stage.STOOD_DOWN, duties=(*_TOLD, Duty.DRAFT_UPDATE, Duty.ASK_LESSON))
_TAKING_UP = Step(stage=Stage.ACTIVE, duties=_TOLD)
_MOVING = Step(stage=Stage.OPENING, duties=(Duty.LEAVE_ISSUE,))
_REOPENING = Step(stage=Stage.ACTIVE, duties=(Duty.TELL_AGENTS,))

LIFE: Mapping[Stage, Mapping[Happening, Step]] = {
    Stage.OPENING: {
        Happening.ISSUE_OPENED: Step(stage=Stage.ACTIVE, duties=(Duty.TELL_AGENTS,)),
        Happening.EASED: _STANDING_DOWN,
        Happening.CONFIRMED: _CLOSING,
        Happening.ENDED: _CLOSING,
        Happening.MOVED: _MOVING,
    },
    Stage.ACTIVE: {
        Happening.ISSUE_FIXED: _FIXING,
        Happening.ISSUE_RELEASED: _RESOLVING,
        Happening.ISSUE_DECLINED: _DECLINING,
        Happening.EASED: _STANDING_DOWN,
        Happening.CONFIRMED: _STANDING_DOWN,
        Happening.ENDED: _CLOSING,
        Happening.MOVED: _MOVING,
    },
    Stage.FIXED: {
        Happening.ISSUE_RELEASED: _RESOLVING,
        Happening.ISSUE_DECLINED: _DECLINING,
        Happening.ISSUE_REOPENED: _REOPENING,
        Happening.CONFIRMED: _CLOSING,
        Happening.ENDED: _CLOSING,
        Happening.MOVED: _MOVING,
    },
    Stage.RESOLVED: {
        Happening.ISSUE_DECLINED: _DECLINING,
        Happening.ISSUE_REOPENED: _REOPENING,
        Happening.DENIED: _TAKING_UP,
        Happening.CONFIRMED: _CLOSING,
        Happening.FINISHED: _CLOSING,
        Happening.ENDED: _CLOSING,
        Happening.MOVED: _MOVING,
    },
    Stage.DECLINED: {
        Happening.ISSUE_FIXED: _FIXING,
        Happening.ISSUE_RELEASED: _RESOLVING,
        Happening.ISSUE_REOPENED: _REOPENING,
        Happening.CONFIRMED: _CLOSING,
        Happening.FINISHED: _CLOSING,
        Happening.ENDED: _CLOSING,
        Happening.MOVED: _MOVING,
    },
    Stage.STOOD_DOWN: {
        Happening.ISSUE_OPENED: Step(stage=Stage.STOOD_DOWN, duties=(Duty.TELL_TEAM,)),
        Happening.ISSUE_RELEASED: _RESOLVING,
        Happening.WORSENED: _TAKING_UP,
        Happening.DENIED: _TAKING_UP,
        Happening.CONFIRMED: _CLOSING,
        Happening.FINISHED: _CLOSING,
        Happening.ENDED: _CLOSING,
        Happening.MOVED: _MOVING,
    },
    Stage.CLOSED: {
        Happening.ISSUE_REOPENED: _REOPENING,
    },
}


def take_step(stage: Stage, happening: Happening) -> Step:
    """Where `happening` leads from `stage`; to the same stage without duties when it means nothing there."""
    return LIFE[stage].get(happening, Step(stage=stage))


def find_duties(happening: Happening | None, stage: Stage) -> tuple[Duty, ...]:
    """What a step that ended in `stage` owes; the same whichever stage it came from."""
    steps = (steps.get(happening) for steps in LIFE.values()) if happening is not None else ()
    return next((step.duties for step in steps if step is not None and step.stage is stage), ())


def tells_agents(course: Course) -> bool:
    """True when the last step owes the agents a note; that an issue was opened has a note of its own."""
    return course.happening is not Happening.ISSUE_OPENED and Duty.TELL_AGENTS in course.duties


def move_on(course: Course, happening: Happening, reasons: tuple[str, ...], now: datetime) -> Course:
    """The course after a happening; the same course when that means nothing to its stage."""
    if happening not in LIFE[course.stage]:
        return course
    step = LIFE[course.stage][happening]
    return replace(course, stage=step.stage, since=now, turn=course.turn + 1, happening=happening, reasons=reasons)


def draw_life() -> str:
    """The table as a Mermaid state diagram."""
    return "\n".join(["stateDiagram-v2", *_list_arrows()])


def _list_arrows() -> Iterator[str]:
    yield f"    [*] --> {Stage.OPENING.value}"
    for stage, steps in LIFE.items():
        by_end: dict[Stage, list[str]] = {}
        for happening, step in steps.items():
            if step.stage is not stage:
                by_end.setdefault(step.stage, []).append(happening.value.replace("_", " "))
        for end, happenings in by_end.items():
            yield f"    {stage.value} --> {end.value}: {', '.join(happenings)}"
    yield f"    {Stage.CLOSED.value} --> [*]"
