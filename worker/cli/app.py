"""The command `escalator`: its sub-commands, and what every error says and exits with."""

import os
import sys
from typing import NoReturn

import typer
from sqlalchemy.exc import OperationalError

from connectors.errors import Unauthorized, Unreachable, VendorProblem
from connectors.ticket_file import UnreadableFile
from mappings.loader import PolicyProblem
from worker.cli import (
    backfill,
    configuration,
    deadletters,
    doctor,
    erasure,
    escalations,
    init,
    judgement,
    patterns,
    provision,
    service,
    similar,
    simulation,
    trails,
    trial,
)
from worker.cli.examples import add_examples
from worker.cli.output import ExitCode, print_problems
from worker.log import configure_logging
from worker.settings import SettingsProblem
from worker.store.database import DatabaseProblem
from worker.web.server import AddressUnavailable

app = typer.Typer(
    name="escalator",
    help="Reads Zendesk tickets, judges them with evidence, opens one Jira issue per problem, writes the state back.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
service.register(app)
judgement.register(app)
configuration.register(app)
doctor.register(app)
erasure.register(app)
backfill.register(app)
deadletters.register(app)
escalations.register(app)
init.register(app)
patterns.register(app)
provision.register(app)
similar.register(app)
simulation.register(app)
trails.register(app)
trial.register(app)
add_examples(app)


def main() -> NoReturn:
    """Runs the command line and exits: 0 ok, 1 failures or parked work, 2 usage or configuration, 3 unreachable."""
    configure_logging()
    try:
        app()
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
