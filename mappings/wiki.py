"""Spells the block tree as Jira's wiki markup, which is all that Jira Data Center's rich text understands.

Every character that could start markup is written as a numeric character reference. The renderer shows a
reference as its character and, unlike a backslash escape, never reads it as part of a macro, link, mention,
image, table border or phrase, in whatever order it applies its rules (a doubled backslash is a line break).
"""

import re
from collections.abc import Iterable

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

# Single characters first; then headings and quotes (h1. bq.), emoticons, bare addresses, citations.
_SPECIAL = re.compile(
    r"[\\{}\[\]*|!^~+#@&<>_-]"
    r"|(?<![^\W_])(?:h[1-6]|bq)(?=\.)"
    r"|[:;](?=[)(DPp/-])|\((?=(?:[yni/x!+?-]|on|off|flag|flagoff|\*[rgby]?)\))"
    r"|(?i:(?<=mailto):)"
    r"|\?(?=\?)|(?<=\?)\?"
)
_ISSUE_KEY_DASH = re.compile(r"(?<=[A-Z0-9_])-(?=[0-9])")
_MACRO = re.compile(r"\{(?=(?:noformat|code|quote|panel)\b)", re.IGNORECASE)
_COLOURS = {"info": "#deebff", "note": "#eae6ff", "success": "#e3fcef", "warning": "#fffae6", "error": "#ffebe6"}
_BREAK = "\\\\ "


def render_wiki(blocks: Iterable[Block]) -> str:
    """Return wiki markup of the blocks, separated by blank lines."""
    return "\n\n".join(_render_block(block) for block in blocks)


def escape_wiki(text: str) -> str:
    """Return one line of wiki markup that shows exactly `text` and can forge nothing."""
    return _SPECIAL.sub(_escape_special, text.replace("\n", " "))


def _render_block(block: Block) -> str:  # noqa: PLR0911  # one case per kind
    match block:
        case Paragraph():
            return _render_inlines(block.inlines)
        case Heading():
            return f"h{block.level}. {_render_inlines(block.inlines)}"
        case BulletList():
            return _render_list(block, "*")
        case OrderedList():
            return _render_list(block, "#")
        case Table():
            return _render_table(block)
        case CodeBlock():
            return f"{{noformat}}\n{_MACRO.sub('{ ', block.text)}\n{{noformat}}"
        case BlockQuote():
            return f"{{quote}}\n{render_wiki(block.blocks)}\n{{quote}}"
        case Panel():
            return f"{{panel:bgColor={_COLOURS[block.kind]}}}\n{render_wiki(block.blocks)}\n{{panel}}"
        case Expand():
            return f"h4. {escape_wiki(block.title)}\n\n{render_wiki(block.blocks)}"
        case Rule():
            return "----"


def _render_list(block: BulletList | OrderedList, markers: str) -> str:
    return "\n".join(_render_item(item, markers) for item in block.items)


def _render_item(blocks: tuple[Block, ...], markers: str) -> str:
    """One item: its own words on one line, then its inner lists; wiki items cannot hold other blocks."""
    words = [_flatten_block(block) for block in blocks if not isinstance(block, BulletList | OrderedList)]
    inner = [
        _render_list(block, markers + ("*" if isinstance(block, BulletList) else "#"))
        for block in blocks
        if isinstance(block, BulletList | OrderedList)
    ]
    return "\n".join([f"{markers} {_BREAK.join(word for word in words if word)}", *inner])


def _flatten_block(block: Block) -> str:  # noqa: PLR0911  # one case per kind
    """A block inside a list item as one line with line breaks."""
    match block:
        case Paragraph() | Heading():
            return _render_inlines(block.inlines)
        case CodeBlock():
            lines = block.text.split("\n")
            return _BREAK.join(_render_inline(Text(text=line, code=True)) for line in lines if line)
        case BlockQuote() | Panel():
            return _BREAK.join(_flatten_block(inner) for inner in block.blocks)
        case Expand():
            title = _render_inline(Text(text=block.title, strong=True))
            return _BREAK.join([title, *(_flatten_block(inner) for inner in block.blocks)])
        case Table():
            return _BREAK.join("; ".join(map(_render_inlines, row)) for row in (block.header, *block.rows))
        case BulletList() | OrderedList():
            return _BREAK.join(_flatten_block(inner) for item in block.items for inner in item)
        case Rule():
            return ""


def _render_table(table: Table) -> str:
    rows = ["||" + "||".join(map(_render_cell, table.header)) + "||"]
    rows += ["|" + "|".join(map(_render_cell, row)) + "|" for row in table.rows]
    return "\n".join(rows)


def _render_cell(inlines: Inlines) -> str:
    return _render_inlines(inlines) or " "


def _render_inlines(inlines: Inlines) -> str:
    return "".join(_render_inline(inline) for inline in merge_texts(inlines))


def _render_inline(inline: Inline) -> str:
    if isinstance(inline, HardBreak):
        return _BREAK
    body = inline.text.strip(" ")
    if not body:
        return inline.text
    lead = inline.text[: len(inline.text) - len(inline.text.lstrip(" "))]
    tail = inline.text[len(inline.text.rstrip(" ")) :]
    return f"{lead}{_mark_text(inline, escape_wiki(body))}{tail}"


def _mark_text(text: Text, wiki: str) -> str:
    """Put marks around the words; `{*}` instead of `*` also works in the middle of a word."""
    if text.code:
        wiki = f"{{{{{wiki}}}}}"
    if text.em:
        wiki = f"{{_}}{wiki}{{_}}"
    if text.strong:
        wiki = f"{{*}}{wiki}{{*}}"
    if text.link:
        wiki = f"[{wiki}|{_encode_address(text.link)}]"
    return wiki


def _encode_address(url: str) -> str:
    return re.sub(r"[|\[\]{}\s\\!^]", lambda match: f"%{ord(match[0]):02X}", url)


def _escape_special(match: re.Match[str]) -> str:
    text, start, end, found = match.string, match.start(), match.end(), match[0]
    inside_word = text[start - 1 : start].isalnum() and text[end : end + 1].isalnum()
    if inside_word and (found == "_" or (found == "-" and not _ISSUE_KEY_DASH.match(text, start))):
        return found  # it marks nothing there, and identifiers and dates stay searchable
    if len(found) > 1:
        return f"{found[:-1]}&#{ord(found[-1])};"  # h1. and bq. lose their last letter to a reference
    return f"&#{ord(found)};"
