"""The README tells the truth: its table of settings is the model's, its commands exist."""

import os
import re
from pathlib import Path

from pydantic import SecretStr
from typer.main import get_command

from mappings.durations import write_duration
from worker.cli.app import app
from worker.core.life import draw_life
from worker.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
START, END = (
    "<!-- settings: from the model; WRITE_GOLDEN=1 pytest tests/test_readme.py rewrites it -->",
    "<!-- end of settings -->",
)

LIFE_START, LIFE_END = (
    "<!-- life: from the table; WRITE_GOLDEN=1 pytest tests/test_readme.py rewrites it -->",
    "<!-- end of life -->",
)


def spell_settings() -> str:
    """The table, a row for each setting."""
    rows = ["| setting | default | what to write |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        shown = write_duration(default) if hasattr(default, "total_seconds") else default
        text = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{PREFIX}{name.upper()}` | {'' if shown is None else f'`{shown}`'} | {text} |")
    return "\n".join(rows)


def test_the_table_of_settings_is_complete() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    head, rest = text.split(START)
    _, tail = rest.split(END)
    if os.environ.get("WRITE_GOLDEN"):
        readme.write_text(f"{head}{START}\n{spell_settings()}\n{END}{tail}", encoding="utf-8")
        text = readme.read_text(encoding="utf-8")
    assert f"{START}\n{spell_settings()}\n{END}" in text


def test_the_drawing_of_an_escalations_life_is_the_tables() -> None:
    readme = ROOT / "README.md"
    head, rest = readme.read_text(encoding="utf-8").split(LIFE_START)
    _, tail = rest.split(LIFE_END)
    whole = f"{head}{LIFE_START}\n```mermaid\n{draw_life()}\n```\n{LIFE_END}{tail}"
    if os.environ.get("WRITE_GOLDEN"):
        readme.write_text(whole, encoding="utf-8")
    assert readme.read_text(encoding="utf-8") == whole


def spell_example() -> str:
    """Every setting as a commented line of an environment file."""
    lines = [
        "# Settings of Escalator; take the # away from what you need. Keep this file readable by its service only.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}", f"#{PREFIX}{name.upper()}=", ""]
    return "\n".join(lines)


def test_the_example_of_settings_is_complete() -> None:
    example = ROOT / "deploy" / "escalator.env.example"
    if os.environ.get("WRITE_GOLDEN"):
        example.write_text(spell_example(), encoding="utf-8")
    assert example.read_text(encoding="utf-8") == spell_example()


def test_the_commands_of_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"(?:^|[`/])escalator ([a-z]+)\b", text, re.MULTILINE))
    assert len(named) >= 3
    assert named <= known
