"""Whatever a customer writes, it comes out of Markdown as the same words and nothing else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.blocks import BlockQuote, BulletList, CodeBlock, HardBreak, Heading, Paragraph, Table, Text
from mappings.escaping import flatten_text, strip_invisible
from mappings.markdown import code_markdown, escape_markdown, link_markdown, parse_markdown, quote_markdown
from tests.mappings.hostile import HOSTILE, iterate_texts

MARKS = st.sampled_from([*"\\`*_{}[]()<>#+-.!|~=:&;\"'$^ \n\t1a@/", "&#", "](", "::: panel info\n", "https://x.y"])
TEXTS = st.one_of(st.text(), st.lists(MARKS).map("".join))


def assert_reads_as(inlines: tuple[object, ...], words: str) -> None:
    assert inlines == ((Text(text=words),) if words else ())


@given(TEXTS)
def test_escaped_text_is_one_paragraph_of_its_own_words(text: str) -> None:
    words = flatten_text(text)
    blocks = parse_markdown(escape_markdown(text))
    assert blocks == ((Paragraph(inlines=(Text(text=words),)),) if words else ())


@given(TEXTS, TEXTS)
def test_escaped_text_stays_in_its_place_between_other_markup(one: str, two: str) -> None:
    left, right = escape_markdown(one), escape_markdown(two)
    table, bullets, heading = parse_markdown(
        f"|{left}|{right}|\n|-|-|\n|{right}|{left}|\n\n- {left}\n- **x:** {right}\n\n## x {left}\n"
    )
    assert isinstance(table, Table)
    assert isinstance(bullets, BulletList)
    assert isinstance(heading, Heading)
    for row, words in ((table.header, (one, two)), (table.rows[0], (two, one))):
        assert len(row) == 2
        for cell, text in zip(row, words, strict=True):
            assert_reads_as(cell, flatten_text(text))
    assert len(bullets.items) == 2
    assert_reads_as(heading.inlines, f"x {flatten_text(one)}".strip())


@given(TEXTS)
def test_a_value_does_not_turn_the_template_s_link_into_an_image(text: str) -> None:
    (paragraph,) = parse_markdown(f"{escape_markdown(text)}[ours](https://ours.example)")
    assert isinstance(paragraph, Paragraph)
    assert paragraph.inlines[-1] == Text(text="ours", link="https://ours.example")


@given(TEXTS)
def test_a_quote_holds_every_line(text: str) -> None:
    (quote,) = parse_markdown(quote_markdown(text) + "\n")
    assert isinstance(quote, BlockQuote)
    assert all(isinstance(block, Paragraph) for block in quote.blocks)
    lines = [flatten_text(line) for line in strip_invisible(text).split("\n")]
    assert [one.text for one in iterate_texts([quote])] == [line for line in lines if line]


@given(TEXTS)
def test_code_cannot_close_its_fence(text: str) -> None:
    code, after = parse_markdown(code_markdown(text) + "\n\nafter")
    assert code == CodeBlock(text=strip_invisible(text).strip("\n"))
    assert isinstance(after, Paragraph)


@given(TEXTS, TEXTS)
def test_a_link_leads_where_it_was_told(label: str, path: str) -> None:
    words = flatten_text(label)
    blocks = parse_markdown(link_markdown(label, f"https://host.example/{path}"))
    texts = list(iterate_texts(blocks))
    assert [one.text for one in texts] == ([words] if words else [])
    assert all((one.link or "").startswith("https://host.example/") for one in texts)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x", "", "https://"]
)
def test_only_web_addresses_become_links(address: str) -> None:
    assert link_markdown("label", address) == "label"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_forges_nothing(text: str) -> None:
    words = flatten_text(text)
    blocks = parse_markdown(f"- a: {escape_markdown(text)}\n\n{escape_markdown(text)}")
    assert [type(block) for block in blocks] == [BulletList, *([Paragraph] if words else [])]
    assert all(one == Text(text=one.text) for one in iterate_texts(blocks))


def test_what_nobody_sees_is_removed() -> None:
    assert flatten_text("in\u200bvis\u202eible\x00 \x1b[0m\U000e0041") == "invisible [0m"


def test_words_that_need_no_escaping_stay_readable() -> None:
    text = "Order A_17 (see v1.2): 50% + tax, it's 3-4 days; C# & F# at 10:30."
    assert escape_markdown(text) == text


def test_a_quote_keeps_lines_and_paragraphs() -> None:
    assert quote_markdown("one\ntwo\n\n\nthree", indent=2) == "> one\\\n  > two\n  >\n  > three"
    (quote,) = parse_markdown(quote_markdown("one\ntwo\n\n\nthree"))
    assert quote == BlockQuote(
        blocks=(
            Paragraph(inlines=(Text(text="one"), HardBreak(), Text(text="two"))),
            Paragraph(inlines=(Text(text="three"),)),
        )
    )


def test_code_stays_in_its_list_item_when_indented() -> None:
    (bullets,) = parse_markdown(f"- log:\n\n  {code_markdown('a' + chr(10) + '  b', indent=2)}\n- next")
    assert isinstance(bullets, BulletList)
    assert bullets.items[0][1] == CodeBlock(text="a\n  b")
    assert len(bullets.items) == 2


@pytest.mark.parametrize(
    "piece", ["[", "*", "`", "_", "<", "![", "](", "> ", "- ", "\\", "&#", "|", "::: panel info\n"]
)
def test_a_hundred_thousand_marks_take_bounded_time(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    start = time.monotonic()
    parse_markdown(escape_markdown(text))
    parse_markdown(code_markdown(text))
    parse_markdown(quote_markdown(text))
    assert time.monotonic() - start < 10
