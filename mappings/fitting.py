"""Fits a brief into what the tracker takes, giving up the least valuable words first."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from mappings.adf import measure_adf, render_adf
from mappings.brief import Brief
from mappings.markdown import parse_markdown, split_blocks
from mappings.render import render_template
from mappings.wiki import render_wiki

ADF_LIMIT = 30_000
"""Safe length of a serialised description: Jira's default limit is 32,767 characters, and how it counts varies."""

CUT_MARK = "… (cut; whole text in the attached brief)"
_CUT_NOTE = "*" + CUT_MARK + "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Squeeze:
    """Shorten one section of the brief: texts to `length` characters, lists to `count` entries."""

    part: str
    length: int
    count: int


# From the least valuable words to the dearest: what can be read on the ticket goes first, what a receiving
# team cannot do without (summary, ask, the first reproduction steps) goes last.
LADDER = (
    Squeeze(part="context", length=300, count=12),
    Squeeze(part="evidence", length=300, count=10),
    Squeeze(part="communication", length=600, count=10),
    Squeeze(part="tried", length=400, count=12),
    Squeeze(part="impact", length=500, count=12),
    Squeeze(part="repro", length=2_500, count=25),
    Squeeze(part="description", length=1_500, count=8),
    Squeeze(part="context", length=120, count=3),
    Squeeze(part="evidence", length=120, count=5),
    Squeeze(part="tried", length=160, count=6),
    Squeeze(part="part", length=800, count=5),
    Squeeze(part="communication", length=200, count=3),
    Squeeze(part="repro", length=600, count=15),
    Squeeze(part="impact", length=160, count=6),
    Squeeze(part="description", length=500, count=3),
    Squeeze(part="missing", length=160, count=6),
    Squeeze(part="repro", length=200, count=10),
    Squeeze(part="context", length=80, count=1),
    Squeeze(part="evidence", length=80, count=3),
    Squeeze(part="tried", length=100, count=3),
    Squeeze(part="description", length=300, count=2),
    Squeeze(part="repro", length=120, count=6),
    Squeeze(part="opening", length=300, count=1),
    Squeeze(part="need", length=400, count=1),
    Squeeze(part="summary", length=250, count=1),
)
_FAR_BEYOND = 4  # Markdown is at most about twice as long as what it says, and ADF is never shorter than that
_KEPT_WHOLE = frozenset({"url"})


def measure_markdown(markdown: str) -> int:
    """Return the length of the Markdown once it is serialised ADF."""
    return measure_adf(render_adf(parse_markdown(markdown)))


def measure_as_wiki(markdown: str) -> int:
    """Return the length of the Markdown once it is spelt as wiki markup."""
    return len(render_wiki(parse_markdown(markdown)))


def fit_brief(
    brief: Brief,
    overlay: Path | None = None,
    *,
    limit: int = ADF_LIMIT,
    measure: Callable[[str], int] = measure_markdown,
) -> tuple[str, bool]:
    """Return the brief's Markdown within `limit` by `measure`, and whether anything was cut.

    Texts are cut at a word with a visible mark, lists lose their last entries, and the brief names the sections
    that were shortened. Should a template be too long by itself, blocks before its last one (the footer) go too.
    Raises TemplateProblem.
    """
    markdown = _render(brief, overlay)
    if _fits(markdown, limit, measure):
        return markdown, False
    for squeeze in LADDER:
        squeezed = squeeze_brief(brief, squeeze)
        if squeezed is brief:
            continue
        brief = squeezed
        markdown = _render(brief, overlay)
        if _fits(markdown, limit, measure):
            return markdown, True
    return _drop_blocks(markdown, limit, measure), True


def squeeze_brief(brief: Brief, squeeze: Squeeze) -> Brief:
    """Return the brief with one section shortened and named in `cut`; the same object when it was short enough."""
    before = getattr(brief, squeeze.part)
    after = _shorten(before, squeeze)
    if after == before:
        return brief
    cut = brief.cut if squeeze.part in brief.cut else (*brief.cut, squeeze.part)
    return replace(brief, cut=cut, **{squeeze.part: after})


def _render(brief: Brief, overlay: Path | None) -> str:
    return render_template("brief.md.j2", {"brief": brief}, overlay)


def _fits(markdown: str, limit: int, measure: Callable[[str], int]) -> bool:
    """Measuring reads the whole text, so what is far beyond the limit is not measured at all."""
    return len(markdown) <= _FAR_BEYOND * limit and measure(markdown) <= limit


def _shorten(value: Any, squeeze: Squeeze) -> Any:
    if isinstance(value, str):
        return _cut_text(value, squeeze.length)
    if isinstance(value, tuple):
        return tuple(_shorten(entry, squeeze) for entry in value[: squeeze.count])
    if is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in fields(value) if one.name not in _KEPT_WHOLE]
        return replace(value, **{name: _shorten(getattr(value, name), squeeze) for name in names})
    return value


def _cut_text(text: str, length: int) -> str:
    """Cut at a white space where one is near; lines are kept, since the text may be a log."""
    if len(text) <= length:
        return text
    room = text[: max(1, length - len(CUT_MARK))]
    at_word = max(room.rfind(" "), room.rfind("\n"))
    return room[: at_word if at_word > len(room) // 2 else len(room)].rstrip() + CUT_MARK


def _drop_blocks(markdown: str, limit: int, measure: Callable[[str], int]) -> str:
    """Keep as many leading blocks as fit with the mark and the last block, which carries the token."""
    *body, footer = split_blocks(markdown)
    low, high = 0, len(body)
    while low < high:
        middle = (low + high + 1) // 2
        if measure("\n\n".join([*body[:middle], _CUT_NOTE, footer])) <= limit:
            low = middle
        else:
            high = middle - 1
    return "\n\n".join([*body[:low], _CUT_NOTE, footer]) + "\n"
