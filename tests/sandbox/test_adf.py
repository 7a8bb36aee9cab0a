"""Which documents the sandbox's Jira accepts, and how its page shows them."""

from typing import Any

import pytest

from connectors.sandbox.jira import adf
from connectors.sandbox.jira.adf_html import adf_html


def doc(*content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content), **more}


def text(words: str, *marks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": list(marks)} if marks else {})}


def paragraph(*content: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def link(href: str) -> dict[str, Any]:
    return {"type": "link", "attrs": {"href": href}}


def task(state: str, local_id: str = "t") -> dict[str, Any]:
    return {"type": "taskItem", "attrs": {"localId": local_id, "state": state}, "content": [text("x")]}


CELL = {"type": "tableCell", "content": [paragraph(text("x"))]}
GOOD = {
    "empty document": doc(),
    "empty paragraph": doc({"type": "paragraph"}),
    "heading": doc({"type": "heading", "attrs": {"level": 3}, "content": [text("x")]}),
    "list": doc({"type": "bulletList", "content": [{"type": "listItem", "content": [paragraph(text("x"))]}]}),
    "table": doc({"type": "table", "content": [{"type": "tableRow", "content": [CELL]}]}),
    "panel": doc({"type": "panel", "attrs": {"panelType": "warning"}, "content": [paragraph(text("x"))]}),
    "expand": doc({"type": "expand", "attrs": {"title": "t"}, "content": [paragraph(text("x"))]}),
    "code": doc({"type": "codeBlock", "attrs": {"language": "sql"}, "content": [text("select 1")]}),
    "task list": doc({"type": "taskList", "attrs": {"localId": "l"}, "content": [task("TODO"), task("DONE")]}),
    "marks": doc(paragraph(text("x", {"type": "strong"}, link("https://a.example")), text("y", {"type": "code"}))),
}
BAD = {
    "a string": "just words",
    "version missing": {"type": "doc", "content": []},
    "empty text": doc(paragraph(text(""))),
    "unknown node": doc({"type": "marquee", "content": []}),
    "inline at the top": doc(text("x")),
    "block in a paragraph": doc(paragraph(paragraph(text("x")))),
    "unknown mark": doc(paragraph(text("x", {"type": "blink"}))),
    "link without target": doc(paragraph(text("x", {"type": "link"}))),
    "code with strong": doc(paragraph(text("x", {"type": "code"}, {"type": "strong"}))),
    "marks in a code block": doc({"type": "codeBlock", "content": [text("x", {"type": "strong"})]}),
    "heading level": doc({"type": "heading", "attrs": {"level": 9}, "content": [text("x")]}),
    "panel kind": doc({"type": "panel", "attrs": {"panelType": "loud"}, "content": [paragraph(text("x"))]}),
    "task of unknown state": doc({"type": "taskList", "content": [task("MAYBE")]}),
    "task without an id": doc({"type": "taskList", "content": [task("TODO", local_id="")]}),
    "empty list": doc({"type": "bulletList", "content": []}),
    "table in a table": doc(
        {
            "type": "table",
            "content": [
                {
                    "type": "tableRow",
                    "content": [{"type": "tableCell", "content": [{"type": "table", "content": []}]}],
                }
            ],
        }
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_accepted(name: str) -> None:
    assert adf.find_fault(GOOD[name]) is None


@pytest.mark.parametrize("name", BAD)
def test_refused_with_a_reason(name: str) -> None:
    assert str(adf.find_fault(BAD[name])).startswith(adf.NOT_VALID)


def test_the_whole_document_counts_for_the_limit() -> None:
    assert adf.find_fault(doc(paragraph(text("x" * 32_600)))) is None
    assert adf.find_fault(doc(paragraph(text("x" * 32_760)))) == adf.TOO_LONG


def test_the_page_escapes_text_and_drops_unsafe_links() -> None:
    shown = adf_html(
        doc(
            paragraph(text("<img src=x onerror=alert(1)> "), text("go", link("javascript:alert(1)"))),
            paragraph(text("ok", {"type": "strong"}, link('https://a.example/?a=1&b="2'))),
            {"type": "codeBlock", "content": [text("</code><script>")]},
        )
    )
    assert str(shown) == (
        "<div><p>&lt;img src=x onerror=alert(1)&gt; go</p>"
        '<p><a href="https://a.example/?a=1&amp;b=&#34;2" rel="noopener noreferrer"><strong>ok</strong></a></p>'
        "<pre><code>&lt;/code&gt;&lt;script&gt;</code></pre></div>"
    )
