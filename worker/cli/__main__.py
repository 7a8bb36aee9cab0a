"""`python -m worker.cli`: the same command, for the roles that `serve` starts."""

from worker.cli.entry import main

main()
