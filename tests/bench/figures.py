"""What a benchmark reports: numbers, each beside the floor that it is to be held against."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One measured number. `ratio` is number ÷ floor unless `floor` says otherwise; the floor is of the same run."""

    name: str
    value: float
    unit: str
    floor: str = ""
    ratio: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """The figures of one benchmark and, in a line, how they were found; `problem` says why some are missing."""

    benchmark: str
    method: str
    figures: tuple[Figure, ...] = ()
    problem: str = ""


def find_percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; 0.0 when there are no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def find_median(values: Sequence[float]) -> float:
    """The middle value; 0.0 when there are none."""
    return find_percentile(values, 50)


def divide(value: float, floor: float) -> float | None:
    """The ratio, or None when the floor could not be measured."""
    return value / floor if floor > 0 else None
