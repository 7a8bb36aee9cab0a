"""The end of a run that is cut short: what it started ends too."""

import signal
import sys


def exit_at_signal() -> None:
    """From now on SIGTERM ends this process as an exception does, so that all is cleared away; once."""

    def leave(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
