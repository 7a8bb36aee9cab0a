"""Commands about the configuration."""

import json
import os
import sys
from getpass import getpass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from mappings.difference import KeyChange, PolicyDifference, compare_policy
from mappings.loader import load_policy
from mappings.mistakes import PolicyProblem
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_problems, print_text
from worker.credentials import write_hash
from worker.settings import Need, SettingsProblem, load_settings

_POLICY_OPTION = typer.Option("--policy", help="A folder with policy overlays, instead of ESCALATOR_POLICY_DIR.")


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    group = typer.Typer(help="Settings and policy.", no_args_is_help=True)
    group.command("check")(check)
    group.command("diff")(diff)
    group.command("password")(hash_password)
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


def diff(
    *,
    policy: Annotated[Path | None, _POLICY_OPTION] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show what the policy folder changes of the shipped rules, key by key; nothing is contacted."""
    folder = policy or load_settings().policy_dir
    if folder is None:
        raise fail(ExitCode.USAGE, "there is no policy folder: set ESCALATOR_POLICY_DIR, or write --policy DIR")
    digest = load_policy(folder).digest
    found = compare_policy(folder)
    if as_json:
        print_json(_spell_difference(found, digest))
    else:
        print_text(_word_difference(found, digest))


def hash_password() -> None:
    """Ask for a password and print what may stand for it in ESCALATOR_DASHBOARD_VIEWER or _OPERATOR, as name:HASH."""
    password = getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not password:
        raise fail(ExitCode.USAGE, "write a password; without a terminal, on the first line of stdin")
    print_text(write_hash(password))


def _spell_difference(found: PolicyDifference, digest: str) -> dict[str, object]:
    changes = [
        {
            "file": change.file,
            "key": change.key,
            "shipped": _spell_value(change.shipped),
            "own": _spell_value(change.own),
            "needless": change.is_needless,
        }
        for change in found.keys
    ]
    templates = [{"file": change.file, "lines": list(change.lines)} for change in found.templates]
    return {
        "policy_digest": digest,
        "shipped_digest": load_policy().digest,
        "changes": changes,
        "templates": templates,
    }


def _spell_value(value: Any) -> Any:
    """A value of TOML as JSON has it: dates and times as text, also inside lists and tables."""
    return json.loads(json.dumps(value, default=str))


def _word_difference(found: PolicyDifference, digest: str) -> str:
    lines: list[str] = []
    for file, changes in groupby(found.keys, key=lambda change: change.file):
        lines += [file, *(_word_change(change) for change in changes)]
    for template in found.templates:
        lines += [template.file, *(f"  {line}" for line in template.lines or ("as shipped: needless",))]
    return "\n".join([*(lines or ["nothing differs from the shipped rules"]), f"policy digest {digest}"])


def _word_change(change: KeyChange) -> str:
    own = _word_value(change.own)
    if change.is_needless:
        return f"  {change.key} = {own}  (as shipped: needless)"
    if change.shipped is None:
        return f"  {change.key} = {own}  (not shipped)"
    return f"  {change.key} = {own}  (shipped: {_word_value(change.shipped)})"


def _word_value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
