"""`python -m worker.cli`: the same command, for the roles that `serve` starts."""

from worker.cli.app import main

main()
