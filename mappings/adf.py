"""Spells the block tree as Atlassian Document Format, version 1, for Jira Cloud's REST v3.

ADF is strict about what may stand inside what, and Jira refuses the whole issue for one misplaced node. The
allowed children are those of Atlassian's ADF node reference; a block that may not stand where it is becomes the
nearest thing that may, with its words kept.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from mappings.blocks import (
    Block,
    BlockQuote,
    BulletList,
    CodeBlock,
    Expand,
    HardBreak,
    Heading,
    Inline,
    Inlines,
    OrderedList,
    Panel,
    Paragraph,
    Rule,
    Table,
    Text,
    merge_texts,
    read_plain,
)

Node: TypeAlias = dict[str, Any]

_LISTS: frozenset[type[Block]] = frozenset({Paragraph, BulletList, OrderedList})
_IN_ITEM = _LISTS | {CodeBlock}
_IN_QUOTE = _LISTS | {CodeBlock}
_IN_PANEL = _LISTS | {Heading}
_IN_EXPAND = _LISTS | {Heading, CodeBlock, BlockQuote, Panel, Rule, Table}
_IN_DOC = _IN_EXPAND | {Expand}


def render_adf(blocks: Iterable[Block]) -> Node:
    """Return a valid ADF document of the blocks."""
    return {"type": "doc", "version": 1, "content": _render_blocks(blocks, _IN_DOC)}


def measure_adf(doc: Node) -> int:
    """Return the length of the serialised document in UTF-16 units, as Jira counts the characters of a text."""
    return len(json.dumps(doc, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le")) // 2


def _render_blocks(blocks: Iterable[Block], allowed: frozenset[type[Block]]) -> list[Node]:
    return [_render_block(fitting) for block in blocks for fitting in _fit_block(block, allowed)]


def _fit_block(block: Block, allowed: frozenset[type[Block]]) -> tuple[Block, ...]:
    """The block itself where it may stand, else blocks that may and that say the same."""
    if type(block) in allowed:
        return (block,)
    replaced = _replace_block(block)
    return tuple(fitting for piece in replaced for fitting in _fit_block(piece, allowed))


def _replace_block(block: Block) -> tuple[Block, ...]:
    match block:
        case Heading():
            return (Paragraph(inlines=_mark_strong(block.inlines)),)
        case CodeBlock():
            return (_spell_code_lines(block),)
        case BlockQuote() | Panel():
            return block.blocks
        case Expand():
            return (Paragraph(inlines=(Text(text=block.title, strong=True),)), *block.blocks)
        case Table():
            return (BulletList(items=tuple(_spell_row(block, row) for row in block.rows)),)
    return ()  # a rule has no words to keep


def _render_block(block: Block) -> Node:  # noqa: PLR0911  # one case per kind
    match block:
        case Paragraph():
            return _node("paragraph", _render_inlines(block.inlines))
        case Heading():
            return _node("heading", _render_inlines(block.inlines), level=block.level)
        case BulletList():
            return _node("bulletList", _render_items(block.items))
        case OrderedList():
            return _node("orderedList", _render_items(block.items), order=block.start)
        case CodeBlock():
            return _render_code(block)
        case BlockQuote():
            return _node("blockquote", _render_content(block.blocks, _IN_QUOTE))
        case Panel():
            return _node("panel", _render_content(block.blocks, _IN_PANEL), panelType=block.kind)
        case Expand():
            return _node("expand", _render_content(block.blocks, _IN_EXPAND), title=block.title)
        case Table():
            return _render_table(block)
        case Rule():
            return {"type": "rule"}


def _render_content(blocks: Iterable[Block], allowed: frozenset[type[Block]]) -> list[Node]:
    """Children of a node that must not be empty."""
    return _render_blocks(blocks, allowed) or [_node("paragraph", [])]


def _render_items(items: Iterable[tuple[Block, ...]]) -> list[Node]:
    return [_node("listItem", _open_item(_render_content(item, _IN_ITEM))) for item in items]


def _open_item(content: list[Node]) -> list[Node]:
    """A list item starts with a paragraph or a code block, never with a list."""
    if content[0]["type"] in {"bulletList", "orderedList"}:
        return [_node("paragraph", []), *content]
    return content


def _render_table(table: Table) -> Node:
    rows = [_render_row("tableHeader", table.header), *(_render_row("tableCell", row) for row in table.rows)]
    return _node("table", rows)


def _render_row(cell_type: str, cells: Iterable[Inlines]) -> Node:
    return _node("tableRow", [_node(cell_type, [_node("paragraph", _render_inlines(cell))]) for cell in cells])


def _render_code(block: CodeBlock) -> Node:
    content = [{"type": "text", "text": block.text}] if block.text else []
    return _node("codeBlock", content, **({"language": block.language} if block.language else {}))


def _render_inlines(inlines: Inlines) -> list[Node]:
    return [_render_inline(inline) for inline in merge_texts(inlines)]


def _render_inline(inline: Inline) -> Node:
    if isinstance(inline, HardBreak):
        return {"type": "hardBreak"}
    node: Node = {"type": "text", "text": inline.text}
    marks = _render_marks(inline)
    return node | {"marks": marks} if marks else node


def _render_marks(text: Text) -> list[Node]:
    """The marks of a text; ADF lets `code` stand with nothing but a link."""
    marks: list[Node] = []
    if text.code:
        marks.append({"type": "code"})
    if text.strong and not text.code:
        marks.append({"type": "strong"})
    if text.em and not text.code:
        marks.append({"type": "em"})
    if text.link:
        marks.append({"type": "link", "attrs": {"href": text.link}})
    return marks


def _spell_code_lines(block: CodeBlock) -> Paragraph:
    pieces: list[Inline] = []
    for line in block.text.split("\n"):
        pieces += [HardBreak()] if pieces else []
        pieces.append(Text(text=line, code=True))
    return Paragraph(inlines=tuple(pieces))


def _spell_row(table: Table, row: tuple[Inlines, ...]) -> tuple[Block, ...]:
    """A table row as one list item: "Header: cell; Header: cell"."""
    pieces: list[Inline] = []
    for title, cell in zip(table.header, row, strict=True):
        label = f"{'; ' if pieces else ''}{read_plain(title)}: "
        pieces += [Text(text=label), *cell]
    return (Paragraph(inlines=tuple(pieces)),)


def _mark_strong(inlines: Inlines) -> Inlines:
    return _mark_texts(
        inlines, lambda text: Text(text=text.text, strong=True, em=text.em, code=text.code, link=text.link)
    )


def _mark_texts(inlines: Inlines, mark: Callable[[Text], Text]) -> Inlines:
    return tuple(mark(inline) if isinstance(inline, Text) else inline for inline in inlines)


def _node(kind: str, content: list[Node], **attrs: Any) -> Node:
    node: Node = {"type": kind}
    if attrs:
        node["attrs"] = attrs
    node["content"] = content
    return node
