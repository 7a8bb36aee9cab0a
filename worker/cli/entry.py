"""The command `escalator`: what every error says and exits with."""

import os
import sys
from typing import NoReturn

from sqlalchemy.exc import OperationalError

from connectors.errors import Unauthorized, Unreachable, UnreadableFile, VendorProblem
from mappings.mistakes import PolicyProblem
from worker.cli.commands import build_app
from worker.cli.output import ExitCode, print_problems
from worker.log import configure_logging
from worker.settings import SettingsProblem
from worker.store.database import DatabaseProblem
from worker.web.listener import AddressUnavailable


def main() -> NoReturn:
    """Runs the command line and exits: 0 ok, 1 failures or parked work, 2 usage or configuration, 3 unreachable."""
    configure_logging()
    try:
        build_app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except (SettingsProblem, PolicyProblem) as problem:
        _leave(ExitCode.USAGE, *problem.problems)
    except (DatabaseProblem, UnreadableFile, AddressUnavailable) as problem:
        _leave(ExitCode.USAGE, str(problem))
    except (Unreachable, Unauthorized) as problem:
        _leave(ExitCode.UNREACHABLE, str(problem))
    except VendorProblem as problem:
        _leave(ExitCode.UNREACHABLE if _is_outage(problem) else ExitCode.FAILED, str(problem))
    except OperationalError as problem:
        _leave(ExitCode.UNREACHABLE, f"the database does not answer: {_say_first_line(problem.orig)}")
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.OK)
    except KeyboardInterrupt:
        sys.exit(ExitCode.FAILED)
    sys.exit(ExitCode.OK)


def _is_outage(problem: VendorProblem) -> bool:
    """An answer of 5xx or 429 to a read is an outage of the vendor, not a fault of the request."""
    return problem.status is None or problem.status >= 500 or problem.status == 429  # noqa: PLR2004


def _leave(code: ExitCode, *problems: str) -> NoReturn:
    print_problems(problems)
    sys.exit(code)


def _say_first_line(error: object) -> str:
    return (str(error).splitlines() or ["no reason given"])[0]
