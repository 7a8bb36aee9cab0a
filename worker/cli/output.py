"""How commands print: results on stdout, everything else on stderr, colour only on a terminal."""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from enum import IntEnum

import typer
from rich.console import Console
from rich.text import Text


class ExitCode(IntEnum):
    """What a command's exit says."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3


# What a terminal would obey or could not be written: control characters but line end and tab, separators,
# bidirectional overrides, half surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

JSON_OPTION = typer.Option("--json", help="Print only JSON on stdout.")


def print_json(value: object) -> None:
    """One JSON value on one line of stdout; what a terminal would obey is written as a JSON escape."""
    sys.stdout.write(_UNSAFE.sub(_spell_escape, json.dumps(value, ensure_ascii=False)) + "\n")
    sys.stdout.flush()


def print_text(text: str) -> None:
    """Lines for people on stdout; what a terminal would obey is made visible."""
    sys.stdout.write(_UNSAFE.sub(_spell_escape, text.rstrip("\n")) + "\n")
    sys.stdout.flush()


def print_verbatim(text: str) -> None:
    """Text on stdout as it is, line ends included; its makers have taken care of what it holds."""
    sys.stdout.write(text)
    sys.stdout.flush()


def print_figures(figures: Mapping[str, object]) -> None:
    """Names and values in two columns."""
    width = max(map(len, figures), default=0)
    for name, value in figures.items():
        print_text(f"{name.replace('_', ' '):<{width + 2}}{'-' if value is None else value}")


def blank_controls(line: str) -> str:
    """The line with a blank for everything that a terminal would take for a command."""
    return "".join(char if char.isprintable() else " " for char in line)


def print_problems(problems: Iterable[str]) -> None:
    """Every mistake on a line of its own, on stderr."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for problem in problems:
        console.print(Text.assemble(("error: ", "bold red"), blank_controls(problem)))


def fail(code: ExitCode, *problems: str) -> typer.Exit:
    """Prints the problems and makes the exit that the caller raises."""
    print_problems(problems)
    return typer.Exit(int(code))


def _spell_escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
