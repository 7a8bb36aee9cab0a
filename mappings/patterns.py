"""When several tickets count as one problem: the window, the lanes, and whose tickets do not count."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from mappings.durations import Duration
from mappings.rules import Rules

Score = float | Literal["never"]


class LaneRules(Rules):
    """The least score at which a lane announces a pattern, from 0 to 1, or "never".

    `by_meaning` holds for groups that the encoder compared, `by_words` for all others.
    """

    by_meaning: Score
    by_words: Score

    @model_validator(mode="after")
    def _check_range(self) -> "LaneRules":
        for score in (self.by_meaning, self.by_words):
            if score != "never" and not 0 < score < 1:
                raise ValueError('a score lies between 0 and 1; write "never" to close the lane')
        return self


class Lanes(Rules):
    """`raise` opens or joins an escalation by itself; `suggest` asks a person."""

    raises: LaneRules = Field(alias="raise")
    suggest: LaneRules


class Joining(Rules):
    """The mean chance of one problem, from 0 to 1, at which a ticket joins a group or comes over to one.

    `by_meaning` and `by_words` hold for a ticket with and without an encoder at work.
    """

    by_meaning: float = Field(gt=0, lt=1)
    by_words: float = Field(gt=0, lt=1)
    unite: float = Field(gt=0, lt=1)


class Mute(Rules):
    """An everyday request that makes no pattern: tickets with one of the phrases (lower case, `*` for any ending)."""

    id: str
    phrases: tuple[str, ...] = Field(min_length=1)


class PatternRules(Rules):
    """`patterns.toml`.

    `raise_mood` is the least mean mood (log odds that a report sounds like one of many about a fault) of a group that
    raises by itself, `raise_tie` the least chance of one problem that each has with its nearest. `most_alarms` is how
    many wrong ones of 1,000 tickets are put up with. `own_domains` are the desk's own mail domains and
    `ignored_organizations` its own and test organisations (names or ids): their tickets never count.
    """

    window: Duration
    slow_window: Duration
    customers: int = Field(3, ge=2)
    join: Joining
    lanes: Lanes
    raise_mood: float
    raise_tie: float = Field(ge=0, le=1)
    most_alarms: float = Field(gt=0)
    own_domains: tuple[str, ...] = ()
    ignored_organizations: tuple[str, ...] = ()
    mute: tuple[Mute, ...] = ()

    @model_validator(mode="after")
    def _check_windows(self) -> "PatternRules":
        if self.window <= timedelta(0) or self.slow_window < self.window:
            raise ValueError("slow_window is at least as long as window, and window is longer than nothing")
        return self
