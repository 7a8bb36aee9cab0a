"""Every regular expression of the project, and texts on which a careless one takes forever."""

import importlib
import pkgutil
import re
import re._parser as sre
from collections.abc import Iterator
from types import ModuleType
from typing import Any

PACKAGES = ("mappings", "connectors", "worker")
_SKIPPED = ("worker.cli.__main__", "connectors.sandbox")
"""The one runs when imported; the other is a double that reads only what we send."""
_LONGEST_SEED = 24


def list_modules() -> Iterator[ModuleType]:
    """Every module of the three packages, imported."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.startswith(_SKIPPED):
                yield importlib.import_module(found.name)


def list_expressions() -> dict[str, re.Pattern[str]]:
    """(module and name -> expression) of everything that is compiled in a module, also inside its collections."""
    found: dict[str, re.Pattern[str]] = {}
    for module in list_modules():
        for name, value in vars(module).items():
            for number, pattern in enumerate(_list_patterns(value)):
                if isinstance(pattern.pattern, str):
                    found.setdefault(f"{module.__name__}.{name}" + (f"[{number}]" if number else ""), pattern)
    unique: dict[tuple[str, int], str] = {}
    for name, pattern in found.items():
        unique.setdefault((pattern.pattern, pattern.flags), name)
    return {name: found[name] for name in unique.values()}


def list_attacks(pattern: re.Pattern[str]) -> list[str]:
    """Seeds to repeat: each literal and class of the expression, pairs of them, and the usual suspects."""
    atoms = list(dict.fromkeys(_list_atoms(sre.parse(pattern.pattern, pattern.flags))))[:20]
    usual = [" ", "\n", "a", "0", "a ", "1,", "a.", "> ", "--", "/a", "\\", "`", "(", "<a", "&a", "é", ". "]
    pairs = [one + other for one in atoms[:4] for other in atoms[:4]]
    return list(dict.fromkeys([*usual, *atoms, *pairs, "".join(atoms)[:_LONGEST_SEED]]))


def _list_patterns(value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _list_patterns(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _list_patterns(inner)


def _list_atoms(parsed: Any) -> Iterator[str]:
    """A character or a run of characters for each literal, class and group of a parsed expression."""
    run = ""
    for code, argument in parsed:
        name = str(code)
        if name == "LITERAL":
            run += chr(argument)
            continue
        if run:
            yield run
        run = ""
        yield from _list_inner(name, argument)
    if run:
        yield run


def _list_inner(name: str, argument: Any) -> Iterator[str]:
    if name == "IN":
        yield from _list_members(argument)
    elif name == "BRANCH":
        for branch in argument[1]:
            yield from _list_atoms(branch)
    elif name in {"SUBPATTERN", "MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT", "ASSERT", "ASSERT_NOT"}:
        yield from _list_atoms(argument[-1])
    elif name == "ATOMIC_GROUP":
        yield from _list_atoms(argument)


def _list_members(members: Any) -> Iterator[str]:
    words = {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "7", "CATEGORY_WORD": "w", "CATEGORY_NOT_SPACE": "x"}
    for code, argument in members:
        if str(code) == "LITERAL":
            yield chr(argument)
        elif str(code) == "RANGE":
            yield chr(argument[0])
        elif str(code) == "CATEGORY":
            yield words.get(str(argument), "x")
