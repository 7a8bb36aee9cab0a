"""Pure decisions: no clock, randomness, environment, log, database or vendor. `now` is an argument."""
