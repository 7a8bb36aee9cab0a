"""Runs the benchmarks: `python -m tests.bench [--json] [--only NAME]...`."""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from tests.bench import assessing, ingest, patterns, responding, scaling, starting, throughput, vendor_calls
from tests.bench.figures import Result
from tests.bench.report import describe_machine, print_json_report, print_table_report
from tests.bench.service import NotStarted
from worker.log import configure_logging

_QUIET = 50
_ORDER: Mapping[str, Callable[[Path], Result]] = MappingProxyType(
    {
        assessing.NAME: assessing.run,
        patterns.NAME: patterns.run,
        vendor_calls.NAME: vendor_calls.run,
        throughput.NAME: throughput.run,
        scaling.NAME: scaling.run,
        responding.NAME: responding.run,
        ingest.NAME: ingest.run,
        starting.NAME: starting.run,
    }
)


def main() -> None:
    """Measures what was asked for and prints it; exits 0 however slow the machine is."""
    arguments = _read_arguments()
    configure_logging(level=_QUIET)
    machine, began = describe_machine(), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="escalator-bench-", dir=arguments.folder))
    try:
        results = [_measure(name, folder) for name in _ORDER if not arguments.only or name in arguments.only]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print_report = print_json_report if arguments.json else print_table_report
    print_report(results, machine, time.monotonic() - began)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Figures of this machine, with floors."
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument(
        "--only", action="append", choices=tuple(_ORDER), help="this benchmark alone; may be repeated"
    )
    parser.add_argument("--folder", help="where the databases go; its disk is the one that is measured")
    return parser.parse_args()


def _measure(name: str, folder: Path) -> Result:
    """One benchmark; what keeps it from running is part of the report, not the end of it."""
    sys.stderr.write(f"{name} ...\n")
    try:
        return _ORDER[name](folder)
    except (NotStarted, OSError, subprocess.SubprocessError) as problem:
        return Result(benchmark=name, method="", problem=f"{type(problem).__name__}: {problem}")


if __name__ == "__main__":
    main()
