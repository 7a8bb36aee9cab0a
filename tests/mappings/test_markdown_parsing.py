"""Markdown becomes the block tree: CommonMark, tables and our containers, and nothing that could act."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from mappings.markdown import parse_markdown, split_blocks

ADDRESS = "https://x.example/?q=1&r=2"


def words(text: str) -> Paragraph:
    return Paragraph(inlines=(Text(text=text),))


@pytest.mark.parametrize(
    ("markdown", "block"),
    [
        ("## Two", Heading(level=2, inlines=(Text(text="Two"),))),
        ("a\nb", words("a b")),
        ("a\\\nb", Paragraph(inlines=(Text(text="a"), HardBreak(), Text(text="b")))),
        ("- a\n- b", BulletList(items=((words("a"),), (words("b"),)))),
        ("3. a\n4. b", OrderedList(items=((words("a"),), (words("b"),)), start=3)),
        ("- a\n  1. b", BulletList(items=((words("a"), OrderedList(items=((words("b"),),))),))),
        ("> a\n> b", BlockQuote(blocks=(words("a b"),))),
        ("```json\n{}\n\n```", CodeBlock(text="{}\n", language="json")),
        ("    x = 1", CodeBlock(text="x = 1")),
        ("---", Rule()),
        (
            "| a | b |\n|---|---|\n| 1 | |",
            Table(header=((Text(text="a"),), (Text(text="b"),)), rows=(((Text(text="1"),), ()),)),
        ),
        ("::: panel warning\ntext\n:::", Panel(kind="warning", blocks=(words("text"),))),
        ("::: expand The *title*\n:::", Expand(title="The *title*", blocks=())),
        ("::: panel info\nunclosed", Panel(kind="info", blocks=(words("unclosed"),))),
        ("::: panel purple", words("::: panel purple")),
        ("::: expand", words("::: expand")),
        (":: panel info", words(":: panel info")),
        (
            ":::: expand Outer\n::: panel note\nin\n:::\n::::",
            Expand(title="Outer", blocks=(Panel(kind="note", blocks=(words("in"),)),)),
        ),
        ("> ::: panel note\n> in\n\n", BlockQuote(blocks=(Panel(kind="note", blocks=(words("in"),)),))),
    ],
)
def test_one_block(markdown: str, block: Block) -> None:
    assert parse_markdown(markdown) == (block,)


@pytest.mark.parametrize(
    ("markdown", "inlines"),
    [
        ("**a** `c`", (Text(text="a", strong=True), Text(text=" "), Text(text="c", code=True))),
        ("*a* b", (Text(text="a", em=True), Text(text=" b"))),
        ("***a***", (Text(text="a", strong=True, em=True),)),
        (
            "[a **b**](https://x.example/?q=1&r=2)",
            (Text(text="a ", link=ADDRESS), Text(text="b", strong=True, link=ADDRESS)),
        ),
        ("[a](ftp://x.example)", (Text(text="a"),)),
        ("[a](/relative)", (Text(text="a"),)),
        ("[a](javascript:alert(1))", (Text(text="[a](javascript:alert(1))"),)),
        ("![a](https://x.example/a.png)", (Text(text="!"), Text(text="a", link="https://x.example/a.png"))),
        ("https://x.example", (Text(text="https://x.example"),)),
        ("<b>a</b>", (Text(text="<b>a</b>"),)),
        ("&lt;&amp;", (Text(text="<&"),)),
    ],
)
def test_inline_marks(markdown: str, inlines: tuple[object, ...]) -> None:
    assert parse_markdown(markdown) == (Paragraph(inlines=inlines),)


def test_a_container_interrupts_a_paragraph_and_ends_with_its_fence() -> None:
    assert parse_markdown("before\n::: panel info\nin\n- a\n:::\nafter") == (
        words("before"),
        Panel(kind="info", blocks=(words("in"), BulletList(items=((words("a"),),)))),
        words("after"),
    )


def test_a_container_ends_with_its_list_item() -> None:
    first, after = parse_markdown("- a\n\n  ::: panel info\n  in\n\nafter")
    assert first == BulletList(items=((words("a"), Panel(kind="info", blocks=(words("in"),))),))
    assert after == words("after")


@given(
    st.lists(
        st.sampled_from(
            ["a", "\n", "\n\n", "- ", "> ", "::: panel info\n", "\n:::\n", "    ", "```\n", "| a |\n|-|\n", "1. "]
        )
    ).map("".join)
)
def test_any_text_parses(markdown: str) -> None:
    assert isinstance(parse_markdown(markdown), tuple)


def test_splitting_into_blocks_keeps_what_they_say() -> None:
    markdown = "# A\n\ntext\nmore\n\n- a\n\n- b\n\n```\nx\n\ny\n```\n\n::: expand T\nin\n:::\n\nend\n"
    pieces = split_blocks(markdown)
    assert len(pieces) == 6
    assert parse_markdown("\n\n".join(pieces)) == parse_markdown(markdown)


def test_deep_nesting_is_bounded() -> None:
    start = time.monotonic()
    parse_markdown(">" * 20_000)
    parse_markdown("::: panel info\n" * 2_000)
    assert time.monotonic() - start < 10
