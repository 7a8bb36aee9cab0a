"""Zendesk's two ways of paging a list: cursors with `page[size]`, and numbered pages with `count`."""

import base64
from collections.abc import Sequence
from urllib.parse import quote

from connectors.sandbox.exchange import Call, Json
from connectors.sandbox.zendesk.refusals import refuse

_MOST = 100


def page_rows(call: Call, url: str, noun: str, rows: Sequence[Json]) -> Json:
    """One page of `rows` under `noun`, in the way of paging that the query asks for."""
    return _cursor_page(call, url, noun, rows) if _wants_cursor(call) else _offset_page(call, url, noun, rows)


def _wants_cursor(call: Call) -> bool:
    return any(call.has(name) for name in ("page[size]", "page[after]", "page[before]"))


def _cursor_page(call: Call, url: str, noun: str, rows: Sequence[Json]) -> Json:
    size = call.count("page[size]", _MOST, most=_MOST)
    start = _read_cursor(call.first("page[after]"))
    page = list(rows[start : start + size])
    more = start + size < len(rows)
    after = _spell_cursor(start + len(page)) if page else None
    link = f"{url}{call.path}.json?page%5Bafter%5D={quote(after or '')}&page%5Bsize%5D={size}"
    kept = "".join(f"&{name}={quote(value)}" for name, value in call.query if name in ("include", "sort"))
    return {
        noun: page,
        "meta": {"has_more": more, "after_cursor": after, "before_cursor": _spell_cursor(start)},
        "links": {"prev": None, "next": link + kept if more else None},
    }


def _offset_page(call: Call, url: str, noun: str, rows: Sequence[Json]) -> Json:
    size = call.count("per_page", _MOST, most=_MOST)
    number = call.count("page", 1, most=10_000)
    page = list(rows[(number - 1) * size : number * size])
    base = f"{url}{call.path}.json?per_page={size}&page="
    return {
        noun: page,
        "count": len(rows),
        "next_page": f"{base}{number + 1}" if number * size < len(rows) else None,
        "previous_page": f"{base}{number - 1}" if number > 1 else None,
    }


def _spell_cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"p{position}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return int(base64.urlsafe_b64decode(padded).decode().removeprefix("p"))
    except ValueError:
        raise refuse(400, "InvalidPaginationParameter", "page[after] is not valid") from None
