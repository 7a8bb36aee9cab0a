"""The tickets most like one ticket, over what the window keeps: nothing is read or encoded again."""

from dataclasses import dataclass

from worker.core.patterns.detector import Detector
from worker.core.patterns.explanation import Nearest, compare_members


@dataclass(frozen=True, kw_only=True, slots=True)
class Similar:
    """A similar ticket, of whom, in which group, and what both share. `by_meaning`: vectors were compared."""

    customer: str
    group: str
    by_meaning: bool
    nearest: Nearest


def find_similar(detector: Detector, ticket: str, most: int) -> tuple[Similar, ...]:
    """At most `most` tickets of the window, the likeliest the same problem first; the detector stays as it is.

    Raises KeyError when the ticket is not in the window.
    """
    member = detector.window[ticket]
    found = []
    for link in detector.judge.rank(member)[:most]:
        other = detector.window[link.ticket]
        found.append(
            Similar(
                customer=other.customer,
                group=other.group,
                by_meaning=member.meant and other.meant,
                nearest=compare_members(detector, member, other, link.chance, link.similarity),
            )
        )
    return tuple(found)


def count_similar_customers(detector: Detector, ticket: str, least_chance: float) -> int:
    """How many other customers have a ticket in the window that is likely the same problem.

    Raises KeyError when the ticket is not in the window.
    """
    member = detector.window[ticket]
    customers = {
        detector.window[link.ticket].customer for link in detector.judge.rank(member) if link.chance >= least_chance
    }
    return len(customers - {member.customer})
