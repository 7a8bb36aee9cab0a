"""The files that `init` writes: commented settings, and a policy folder in which nothing is changed yet. Pure."""

from collections.abc import Mapping, Sequence

from worker.core.setup_parts import FIELDS

_HEAD = """\
# Settings of Escalator, written by escalator init. Keep this file readable by its service only.
# systemd: EnvironmentFile=   Docker: env_file   shell: set -a; . ./escalator.env; set +a
"""

_ROUTING = """\
# What yours changes of the shipped rules (escalator config diff tells). Take the # away from what you need.
# mode: shadow decides and writes nothing (shipped), suggest asks on the ticket first, auto acts.
# Begin in shadow, read escalator explain and escalator audit for some days, then go on target by target.
"""

_TARGETS = ("l2", "engineering", "product", "security", "leadership")


def spell_settings_file(lines: Sequence[tuple[str, str]], given: Mapping[str, str]) -> str:
    """Every setting with what to write; `lines` are (name, description), `given` whole lines by name."""
    parts = [_HEAD]
    for name, description in lines:
        parts.append(f"# {description}\n{given.get(name, f'#{name}=')}\n")
    return "\n".join(parts)


def spell_routing(projects: Sequence[str], groups: Sequence[str], shipped: Mapping[str, str]) -> str:
    """routing.toml; `shipped` are the projects of the shipped targets."""
    lines = [_ROUTING]
    lines.append(f"# Projects that our account sees: {_list_names(projects)}")
    lines.append(f"# Groups of the help desk: {_list_names(groups)}")
    for name in _TARGETS:
        place = '#group = "…"' if name == "l2" else f'#project = "{shipped.get(name, "")}"'
        lines.append(f'\n#[targets.{name}]\n#mode = "shadow"\n{place}')
    return "\n".join(lines) + "\n"


def spell_fields() -> str:
    """fields.toml; `provision apply` writes the ids."""
    lines = [
        "# Ids of your ticket fields; 0 = do not read or write. escalator provision apply writes those it makes."
    ]
    return "\n".join([*lines, "#[zendesk]", *(f"#{name} = 0" for name in FIELDS)]) + "\n"


def _list_names(names: Sequence[str]) -> str:
    """One line, whatever somebody called a group."""
    clean = ("".join(letter if letter.isprintable() else " " for letter in name) for name in names)
    return ", ".join(clean) or "unknown"
