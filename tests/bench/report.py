"""The report: a table for people (coloured on a terminal, plain elsewhere) or one JSON object for machines."""

import dataclasses
import json
import os
import platform
import sys
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure, Result

_PLAIN_WIDTH = 118
_BIG, _MIDDLE = 100, 10


def describe_machine() -> dict[str, Any]:
    """What the figures depend on: processors, Python, and how busy the machine is with other work."""
    return {
        "cpus": os.cpu_count(),
        "load_1m": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }


def print_json_report(results: Sequence[Result], machine: dict[str, Any], seconds: float) -> None:
    """One JSON object on stdout."""
    report = {
        "machine": machine,
        "seconds": round(seconds, 1),
        "results": [dataclasses.asdict(result) for result in results],
    }
    sys.stdout.write(json.dumps(report) + "\n")


def print_table_report(results: Sequence[Result], machine: dict[str, Any], seconds: float) -> None:
    """One table a benchmark, each with its method in a line below."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PLAIN_WIDTH, no_color=True)
    console.print(
        f"{machine['cpus']} processors, load {machine['load_1m']} before the start, Python {machine['python']}, "
        f"{machine['system']}; {seconds:.0f} s"
    )
    for result in results:
        console.print()
        if result.figures:
            console.print(_build_table(result))
        else:
            console.print(f"[bold]{result.benchmark}[/bold]")
        console.print(f"  [dim]{result.method}[/dim]", soft_wrap=not console.is_terminal)
        if result.problem:
            console.print(f"  not measured: {result.problem}", markup=False)


def _build_table(result: Result) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    table.add_column(result.benchmark, min_width=38)
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("ratio", justify="right", no_wrap=True)
    table.add_column("held against", overflow="fold")
    for figure in result.figures:
        table.add_row(figure.name, _spell_value(figure), _spell_ratio(figure), figure.floor)
    return table


def _spell_value(figure: Figure) -> str:
    return f"{_spell_number(figure.value)} {figure.unit}".strip()


def _spell_ratio(figure: Figure) -> str:
    return "" if figure.ratio is None else f"{figure.ratio:.2f}"


def _spell_number(value: float) -> str:
    if value == int(value) or abs(value) >= _BIG:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= _MIDDLE else f"{value:.2f}"
