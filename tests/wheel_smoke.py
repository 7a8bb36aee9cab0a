"""Builds the wheel and tries it as a stranger would: a clean environment, another folder, no source tree.

The dependencies come from the environment that runs this (a path file lends them), so that the try needs no
index and tests what the wheel itself carries: packages, policy, templates, migrations, stories and the command.
"""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUST_CARRY = (
    "mappings/defaults/criteria.toml",
    "mappings/templates/brief.md.j2",
    "worker/store/migrations/env.py",
    "connectors/sandbox/stories/demo.jsonl",
    "worker/py.typed",
    "worker/web/dashboard/templates/base.html.j2",
    "worker/web/dashboard/templates/now.html.j2",
    "worker/web/dashboard/static/dashboard.css",
    "worker/web/dashboard/static/dashboard.js",
    "worker/web/dashboard/static/icon.svg",
)


def build_wheel(folder: Path) -> Path:
    """The wheel of this tree."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def check_contents(wheel: Path) -> None:
    """The wheel carries the data it needs and no package besides the three."""
    names = zipfile.ZipFile(wheel).namelist()
    missing = [name for name in MUST_CARRY if name not in names]
    tops = {name.split("/")[0] for name in names} - {"mappings", "connectors", "worker"}
    strangers = {top for top in tops if not top.endswith(".dist-info")}
    if missing or strangers:
        sys.exit(f"wheel: missing {missing}, unexpected {sorted(strangers)}")


def install_wheel(wheel: Path, folder: Path) -> Path:
    """A clean environment with the wheel in it; returns its folder of commands."""
    venv.create(folder, with_pip=True)
    commands = folder / "bin"
    site = subprocess.run(
        [commands / "python", "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    Path(site, "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    install = [commands / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*install, "--disable-pip-version-check", "--ignore-installed"], check=True)
    return commands


def try_command(commands: Path, folder: Path) -> None:
    """The installed command judges a ticket from a folder that knows nothing of the source."""
    story = folder / "story.jsonl"
    read_story = (
        "import importlib.resources as r, sys; sys.stdout.write((r.files('connectors.sandbox') / 'stories'"
        " / 'demo.jsonl').read_text(encoding='utf-8').splitlines()[0])"
    )
    where = "import worker, sys; sys.exit('lent' if 'site-packages' not in worker.__file__ else 0)"
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ESCALATOR_", "PYTHONPATH"))}
    subprocess.run([commands / "python", "-c", where], check=True, cwd=folder, env=clean)
    row = subprocess.run(
        [commands / "python", "-c", read_story], check=True, cwd=folder, env=clean, capture_output=True, text=True
    )
    story.write_text(row.stdout, encoding="utf-8")
    scored = subprocess.run(
        [commands / "escalator", "score", str(story), "--json"],
        check=True,
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
    )
    if "escalate" not in json.loads(scored.stdout.splitlines()[0]):
        sys.exit("wheel: score printed no assessment")


def main() -> None:
    """Builds, looks, installs, tries."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        wheel = build_wheel(folder / "dist")
        check_contents(wheel)
        commands = install_wheel(wheel, folder / "clean")
        try_command(commands, folder)
        sys.stdout.write(f"wheel: {wheel.name} works from a clean environment\n")


if __name__ == "__main__":
    main()
