"""How a policy folder differs from the shipped rules, key by key, in what it means and not in how it is typed."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from mappings.environment import SHIPPED_TEMPLATES
from mappings.loader import PART_NAMES, lay_over

_NOTHING = object()


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyChange:
    """One key of the overlay. `shipped` is None where the shipped rules have no such key.

    `is_needless`: it says what is shipped anyway, and would keep a later release from improving it.
    """

    file: str
    key: str
    shipped: Any
    own: Any

    @property
    def is_needless(self) -> bool:
        """True when the key changes nothing."""
        return bool(self.shipped == self.own)


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateChange:
    """One template of the overlay, as lines that begin with "+" or "-"; all are "+" where none is shipped."""

    file: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyDifference:
    """All that an overlay says, in order of file and key."""

    keys: tuple[KeyChange, ...]
    templates: tuple[TemplateChange, ...]


def compare_policy(overlay: Path) -> PolicyDifference:
    """What the overlay changes; it must be one that `load_policy` accepts."""
    keys = [change for name in PART_NAMES for change in _compare_part(name, overlay)]
    own = sorted((overlay / "templates").glob("*.md.j2")) if (overlay / "templates").is_dir() else []
    return PolicyDifference(keys=tuple(keys), templates=tuple(_compare_template(path) for path in own))


def _compare_part(name: str, overlay: Path) -> Iterator[KeyChange]:
    path = overlay / f"{name}.toml"
    if not path.is_file():
        return
    shipped = tomllib.loads(files("mappings").joinpath("defaults", f"{name}.toml").read_text(encoding="utf-8"))
    own = tomllib.loads(path.read_text(encoding="utf-8"))
    merged = _flatten(lay_over(shipped, own))
    before = _flatten(shipped)
    for key in _flatten(own):
        was, now = before.get(key, _NOTHING), merged[key]
        yield KeyChange(file=path.name, key=key, shipped=None if was is _NOTHING else was, own=now)


def _flatten(value: Any, path: str = "") -> dict[str, Any]:
    """Every value by its dotted key; rows of a list that have an `id` go by it, as overlays merge them."""
    if isinstance(value, Mapping):
        steps = {f"{path}.{key}" if path else str(key): below for key, below in value.items()}
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) and "id" in row for row in value):
        steps = {f"{path}[{row['id']}]": {key: row[key] for key in row if key != "id"} for row in value}
    else:
        return {path: value}
    return {key: leaf for step, below in steps.items() for key, leaf in _flatten(below, step).items()}


def _compare_template(path: Path) -> TemplateChange:
    shipped = SHIPPED_TEMPLATES / path.name
    before = shipped.read_text(encoding="utf-8").splitlines() if shipped.is_file() else []
    after = path.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(before, after, lineterm="", n=0)
    changed = tuple(line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---")))
    return TemplateChange(file=f"templates/{path.name}", lines=changed)
