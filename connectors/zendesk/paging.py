"""Following Zendesk's cursor pages: by cursor, never by link, and never for ever.

A page's `links.next` names a host of Zendesk's choosing; the cursor says the same without it (Zendesk API
reference, cursor pagination).
"""

from collections.abc import Callable, Iterator, Mapping

from connectors.calls import JsonObject
from connectors.errors import Uncertain
from connectors.zendesk.auth import VENDOR
from connectors.zendesk.values import read_object, read_word

PAGE_SIZE = 100

Params = dict[str, str | int]


def walk_pages(
    read_page: Callable[[Params], JsonObject], params: Mapping[str, str | int], *, operation: str, most: int
) -> Iterator[JsonObject]:
    """The pages of a list, at most `most`; raises Uncertain when a cursor comes back a second time."""
    asked: Params = {**params, "page[size]": PAGE_SIZE}
    seen: set[str] = set()
    for _ in range(most):
        page = read_page(asked)
        yield page
        meta = read_object(page.get("meta"))
        cursor = read_word(meta.get("after_cursor"))
        if meta.get("has_more") is not True or cursor is None:
            return
        if cursor in seen:
            raise Uncertain(vendor=VENDOR, operation=operation, detail="a page cursor came back a second time")
        seen.add(cursor)
        asked = {**asked, "page[after]": cursor}
