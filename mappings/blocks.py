"""The small document tree between Markdown and what each vendor calls rich text.

One tree, three spellings: `mappings.adf` (Jira Cloud), `mappings.wiki` (Jira Data Center) and
`mappings.html` (Zendesk notes). Text in the tree is plain: each renderer escapes it for its own world.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

PANEL_KINDS = ("info", "note", "success", "warning", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A run of plain text and the marks it carries; `link` is an http(s) address or None."""

    text: str
    strong: bool = False
    em: bool = False
    code: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HardBreak:
    """A line break inside a paragraph."""


Inline: TypeAlias = Text | HardBreak
Inlines: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text."""

    inlines: Inlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading of level 1 (largest) to 6."""

    level: int
    inlines: Inlines


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletList:
    """An unordered list; each item is a sequence of blocks."""

    items: tuple[tuple["Block", ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedList:
    """A numbered list that starts at `start`; each item is a sequence of blocks."""

    items: tuple[tuple["Block", ...], ...]
    start: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with one header row; every row has as many cells as the header."""

    header: tuple[Inlines, ...]
    rows: tuple[tuple[Inlines, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """Text that is shown as it is, lines and spaces kept."""

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockQuote:
    """Somebody else's words."""

    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A horizontal line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A coloured box of one of `PANEL_KINDS`."""

    kind: str
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expand:
    """A part that is folded away under its title where the vendor can fold."""

    title: str
    blocks: tuple["Block", ...]


Block: TypeAlias = (
    Paragraph | Heading | BulletList | OrderedList | Table | CodeBlock | BlockQuote | Rule | Panel | Expand
)


def merge_texts(inlines: Iterable[Inline]) -> Inlines:
    """Return the inlines with neighbours of equal marks joined and empty texts left out."""
    merged: list[Inline] = []
    run: list[Text] = []
    for inline in inlines:
        if isinstance(inline, Text) and not inline.text:
            continue
        if run and not (isinstance(inline, Text) and _share_marks(run[0], inline)):
            merged.append(_join_run(run))
            run = []
        if isinstance(inline, Text):
            run.append(inline)
        else:
            merged.append(inline)
    if run:
        merged.append(_join_run(run))
    return tuple(merged)


def read_plain(inlines: Iterable[Inline]) -> str:
    """Return the words alone, without marks; a hard break reads as a newline."""
    return "".join(inline.text if isinstance(inline, Text) else "\n" for inline in inlines)


def _share_marks(one: Text, other: Text) -> bool:
    return (one.strong, one.em, one.code, one.link) == (other.strong, other.em, other.code, other.link)


def _join_run(run: list[Text]) -> Text:
    first = run[0]
    text = "".join(part.text for part in run)
    return Text(text=text, strong=first.strong, em=first.em, code=first.code, link=first.link)
