"""Leaves of a report what its author says about the matter: no quoted mail, signature, greeting or form footer.

Machine output stays: an error text pasted by three customers is the best evidence there is.
"""

import re
from collections.abc import Iterator

from worker.core.passages import PassageKind, blank_markup, is_greeting, sort_lines

_LONGEST_BODY = 8_000
_LONGEST_SUBJECT = 300
_PREFIX = re.compile(
    r"^\s*(?:(?:re|fwd?|aw|wg|rv|tr|sv|vs|antw|res|enc)\s?(?:\[\d{1,2}\])?\s?:|\[(?:ext|extern|external|spam|caution)\])\s*",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"^[ \t]*(?:[-_=*~]{3,}.{0,80}|\[(?:…|\.\.\.)\][ \t]*)$")
_FORM_LINE = re.compile(r"^[ \t]*[^\W\d_][\w /()-]{0,30}:[ \t]*\S.{0,200}$")
_GREETING_START = re.compile(
    r"^(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|guten (?:tag|morgen|abend)|hallo|moin|hola"
    r"|buen[oa]s (?:d[ií]as|tardes)|bonjour|bonsoir|salut)(?: [\w.'’-]{1,20}){0,3}[,!:.–-]+\s+",
    re.IGNORECASE,
)
_STOP = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[。！？])")
_MOST_PREFIXES = 4
_MOST_SENTENCES = 60
_FEWEST_FORM_LINES = 2


def clean_subject(subject: str) -> str:
    """The subject without marks of replying, forwarding and outside mail."""
    text = subject[:_LONGEST_SUBJECT].strip()
    for _ in range(_MOST_PREFIXES):
        text = _PREFIX.sub("", text)
    return text


def clean_body(body: str, author_name: str) -> str:
    """The author's own lines and pasted machine output, one line each."""
    clean = blank_markup(body[:_LONGEST_BODY])
    lines = sort_lines(clean, author_name.replace("@", " "))
    kept = [clean[line.start : line.end].strip() for line in lines if line.kind in _KEPT]
    return "\n".join(_drop_forms(line for line in kept if line and not is_greeting(line)))


def cut_report(subject: str, body: str, author_name: str) -> tuple[str, ...]:
    """The sentences of a report, the subject first, at most 60."""
    parts = [clean_subject(subject), *_STOP.split(_GREETING_START.sub("", clean_body(body, author_name)))]
    return tuple(part.strip() for part in parts if part.strip())[:_MOST_SENTENCES]


_KEPT = frozenset({PassageKind.OWN, PassageKind.LOG})


def _drop_forms(lines: Iterator[str]) -> Iterator[str]:
    """Leaves out what a web form appended: a rule of dashes and the labelled lines after it."""
    waiting: list[str] = []
    in_footer = False
    for line in lines:
        if _FOOTER.match(line):
            yield from _keep_few(waiting)
            waiting, in_footer = [], True
        elif in_footer and _FORM_LINE.match(line):
            waiting.append(line)
        elif in_footer and len(waiting) >= _FEWEST_FORM_LINES:
            waiting, in_footer = [], False
            yield line
        else:
            yield from _keep_few(waiting)
            waiting, in_footer = [], False
            yield line
    yield from _keep_few(waiting)


def _keep_few(waiting: list[str]) -> list[str]:
    return waiting if len(waiting) < _FEWEST_FORM_LINES else []
