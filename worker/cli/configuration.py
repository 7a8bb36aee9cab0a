"""Commands about the configuration."""

import os
from pathlib import Path
from typing import Annotated

import typer

from mappings.loader import PolicyProblem, load_policy
from worker.cli.output import JSON_OPTION, ExitCode, print_json, print_problems, print_text
from worker.settings import Need, SettingsProblem, load_settings

_POLICY_OPTION = typer.Option("--policy", help="A folder with policy overlays, instead of ESCALATOR_POLICY_DIR.")


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    group = typer.Typer(help="Settings and policy.", no_args_is_help=True)
    group.command("check")(check)
    app.add_typer(group, name="config")


def check(
    *,
    policy: Annotated[Path | None, _POLICY_OPTION] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Check all settings and the whole policy; every mistake is told at once, nothing is contacted."""
    problems: list[str] = []
    folder = policy
    try:
        settings = load_settings(Need.WORKER)
        folder = policy or settings.policy_dir
    except SettingsProblem as problem:
        problems += problem.problems
        named = os.environ.get("ESCALATOR_POLICY_DIR", "").strip()
        folder = policy or (Path(named) if named and Path(named).is_dir() else None)
    digest = None
    try:
        digest = load_policy(folder).digest
    except PolicyProblem as problem:
        problems += problem.problems
    if as_json:
        print_json({"ok": not problems, "problems": problems, "policy_digest": digest})
    elif problems:
        print_problems(problems)
    else:
        print_text(f"settings and policy are in order; policy digest {digest}")
    if problems:
        raise typer.Exit(int(ExitCode.USAGE))
