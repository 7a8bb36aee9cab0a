"""What to do about a ticket, with the reasons as data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mappings.routing import Mode
from worker.core.assessment import Severity, Target


class Action(StrEnum):
    """What follows from an assessment.

    stay: nothing goes up. watch: would go up, but the target is in shadow. ask: an agent is asked first.
    wait: it goes up once its brief is complete, or when the wait is over. open: a new escalation. join: that of the
    pattern that the ticket stands in. adopt: the ticket already names an issue; link it. keep: the escalation
    stands as it is. update: the escalation's severity changes, or it moves on from L2. move: it goes to another team,
    whose issue takes the place of its own. leave: the ticket turned out to be another problem than its escalation.
    """

    STAY = "stay"
    WATCH = "watch"
    ASK = "ask"
    WAIT = "wait"
    OPEN = "open"
    JOIN = "join"
    ADOPT = "adopt"
    KEEP = "keep"
    UPDATE = "update"
    MOVE = "move"
    LEAVE = "leave"


@dataclass(frozen=True, kw_only=True, slots=True)
class Forced:
    """A person's order that a ticket goes up; what they left open follows from the assessment."""

    reason: str
    by: str
    target: Target | None = None
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The action with its reasons, in words. `issue_key` names the issue to adopt, `wait_until` ends a wait."""

    action: Action
    reasons: tuple[str, ...]
    target: Target | None = None
    severity: Severity | None = None
    mode: Mode | None = None
    issue_key: str | None = None
    wait_until: datetime | None = None
