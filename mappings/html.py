"""Spells the block tree as the HTML that Zendesk keeps in a note's `html_body`.

Zendesk renders placeholders such as `{{ticket.requester.email}}` inside an agent's comment (Zendesk support
guide, placeholders), and customer text quoted in a note may hold them. Escaping the braces as entities does
not help if the entities are decoded before the placeholders are looked for, and an invisible joiner may be
stripped by whoever strips invisible characters, as we do ourselves. So the pair is broken by a visible space.
"""

import re
from collections.abc import Iterable
from html import escape

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

# An opening brace at the very end of a text counts too: the next text may start with another one, and
# nobody promises that the tag between them survives.
_PLACEHOLDER = re.compile(r"\{(?=[{%#]|\Z)")
_LARGEST_HEADING = 2
_SMALLEST_HEADING = 3


def render_html(blocks: Iterable[Block]) -> str:
    """Return HTML of the blocks, one block a line, every text escaped and no placeholder left alive."""
    return "\n".join(_render_block(block) for block in blocks)


def _render_block(block: Block) -> str:  # noqa: PLR0911  # one case per kind
    match block:
        case Paragraph():
            return f"<p>{_render_inlines(block.inlines)}</p>"
        case Heading():
            tag = f"h{min(max(block.level, _LARGEST_HEADING), _SMALLEST_HEADING)}"
            return f"<{tag}>{_render_inlines(block.inlines)}</{tag}>"
        case BulletList():
            return f"<ul>{_render_items(block.items)}</ul>"
        case OrderedList():
            start = f' start="{block.start}"' if block.start != 1 else ""
            return f"<ol{start}>{_render_items(block.items)}</ol>"
        case Table():
            return _render_table(block)
        case CodeBlock():
            return f"<pre><code>{_escape_text(block.text)}</code></pre>"
        case BlockQuote() | Panel():
            return f"<blockquote>{render_html(block.blocks)}</blockquote>"
        case Expand():
            return f"<h3>{_escape_text(block.title)}</h3>\n{render_html(block.blocks)}"
        case Rule():
            return "<hr>"


def _render_items(items: Iterable[tuple[Block, ...]]) -> str:
    return "".join(f"<li>{_render_item(item)}</li>" for item in items)


def _render_item(blocks: tuple[Block, ...]) -> str:
    """An item's first paragraph stands bare, so that lists stay tight in the agent's view."""
    if blocks and isinstance(blocks[0], Paragraph):
        rest = render_html(blocks[1:])
        return _render_inlines(blocks[0].inlines) + rest
    return render_html(blocks)


def _render_table(table: Table) -> str:
    head = _render_row("th", table.header)
    body = "".join(_render_row("td", row) for row in table.rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _render_row(tag: str, cells: Iterable[Inlines]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_render_inlines(cell)}</{tag}>' for cell in cells)}</tr>"


def _render_inlines(inlines: Inlines) -> str:
    return "".join(_render_inline(inline) for inline in merge_texts(inlines))


def _render_inline(inline: Inline) -> str:
    if isinstance(inline, HardBreak):
        return "<br>"
    return _mark_text(inline, _escape_text(inline.text))


def _mark_text(text: Text, html: str) -> str:
    if text.code:
        html = f"<code>{html}</code>"
    if text.em:
        html = f"<em>{html}</em>"
    if text.strong:
        html = f"<strong>{html}</strong>"
    if text.link:
        html = f'<a href="{_escape_address(text.link)}">{html}</a>'
    return html


def _escape_text(text: str) -> str:
    return escape(_PLACEHOLDER.sub("{ ", text), quote=False)


def _escape_address(url: str) -> str:
    return escape(url.replace("{", "%7B").replace("}", "%7D"))
