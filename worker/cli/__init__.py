"""The command line: operations, judgement of single tickets, and the demo."""

from worker.cli.app import main

__all__ = ["main"]
