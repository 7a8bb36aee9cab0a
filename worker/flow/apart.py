"""Reading many with one call, so that one that makes the vendor fail holds up no other."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from connectors.errors import Uncertain, VendorProblem

K = TypeVar("K")
V = TypeVar("V")

_MOST_IN_A_ROW = 8


def read_apart(
    read: Callable[[Sequence[K]], Iterable[V]],
    wanted: Sequence[K],
    *,
    is_vendors_fault: Callable[[VendorProblem], bool],
) -> tuple[list[V], dict[K, VendorProblem]]:
    """What could be read, and why each of the others could not.

    A call that fails without a clear answer is made again for each half, unless the vendor as a whole is at fault or
    too many calls failed in a row.
    """
    found: list[V] = []
    failed: dict[K, VendorProblem] = {}
    parts: deque[Sequence[K]] = deque([wanted] if wanted else [])
    in_a_row = 0
    while parts:
        part = parts.popleft()
        try:
            found += read(part)
        except VendorProblem as problem:
            in_a_row += 1
            hopeless = in_a_row >= _MOST_IN_A_ROW or (in_a_row == 1 and is_vendors_fault(problem))
            if not isinstance(problem, Uncertain) or (len(wanted) > 1 and hopeless):
                return found, failed | dict.fromkeys((key for rest in (part, *parts) for key in rest), problem)
            if len(part) == 1:
                failed[part[0]] = problem
            else:
                parts += (part[: len(part) // 2], part[len(part) // 2 :])
        else:
            in_a_row = 0
    return found, failed
