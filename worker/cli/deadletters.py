"""Commands about dead letters: what stopped and why, try it again, or give it up."""

import getpass
import secrets
from typing import Annotated

import typer

from worker.cli.database import open_current
from worker.cli.deadletter_words import print_letter, print_letters, spell_letter
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.flow.replay import Operator, drop_letter, replay_letter
from worker.ground import now_utc
from worker.store.audit import AuditRow, list_audit
from worker.store.database import Database
from worker.store.deadletters import DeadLetter, find_dead_letter, list_dead_letters
from worker.store.effects import EffectRow
from worker.store.subjects import SubjectKind

_IDS = typer.Argument(metavar="ID...", help="ticket:123, escalation:…, or the number of a write.")
_BY = typer.Option("--by", help="Who acts; the audit keeps it. Default: the user of this machine.")
_ALL = typer.Option("--all", help="All that the filters leave.")
_KIND = typer.Option("--kind", help="Only those of tickets, or only those of escalations.")
_REASON_FILTER = typer.Option("--matching", help="Only those whose reason has these words in it.")
_AUDIT_ROWS = 12
_ID_BYTES = 8

Chosen = list[tuple[DeadLetter, tuple[EffectRow, ...]]]


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    group = typer.Typer(help="What stopped, and the way out.", no_args_is_help=True)
    group.command("list")(list_all)
    group.command("show")(show)
    group.command("replay")(replay)
    group.command("drop")(drop)
    app.add_typer(group, name="deadletters")


def list_all(
    *,
    kind: Annotated[SubjectKind | None, _KIND] = None,
    matching: Annotated[str, _REASON_FILTER] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """List parked tickets and escalations and the writes that were given up, the longest waiting first."""
    with open_current() as database:
        letters = _filter(_read_letters(database), kind, matching)
    print_json([spell_letter(letter) for letter in letters]) if as_json else print_letters(letters, now_utc())


def show(
    name: Annotated[str, typer.Argument(metavar="ID")], *, as_json: Annotated[bool, JSON_OPTION] = False
) -> None:
    """Show one dead letter: what stopped, what it holds up, what happened before, and what to do."""
    with open_current() as database:
        letter = _find(_read_letters(database), name)
        with database.snapshot() as connection:
            history = list_audit(connection, letter.kind, letter.subject_id)[-_AUDIT_ROWS:]
    if as_json:
        print_json(spell_letter(letter) | {"history": [_spell_audit(row) for row in history]})
    else:
        print_letter(letter, history, now_utc())


def replay(
    names: Annotated[list[str] | None, _IDS] = None,
    *,
    every: Annotated[bool, _ALL] = False,
    kind: Annotated[SubjectKind | None, _KIND] = None,
    matching: Annotated[str, _REASON_FILTER] = "",
    by: Annotated[str, _BY] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Try again. A write that may have happened is looked for first, and sent once more at most.

    The running worker does it; without one, escalator poll --once does.
    """
    with open_current() as database:
        chosen = _choose(_read_letters(database), names or [], every=every, kind=kind, matching=matching)
        operator = _name_operator(by)
        revived = 0
        for letter, writes in chosen:
            with database.transaction() as connection:
                revived += replay_letter(connection, letter, writes, operator)
    _report("replayed", chosen, revived, operator, as_json=as_json)


def drop(
    names: Annotated[list[str] | None, _IDS] = None,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; the audit keeps it.")] = "",
    every: Annotated[bool, _ALL] = False,
    kind: Annotated[SubjectKind | None, _KIND] = None,
    matching: Annotated[str, _REASON_FILTER] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Really do it to --all.")] = False,
    by: Annotated[str, _BY] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Give up: a dropped write never comes back; its ticket or escalation goes on with what follows."""
    if not reason.strip():
        raise fail(ExitCode.USAGE, 'drop needs --reason "why"; the audit keeps it')
    with open_current() as database:
        chosen = _choose(_read_letters(database), names or [], every=every, kind=kind, matching=matching)
        if every and not yes:
            raise fail(ExitCode.USAGE, f"nothing was dropped: --all would drop {len(chosen)}; to do it, add --yes")
        operator = _name_operator(by)
        dropped = 0
        for letter, writes in chosen:
            with database.transaction() as connection:
                dropped += drop_letter(connection, letter, writes, operator, reason.strip())
    _report("dropped", chosen, dropped, operator, as_json=as_json)


def _read_letters(database: Database) -> tuple[DeadLetter, ...]:
    with database.snapshot() as connection:
        return list_dead_letters(connection)


def _choose(
    letters: tuple[DeadLetter, ...], names: list[str], *, every: bool, kind: SubjectKind | None, matching: str
) -> Chosen:
    """The letters with those of their writes that were meant; exit 2 when the command says nothing or too much."""
    if every == bool(names):
        raise fail(ExitCode.USAGE, "name what is meant (ticket:123, escalation:…, a number), or write --all")
    if every:
        return [(letter, letter.writes) for letter in _filter(letters, kind, matching)]
    if kind is not None or matching:
        raise fail(ExitCode.USAGE, "--kind and --matching choose among --all; leave them out beside ids")
    chosen: dict[str, tuple[DeadLetter, tuple[EffectRow, ...]]] = {}
    for name in names:
        letter = _find(letters, name)
        meant = letter.writes if name == letter.id else tuple(one for one in letter.writes if _is_number(one, name))
        known = chosen.get(letter.id, (letter, ()))[1]
        chosen[letter.id] = (letter, tuple(one for one in letter.writes if one in meant or one in known))
    return list(chosen.values())


def _find(letters: tuple[DeadLetter, ...], name: str) -> DeadLetter:
    kind, _, subject_id = name.rpartition(":")
    if kind not in {"", "ticket", "escalation", "effect"} or not subject_id or (not kind and not name.isdigit()):
        raise fail(ExitCode.USAGE, f"{name}: is no id; write ticket:123, escalation:…, or the number of a write")
    letter = find_dead_letter(letters, name)
    if letter is None:
        raise fail(ExitCode.FAILED, f"{name}: is no dead letter (any more); escalator deadletters list shows them")
    return letter


def _filter(letters: tuple[DeadLetter, ...], kind: SubjectKind | None, matching: str) -> tuple[DeadLetter, ...]:
    words = matching.casefold()
    return tuple(letter for letter in letters if kind in {None, letter.kind} and words in letter.reason.casefold())


def _is_number(write: EffectRow, name: str) -> bool:
    return str(write.id) == name.removeprefix("effect:")


def _name_operator(by: str) -> Operator:
    return Operator(name=by.strip() or _find_user(), now=now_utc(), command_id=secrets.token_hex(_ID_BYTES))


def _find_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise fail(ExitCode.USAGE, "this machine does not say who you are; write --by NAME") from error


def _report(verb: str, chosen: Chosen, writes: int, operator: Operator, *, as_json: bool) -> None:
    ids = [letter.id for letter, _ in chosen]
    if as_json:
        print_json({verb: ids, "writes": writes, "by": operator.name})
    elif not ids:
        print_text(f"nothing was {verb}: there are no such dead letters")
    else:
        print_text("\n".join(f"{verb} {name}" for name in ids))


def _spell_audit(row: AuditRow) -> dict[str, object]:
    return {"at": row.at.isoformat(), "event": row.event, "data": dict(row.data)}
