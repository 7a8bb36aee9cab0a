"""The one block that CommonMark lacks and our templates need: a box and a part that folds.

    ::: panel warning
    Any blocks. The kinds are info, note, success, warning, error.
    :::

    :::: expand Timeline
    A longer fence may hold a shorter one.
    ::::

The fence is three or more colons at the start of a line (inside a list item or quote: of its content). It
closes with a line of at least as many colons, or with its parent. Anything else that starts with colons is
text.
"""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from mappings.blocks import PANEL_KINDS

OPEN = "container_open"
CLOSE = "container_close"
_MARKER = ":"
_SHORTEST = 3


def add_containers(markdown: MarkdownIt) -> None:
    """Teach the parser the container block; it may interrupt paragraphs, lists and quotes."""
    options = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    markdown.block.ruler.before("fence", "container", _read_container, options)  # type: ignore[arg-type]


def split_info(info: str) -> tuple[str, str] | None:
    """Return ("panel", kind) or ("expand", title) from what follows the colons; None when it is neither."""
    name, _, rest = info.strip().partition(" ")
    rest = rest.strip()
    if (name == "panel" and rest in PANEL_KINDS) or (name == "expand" and rest):
        return name, rest
    return None


def _read_container(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    width = _fence_width(state, start)
    info = _line_text(state, start)[width:]
    if width < _SHORTEST or split_info(info) is None:
        return False
    if silent:
        return True
    last, is_closed = _find_close(state, start, end, width)
    after = last + 1 if is_closed else last
    _push_content(state, start, last, info).map = [start, after]
    state.line = after
    return True


def _push_content(state: StateBlock, start: int, last: int, info: str) -> Token:
    parent, line_max = state.parentType, state.lineMax
    state.parentType = "container"
    state.lineMax = last  # a paragraph inside must not run on past the closing fence
    opening = state.push(OPEN, "div", 1)
    opening.block, opening.info = True, info
    state.md.block.tokenize(state, start + 1, last)
    state.push(CLOSE, "div", -1).block = True
    state.parentType, state.lineMax = parent, line_max
    return opening


def _find_close(state: StateBlock, start: int, end: int, width: int) -> tuple[int, bool]:
    """The line of the closing fence and True, or the first line after the parent's end and False."""
    for line in range(start + 1, end):
        if not state.isEmpty(line) and state.sCount[line] < state.blkIndent:
            return line, False
        if _fence_width(state, line) >= width and not _line_text(state, line).strip(_MARKER).strip():
            return line, True
    return end, False


def _fence_width(state: StateBlock, line: int) -> int:
    if state.is_code_block(line):
        return 0
    text = _line_text(state, line)
    return len(text) - len(text.lstrip(_MARKER))


def _line_text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
