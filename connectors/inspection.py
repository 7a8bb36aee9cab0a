"""What can be known of both vendors' set-up without changing anything: records, and a small port for each vendor.

A part that could not be read is None, and `unread` says why; an empty list was read and is empty.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from connectors.errors import VendorProblem
from connectors.records import Schedule, VendorAccount

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskField:
    """A custom ticket field: its type as the help desk calls it, and the values of a list of choices."""

    id: int
    title: str
    type: str
    active: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskWebhook:
    """A webhook that is set up at the help desk; `is_ours_signed` is None when its secret could not be read.

    One that `needs_trigger` is told of nothing by itself.
    """

    id: str
    endpoint: str
    active: bool
    needs_trigger: bool = True
    is_ours_signed: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskTrigger:
    """A trigger that notifies a webhook, and the body that it sends."""

    title: str
    active: bool
    webhook_id: str
    body: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskInspection:
    """The help desk as our account sees it.

    `clock_ahead_s` is how far its clock is ahead of ours, in seconds; `scopes` are the token's, None where it has
    none; `sla_policies` counts them.
    """

    account: VendorAccount | None = None
    clock_ahead_s: float | None = None
    scopes: tuple[str, ...] | None = None
    fields: tuple[DeskField, ...] | None = None
    organization_fields: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    takes_tags: bool | None = None
    sla_policies: int | None = None
    schedules: tuple[Schedule, ...] | None = None
    webhooks: tuple[DeskWebhook, ...] | None = None
    triggers: tuple[DeskTrigger, ...] | None = None
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a team's issues are opened."""

    project: str
    issue_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateField:
    """A field of a create screen; a required one without a default must be sent."""

    id: str
    name: str
    required: bool = False
    has_default: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceInspection:
    """One place as our account sees it.

    `issue_types` is None for a project that does not exist or is invisible, `fields` are those of the create screen,
    `levels` the security levels that can be set, and `visible_levels` those whose issues our account can see.
    `can_be_done` tells whether the workflow has a status of the category done.
    """

    place: Place
    permissions: Mapping[str, bool] | None = None
    issue_types: tuple[str, ...] | None = None
    fields: tuple[CreateField, ...] | None = None
    visible_levels: tuple[str, ...] | None = None
    can_be_done: bool | None = None
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def levels(self) -> tuple[str, ...]:
        """The security levels that the create screen offers."""
        return next((known.choices for known in self.fields or () if known.id == "security"), ())


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackerWebhook:
    """A webhook that is set up at the tracker."""

    url: str
    active: bool
    is_signed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackerInspection:
    """The tracker as our account sees it; `clock_ahead_s` as in `DeskInspection`."""

    account: VendorAccount | None = None
    clock_ahead_s: float | None = None
    projects: tuple[str, ...] | None = None
    places: tuple[PlaceInspection, ...] = ()
    link_types: tuple[str, ...] | None = None
    webhooks: tuple[TrackerWebhook, ...] | None = None
    unread: Mapping[str, str] = field(default_factory=dict)


class DeskInspector(Protocol):
    """Looks at a help desk's set-up."""

    def inspect(self, webhook_secrets: Sequence[str]) -> DeskInspection:
        """All that can be read; the secrets are compared with those of its webhooks. Never raises VendorProblem."""


class TrackerInspector(Protocol):
    """Looks at a tracker's set-up."""

    def inspect(self, places: Sequence[Place]) -> TrackerInspection:
        """All that can be read, about these places. Never raises VendorProblem."""


class Parts:
    """Reads an inspection part by part; what a vendor refuses becomes a reason in `unread`."""

    def __init__(self) -> None:
        self.unread: dict[str, str] = {}

    def take(self, name: str, read: Callable[[], T]) -> T | None:
        """The part, or None with the reason kept under `name`."""
        try:
            return read()
        except VendorProblem as problem:
            self.unread[name] = str(problem)
            return None
