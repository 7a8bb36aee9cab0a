"""The values of pattern detection: what is read of a ticket, what is remembered of it, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Lane(StrEnum):
    """What a pattern may do: open or join an escalation by itself, or be shown to a person."""

    RAISE = "raise"
    SUGGEST = "suggest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What detection reads of a ticket. `author_name` helps to find signatures."""

    id: str
    customer: str
    at: datetime
    subject: str
    body: str
    author_name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CueScores:
    """What kind of thing a report shows by its words, each from 0 to 1."""

    fault: float = 0.0
    ask: float = 0.0
    single: float = 0.0
    onset: float = 0.0
    mass: float = 0.0
    routine: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """How near two reports are. `chance` is that of one problem, `similarity` its main ground."""

    ticket: str
    chance: float
    similarity: float


# The terms of a report as numbers with weights, each a few letters below 256: see `vectors`.
Vector = str


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """All that is kept of a report: enough to go on after a restart without reading any text again.

    `words` and `concepts` are unit vectors; `meaning` is the encoder's vector as it packs it, empty without one (a
    member that is read back from the window has left it there; `meant` tells). `mood` says how much the report sounds
    like one of many about a fault, in log odds, by its words; `leaning` adds what its vector says. `links` lead to
    earlier tickets only. `sentences` are fingerprints, six letters each, by which boilerplate is learned.
    """

    id: str
    customer: str
    at: datetime
    group: str
    language: str
    words: Vector
    concepts: Vector
    cues: CueScores
    found: tuple[str, ...]
    sentences: str
    mood: float = 0.0
    leaning: float = 0.0
    meaning: bytes = b""
    meant: bool = False
    links: tuple[Link, ...] = ()
    muted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A group of tickets: named by one of its first tickets, with the lanes in which it has been announced.

    `part_of` names the group that a person made it part of; `settled` tells that a person said what belongs to it.
    """

    id: str
    announced: frozenset[Lane] = frozenset()
    part_of: str = ""
    settled: bool = False

    @property
    def is_free(self) -> bool:
        """True while its tickets may still turn out to belong elsewhere."""
        return not self.announced and not self.settled


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a group stands at one ticket: its members in the window and the score that decides.

    `score` is None below the number of customers that make a pattern. `by_meaning` tells that the encoder's
    vectors decided; only such a score may raise.
    """

    group: str
    tickets: tuple[str, ...]
    customers: int
    score: float | None
    by_meaning: bool
    muted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What one ticket changed. `lanes` are those in which its group stands announced; `opened` those new with it.

    `moved` are earlier tickets that came over to its group, `left` the groups that they came from.
    """

    member: Member
    standing: Standing
    lanes: frozenset[Lane]
    opened: frozenset[Lane]
    moved: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
