"""What an overlay changes, said key by key."""

from pathlib import Path

import pytest

from mappings.difference import KeyChange, compare_policy
from mappings.environment import SHIPPED_TEMPLATES


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def find(folder: Path, key: str) -> KeyChange:
    (change,) = (change for change in compare_policy(folder).keys if change.key == key)
    return change


@pytest.mark.parametrize(
    ("name", "text", "key", "shipped", "own", "needless"),
    [
        ("routing.toml", '[targets.engineering]\nmode = "auto"', "targets.engineering.mode", "shadow", "auto", False),
        ("routing.toml", '[targets.product]\nproject = "PROD"', "targets.product.project", "PROD", "PROD", True),
        ("routing.toml", 'labels = ["desk"]', "labels", ["escalation", "from-zendesk"], ["desk"], False),
        ("fields.toml", '[jira.states.resolutions]\n"By Design" = "declined"', None, None, "declined", False),
        ("cadence.toml", "[high]\ninternal = '3h'", "high.internal", "4h", "3h", False),
    ],
)
def test_a_key(
    *, name: str, text: str, key: str | None, shipped: object, own: object, needless: bool, tmp_path: Path
) -> None:
    change = find(write(tmp_path, name, text), key or "jira.states.resolutions.By Design")
    assert (change.file, change.shipped, change.own, change.is_needless) == (name, shipped, own, needless)


def test_a_row_goes_by_its_id(tmp_path: Path) -> None:
    folder = write(tmp_path, "criteria.toml", '[[criteria]]\nid = "technical.confirmed_bug"\ntitle = "Ours"')
    keys = [change.key for change in compare_policy(folder).keys]
    assert keys == ["criteria[technical.confirmed_bug].title"]


def test_nothing_differs_in_an_empty_folder(tmp_path: Path) -> None:
    found = compare_policy(tmp_path)
    assert (found.keys, found.templates) == ((), ())


def test_a_template_shows_its_lines(tmp_path: Path) -> None:
    shipped = (SHIPPED_TEMPLATES / "note_left.md.j2").read_text(encoding="utf-8")
    write(tmp_path, "templates/note_left.md.j2", shipped + "One more line.\n")
    write(
        tmp_path, "templates/note_opened.md.j2", (SHIPPED_TEMPLATES / "note_opened.md.j2").read_text(encoding="utf-8")
    )
    same, more = sorted(compare_policy(tmp_path).templates, key=lambda change: len(change.lines))
    assert (same.file, same.lines) == ("templates/note_opened.md.j2", ())
    assert (more.file, more.lines) == ("templates/note_left.md.j2", ("+One more line.",))
