"""The command line as a tree, to hold against what documents and manifests call."""

import shlex
from collections.abc import Sequence
from typing import Any

from typer.main import get_command

from worker.cli.app import app


def find_fault(words: Sequence[str]) -> str | None:
    """What of `escalator WORDS` does not exist: a sub-command or an option; None when all of it does."""
    here: Any = get_command(app)
    rest = list(words)
    while hasattr(here, "commands"):
        if not rest:
            return "no sub-command"
        if rest[0] not in here.commands:
            return f"no command {rest[0]!r}"
        here = here.commands[rest.pop(0)]
    known = {option for parameter in here.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word.split("=")[0] not in known]
    return f"no option {unknown[0]}" if unknown else None


def split_words(text: str) -> list[str]:
    """The words after `escalator` up to a comment or a shell's operator."""
    words = shlex.split(text, comments=True)
    end = next((at for at, word in enumerate(words) if word in {"|", "&&", ";", ">"}), len(words))
    return words[:end]
