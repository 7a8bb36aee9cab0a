"""What a 2xx answer must hold before anything is concluded from it.

A list that is missing is not an empty list: taken for one, it would mean that an issue does not exist, and a
second would be opened. Whatever is not as Jira documents it is Uncertain.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from connectors.errors import Uncertain, Unreachable
from connectors.jira.parse import parse_issue
from connectors.records import Issue

VENDOR = "jira"

T = TypeVar("T")


def expect_part(answer: object, name: str, kind: type[T], *, operation: str) -> T:
    """A part that every such answer has, of this type; raises Uncertain without it."""
    part = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(part, kind):
        raise doubt(operation, f"the answer has no {name}")
    return part


def expect_issue(raw: object, *, operation: str, marker_field: str = "") -> Issue:
    """The issue of one JSON object in an answer; raises Uncertain when it is none."""
    try:
        return parse_issue(raw if isinstance(raw, Mapping) else {}, marker_field)
    except ValueError as error:
        raise doubt(operation, str(error)) from None


def find_objects(answer: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    """The objects of a list that an answer may leave out."""
    items = answer.get(name)
    return tuple(item for item in items if isinstance(item, Mapping)) if isinstance(items, list) else ()


def doubt(operation: str, detail: str, *, status: int | None = None) -> Uncertain:
    """The problem of an answer that cannot be relied on."""
    return Uncertain(vendor=VENDOR, operation=operation, detail=detail, status=status)


@contextmanager
def before_writing(operation: str) -> Iterator[None]:
    """Reads that prepare a write: their uncertainty is not the write's, which has not been sent."""
    try:
        yield
    except Uncertain as error:
        raise Unreachable(
            vendor=VENDOR,
            operation=operation,
            detail=f"not sent; {error}",
            status=error.status,
            retry_after_s=error.retry_after_s,
        ) from error
