"""Dead letters in words and as JSON: what stopped, why, since when, and the way out."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.cli.output import print_text
from worker.store.audit import AuditRow
from worker.store.deadletters import DeadLetter
from worker.store.effects import EffectRow, EffectState
from worker.store.subjects import SubjectKind

_WRITES = {
    "ticket.update": "note and fields on the ticket",
    "ticket.reply": "public comment to the customer",
    "ticket.tag": "tags on the ticket",
    "ticket.link": "show the issue in Zendesk's Jira app",
    "issue.open": "open the issue",
    "issue.link": "link the issue to the ticket",
    "issue.attach": "attach the brief",
    "issue.change": "severity on the issue",
    "issue.comment": "comment on the issue",
    "issue.relate": "link the issue to an earlier one",
}


def spell_letter(letter: DeadLetter) -> dict[str, object]:
    """A dead letter as JSON."""
    return {
        "id": letter.id,
        "parked": letter.parked_at is not None,
        "since": letter.since.isoformat() if letter.since else None,
        "reason": letter.reason,
        "attempts": letter.tries,
        "effects": [_spell_write(write) for write in letter.writes],
        "held_up": letter.held_up,
        "events": letter.events,
        "way_out": find_way_out(letter),
    }


def find_way_out(letter: DeadLetter) -> str:
    """What to do about it, in words."""
    if letter.is_unknown:
        return (
            "look on the other side whether it happened; replay looks for it first and sends it once more at most, "
            "drop lets it be"
        )
    if letter.writes:
        return "correct what the reason names, then replay; or drop it; a new event tries again by itself"
    if letter.kind is SubjectKind.TICKET:
        return "a new event on the ticket reads it again; replay does so now; drop forgets what waits"
    return "a new event on the issue or a ticket plans it again; replay does so now; drop leaves it until then"


def print_letters(letters: Sequence[DeadLetter], now: datetime) -> None:
    """The list for people."""
    if not letters:
        print_text("no dead letters: nothing is parked")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("since", no_wrap=True)
    table.add_column("tries", justify="right")
    table.add_column("what")
    table.add_column("why")
    for letter in letters:
        table.add_row(
            letter.id,
            _tell_age(letter.since, now),
            str(letter.tries),
            "\n".join(f"#{write.id} {_name_write(write)}" for write in letter.writes) or "reading and judging it",
            Text(_clean(letter.reason)),
        )
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print("escalator deadletters show ID tells more, and the way out")


def print_letter(letter: DeadLetter, history: Sequence[AuditRow], now: datetime) -> None:
    """One letter for people."""
    lines = [
        f"{letter.id}, {'parked' if letter.parked_at else 'went on without it'} since {_tell_age(letter.since, now)}",
        f"  why      {_clean(letter.reason)}",
        f"  tries    {letter.tries}",
    ]
    for write in letter.writes:
        doubt = ", may have happened" if write.state is EffectState.UNKNOWN else ""
        lines.append(f"  write    #{write.id} {_name_write(write)} ({_clean(write.key)}){doubt}")
    lines += [
        f"  behind   {letter.held_up} writes, {letter.events} events to be read",
        f"  way out  {find_way_out(letter)}",
    ]
    lines += [f"  {row.at:%Y-%m-%d %H:%M:%S}  {row.event} {_tell_data(row)}".rstrip() for row in history]
    print_text("\n".join(lines))


def _spell_write(write: EffectRow) -> dict[str, object]:
    return {
        "id": write.id,
        "key": write.key,
        "kind": write.kind,
        "state": write.state.value,
        "reason": write.error,
        "attempts": write.attempts,
        "since": write.finished_at.isoformat() if write.finished_at else None,
    }


def _name_write(write: EffectRow) -> str:
    return _WRITES.get(write.kind, write.kind)


def _tell_age(instant: datetime | None, now: datetime) -> str:
    if instant is None:
        return "-"
    seconds = max((now - instant).total_seconds(), 0.0)
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f}{unit} ago"
    return f"{seconds:.0f}s ago"


def _tell_data(row: AuditRow) -> str:
    return _clean(", ".join(f"{name} {value}" for name, value in row.data.items() if value))


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
