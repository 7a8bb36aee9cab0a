"""Pages from templates: everything is escaped, nothing undefined is passed over, nothing strange survives."""

import hashlib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mappings.html import render_html
from mappings.markdown import parse_markdown
from worker.web.dashboard.visit import Page, Room, Visit
from worker.web.dashboard.wording import (
    break_lines,
    clean_text,
    cut_text,
    mark_time,
    spell_instant,
    spell_number,
    tell_span,
)

_LONGEST_MARKDOWN = 60_000
MIME_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


def render_page(page: Page, room: Room, visit: Visit) -> str:
    """The whole page for somebody who is logged in."""
    words: dict[str, object] = {
        "title": page.title,
        "visit": visit,
        "now": visit.now,
        "zone": room.zone,
        "find_ticket_page": room.addresses.find_ticket_page,
        "find_issue_page": room.addresses.find_issue_page,
        "when": lambda instant: mark_time(instant, visit.now, room.zone),
        "at": lambda instant: mark_time(instant, visit.now, room.zone, exact=True),
        "spell_at": lambda instant: spell_instant(instant, room.zone),
    }
    return _load_environment().get_template(page.template).render(words | dict(page.words))


def render_plain(template: str, words: Mapping[str, object]) -> str:
    """A page for somebody who is not logged in."""
    return _load_environment().get_template(template).render({"visit": None} | dict(words))


def render_markdown(text: str) -> Markup:
    """Our own Markdown as HTML; what is too long is cut with a mark."""
    shown = text if len(text) <= _LONGEST_MARKDOWN else text[:_LONGEST_MARKDOWN] + "\n\n*… the rest is on the issue*"
    return Markup(render_html(parse_markdown(str(clean_text(shown)))))  # noqa: S704 - every text in it is escaped


@cache
def read_asset(name: str) -> tuple[bytes, str] | None:
    """The bytes of a static file and their digest; None when there is no such file."""
    stem, _, suffix = name.partition(".")
    if not stem.isalpha() or suffix not in MIME_TYPES:
        return None
    found = files("worker.web.dashboard") / "static" / name
    if not found.is_file():
        return None
    content = found.read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:16]


def find_asset(name: str) -> str:
    """The address of a static file; it changes with the content, so that browsers may keep it."""
    found = read_asset(name)
    if found is None:
        raise LookupError(name)
    return f"/assets/{name}?v={found[1]}"


@lru_cache(maxsize=1)
def _load_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("worker.web.dashboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=clean_text,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: dict[str, Any] = {
        "cut": cut_text,
        "span": tell_span,
        "number": spell_number,
        "lines": break_lines,
        "markdown": render_markdown,
        "words": lambda value: str(getattr(value, "value", value)).replace("_", " "),
    }
    environment.filters |= filters
    environment.globals["asset"] = find_asset
    return environment
