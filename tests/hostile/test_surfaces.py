"""One table of hostile words through every surface that a ticket's words reach: words they stay."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.hostile.inputs import ADDRESSES, judge_members, tell_everything
from tests.mappings.hostile import HOSTILE
from tests.rig import BUG, make_record
from worker.cli.entry import main
from worker.log import configure_logging

WORDS = (
    *HOSTILE,
    "[~admin] [~accountid:5b10a2844c20165700ede21g] @here @channel <@U123>",
    '{"type":"mention","attrs":{"id":"x"}} {"type":"inlineCard","attrs":{"url":"https://evil.example"}}',
    "{{ticket.requester.email}} {{current_user.name}} {{{{x}}}} {%- assign x = 1 -%} {{ 'a' | upcase }}",
    "<img src=x onerror=alert(1)> <svg/onload=alert(1)> <a href='javascript:alert(1)'>x</a> <!-- --> <![CDATA[x]]>",
    "[x](javascript:alert(1)) [x](data:text/html,x) ![x](https://evil.example/x.png) <https://evil.example>",
    "https://evil.example/a www.evil.example evil@evil.example ftp://evil.example //evil.example",
    "!https://evil.example/x.png! {include:x} {html}x{html} {iframe:src=x} [x|https://evil.example] [^a.exe]",
    "\x1b[2J\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\ \x1b]0;title\x07 \x9b31m \x9d0;x\x9c",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200b\u200c\u200d\u2060\ufeff \u061c \U000e0041",
    "=cmd|'/C calc'!A0 +1+1 -2+3 @SUM(1+1) \t=1 \r=1",
    "\r\nX-Injected: 1\r\n\r\nlevel=error forged",
    "escalator-k7 escalator-0000 #escalator ZD-1 OPS-7 [Escalation][CRITICAL]",
)
NODES = frozenset(
    [
        "doc",
        "paragraph",
        "heading",
        "text",
        "bulletList",
        "orderedList",
        "listItem",
        "codeBlock",
        "blockquote",
        "panel",
        "expand",
        "rule",
        "table",
        "tableRow",
        "tableHeader",
        "tableCell",
        "hardBreak",
    ]
)
MARKS = frozenset({"strong", "em", "code", "link"})
TAGS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "code",
        "pre",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "br",
        "hr",
        "div",
        "b",
        "span",
        "details",
        "summary",
    ]
)
OURS = (ADDRESSES.zendesk, ADDRESSES.jira)
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def make_hostile_record(words: str) -> dict[str, Any]:
    """The words wherever a customer or a colleague of theirs can write."""
    record = make_record(7, note=f"{BUG}\n{words}", text=f"The export fails since Friday: {words}\n{words}")
    record["ticket"] |= {"subject": f"Export {words}", "tags": ["vip", words[:20]], "external_id": words}
    record["users"][0] |= {"name": words, "email": words}
    record["organizations"][0] |= {"name": words, "organization_fields": {"arr": 48000, "tier": words}}
    record["comments"][0]["attachments"] = [
        {"id": 1, "file_name": words, "content_url": "https://evil.example/x", "content_type": words, "size": 9}
    ]
    return record


class Html(HTMLParser):
    """What a browser would see: tags, attributes and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for inner in node.get("content", ()):
            yield from walk(inner)


def is_ours(address: str) -> bool:
    return address.startswith(tuple(f"{ours}/" for ours in OURS))


def check_adf(text: str) -> None:
    for node in walk(json.loads(text)):
        assert node["type"] in NODES
        for mark in node.get("marks", ()):
            assert mark["type"] in MARKS
            assert mark["type"] != "link" or is_ours(mark["attrs"]["href"])
        assert not UNSEEN.search(node.get("text", ""))


def check_wiki(text: str) -> None:
    bare = re.sub(r"\{noformat\}.*?\{noformat\}", "", text, flags=re.DOTALL)
    assert not re.search(r"\[~|![^\s|!]+!|\[\^", bare)
    assert all(is_ours(address) for address in re.findall(r"\|([a-z]+:[^\]]*)\]", bare))
    assert set(re.findall(r"\{([a-zA-Z]\w*)", bare)) <= {"panel", "quote", "noformat"}
    assert not UNSEEN.search(text)


def check_html(text: str) -> None:
    seen = Html(text)
    assert seen.tags <= TAGS
    assert seen.attributes <= {"href", "class", "rel", "target", "start", "open"}
    assert all(is_ours(address) for address in seen.links)
    assert "{{" not in text
    assert "{%" not in text
    assert not UNSEEN.search(text)


def check_line(text: str) -> None:
    assert "\n" not in text
    assert not UNSEEN.search(text)


CHECKS = {"adf": check_adf, "wiki": check_wiki, "html": check_html}


@pytest.mark.parametrize("words", WORDS)
def test_hostile_words_stay_words_wherever_we_write(words: str) -> None:
    told = tell_everything("7", judge_members(make_hostile_record(words)))
    assert {"summary", "labels", "link title", "description adf", "note l2 html", "comment wiki"} <= {
        n for n, _ in told
    }
    for name, text in told:
        if name.split()[-1] in CHECKS:
            CHECKS[name.split()[-1]](text)
        elif name in {"summary", "link title", "link summary"}:
            check_line(text)
            assert len(text.encode("utf-16-le")) // 2 <= 255
        elif name == "labels":
            assert re.fullmatch(r"[a-z0-9\n-]+", text)


@pytest.fixture
def _logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("_logging")
@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("command", ["score", "explain", "brief"])
def test_no_command_prints_what_a_terminal_obeys(
    command: str,
    options: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    rows = [make_hostile_record(words) | {"id": words or "empty"} for words in WORDS]
    file = tmp_path / "rows.jsonl"
    file.write_bytes(
        b"".join(json.dumps(row).encode() + b"\n" for row in rows) + b'{"id": "\\u001b[2J\\u009b", "x": 1}\n'
    )
    monkeypatch.setattr(sys, "argv", ["escalator", command, str(file), *options])
    with pytest.raises(SystemExit):
        main()
    out, err = capfd.readouterr()
    forbidden = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]")
    assert not forbidden.search(out)
    assert not forbidden.search(err)
    if options:
        printed = [json.loads(line) for line in out.splitlines()]
        assert len(printed) == len(rows) + 1
        assert sum("error" in row for row in printed) == 1


@pytest.mark.usefixtures("_logging")
@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("words", WORDS)
def test_a_log_line_stays_one_line_of_visible_text(words: str, as_json: bool) -> None:
    stream = io.StringIO()
    configure_logging(stream=stream, as_json=as_json)
    structlog.get_logger("x").warning("odd", ticket=7, subject=words, inner=[{"name": words}])
    written = stream.getvalue()
    assert written.count("\n") == 1
    plain = re.sub(r"\x1b\[[0-9;]*m", "", written[:-1]) if not as_json else written[:-1]
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]", plain)
