"""Which module holds which command: only the one that is called is loaded, so that a role carries no other."""

from collections.abc import Mapping
from importlib import import_module

import typer

from worker.cli.examples import add_examples

_HELP = "Reads Zendesk tickets, judges them with evidence, opens one Jira issue per problem, writes the state back."

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "service": ("serve",),
    "condition": ("poll", "status", "health", "db"),
    "judgement": ("score", "explain", "brief"),
    "configuration": ("config",),
    "doctor": ("doctor",),
    "erasure": ("erase",),
    "backfill": ("backfill",),
    "deadletters": ("deadletters",),
    "escalations": ("due", "snooze", "escalate", "deescalate", "close"),
    "init": ("init",),
    "patterns": ("patterns",),
    "provision": ("provision",),
    "similar": ("similar",),
    "simulation": ("simulate",),
    "trails": ("audit", "export"),
    "trial": ("demo", "sandbox"),
}
"""The words that begin a command, by the module beside this one that adds them; in the order of the help."""


def build_app(first: str | None = None) -> typer.Typer:
    """The command line: of the module that holds the command `first`, or all of it when there is no such command."""
    app = typer.Typer(
        name="escalator",
        callback=_stand_first,
        help=_HELP,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    holders = [module for module, words in COMMANDS.items() if first in words]
    for module in holders or COMMANDS:
        import_module(f"worker.cli.{module}").register(app)
    add_examples(app)
    return app


def _stand_first() -> None:
    """Keeps the command's word in the line: typer would take a command that stands alone for the whole line."""
