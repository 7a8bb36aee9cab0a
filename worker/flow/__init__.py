"""One file per arrow of the data flow. Thin: reads, asks the core, writes rows, makes one vendor call at a time."""
