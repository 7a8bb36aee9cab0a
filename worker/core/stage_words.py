"""What a step in the life of an escalation is called, and what is wanted of whoever reads of it."""

from collections.abc import Mapping

from mappings.followup import StageStep
from worker.core.life import Course, Duty, Happening, Stage

_Words = tuple[str, str]

_FOR_AGENTS: Mapping[tuple[Happening, Stage], _Words] = {
    (Happening.ISSUE_FIXED, Stage.FIXED): (
        "Fixed, not released yet:",
        "The fix is made and waits for its release. It is told here when it is out.",
    ),
    (Happening.ISSUE_RELEASED, Stage.RESOLVED): (
        "Solved by the receiving team:",
        "Please ask the customer whether it works for them now.",
    ),
    (Happening.ISSUE_DECLINED, Stage.DECLINED): (
        "Declined by the receiving team:",
        "Nothing will be changed. Please tell the customer why, and what they can do instead.",
    ),
    (Happening.ISSUE_REOPENED, Stage.ACTIVE): ("Taken up again:", "The receiving team works on it again."),
    (Happening.EASED, Stage.STOOD_DOWN): ("Stood down:", "Support goes on with it; the receiving team is told."),
    (Happening.CONFIRMED, Stage.STOOD_DOWN): ("Stood down:", "It is solved; the receiving team is told."),
    (Happening.WORSENED, Stage.ACTIVE): ("Taken up again:", "The receiving team is told that it is needed again."),
    (Happening.DENIED, Stage.ACTIVE): ("Not solved yet:", "The receiving team is told that it is not solved."),
    (Happening.CONFIRMED, Stage.CLOSED): ("Closed, because it is confirmed:", "The receiving team is told."),
    (Happening.FINISHED, Stage.CLOSED): ("Closed:", "Nothing is awaited any more."),
    (Happening.ENDED, Stage.CLOSED): ("Closed:", "The receiving team is told."),
}
_FOR_TEAM: Mapping[tuple[Happening, Stage], _Words] = {
    (Happening.ISSUE_OPENED, Stage.STOOD_DOWN): (
        "Stood down before this issue was opened:",
        "Support goes on with it. Nothing more is needed from you.",
    ),
    (Happening.EASED, Stage.STOOD_DOWN): (
        "Stood down:",
        "Support goes on with it. Nothing more is needed from you.",
    ),
    (Happening.CONFIRMED, Stage.STOOD_DOWN): ("Stood down:", "It is solved. Nothing more is needed from you."),
    (Happening.WORSENED, Stage.ACTIVE): ("Needed again:", "Please take it up again."),
    (Happening.DENIED, Stage.ACTIVE): ("Not solved for the customer:", "Please take it up again."),
    (Happening.CONFIRMED, Stage.CLOSED): ("Confirmed as solved:", "Support closes this escalation. Thank you."),
    (Happening.FINISHED, Stage.CLOSED): ("Closed by support:", "Every ticket is closed. Thank you."),
    (Happening.ENDED, Stage.CLOSED): ("Closed by support:", "Nothing more is needed from you."),
}


def tell_agents(course: Course) -> StageStep:
    """The last step as agents are told of it."""
    title, advice = _FOR_AGENTS.get(_name(course), ("Changed:", "See the issue."))
    return StageStep(
        title=title,
        reasons=course.reasons,
        advice=advice,
        wants_lesson=Duty.ASK_LESSON in course.duties,
        wants_confirmation=Duty.ASK_CONFIRMATION in course.duties,
    )


def tell_team(course: Course) -> StageStep:
    """The last step as the receiving team is told of it."""
    title, advice = _FOR_TEAM.get(_name(course), ("Changed:", "See the tickets."))
    return StageStep(
        title=title, reasons=course.reasons, advice=advice, wants_lesson=Duty.ASK_LESSON in course.duties
    )


def _name(course: Course) -> tuple[Happening, Stage]:
    return course.happening or Happening.ENDED, course.stage
