"""How commands are added: each with examples in its help, so that nobody has to guess how it is called."""

from collections.abc import Callable
from typing import Any

import typer


def add_command(app: typer.Typer, name: str, command: Callable[..., Any], *examples: str) -> None:
    """Adds a command; the examples stand at the end of its help, one on a line."""
    app.command(name, epilog=_spell_examples(examples))(command)


def add_group(app: typer.Typer, name: str, text: str) -> typer.Typer:
    """Adds a group of commands, which says what it holds when nothing more is given."""
    group = typer.Typer(help=text, no_args_is_help=True)
    app.add_typer(group, name=name)
    return group


def _spell_examples(examples: tuple[str, ...]) -> str:
    # click keeps the lines of a paragraph that begins with this mark.
    return "\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)
