"""Which team a ticket goes up to, what that team wants to be told, and where its issues are opened."""

import re
from datetime import timedelta
from enum import StrEnum

from pydantic import Field, field_validator, model_validator

from mappings.brief import ASK_FOR
from mappings.durations import Duration
from mappings.rules import Rules

_FILE_TYPE = re.compile(r"[a-z]{1,20}/(\*|[a-z0-9.+_-]{1,80})", re.IGNORECASE)


class Mode(StrEnum):
    """How far Escalator goes for a target: decide only, ask an agent first, or act."""

    SHADOW = "shadow"
    SUGGEST = "suggest"
    AUTO = "auto"


class Include(Rules):
    """One item of a tier's "what to include" list, with the words that ask for it when it is missing."""

    field: str
    title: str
    ask_for: str

    @field_validator("field")
    @classmethod
    def _check_field(cls, name: str) -> str:
        if name not in ASK_FOR:
            raise ValueError(f"{name!r} is no field of the brief; known are {', '.join(sorted(ASK_FOR))}")
        return name


class TargetRules(Rules):
    """One receiving team: when it is the right one, what it must be told, and where it works.

    With `wait_for_completeness` it is handed over once its list is complete, or after `longest_wait`. With `stub`
    its issue only points to the ticket: title, severity and deadline, and no word of the customer. Files of the
    tickets are copied to its issue when their type is one of `copy_files` ("text/plain", "image/*") and they are no
    larger than `largest_file` bytes; else they are only named.
    """

    title: str
    mode: Mode = Mode.SHADOW
    when: tuple[str, ...] = ()
    include: tuple[Include, ...] = ()
    project: str = ""
    issue_type: str = "Task"
    labels: tuple[str, ...] = ()
    security_level: str = ""
    require_level: bool = False
    stub: bool = False
    wait_for_completeness: bool = False
    longest_wait: Duration = timedelta(hours=4)
    group: str = ""
    copy_files: tuple[str, ...] = ()
    largest_file: int = Field(5_000_000, gt=0, le=50_000_000)

    @field_validator("copy_files")
    @classmethod
    def _check_types(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        pages = {"text/html", "text/*"}
        wrong = [one for one in types if not _FILE_TYPE.fullmatch(one) or one.lower() in pages]
        if wrong:
            raise ValueError(f'{wrong[0]!r} cannot be copied; write such as "text/plain", "image/*" (no web pages)')
        return types

    @property
    def titles(self) -> dict[str, str]:
        """The field of the brief that each title of the list means."""
        return {item.title: item.field for item in self.include}

    @model_validator(mode="after")
    def _check_level(self) -> "TargetRules":
        if self.require_level and not self.security_level and self.mode is not Mode.SHADOW:
            raise ValueError('require_level = true needs security_level = "…" (the name of the level in Jira)')
        return self


class Targets(Rules):
    """The five targets of the standard's tier table."""

    l2: TargetRules
    engineering: TargetRules
    product: TargetRules
    security: TargetRules
    leadership: TargetRules

    @model_validator(mode="after")
    def _check_places(self) -> "Targets":
        missing = [
            name
            for name in ("engineering", "product", "security", "leadership")
            if getattr(self, name).mode is not Mode.SHADOW and not getattr(self, name).project
        ]
        if missing:
            wanted = ", ".join(f'targets.{name}.project = "KEY"' for name in missing)
            raise ValueError(f"a mode other than shadow needs a Jira project: write {wanted}")
        return self

    @model_validator(mode="after")
    def _check_files(self) -> "Targets":
        rules = {name: self.find_target(name) for name in type(self).model_fields}
        kept = {"l2", "security"} | {name for name, one in rules.items() if one.stub}
        copying = sorted(name for name in kept if rules[name].copy_files)
        if copying:
            raise ValueError(f"no files are copied for {', '.join(copying)}: empty targets.{copying[0]}.copy_files")
        return self

    @model_validator(mode="after")
    def _check_waits(self) -> "Targets":
        waiting = [name for name in ("l2", "security", "leadership") if getattr(self, name).wait_for_completeness]
        if waiting:
            raise ValueError(f"only engineering and product may wait_for_completeness, not {', '.join(waiting)}")
        return self

    def find_target(self, name: str) -> TargetRules:
        """The rules of the target with this id; raises KeyError for an unknown one."""
        if name not in type(self).model_fields:
            raise KeyError(name)
        rules: TargetRules = getattr(self, name)
        return rules


class Tags(Rules):
    """The tags by which agents steer Escalator or judge its decision, and those that it sets itself.

    `move` is what the tags that send a ticket to a team begin with; the team's name follows it.
    """

    veto: str = "escalator_veto"
    force: str = "escalator_now"
    approve: str = "escalator_approve"
    snooze: str = "escalator_snooze"
    confirmed: str = "escalator_confirmed"
    escalated: str = "escalator_escalated"
    suggested: str = "escalator_suggested"
    agree: str = "escalator_agree"
    disagree: str = "escalator_disagree"
    move: str = "escalator_to_"


class Routing(Rules):
    """`routing.toml`: targets and tags.

    With `close_left_issues` an issue that nobody worked on is closed when its escalation goes to another team.
    """

    targets: Targets
    tags: Tags = Field(default_factory=Tags)
    labels: tuple[str, ...] = ("escalation", "from-zendesk")
    close_left_issues: bool = False
