"""Customer text on its way into Markdown: whatever it says, it stays text.

A ticket's words end up in an engineer's issue and in an agent's note. Each filter here returns Markdown that
the parser reads back as exactly those words: no heading, list, table cell, link, image, code, HTML, mention
or box can be forged, and nothing invisible travels along.
"""

import re

# Control characters, soft hyphens, zero-width characters, bidirectional overrides, language tags, half surrogates:
# nothing a reader sees, and each of them has been used to make text look like something else.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
_SPECIAL = re.compile(r"[\\`*\[\]<|~_&]")
_BLOCK_START = re.compile(r"[#+\-=>:.)]")
_NUMBERED_START = re.compile(r"[0-9]{1,9}(?=[.)](?: |$))")
_CLOSING_HASHES = re.compile(r"(?<= )#+$")
_BACKTICKS = re.compile("`+")
_URL_UNSAFE = re.compile(r"""[\s<>\\"'`{}|^\[\]()]""")
_HTTP_URL = re.compile(r"https?://[^\s/]", re.IGNORECASE)


def strip_invisible(text: str) -> str:
    """Return the text with unseen characters removed and every kind of line end spelt as a newline."""
    return INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))


def flatten_text(text: str) -> str:
    """Return the text as one line: unseen characters gone, runs of white space made one space."""
    return _SPACES.sub(" ", strip_invisible(text)).strip()


def escape_markdown(text: str) -> str:
    """Return one line of Markdown that reads as exactly `text`, wherever inside a block it is inserted.

    Newlines become spaces. The promise holds for the start of a line, a table cell, a heading and a link's
    label; a link's address needs `link_markdown`.
    """
    flat = flatten_text(text)
    return _guard_edges(_SPECIAL.sub(_escape_special, flat), flat)


def quote_markdown(text: str, indent: int = 0) -> str:
    """Return a blockquote of the text: every line escaped, line breaks kept, blank lines kept as one.

    `indent` is the column at which the quote stands; lines after the first are indented by it.
    """
    lines = [escape_markdown(line) for line in _drop_blank_runs(strip_invisible(text).split("\n"))]
    following = [*lines[1:], ""]
    quoted = [_quote_line(line, breaks=bool(after)) for line, after in zip(lines, following, strict=True)]
    return ("\n" + " " * indent).join(quoted)


def code_markdown(text: str, indent: int = 0) -> str:
    """Return a fenced code block whose fence is longer than any run of backticks in the text.

    `indent` is the column at which the block stands; lines after the first are indented by it.
    """
    body = strip_invisible(text).strip("\n")
    longest = max((len(run) for run in _BACKTICKS.findall(body)), default=0)
    fence = "`" * max(3, longest + 1)
    return ("\n" + " " * indent).join([fence, *body.split("\n"), fence])


def link_markdown(text: str, url: str) -> str:
    """Return a Markdown link with the text as its label; only the text when `url` is not http(s)."""
    label = escape_markdown(text)
    address = flatten_text(url)
    if not is_web_address(address):
        return label
    encoded = _URL_UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), address)
    return f"[{label}](<{encoded}>)" if label else ""


def is_web_address(url: str) -> bool:
    """Tell whether the address is one that may become a link: http or https, with a host."""
    return _HTTP_URL.match(url) is not None


def _escape_special(match: re.Match[str]) -> str:
    text, at, char = match.string, match.start(), match[0]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if char == "_" and before.isalnum() and after.isalnum():
        return char  # between two letters an underscore opens nothing, and identifiers stay readable
    if char == "&" and after and not (after.isalnum() or after == "#"):
        return char
    if char == "\\" and not after:
        return "&#92;"  # a trailing backslash would escape the cell border the template puts after it
    return "\\" + char


def _guard_edges(escaped: str, flat: str) -> str:
    """Escape what only means something at the start of a line or at the end of a value."""
    escaped = _CLOSING_HASHES.sub(lambda match: "\\#" * len(match[0]), escaped)
    numbered = _NUMBERED_START.match(escaped)
    if numbered:
        escaped = f"{numbered[0]}\\{escaped[numbered.end() :]}"
    elif _BLOCK_START.match(escaped):
        escaped = "\\" + escaped
    if flat.endswith("!"):
        escaped = escaped[:-1] + "\\!"  # or a link that the template puts next would become an image
    return escaped


def _drop_blank_runs(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept or [""]


def _quote_line(line: str, *, breaks: bool) -> str:
    if not line:
        return ">"
    return f"> {line}\\" if breaks else f"> {line}"
