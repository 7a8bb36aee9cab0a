"""One request of somebody who is logged in, and what a page may use to answer it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from mappings.policy import Policy
from worker.core.limits import Limit
from worker.core.plan import Addresses
from worker.credentials import Account, Role
from worker.desk import Desk
from worker.store.database import Database
from worker.store.subjects import Lane


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxy:
    """A proxy that names its user in a header: `header` counts only from one of these `peers` (IP networks).

    The `operators` may act ("*" stands for everybody), everybody else may look.
    """

    header: str
    peers: tuple[str, ...]
    operators: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """What all pages share.

    `sizes` are the limits by name, `lane_parts` how much of each (0-1) a lane may use, `now` is the wall clock.
    """

    database: Database
    desk: Desk
    policy: Policy
    addresses: Addresses
    sizes: Mapping[str, Limit]
    lane_parts: Mapping[Lane, float]
    accounts: tuple[Account, ...]
    now: Callable[[], datetime]
    proxy: Proxy | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The desk's time zone."""
        return ZoneInfo(self.policy.cadence.business.zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """Somebody's request at `now`. `token` proves that a form came from one of our pages."""

    name: str
    role: Role
    token: str
    now: datetime
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def may_act(self) -> bool:
        """True for operators."""
        return self.role is Role.OPERATOR

    def read(self, name: str, longest: int = 2000) -> str:
        """A field of the form, without white space around it and cut at a length; empty when it is not there."""
        return (self.form.get(name) or ("",))[0].strip()[:longest]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What to show: the template with its words."""

    template: str
    title: str
    words: Mapping[str, object]
    status: int = 200


class NoSuchPage(Exception):
    """Nothing is kept under that name."""


class BadForm(Exception):
    """The form cannot be taken as it is; the message says what to write."""


class Elsewhere(Exception):
    """What was asked for has a page of its own, at `address`."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(address)
