"""Markdown is the one language of briefs and notes; here it becomes the block tree that renderers spell.

CommonMark with tables and the containers of `mappings.containers`. Raw HTML, images and bare links are off,
and only http(s) addresses stay links: whatever else a template holds becomes text.
"""

from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

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
)
from mappings.containers import add_containers, split_info
from mappings.escaping import (
    code_markdown,
    escape_markdown,
    flatten_text,
    is_web_address,
    link_markdown,
    quote_markdown,
)

__all__ = ["code_markdown", "escape_markdown", "link_markdown", "parse_markdown", "quote_markdown"]


def parse_markdown(text: str) -> tuple[Block, ...]:
    """Return the blocks of a Markdown text; any text parses, nothing raises."""
    root = SyntaxTreeNode(_build_parser().parse(text))
    return _read_blocks(root.children)


def split_blocks(text: str) -> tuple[str, ...]:
    """Return the Markdown of each outermost block, in order; joined with blank lines they read as before."""
    lines = text.split("\n")
    spans = (node.map for node in SyntaxTreeNode(_build_parser().parse(text)).children)
    return tuple("\n".join(lines[span[0] : span[1]]).rstrip() for span in spans if span)


@cache
def _build_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    parser.enable("table").disable(["image", "html_block", "html_inline"])
    add_containers(parser)
    return parser


def _read_blocks(nodes: Sequence[SyntaxTreeNode]) -> tuple[Block, ...]:
    return tuple(block for node in nodes if (block := _read_block(node)) is not None)


def _read_block(node: SyntaxTreeNode) -> Block | None:  # noqa: PLR0911  # one case per kind
    match node.type:
        case "paragraph":
            return Paragraph(inlines=_read_inlines(node))
        case "heading":
            return Heading(level=int(node.tag[1]), inlines=_read_inlines(node))
        case "bullet_list":
            return BulletList(items=_read_items(node))
        case "ordered_list":
            return OrderedList(items=_read_items(node), start=int(node.attrs.get("start", 1)))
        case "table":
            return _read_table(node)
        case "fence" | "code_block":
            return CodeBlock(text=node.content.removesuffix("\n"), language=node.info.strip() or None)
        case "blockquote":
            return BlockQuote(blocks=_read_blocks(node.children))
        case "hr":
            return Rule()
        case "container":
            return _read_container(node)
    return None


def _read_items(node: SyntaxTreeNode) -> tuple[tuple[Block, ...], ...]:
    return tuple(_read_blocks(item.children) for item in node.children)


def _read_table(node: SyntaxTreeNode) -> Table:
    rows = [tuple(_read_inlines(cell) for cell in row.children) for part in node.children for row in part.children]
    return Table(header=rows[0], rows=tuple(rows[1:]))


def _read_container(node: SyntaxTreeNode) -> Block | None:
    told = split_info(node.info)
    if told is None:
        return None
    kind, rest = told
    blocks = _read_blocks(node.children)
    if kind == "panel":
        return Panel(kind=rest, blocks=blocks)
    return Expand(title=flatten_text(rest), blocks=blocks)


def _read_inlines(node: SyntaxTreeNode) -> Inlines:
    """The inline content of a paragraph, heading or cell."""
    plain = Text(text="")
    return merge_texts(
        inline for child in node.children for inner in child.children for inline in _read_inline(inner, plain)
    )


def _read_inline(node: SyntaxTreeNode, marks: Text) -> list[Inline]:  # noqa: PLR0911  # one case per kind
    match node.type:
        case "text":
            return [_spell(marks, text=node.content)]
        case "softbreak":
            return [_spell(marks, text=" ")]
        case "hardbreak":
            return [HardBreak()]
        case "code_inline":
            return [_spell(marks, text=node.content, code=True)]
        case "strong":
            return _read_marked(node, _spell(marks, strong=True))
        case "em":
            return _read_marked(node, _spell(marks, em=True))
        case "link":
            href = str(node.attrs.get("href", ""))
            return _read_marked(node, _spell(marks, link=href) if is_web_address(href) else marks)
    return _read_marked(node, marks)


def _read_marked(node: SyntaxTreeNode, marks: Text) -> list[Inline]:
    return [inline for child in node.children for inline in _read_inline(child, marks)]


def _spell(
    marks: Text,
    *,
    text: str = "",
    strong: bool = False,
    em: bool = False,
    code: bool = False,
    link: str | None = None,
) -> Text:
    """A text with the given marks added to those that it already stands in."""
    return Text(
        text=text,
        strong=strong or marks.strong,
        em=em or marks.em,
        code=code or marks.code,
        link=link or marks.link,
    )
