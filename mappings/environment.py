"""The environment in which templates run: sandboxed, strict, and escaping everything as Markdown.

Whatever a template inserts is escaped. Only what a filter of ours returned as `Markdown` passes as it is, so
forgetting a filter, or building strings inside a template, is safe.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mappings.brief import Source
from mappings.escaping import code_markdown, escape_markdown, link_markdown, quote_markdown
from mappings.summary import cut_line

SHIPPED_TEMPLATES = Path(__file__).parent / "templates"
TEMPLATE_SUFFIX = ".md.j2"
NOT_KNOWN = "not known yet"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_GLOBALS = ("range", "dict", "namespace")
_UNWANTED_FILTERS = (
    "safe",
    "random",
    "urlize",
    "xmlattr",
    "tojson",
    "pprint",
    "forceescape",
    "escape",
    "e",
    "striptags",
)
# What these return is a plain string again, which would be escaped a second time.
_UNUSABLE: Mapping[type[nodes.Node], str] = {
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.AssignBlock: "{% set %}…{% endset %}",
    nodes.FilterBlock: "{% filter %}",
}


class Markdown(str):
    """A string that is Markdown already and is inserted as it is. Working on it gives a plain string again."""

    __slots__ = ()


def build_environment(overlay: Path | None = None) -> Environment:
    """Return a sandboxed environment; a file in the folder `overlay` replaces the shipped one of its name."""
    folders = [str(folder) for folder in (overlay, SHIPPED_TEMPLATES) if folder is not None]
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        autoescape=False,  # HTML escaping would be the wrong one; `finalize` escapes as Markdown
        finalize=spell_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals = {name: environment.globals[name] for name in _GLOBALS}
    for name in _UNWANTED_FILTERS:
        del environment.filters[name]
    environment.filters.update(_FILTERS)
    return environment


def find_unusable(environment: Environment, source: str) -> tuple[tuple[int, str], ...]:
    """Return line and complaint for each construct whose output would be escaped a second time."""
    tree = environment.parse(source)
    return tuple(
        (node.lineno, f"{spelling} cannot be used here: its text would be escaped twice; use {{% include %}}")
        for kind, spelling in _UNUSABLE.items()
        for node in tree.find_all(kind)
    )


def spell_value(value: object) -> str:
    """Return the Markdown that stands for a value: text escaped, an instant in words, None as "not known yet"."""
    match value:
        case Markdown():
            return value
        case None:
            return NOT_KNOWN
        case bool():
            return "yes" if value else "no"
        case datetime():
            return spell_instant(value)
    return escape_markdown(str(value))


def spell_instant(instant: datetime | None) -> str:
    """Return an instant as people write it, in its own zone: "3 Nov 2026, 08:15 UTC"."""
    if instant is None:
        return NOT_KNOWN
    month = _MONTHS[instant.month - 1]
    return f"{instant.day} {month} {instant:%Y, %H:%M} {instant.tzname() or ''}".rstrip()


def _quote(text: object, indent: int = 0) -> Markdown:
    return Markdown(quote_markdown(str(text), indent))


def _code(text: object, indent: int = 0) -> Markdown:
    return Markdown(code_markdown(str(text), indent))


def _link(text: object, url: str | None) -> Markdown:
    return Markdown(link_markdown(str(text), url) if url else escape_markdown(str(text)))


def _tell_known(value: object, ask_for: str) -> object:
    """The value when there is one, else what to ask for."""
    if value is None or value in ("", ()):
        return Markdown(f"*{NOT_KNOWN}: ask for {escape_markdown(ask_for)}*")
    return value


def _put_aside(value: object, prefix: str = "") -> Markdown:
    """The value in brackets after a space, or nothing when there is none."""
    if not value:
        return Markdown("")
    words = [escape_markdown(prefix), spell_value(value)]
    return Markdown(f" ({' '.join(word for word in words if word)})")


def _tell_source(source: Source | None) -> Markdown:
    """Who said it, when and in which comment, in brackets; nothing for what is told in our own words."""
    if source is None:
        return Markdown("")
    place = f", comment {source.comment_id}" if source.comment_id else ""
    return Markdown(f" ({escape_markdown(source.who)}, {spell_instant(source.at)}{place})")


_FILTERS: Mapping[str, Callable[..., object]] = {
    "aside": _put_aside,
    "code": _code,
    "cut": cut_line,
    "known": _tell_known,
    "link": _link,
    "quote": _quote,
    "raw_markdown": Markdown,
    "source": _tell_source,
    "when": spell_instant,
}
