"""Reads that come before a write: when one fails, the write has surely not been sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.errors import Uncertain, Unreachable


@contextmanager
def before_sending() -> Iterator[None]:
    """Turns a read's uncertainty into Unreachable: nothing was written, so the write may simply be tried again."""
    try:
        yield
    except Uncertain as problem:
        raise Unreachable(
            vendor=problem.vendor,
            operation=problem.operation,
            detail=f"nothing was written; {problem.detail}",
            status=problem.status,
            retry_after_s=problem.retry_after_s,
        ) from problem
