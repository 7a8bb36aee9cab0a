"""Comment bodies as Zendesk keeps them: cleaned HTML, plain text, and rendered placeholders."""

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser

MOST_BYTES = 64 * 1024
"""A comment's body is cut here without a word (Zendesk help, comment limits)."""

_ALLOWED = {
    *("a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4"),
    *("h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody"),
    *("td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
_VOID = {"br", "hr"}
_SILENT = {"script", "style", "iframe", "object", "title", "textarea"}
_BLOCKS = {"p", "div", "li", "br", "tr", "pre", "blockquote", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "table"}
_SAFE_LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\\?\{\{[^{}]*\}\}|\{%[^%{}]*%\}")

Lookup = Callable[[str], str]


class _Cleaner(HTMLParser):
    """Writes allowed elements and escaped text, with placeholders rendered outside of code."""

    def __init__(self, lookup: Lookup | None) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.plain: list[str] = []
        self._lookup = lookup
        self._open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if self._silent or tag not in _ALLOWED:
            return
        if tag in _BLOCKS:
            self.plain.append("\n")
        href = next((value for name, value in attrs if name == "href" and value), "")
        if tag == "a" and _SAFE_LINK.match(href):
            self.parts.append(f'<a href="{html.escape(href)}" rel="noopener noreferrer">')
        else:
            self.parts.append(f"<{tag}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
            return
        if self._silent or tag not in self._open:
            return
        while self._open:
            last = self._open.pop()
            self.parts.append(f"</{last}>")
            if last == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._lookup is not None and not {"code", "pre"} & set(self._open):
            data = render_placeholders(data, self._lookup)
        self.parts.append(html.escape(data, quote=False))
        self.plain.append(data)

    def handle_entityref(self, name: str) -> None:
        self._write_reference(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._write_reference(f"&#{name};")

    def close(self) -> None:
        super().close()
        while self._open:
            self.parts.append(f"</{self._open.pop()}>")

    def _write_reference(self, reference: str) -> None:
        if not self._silent:
            text = html.unescape(reference)
            self.parts.append(html.escape(text, quote=False))
            self.plain.append(text)


def render_placeholders(text: str, lookup: Lookup) -> str:
    """Render `{{...}}` as Zendesk does in agents' comments; unknown ones vanish, a backslash protects."""

    def spell(match: re.Match[str]) -> str:
        found = match.group()
        if found.startswith("\\"):
            return found[1:]
        return lookup(found[2:-2].strip()) if found.startswith("{{") else ""

    return _PLACEHOLDER.sub(spell, text)


def clean_html(source: str, lookup: Lookup | None = None) -> tuple[str, str]:
    """The HTML that Zendesk would keep, and its plain text."""
    cleaner = _Cleaner(lookup)
    cleaner.feed(cut_bytes(source))
    cleaner.close()
    plain = re.sub(r"\n{3,}", "\n\n", "".join(cleaner.plain)).strip()
    return f'<div class="zd-comment" dir="auto">{"".join(cleaner.parts)}</div>', plain


def html_of_text(text: str) -> str:
    """The HTML that Zendesk shows for a plain body."""
    blocks = [html.escape(block, quote=False).replace("\n", "<br>") for block in text.split("\n\n") if block]
    paragraphs = "".join(f'<p dir="auto">{block}</p>' for block in blocks)
    return f'<div class="zd-comment" dir="auto">{paragraphs}</div>'


def tidy_text(text: str, lookup: Lookup | None = None) -> str:
    """A plain body as Zendesk keeps it: cut, placeholders rendered, repeated blanks collapsed."""
    cut = cut_bytes(text)
    rendered = cut if lookup is None else render_placeholders(cut, lookup)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" {2,}", " ", rendered))


def cut_bytes(text: str) -> str:
    """Cut a text to the byte limit of a comment."""
    encoded = text.encode()
    return text if len(encoded) <= MOST_BYTES else encoded[:MOST_BYTES].decode(errors="ignore")
