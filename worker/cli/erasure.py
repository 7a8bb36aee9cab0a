"""The command that takes a person out of everything that is kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console

from worker.cli.database import open_current
from worker.cli.naming import name_operator
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.core.erasure import read_identity
from worker.flow.erasure import Erasure, StillBusy, count_named, erase_person, look_for_person
from worker.ground import now_utc
from worker.store.erasure import Traces

_BY = typer.Option("--by", help="Who says so; else the user of this machine.")


def register(app: typer.Typer) -> None:
    """Adds this command."""
    app.command("erase")(erase)


def erase(
    *,
    requester: Annotated[str, typer.Option(help="The person's number in Zendesk, or their e-mail address.")],
    yes: Annotated[bool, typer.Option("--yes", help="Really do it; it cannot be undone.")] = False,
    by: Annotated[str, _BY] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Take a person out of this database: their tickets, words, name and address, wherever they are kept.

    What happened stays in the audit (when, which decision, which team), without any text. Zendesk and Jira are not
    touched: erase the person there first, or what changes there later is read again. Backups keep what they hold.
    """
    wanted = read_identity(requester)
    if wanted is None:
        raise fail(ExitCode.USAGE, f"--requester {requester}: write a number such as 4711, or an e-mail address")
    operator = name_operator(by)
    with open_current() as database:
        with _show_reading(quiet=as_json) as tell:
            traces = look_for_person(database, wanted, tell)
        if not yes:
            rows = count_named(database, traces)
            print_json(_spell(traces, rows)) if as_json else print_text(_word(traces, rows, done=False))
            if traces.tickets or rows:
                raise fail(ExitCode.USAGE, "nothing was erased; to do it, add --yes. It cannot be undone")
            return
        try:
            done = erase_person(database, traces, operator, now=now_utc)
        except StillBusy as busy:
            raise fail(ExitCode.FAILED, str(busy)) from busy
    if as_json:
        print_json(_spell(traces, done.swept) | {"erased": True, "compacted": done.is_compacted})
    else:
        print_text("\n".join((_word(traces, done.swept, done=True), *_word_rest(done))))


@contextmanager
def _show_reading(*, quiet: bool) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _read: None
        return
    with console.status("reading what is kept") as status:
        yield lambda read: status.update(f"reading what is kept: {read}") if read % 500 == 0 else None


def _spell(traces: Traces, rows: int) -> dict[str, Any]:
    return {
        "erased": False,
        "tickets": list(traces.own),
        "involved_tickets": list(traces.involved),
        "escalations": list(traces.escalations),
        "snapshots": traces.snapshots,
        "rows_with_name": rows,
        "outside": {"issues": list(traces.issues), "tickets": list(traces.tickets)},
    }


def _word(traces: Traces, rows: int, *, done: bool) -> str:
    if not traces.tickets and not rows:
        return "nothing about this person is kept"
    was = "was erased" if done else "would be erased"
    return "\n".join(
        (
            f"{len(traces.own)} tickets of the person with {traces.snapshots} snapshots: everything {was}",
            f"{len(traces.involved)} tickets of others: the person's words, name and address",
            f"{len(traces.escalations)} escalations: all texts; what was decided and done stays in the audit",
            f"{rows} rows in all name the person" if not done else f"{rows} more rows named the person",
            f"not touched, for people: {_list(traces.issues, 'issues')}, {_list(traces.tickets, 'tickets')}",
        )
    )


def _word_rest(done: Erasure) -> list[str]:
    if done.is_compacted:
        return []
    return ["a reader kept a part of the log; run the same command again to overwrite it"]


def _list(values: tuple[Any, ...], name: str) -> str:
    shown = ", ".join(map(str, values[:20]))
    return f"{name} {shown}{' …' if len(values) > 20 else ''}" if values else f"no {name}"  # noqa: PLR2004 - one line
