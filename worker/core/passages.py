"""Sets a mail's passages apart: the author's own words, quoted mail, signature, disclaimer and log excerpts.

Only own words are judged. Everything works line by line on a copy of the body in which mark-up and control
characters were blanked without changing its length, so that a place in the copy is the place in the body.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from worker.core.mailmarks import (
    CLOSING,
    DISCLAIMER,
    FENCE,
    GREETING,
    LOG,
    MAIL_HEADER,
    POSTSCRIPT,
    QUOTE_HEADER,
    SIGNATURE_MARK,
)


class PassageKind(StrEnum):
    """Whose words a line holds."""

    OWN = "own"
    QUOTED = "quoted"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"
    LOG = "log"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a body with its place and kind; `end` excludes the line break."""

    start: int
    end: int
    kind: PassageKind


_TAG = re.compile(
    r"<(?:/?(?:div|p|br|span|b|i|u|a|em|strong|font|table|tr|td|th|tbody|thead|ul|ol|li|html|body|head|style"
    r"|img|hr|pre|code"
    r"|blockquote|h[1-6]|meta|o:p|center|small)\b[^<>]{0,2000}|!--[^<>]{0,2000}--)>",
    re.I,
)
_BREAKING_TAG = re.compile(r"</?(?:div|p|br|tr|li|table|ul|ol|h[1-6]|hr|pre|blockquote)\b", re.I)
_STYLE_BLOCK = re.compile(r"<(style|script)\b[^>]{0,500}>", re.I)
_ENTITY = re.compile(
    r"&(?:nbsp|amp|lt|gt|quot|apos|#39|#160|#34|[aouAOU]uml|szlig|eacute|egrave|ccedil|ntilde|rsquo|lsquo);"
)
_ENTITIES = {
    "&nbsp;": " ", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&#39;": "'", "&#160;": " ",
    "&#34;": '"', "&auml;": "ä", "&ouml;": "ö", "&uuml;": "ü", "&Auml;": "Ä", "&Ouml;": "Ö", "&Uuml;": "Ü",
    "&szlig;": "ß", "&eacute;": "é", "&egrave;": "è", "&ccedil;": "ç", "&ntilde;": "ñ",
    "&rsquo;": "'", "&lsquo;": "'",
}  # fmt: skip
# Everything below space but tab and line feed, the C1 block, and invisible direction or joining marks.
_BLANKED = dict.fromkeys(
    (*range(9), *range(11, 32), *range(127, 160), 160, *range(8203, 8208), *range(8234, 8239), 8288, 65279), " "
)
_BLANKED |= {0x2028: "\n", 0x2029: "\n"}

_NAME = re.compile(r"[^\W\d_]+")
_TITLES = frozenset(
    [
        "dr",
        "prof",
        "mr",
        "mrs",
        "ms",
        "herr",
        "frau",
        "hr",
        "fr",
        "sr",
        "sra",
        "mme",
        "m",
        "ing",
        "dipl",
        "mag",
        "mba",
        "phd",
    ]
)
_LONGEST_SIGNATURE_LINE = 90
_LONGEST_SIGNATURE = 14
_LONGEST_NAME = 6
_LONGEST_WORDLIKE = 30
_SYMBOLS = re.compile(r"[{}\[\]<>=|\\_;/\"#$%^~`]")


def blank_markup(body: str) -> str:
    """`body` with tags, entities and control characters replaced by spaces; the length stays the same."""
    clean = body.translate(_BLANKED)
    if "<" in clean:
        clean = _TAG.sub(_blank_tag, _blank_style(clean))
    return _ENTITY.sub(_blank_entity, clean) if "&" in clean else clean


def sort_lines(clean: str, author_name: str = "") -> tuple[Line, ...]:
    """The lines of `clean` with whose words they hold; `author_name` helps to see where a signature starts."""
    spans = _list_spans(clean)
    kinds = _find_quotes(clean, spans)
    _mark_logs(clean, spans, kinds)
    _mark_disclaimers(clean, spans, kinds)
    _mark_signature(clean, spans, kinds, _name_words(author_name))
    return tuple(Line(start=low, end=high, kind=kind) for (low, high), kind in zip(spans, kinds, strict=True))


def is_greeting(text: str) -> bool:
    """True for a line that only greets."""
    return len(text) < _LONGEST_SIGNATURE_LINE and GREETING.match(text) is not None


def _blank_tag(match: re.Match[str]) -> str:
    width = match.end() - match.start()
    return "\n" + " " * (width - 1) if _BREAKING_TAG.match(match[0]) else " " * width


def _blank_entity(match: re.Match[str]) -> str:
    return _ENTITIES[match[0]].ljust(match.end() - match.start())


def _blank_style(clean: str) -> str:
    for opening in _STYLE_BLOCK.finditer(clean):
        closing = clean.lower().find(f"</{opening[1].lower()}", opening.end())
        if closing > 0:
            clean = clean[: opening.start()] + " " * (closing - opening.start()) + clean[closing:]
    return clean


def _list_spans(clean: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    for line in clean.split("\n"):
        spans.append((at, at + len(line)))
        at += len(line) + 1
    return spans


def _find_quotes(clean: str, spans: Sequence[tuple[int, int]]) -> list[PassageKind]:
    kinds = [PassageKind.OWN] * len(spans)
    for index, (low, high) in enumerate(spans):
        line = clean[low : min(high, low + 400)]
        if line.lstrip(" \t").startswith(">"):
            kinds[index] = PassageKind.QUOTED
        elif _opens_quote(clean, spans, index, line):
            following = next((clean[a:b] for a, b in spans[index + 1 :] if clean[a:b].strip()), "")
            if following.lstrip().startswith(">"):
                kinds[index] = PassageKind.QUOTED
            else:
                kinds[index:] = [PassageKind.QUOTED] * (len(spans) - index)
                break
    return kinds


def _opens_quote(clean: str, spans: Sequence[tuple[int, int]], index: int, line: str) -> bool:
    if not line.strip():
        return False
    if QUOTE_HEADER.match(line):
        return True
    if not MAIL_HEADER.match(line):
        return False
    beside = [clean[a : min(b, a + 200)] for a, b in spans[index + 1 : index + 4]]
    return sum(1 for other in beside if MAIL_HEADER.match(other)) >= 2  # noqa: PLR2004  # one "To:" is no header


def _mark_logs(clean: str, spans: Sequence[tuple[int, int]], kinds: list[PassageKind]) -> None:
    fenced = False
    for index, (low, high) in enumerate(spans):
        if kinds[index] is not PassageKind.OWN:
            continue
        line = clean[low : min(high, low + 400)]
        if FENCE.match(line):
            fenced = not fenced
            kinds[index] = PassageKind.LOG
        elif fenced or LOG.match(line) or _is_symbols(line):
            kinds[index] = PassageKind.LOG


def _is_symbols(line: str) -> bool:
    """True for a line that no person wrote as prose: symbols or unbroken runs make up too much of it."""
    text = line.strip()
    if len(text) < 24 or text.startswith("http"):  # noqa: PLR2004  # too short to tell
        return False
    words = text.split()
    return len(_SYMBOLS.findall(text)) * 6 > len(text) or (
        text.isascii() and len(text) > _LONGEST_WORDLIKE * 2 and len(words) * _LONGEST_WORDLIKE < len(text)
    )


def _mark_disclaimers(clean: str, spans: Sequence[tuple[int, int]], kinds: list[PassageKind]) -> None:
    """A disclaimer reaches from the line that speaks like one to the end of its paragraph."""
    speaking = False
    for index, (low, high) in enumerate(spans):
        line = clean[low : min(high, low + 600)]
        if not line.strip():
            speaking = False
        elif kinds[index] is PassageKind.OWN:
            speaking = speaking or (DISCLAIMER.search(line) is not None and _is_tail(clean, spans, kinds, index))
            if speaking:
                kinds[index] = PassageKind.DISCLAIMER


def _is_tail(clean: str, spans: Sequence[tuple[int, int]], kinds: Sequence[PassageKind], index: int) -> bool:
    after = sum(
        1
        for (a, b), kind in zip(spans[index + 1 :], kinds[index + 1 :], strict=True)
        if kind is PassageKind.OWN and clean[a:b].strip()
    )
    before = sum(1 for a, b in spans[:index] if clean[a:b].strip())
    return before > 0 and after <= _LONGEST_SIGNATURE


def _name_words(author_name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _NAME.findall(author_name) if len(word) > 1)


def _mark_signature(
    clean: str, spans: Sequence[tuple[int, int]], kinds: list[PassageKind], names: frozenset[str]
) -> None:
    own = [i for i, (low, high) in enumerate(spans) if kinds[i] is PassageKind.OWN and clean[low:high].strip()]
    tail = own[-_LONGEST_SIGNATURE:]
    for index in tail:
        if index == own[0] and len(own) > 1 and not SIGNATURE_MARK.match(_line(clean, spans, index)):
            continue
        if _starts_signature(_line(clean, spans, index), names, is_only=len(own) == 1) and _reads_as_signature(
            clean, spans, own, index
        ):
            _sign_from(clean, spans, kinds, index)
            return


def _line(clean: str, spans: Sequence[tuple[int, int]], index: int) -> str:
    low, high = spans[index]
    return clean[low : min(high, low + 400)]


def _starts_signature(line: str, names: frozenset[str], *, is_only: bool) -> bool:
    if len(line) > _LONGEST_SIGNATURE_LINE or is_only:
        return False
    if SIGNATURE_MARK.match(line) or CLOSING.match(line):
        return True
    words = [word.lower() for word in _NAME.findall(line)]
    return (
        bool(words)
        and len(words) <= _LONGEST_NAME
        and any(word in names for word in words)
        and all(word in names or word in _TITLES or len(word) == 1 for word in words)
    )


def _reads_as_signature(clean: str, spans: Sequence[tuple[int, int]], own: Sequence[int], index: int) -> bool:
    """True when what follows is short lines, as names, posts and addresses are."""
    if SIGNATURE_MARK.match(_line(clean, spans, index)):
        return True
    following = [_line(clean, spans, i) for i in own if i > index]
    lines = following[: next((n for n, line in enumerate(following) if POSTSCRIPT.match(line)), len(following))]
    return all(len(line) <= _LONGEST_SIGNATURE_LINE for line in lines)


def _sign_from(clean: str, spans: Sequence[tuple[int, int]], kinds: list[PassageKind], index: int) -> None:
    for i in range(index, len(spans)):
        if POSTSCRIPT.match(_line(clean, spans, i)):
            return
        if kinds[i] is PassageKind.OWN:
            kinds[i] = PassageKind.SIGNATURE
