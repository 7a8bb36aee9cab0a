"""The command line: operations, judgement of single tickets, and the demo."""

from worker.cli.entry import main

__all__ = ["main"]
