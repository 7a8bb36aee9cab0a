"""The command line with all its commands, for help, completion and whoever wants the whole tree."""

from worker.cli.commands import build_app

app = build_app()
