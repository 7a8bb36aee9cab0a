"""A note's HTML says what the Markdown said, escaped, with no placeholder that Zendesk would fill in."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.html import render_html
from mappings.markdown import code_markdown, escape_markdown, link_markdown, parse_markdown, quote_markdown
from tests.mappings.hostile import HOSTILE

KEPT = {
    "h2", "h3", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "blockquote", "pre", "code",
    "strong", "em", "a", "hr", "br",
}  # fmt: skip
TEXTS = st.one_of(
    st.text(), st.lists(st.sampled_from(["{", "}", "%", "#", " ", "*", "`", "<", "a", "\u200b"])).map("".join)
)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def read_html(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def spell_everywhere(text: str) -> str:
    escaped = escape_markdown(text)
    return render_html(
        parse_markdown(
            f"## {escaped}\n\n**{escaped}**{escaped}*{escaped}*\n\n"
            f"{quote_markdown(text)}\n\n{code_markdown(text)}\n\n"
            f"| {escaped} |\n|---|\n| {link_markdown(text, 'https://x.example/' + text)} |\n\n"
            f"::: expand {escaped or 'x'}\n- {escaped}\n:::\n"
        )
    )


@given(TEXTS)
def test_no_placeholder_survives_even_when_tags_and_entities_are_gone(text: str) -> None:
    html = spell_everywhere(text)
    read = read_html(html)
    for seen in (html, read.text, re.sub(r"<[^>]*>", "", html)):
        assert "{{" not in seen
        assert "{%" not in seen


@pytest.mark.parametrize("text", HOSTILE)
def test_only_what_zendesk_keeps_is_written(text: str) -> None:
    read = read_html(spell_everywhere(text))
    assert read.tags <= KEPT
    assert read.attributes <= {"href", "start"}


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# A", "<h2>A</h2>"),
        ("#### A", "<h3>A</h3>"),
        ("a & <b>", "<p>a &amp; &lt;b&gt;</p>"),
        ("a\\\nb", "<p>a<br>b</p>"),
        ("- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("3. a", '<ol start="3"><li>a</li></ol>'),
        ("> a", "<blockquote><p>a</p></blockquote>"),
        ("::: panel error\na\n:::", "<blockquote><p>a</p></blockquote>"),
        ("::: expand T & U\na\n:::", "<h3>T &amp; U</h3>\n<p>a</p>"),
        ("```\n<a>\n  b\n```", "<pre><code>&lt;a&gt;\n  b</code></pre>"),
        ("---", "<hr>"),
        ('[a](https://x.example/"&{{b}})', '<p><a href="https://x.example/%22&amp;%7B%7Bb%7D%7D">a</a></p>'),
        ("**a** *b* `c`", "<p><strong>a</strong> <em>b</em> <code>c</code></p>"),
        (
            "| a |\n|---|\n| b |",
            "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>",
        ),
        ("Dear {{ticket.requester.name}} {%if%} {x}", "<p>Dear { {ticket.requester.name}} { %if%} {x}</p>"),
    ],
)
def test_each_block(markdown: str, html: str) -> None:
    assert render_html(parse_markdown(markdown)) == html
