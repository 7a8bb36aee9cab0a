"""A pattern as one of its tickets sees it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PatternView:
    """The pattern of a ticket. `acts` when its tickets share an escalation, `asks` when a person is to confirm it.

    `customers` names the distinct customers, `tickets` all its tickets; `is_newest` marks the one to ask on.
    """

    id: str
    acts: bool
    asks: bool
    customers: tuple[str, ...]
    tickets: tuple[int, ...]
    is_newest: bool
    score: float | None = None
    reasons: tuple[str, ...] = ()
