"""What a person may order about a pattern, and what it then is."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a person does with a pattern.

    confirm: it is one problem. reject: it is none. mute: an everyday request, to be left alone. split: these tickets
    are another problem. merge: the other pattern is the same problem. reopen: take the last verdict back.
    """

    CONFIRM = "confirm"
    REJECT = "reject"
    MUTE = "mute"
    SPLIT = "split"
    MERGE = "merge"
    REOPEN = "reopen"


@dataclass(frozen=True, kw_only=True, slots=True)
class PatternOrder:
    """A verdict on a pattern with who gave it and why. `tickets` are split off, `other` is merged into it."""

    verdict: Verdict
    pattern_id: str
    by: str
    reason: str = ""
    tickets: tuple[int, ...] = ()
    other: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewReport:
    """A ticket that detection is to read. `customer` is the key by which customers are told apart."""

    ticket_id: int
    customer: str
    customer_name: str
    at: float
    subject: str
    body: str
    author_name: str = ""
