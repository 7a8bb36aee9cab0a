"""What Escalator sets up at the vendors, part by part: records, the mark that tells ours from others', and a port.

A part is ours when it carries our mark with its name; nothing without a mark is ever changed or deleted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

_MARK = re.compile(r"\[escalator:([a-z_.]{1,60})\]")

Content = Mapping[str, Any]
"""What we write of a part, in plain JSON and in one fixed form, so that two contents can be compared."""


class PartKind(StrEnum):
    """What a part is."""

    FIELD = "ticket field"
    WEBHOOK = "webhook"
    TRIGGER = "trigger"
    VIEW = "view"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A part as it should be; `name` is unique over both vendors and begins with the vendor's.

    A webhook whose vendor lets us choose signs with `secret`; empty leaves that to the vendor.
    """

    name: str
    kind: PartKind
    content: Content
    secret: str = field(default="", repr=False, compare=False)

    @property
    def vendor(self) -> str:
        """Whose part it is."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPart:
    """A part of ours as it was found."""

    name: str
    kind: PartKind
    id: str
    content: Content


@dataclass(frozen=True, kw_only=True, slots=True)
class Stranger:
    """A webhook that somebody else made, and where it delivers to."""

    id: str
    title: str
    endpoint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Inventory:
    """What a vendor holds: parts of ours, others' webhooks, and the ids of all active ticket fields.

    `account_id` is the user of our credentials there; `projects` are the keys of those that a tracker shows us.
    """

    ours: tuple[FoundPart, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    field_ids: frozenset[int] = frozenset()
    account_id: str = ""
    projects: tuple[str, ...] = ()


class Provisioner(Protocol):
    """Reads and changes the parts of one vendor; each change is one request, sent once. Raises VendorProblem."""

    def take_inventory(self) -> Inventory:
        """Everything that is there."""
        ...

    def create(self, part: Part) -> str:
        """Makes the part, and returns its id."""
        ...

    def update(self, part_id: str, part: Part) -> None:
        """Makes the part what it should be."""
        ...

    def delete(self, part: FoundPart) -> None:
        """Deletes the part; one that has gone already is no fault."""
        ...

    def read_secret(self, webhook_id: str) -> str | None:
        """The secret that a webhook signs with; None where the vendor shows it to nobody."""
        ...


def spell_mark(name: str) -> str:
    """The mark of a part: the end of its name behind the vendor's, in brackets."""
    return f"[escalator:{name.partition('.')[2]}]"


def find_mark(vendor: str, text: str) -> str | None:
    """The name of the part whose mark a text carries."""
    match = _MARK.search(text)
    return f"{vendor}.{match[1]}" if match else None
