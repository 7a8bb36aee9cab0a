"""ADF as HTML for the sandbox's issue page: every text escaped, every link checked, nothing executable."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from connectors.sandbox.exchange import Json
from connectors.sandbox.jira.catalog import PEOPLE

_SAFE_LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_PANELS = ("info", "note", "warning", "success", "error", "tip")
_MARK_TAGS = {"strong": "strong", "em": "em", "code": "code", "strike": "s", "underline": "u"}
_WRAPPERS = {
    "doc": "div",
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "tableRow": "tr",
    "tableHeader": "th",
    "tableCell": "td",
    "taskList": "ul",
    "decisionList": "ul",
    "decisionItem": "li",
}


def adf_html(node: Any) -> Markup:
    """Render a document or a node; an unknown node shows its content, and wiki markup itself."""
    if isinstance(node, str):
        return Markup("<pre>{}</pre>").format(node)
    if not isinstance(node, dict):
        return Markup("")
    kind = str(node.get("type"))
    if kind in _RENDERERS:
        return _RENDERERS[kind](node)
    if kind in _WRAPPERS:
        return _wrap(_WRAPPERS[kind], _inside(node))
    return _inside(node)


def _inside(node: Json) -> Markup:
    return Markup("").join(adf_html(child) for child in node.get("content") or [])


def _wrap(tag: str, inside: Markup, css: str = "") -> Markup:
    if css:
        return Markup('<{} class="{}">{}</{}>').format(Markup(tag), css, inside, Markup(tag))  # noqa: S704
    return Markup("<{}>{}</{}>").format(Markup(tag), inside, Markup(tag))  # noqa: S704 - a tag of ours


def _attrs(node: Json) -> Json:
    attrs = node.get("attrs")
    return attrs if isinstance(attrs, dict) else {}


def _text(node: Json) -> Markup:
    shown = escape(node.get("text", ""))
    for mark in node.get("marks") or []:
        if mark.get("type") in _MARK_TAGS:
            shown = _wrap(_MARK_TAGS[mark["type"]], shown)
        elif mark.get("type") == "link":
            shown = _link(str(_attrs(mark).get("href", "")), shown)
    return shown


def _link(href: str, shown: Markup) -> Markup:
    if not _SAFE_LINK.match(href):
        return shown
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(href, shown)


def _heading(node: Json) -> Markup:
    level = min(max(int(_attrs(node).get("level", 2)), 1), 6)
    return _wrap(f"h{level}", _inside(node))


def _panel(node: Json) -> Markup:
    kind = str(_attrs(node).get("panelType"))
    return _wrap("div", _inside(node), f"panel {kind if kind in _PANELS else 'info'}")


def _code(node: Json) -> Markup:
    return _wrap("pre", _wrap("code", _inside(node)))


def _expand(node: Json) -> Markup:
    title = _attrs(node).get("title") or "Details"
    return Markup("<details><summary>{}</summary>{}</details>").format(title, _inside(node))


def _table(node: Json) -> Markup:
    return _wrap("div", _wrap("table", _inside(node)), "scroll")


def _card(node: Json) -> Markup:
    url = str(_attrs(node).get("url", ""))
    return _link(url, escape(url))


def _status(node: Json) -> Markup:
    return _wrap("span", escape(_attrs(node).get("text", "")), "lozenge")


def _mention(node: Json) -> Markup:
    account = str(_attrs(node).get("id"))
    return _wrap("span", escape(f"@{PEOPLE.get(account, 'someone')}"), "mention")


def _date(node: Json) -> Markup:
    stamp = str(_attrs(node).get("timestamp", ""))
    if not stamp.isdigit():
        return Markup("")
    return escape(datetime.fromtimestamp(int(stamp) / 1000, UTC).date().isoformat())


def _task(node: Json) -> Markup:
    box = "☑ " if _attrs(node).get("state") == "DONE" else "☐ "
    return _wrap("li", escape(box) + _inside(node))


_RENDERERS: dict[str, Callable[[Json], Markup]] = {
    "text": _text,
    "heading": _heading,
    "panel": _panel,
    "codeBlock": _code,
    "expand": _expand,
    "nestedExpand": _expand,
    "table": _table,
    "inlineCard": _card,
    "blockCard": _card,
    "status": _status,
    "mention": _mention,
    "date": _date,
    "taskItem": _task,
    "hardBreak": lambda _node: Markup("<br>"),
    "rule": lambda _node: Markup("<hr>"),
    "emoji": lambda node: escape(_attrs(node).get("text") or _attrs(node).get("shortName") or ""),
}
