"""What the disk itself can do: how often a second it makes a small write durable."""

import os
import time
from pathlib import Path

_SECONDS = 0.7
_BLOCK = bytes(4096)
_sync = getattr(os, "fdatasync", os.fsync)


def measure_syncs(folder: Path) -> float:
    """Durable 4 KB appends per second, one after another, in a file of `folder`."""
    path = folder / "disk-probe"
    done, began = 0, time.monotonic()
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        while time.monotonic() - began < _SECONDS:
            os.write(descriptor, _BLOCK)
            _sync(descriptor)
            done += 1
    finally:
        os.close(descriptor)
        path.unlink()
    return done / (time.monotonic() - began)
