"""Which tickets around a new one might be one problem with it: sets that grow from it by likeness."""

import math
from collections.abc import Callable, Iterator, Sequence

from worker.core.patterns.report import Member

_LARGEST = 8
_LEAST_CHANCE = 1e-4

FindChance = Callable[[Member, Member], float]


def grow_sets(
    seed: Member, pool: Sequence[Member], *, customers: int, least_chance: float, find_chance: FindChance
) -> Iterator[tuple[Member, ...]]:
    """Sets of `customers` up to eight members of different customers, the seed first, each one larger.

    The next is the one that is on average likeliest the same problem as those before, in log odds; growth ends when
    that is below `least_chance`.
    """
    chosen, sums = [seed], {member.id: 0.0 for member in pool}
    left = [member for member in pool if member.customer != seed.customer]
    while left and len(chosen) < _LARGEST:
        for member in left:
            sums[member.id] += find_odds(find_chance(member, chosen[-1]))
        best = max(left, key=lambda member: (sums[member.id], member.id))
        if sums[best.id] < len(chosen) * find_odds(least_chance):
            return
        chosen.append(best)
        left = [member for member in left if member.customer != best.customer]
        if len(chosen) >= customers:
            yield tuple(chosen)


def find_odds(chance: float) -> float:
    """The log odds of a chance, within bounds."""
    bounded = min(max(chance, _LEAST_CHANCE), 1 - _LEAST_CHANCE)
    return math.log(bounded / (1 - bounded))
