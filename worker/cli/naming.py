"""What a person names on the command line: a ticket's number, an issue's key, or an escalation's id."""

import getpass
import secrets

from sqlalchemy import Connection

from worker.cli.output import ExitCode, fail
from worker.core.escalation import Escalation, EscalationState
from worker.flow.replay import Operator
from worker.ground import now_utc
from worker.store.escalations import find_by_key, find_by_tickets, find_past, read_escalation

_ID_BYTES = 8
WANTED = "a ticket's number, an issue's key, or an escalation's id"


def find_named(connection: Connection, name: str) -> Escalation:
    """The escalation that is meant: of a ticket the open one, else its last; exit 2 when there is none."""
    found = find_escalation(connection, name)
    if found is None:
        raise fail(ExitCode.USAGE, f"{name}: no escalation is known by that; write {WANTED}")
    return found


def find_open(connection: Connection, name: str) -> Escalation:
    """The same, but it must be open, or it is exit 2."""
    found = find_named(connection, name)
    if found.state is not EscalationState.OPEN:
        raise fail(ExitCode.USAGE, f"{name}: its escalation {found.id} is closed already")
    return found


def find_escalation(connection: Connection, name: str) -> Escalation | None:
    """The escalation that is meant, when there is one."""
    ticket_id = read_ticket_id(name)
    if ticket_id is not None:
        found = find_by_tickets(connection, [ticket_id]).get(ticket_id)
        return found or find_past(connection, [ticket_id]).get(ticket_id)
    return read_escalation(connection, name.removeprefix("escalation:")) or find_by_key(connection, name)


def read_ticket_id(name: str) -> int | None:
    """The number of the ticket that is named (123, #123, ticket:123); None when it is something else."""
    bare = name.removeprefix("ticket:").removeprefix("#")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 18 else None  # noqa: PLR2004 - 64 bits


def name_operator(by: str) -> Operator:
    """Who gives the order, now; exit 2 when neither an option nor the machine says so."""
    return Operator(name=by.strip() or _find_user(), now=now_utc(), command_id=secrets.token_hex(_ID_BYTES))


def require_reason(command: str, reason: str) -> str:
    """The reason, which the audit keeps; exit 2 when there is none."""
    if not reason.strip():
        raise fail(ExitCode.USAGE, f'{command} needs --reason "why"; the audit keeps it')
    return reason.strip()


def _find_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise fail(ExitCode.USAGE, "this machine does not say who you are; write --by NAME") from error
