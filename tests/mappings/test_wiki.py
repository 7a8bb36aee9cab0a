"""Wiki markup for Jira Data Center, in which customer text can start nothing."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.escaping import flatten_text
from mappings.markdown import code_markdown, escape_markdown, link_markdown, parse_markdown
from mappings.wiki import escape_wiki, render_wiki
from tests.mappings.hostile import HOSTILE

TEXTS = st.one_of(
    st.text(), st.lists(st.sampled_from([*"\\{}[]*_|!~-+^#@&<>?:;()/ab1.h ", "{code}", "h1."])).map("".join)
)


@given(TEXTS)
def test_the_words_come_back_when_references_are_read(text: str) -> None:
    flat = flatten_text(text)
    assert unescape(escape_wiki(flat)) == flat


@given(TEXTS)
def test_no_character_is_left_that_starts_markup(text: str) -> None:
    wiki = re.sub(r"&#\d+;", "¤", escape_wiki(flatten_text(text)))
    assert not re.search(r"[\\{}\[\]*|!^~+#@<>&]|\?\?|://|\b(?:h[1-6]|bq)\.", wiki)
    assert not re.search(r"(?:^|[^\w¤])[-_]|[-_](?:[^\w¤]|$)", wiki)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_forges_nothing(text: str) -> None:
    words = flatten_text(text)
    wiki = render_wiki(parse_markdown(escape_markdown(text)))
    assert unescape(wiki) == words
    assert not re.search(r"\{|\[|!|\|\||~|\\", wiki)


@pytest.mark.parametrize("text", ["{noformat}\nh1. out", "{code}", "{NoFormat:title=x}", "{{noformat}}"])
def test_code_cannot_close_its_macro(text: str) -> None:
    wiki = render_wiki(parse_markdown(code_markdown(text)))
    assert re.findall(r"(?i)\{noformat[^}]*\}", wiki) == ["{noformat}", "{noformat}"]
    assert wiki.startswith("{noformat}\n")
    assert wiki.endswith("\n{noformat}")


def test_a_link_s_address_cannot_end_the_link() -> None:
    wiki = render_wiki(parse_markdown(link_markdown("a|b]", "https://x.example/a|b]c{d}")))
    assert wiki == "[a&#124;b&#93;|https://x.example/a%7Cb%5Dc%7Bd%7D]"


@pytest.mark.parametrize(
    ("markdown", "wiki"),
    [
        ("## A", "h2. A"),
        ("**a** *b* `c`", "{*}a{*} {_}b{_} {{c}}"),
        ("a\\\nb", "a\\\\ b"),
        ("- a\n  1. b\n  2. c\n- d", "* a\n*# b\n*# c\n* d"),
        ("1. a\n   - b", "# a\n#* b"),
        ("| a | b |\n|---|---|\n| 1 | |", "||a||b||\n|1| |"),
        ("> a\n>\n> b", "{quote}\na\n\nb\n{quote}"),
        ("::: panel error\na\n:::", "{panel:bgColor=#ffebe6}\na\n{panel}"),
        ("::: expand T {x}\na\n:::", "h4. T &#123;x&#125;\n\na"),
        ("- a\n\n  ```\n  x {y}\n  z\n  ```", "* a\\\\ {{x &#123;y&#125;}}\\\\ {{z}}"),
        ("---", "----"),
        ("2026-11-03 and ERR_TIME_OUT", "2026&#45;11&#45;03 and ERR_TIME_OUT"),
        ("re-sent to C:\\tmp", "re-sent to C:&#92;tmp"),
    ],
)
def test_each_block(markdown: str, wiki: str) -> None:
    assert render_wiki(parse_markdown(markdown)) == wiki
