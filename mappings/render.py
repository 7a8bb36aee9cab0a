"""Turns records into Markdown through templates that operations may replace, file by file.

Where an operator has files of their own, every template is tried on sample briefs before the service starts, so that
a typing mistake never meets a ticket.
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

from jinja2 import Template, TemplateError, TemplateNotFound, TemplateSyntaxError

from mappings.environment import SHIPPED_TEMPLATES, TEMPLATE_SUFFIX, build_environment, find_unusable
from mappings.sample import list_samples

__all__ = ["TemplateProblem", "build_environment", "check_templates", "render_template"]

Contexts = tuple[Mapping[str, object], ...]


class TemplateProblem(Exception):
    """A template cannot be used: which file, which line (0 when unknown), and what is wrong."""

    def __init__(self, name: str, line: int, problem: str) -> None:
        super().__init__(f"{name}, line {line}: {problem}" if line else f"{name}: {problem}")
        self.name = name
        self.line = line
        self.problem = problem


def render_template(name: str, context: Mapping[str, object], overlay: Path | None = None) -> str:
    """Return the Markdown of the template with this file name; raises TemplateProblem."""
    try:
        return _load_template(name, overlay).render(dict(context))
    except TemplateSyntaxError as error:
        raise TemplateProblem(error.name or name, error.lineno, error.message or "syntax error") from error
    except TemplateNotFound as error:
        raise TemplateProblem(name, 0, f"no template {error.name!r}") from error
    except Exception as error:  # a template of an operator's own may raise anything
        where, line = _locate_failure(error.__traceback__, overlay)
        raise TemplateProblem(where or name, line, _word_failure(error)) from error


def check_templates(overlay: Path | None = None) -> tuple[str, ...]:
    """Return every mistake of all templates: syntax, unusable constructs, unknown file names, sample renderings.

    `overlay` is the folder with an operator's own `*.md.j2`; a name that starts with "_" is a part to include.
    """
    samples = list_samples()
    return tuple(
        problem
        for name in sorted({*_list_names(SHIPPED_TEMPLATES), *(_list_names(overlay) if overlay else ())})
        for problem in _check_template(name, samples.get(name), overlay)
    )


@functools.lru_cache(maxsize=32)
def _load_template(name: str, overlay: Path | None) -> Template:
    return build_environment(overlay).get_template(name)


def _locate_failure(trace: TracebackType | None, overlay: Path | None) -> tuple[str, int]:
    """The innermost template file and line that a traceback passes through."""
    folders = {str(folder) for folder in (overlay, SHIPPED_TEMPLATES) if folder is not None}
    found = ("", 0)
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if str(file.parent) in folders and file.name.endswith(TEMPLATE_SUFFIX):
            found = (file.name, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _word_failure(error: Exception) -> str:
    if isinstance(error, TemplateError):
        return error.message or type(error).__name__
    return f"{type(error).__name__}: {error}"


def _list_names(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(f"*{TEMPLATE_SUFFIX}")]


def _check_template(name: str, contexts: Contexts | None, overlay: Path | None) -> Iterator[str]:
    problems = list(_check_source(name, overlay))
    yield from problems
    if contexts is None and not name.startswith("_"):
        yield f"{name}: no template has this name; known are {', '.join(sorted(list_samples()))}"
    if not problems:
        yield from dict.fromkeys(_try_contexts(name, contexts or (), overlay))


def _check_source(name: str, overlay: Path | None) -> Iterator[str]:
    own = overlay / name if overlay else None
    path = own if own is not None and own.is_file() else SHIPPED_TEMPLATES / name
    try:
        for line, problem in find_unusable(build_environment(overlay), path.read_text(encoding="utf-8")):
            yield str(TemplateProblem(name, line, problem))
    except TemplateSyntaxError as error:
        yield str(TemplateProblem(name, error.lineno, error.message or "syntax error"))
    except (UnicodeDecodeError, OSError) as error:
        yield str(TemplateProblem(name, 0, f"cannot be read: {error}"))


def _try_contexts(name: str, contexts: Contexts, overlay: Path | None) -> Iterator[str]:
    for context in contexts:
        try:
            render_template(name, context, overlay)
        except TemplateProblem as problem:
            yield str(problem)
