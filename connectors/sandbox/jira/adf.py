"""Structural check of Atlassian Document Format, as strict as Jira is where it matters to a sender.

Node and mark names follow Atlassian's published ADF structure; the length rule counts the serialised
document, the strictest of the ways in which Jira is reported to count.
"""

import json
from typing import Any

from connectors.sandbox.exchange import Json

MOST_CHARACTERS = 32_767
TOO_LONG = "CONTENT_LIMIT_EXCEEDED"
NOT_VALID = "INVALID_INPUT"

_MARKS = {"strong", "em", "code", "link", "strike", "underline", "subsup", "textColor", "backgroundColor"}
_INLINE = {"text", "hardBreak", "mention", "emoji", "inlineCard", "status", "date", "mediaInline"}
_BLOCKS = {
    *("paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "rule", "panel"),
    *("table", "expand", "mediaSingle", "mediaGroup", "taskList", "decisionList", "blockCard"),
}
_CONTENT: dict[str, set[str]] = {
    "doc": _BLOCKS,
    "paragraph": _INLINE,
    "heading": _INLINE,
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": {"paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "taskList"},
    "codeBlock": {"text"},
    "blockquote": {"paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "mediaGroup"},
    "panel": {"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "rule", "taskList", "blockCard"},
    "table": {"tableRow"},
    "tableRow": {"tableCell", "tableHeader"},
    "tableCell": _BLOCKS - {"table", "expand"} | {"nestedExpand"},
    "tableHeader": _BLOCKS - {"table", "expand"} | {"nestedExpand"},
    "expand": _BLOCKS - {"expand"} | {"nestedExpand"},
    "nestedExpand": {"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "panel", "rule"},
    "taskList": {"taskItem", "taskList"},
    "taskItem": _INLINE,
    "decisionList": {"decisionItem"},
    "decisionItem": _INLINE,
    "mediaSingle": {"media", "caption"},
    "mediaGroup": {"media"},
    "caption": _INLINE,
}
_NEEDS_CONTENT = {
    *("bulletList", "orderedList", "listItem", "blockquote", "panel", "table", "tableRow", "expand"),
    *("tableCell", "tableHeader", "taskList", "decisionList"),
}
_PANELS = {"info", "note", "warning", "success", "error", "custom", "tip"}
_DEEPEST = 40


def find_fault(document: Any) -> str | None:
    """What is wrong with a document in Jira's terms (an error code and the place), or None."""
    if not isinstance(document, dict) or document.get("type") != "doc":
        return f"{NOT_VALID}: Operation value must be an Atlassian Document (see the Atlassian Document Format)"
    if document.get("version") != 1:
        return f"{NOT_VALID}: doc.version must be 1"
    fault = _node_fault(document, "doc", 0)
    if fault:
        return f"{NOT_VALID}: {fault}"
    if len(json.dumps(document, ensure_ascii=False, separators=(",", ":"))) > MOST_CHARACTERS:
        return TOO_LONG
    return None


def _node_fault(node: Json, place: str, depth: int) -> str | None:  # noqa: PLR0911 - one exit per rule
    if depth > _DEEPEST:
        return f"{place}: nested too deeply"
    kind = str(node.get("type"))
    own = _own_fault(node, kind)
    if own:
        return f"{place}: {own}"
    allowed = _CONTENT.get(kind)
    children = node.get("content", [])
    if not isinstance(children, list) or (children and allowed is None):
        return f"{place}: {kind} cannot have content"
    if kind in _NEEDS_CONTENT and not children:
        return f"{place}: {kind} must have content"
    for index, child in enumerate(children):
        child_kind = child.get("type") if isinstance(child, dict) else None
        if child_kind not in (allowed or ()):
            return f"{place}.content[{index}]: {child_kind!r} is not allowed in {kind}"
        if kind == "codeBlock" and child.get("marks"):
            return f"{place}.content[{index}]: marks are not allowed in codeBlock"
        fault = _node_fault(child, f"{place}.{kind}[{index}]", depth + 1)
        if fault:
            return fault
    return None


def _own_fault(node: Json, kind: str) -> str | None:  # noqa: PLR0911 - one exit per rule
    attrs = node.get("attrs") or {}
    if not isinstance(attrs, dict):
        return "attrs must be an object"
    match kind:
        case "text":
            return _text_fault(node)
        case "heading" if attrs.get("level") not in range(1, 7):
            return "heading needs a level from 1 to 6"
        case "panel" if attrs.get("panelType") not in _PANELS:
            return "panel needs a known panelType"
        case "status" if not attrs.get("text") or not attrs.get("color"):
            return "status needs text and color"
        case "mention" if not attrs.get("id"):
            return "mention needs an id"
        case "taskItem" if attrs.get("state") not in ("TODO", "DONE") or not attrs.get("localId"):
            return "taskItem needs a localId and a state"
        case "inlineCard" | "blockCard" if not attrs.get("url") and not attrs.get("data"):
            return f"{kind} needs a url"
    return None


def _text_fault(node: Json) -> str | None:
    text, marks = node.get("text"), node.get("marks") or []
    if not isinstance(text, str) or not text:
        return "text must not be empty"
    kinds = [mark.get("type") if isinstance(mark, dict) else None for mark in marks]
    unknown = [kind for kind in kinds if kind not in _MARKS]
    if unknown:
        return f"unknown mark {unknown[0]!r}"
    if "code" in kinds and set(kinds) - {"code", "link"}:
        return "code may only be combined with link"
    for mark in marks:
        if mark["type"] == "link" and not (mark.get("attrs") or {}).get("href"):
            return "link needs an href"
    return None


def plain_text(node: Any) -> str:
    """All text of a document, blocks separated by line ends; what webhooks and the text search see."""
    if not isinstance(node, dict):
        return str(node or "")
    if node.get("type") == "text":
        return str(node.get("text", ""))
    if node.get("type") == "hardBreak":
        return "\n"
    inner = "".join(plain_text(child) for child in node.get("content", []))
    blocks = {"paragraph", "heading", "codeBlock", "listItem", "tableRow", "rule"}
    return f"{inner}\n" if node.get("type") in blocks else inner
