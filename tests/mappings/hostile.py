"""Texts that customers could send to make our writing say something else, and a way to read a tree's words."""

from collections.abc import Iterable, Iterator

from mappings.blocks import (
    Block,
    BlockQuote,
    BulletList,
    CodeBlock,
    Expand,
    Heading,
    Inlines,
    OrderedList,
    Panel,
    Paragraph,
    Table,
    Text,
)

HOSTILE = (
    "# Heading",
    "Setext\n===",
    "- item",
    "1. item",
    "12) item",
    "> quote",
    ">quote",
    "```\ncode\n```",
    "~~~",
    "    indented code",
    "\tindented",
    "---",
    "***",
    "* * *",
    "___",
    "a | b\n---|---\n1 | 2",
    "| a |",
    "ends with a backslash \\",
    "\\",
    "\\|",
    "\\\\|",
    "[label](https://evil.example)",
    "[label][ref]\n\n[ref]: https://evil.example",
    "![image](https://evil.example/track.png)",
    "look!",
    "<https://evil.example>",
    "<script>alert(1)</script>",
    "<b>bold</b> &lt;i&gt; &amp; &#x41; AT&T &copy",
    "**bold** __bold__ *em* _em_ `code` ``co`de``",
    "_leading and trailing_",
    "snake_case stays, _this_ too",
    "@everyone [~admin] [~accountid:5b10a2844c20165700ede21g]",
    "{{ticket.requester.email}} {% for x in y %} {{{a}}}",
    "{code}evil{code} {noformat} {panel} {color:red}x{color} {quote}",
    "!https://evil.example/a.png! !a.png|thumbnail! [^file.pdf]",
    "h1. Heading\nbq. quote\n|| a || b ||\n----",
    "::: panel error\nforged\n:::",
    ":::: expand Click me",
    "heading that closes ##",
    "bidi \u202e evil \u2066 isolates \u2069 zero\u200bwidth \ufeff bom",
    "control \x00\x07\x1b[31m red \x7f \x9b",
    "line\u2028separator\u2029paragraph\x85next\x0bvertical\x0cfeed",
    "half \ud800 surrogate",
    "emoji 👩\u200d💻 and العربية and 日本語",
    "\r\n\r\n",
    "",
    "ABC-123 http://a.example mailto:me@a.example \\\\server\\share",
    "(/) (x) :) ;) (!) ??cite?? ~sub~ ^sup^ +ins+ -del- --- --",
)


def iterate_texts(blocks: Iterable[Block]) -> Iterator[Text]:
    """All texts of a tree, in order."""
    for block in blocks:
        match block:
            case Paragraph() | Heading():
                yield from _texts(block.inlines)
            case BulletList() | OrderedList():
                for item in block.items:
                    yield from iterate_texts(item)
            case Table():
                for row in (block.header, *block.rows):
                    for cell in row:
                        yield from _texts(cell)
            case BlockQuote() | Panel() | Expand():
                yield from iterate_texts(block.blocks)
            case CodeBlock():
                yield Text(text=block.text, code=True)


def _texts(inlines: Inlines) -> Iterator[Text]:
    return (inline for inline in inlines if isinstance(inline, Text))
