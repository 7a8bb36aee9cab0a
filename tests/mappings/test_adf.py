"""The document that Jira gets is one that Jira takes, whatever stood inside what."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.adf import measure_adf, render_adf
from mappings.blocks import (
    Block,
    BlockQuote,
    BulletList,
    CodeBlock,
    Expand,
    HardBreak,
    Heading,
    OrderedList,
    Panel,
    Paragraph,
    Rule,
    Table,
    Text,
)
from mappings.markdown import parse_markdown, quote_markdown
from tests.mappings.hostile import HOSTILE

# Written down from Atlassian's ADF node reference, apart from the renderer's own tables.
LISTS = {"paragraph", "bulletList", "orderedList"}
FREE = LISTS | {"heading", "table", "codeBlock", "blockquote", "rule", "panel"}
CHILDREN: dict[str, set[str]] = {
    "doc": FREE | {"expand"},
    "expand": FREE,
    "panel": LISTS | {"heading"},
    "blockquote": LISTS | {"codeBlock"},
    "listItem": LISTS | {"codeBlock"},
    "paragraph": {"text", "hardBreak"},
    "heading": {"text", "hardBreak"},
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "table": {"tableRow"},
    "tableRow": {"tableHeader", "tableCell"},
    "tableHeader": {"paragraph"},
    "tableCell": {"paragraph"},
    "codeBlock": {"text"},
}
MAY_BE_EMPTY = {"doc", "paragraph", "heading", "codeBlock"}


def find_faults(node: dict[str, Any], path: str = "") -> list[str]:
    kind = node["type"]
    here = f"{path}/{kind}"
    if kind == "text":
        return _find_text_faults(node, here)
    if kind in {"rule", "hardBreak"}:
        return [here] if node.get("content") else []
    content = node["content"]
    faults = [f"{here}: {child['type']}" for child in content if child["type"] not in CHILDREN[kind]]
    if not content and kind not in MAY_BE_EMPTY:
        faults.append(f"{here}: empty")
    if kind == "listItem" and content and content[0]["type"] not in {"paragraph", "codeBlock"}:
        faults.append(f"{here}: starts with {content[0]['type']}")
    if kind == "codeBlock" and any(child.get("marks") for child in content):
        faults.append(f"{here}: marks")
    return faults + [fault for child in content for fault in find_faults(child, here)]


def _find_text_faults(node: dict[str, Any], here: str) -> list[str]:
    marks = [mark["type"] for mark in node.get("marks", [])]
    faults = [] if node["text"] else [f"{here}: empty text"]
    if len(set(marks)) != len(marks):
        faults.append(f"{here}: doubled marks")
    if "code" in marks and set(marks) - {"code", "link"}:
        faults.append(f"{here}: {marks}")
    return faults


INLINES = st.lists(
    st.one_of(
        st.builds(Text, text=st.text(max_size=5), strong=st.booleans(), em=st.booleans(), code=st.booleans()),
        st.just(HardBreak()),
    ),
    max_size=3,
).map(tuple)
LEAVES = st.one_of(
    st.builds(Paragraph, inlines=INLINES),
    st.builds(Heading, level=st.integers(1, 6), inlines=INLINES),
    st.builds(CodeBlock, text=st.text(max_size=5)),
    st.just(Rule()),
    st.tuples(INLINES, INLINES).map(lambda cells: Table(header=cells, rows=(cells,))),
)


def _nest(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    some = st.lists(inner, max_size=3).map(tuple)
    items = st.lists(some, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(BulletList, items=items),
        st.builds(OrderedList, items=items),
        st.builds(BlockQuote, blocks=some),
        st.builds(Panel, kind=st.just("info"), blocks=some),
        st.builds(Expand, title=st.text(max_size=3), blocks=some),
    )


@given(st.lists(st.recursive(LEAVES, _nest, max_leaves=8), max_size=3).map(tuple))
def test_any_tree_gives_a_valid_document(blocks: tuple[Block, ...]) -> None:
    assert find_faults(render_adf(blocks)) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_gives_a_valid_document(text: str) -> None:
    assert find_faults(render_adf(parse_markdown(text))) == []
    assert find_faults(render_adf(parse_markdown(f"- x\n  {quote_markdown(text, 2)}"))) == []


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("- # Title", ["Title"]),
        ("- > quoted", ["quoted"]),
        ("- | a | b |\n  |---|---|\n  | 1 | 2 |", ["a: ", "1", "; b: ", "2"]),
        ("::: panel info\n```\none\ntwo\n```\n:::", ["one", "two"]),
        ("> ::: expand Title\n> in\n> :::", ["Title", "in"]),
        (":::: expand Outer\n::: expand Inner\nin\n:::\n::::", ["Inner", "in"]),
    ],
)
def test_what_may_not_stand_there_keeps_its_words(markdown: str, said: list[str]) -> None:
    doc = render_adf(parse_markdown(markdown))
    assert find_faults(doc) == []
    assert _list_texts(doc) == _merge(said, doc)


def _list_texts(node: dict[str, Any]) -> list[str]:
    if node["type"] == "text":
        return [node["text"]]
    return [text for child in node.get("content", []) for text in _list_texts(child)]


def _merge(said: list[str], doc: dict[str, Any]) -> list[str]:
    """Neighbouring words without marks are one text node."""
    return ["".join(said)] if len(_list_texts(doc)) == 1 else said


def test_marks_and_links() -> None:
    doc = render_adf(parse_markdown("**a** [`b`](https://x.example) **`c`**"))
    assert doc["content"][0]["content"] == [
        {"type": "text", "text": "a", "marks": [{"type": "strong"}]},
        {"type": "text", "text": " "},
        {"type": "text", "text": "b", "marks": [{"type": "code"}, {"type": "link", "attrs": {"href": "https://x.example"}}]},
        {"type": "text", "text": " "},
        {"type": "text", "text": "c", "marks": [{"type": "code"}]},
    ]  # fmt: skip


def test_a_table_has_a_header_row() -> None:
    (table,) = render_adf(parse_markdown("| a |\n|---|\n| |"))["content"]
    head, body = table["content"]
    assert [cell["type"] for cell in head["content"]] == ["tableHeader"]
    assert body["content"] == [{"type": "tableCell", "content": [{"type": "paragraph", "content": []}]}]


def test_the_measure_counts_as_the_tracker_does() -> None:
    empty = measure_adf(render_adf(()))
    assert empty == len('{"type":"doc","version":1,"content":[]}')
    plain = measure_adf(render_adf(parse_markdown("ab")))
    assert measure_adf(render_adf(parse_markdown("a😀"))) == plain + 1
    assert measure_adf(render_adf(parse_markdown("é日"))) == plain
