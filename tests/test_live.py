import io
import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Literal

from rich.console import Console

from worker.live import LiveBoard, LiveCounts, build_table, print_summary, spell_outcome

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NASTY = "[bold red]sale[/] \x1b[2J\x07\nforged \u202egnp.exe [link=https://x.example]"


def open_console(*, terminal: bool = False, width: int = 100, height: int = 24) -> Console:
    colours: Literal["standard"] | None = "standard" if terminal else None
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, height=height, color_system=colours)


def read(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def tell_story(board: LiveBoard) -> None:
    board.note_read(41, "Export fails for everybody")
    board.note_read(42, "How do I change my picture?")
    board.note_judged(41, target="engineering", severity="critical")
    board.note_judged(42, target=None)
    board.note_opened(41, "ENG-7")
    board.note_written(41)


def test_one_plain_line_per_event_without_a_terminal() -> None:
    console = open_console()
    with LiveBoard(console, now=lambda: NOW) as board:
        tell_story(board)
    assert read(console).splitlines() == [
        "09:00:00  read     #41  Export fails for everybody",
        "09:00:00  read     #42  How do I change my picture?",
        "09:00:00  judged   #41  engineering: critical",
        "09:00:00  judged   #42  stay",
        "09:00:00  opened   #41  ENG-7",
        "09:00:00  written  #41",
    ]


def test_the_totals_count_tickets_issues_and_notes() -> None:
    board = LiveBoard(open_console(), now=lambda: NOW)
    tell_story(board)
    board.note_read(41, "Export fails for everybody")
    board.note_opened(43, "ENG-7")
    board.note_written(43)
    board.note_written(43)
    assert board.counts == LiveCounts(read=3, judged=2, opened=1, written=3)
    assert spell_outcome(board.counts) == "read 3 tickets, opened 1 issues, wrote 3 notes"


def test_a_row_keeps_what_is_known_and_moves_to_the_end_when_it_changes() -> None:
    clock = [NOW]
    board = LiveBoard(open_console(), now=lambda: clock[0])
    tell_story(board)
    clock[0] += timedelta(seconds=5)
    board.note_written(41)
    first, last = board.rows
    assert (first.ticket_id, first.judged, first.goes_up) == (42, "stay", False)
    assert (last.ticket_id, last.subject, last.judged) == (41, "Export fails for everybody", "engineering: critical")
    assert (last.goes_up, last.issue_key, last.notes, last.time) == (True, "ENG-7", 2, NOW + timedelta(seconds=5))


def test_the_table_fits_a_hundred_columns_and_a_line_a_row() -> None:
    board = LiveBoard(open_console(), now=lambda: NOW)
    board.note_read(123456789, "word " * 60)
    board.note_judged(123456789, target="engineering", severity="critical")
    board.note_opened(123456789, "PLATFORM-12345")
    board.note_written(123456789)
    console = open_console(width=100)
    console.print(build_table(board.rows))
    lines = read(console).splitlines()
    assert max(len(line) for line in lines) <= 100
    assert len([line for line in lines if "123456789" in line]) == 1
    row = next(line for line in lines if "123456789" in line)
    for wanted in ("09:00:00", "engineering: critical", "PLATFORM-12345", "note"):
        assert wanted in row


def test_a_terminal_gets_the_whole_table_at_the_end_in_colour() -> None:
    console = open_console(terminal=True)
    with LiveBoard(console, now=lambda: NOW) as board:
        for number in range(60):
            board.note_read(number, f"subject {number}")
        board.note_judged(3, target="security", severity="critical")
    text = read(console)
    assert "\x1b[" in text
    final = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).rsplit("Subject", 1)[1]
    assert all(f"subject {number}" in final for number in range(60))


def test_what_customers_write_stays_text() -> None:
    for terminal in (False, True):
        console = open_console(terminal=terminal, width=200)
        with LiveBoard(console, now=lambda: NOW) as board:
            board.note_read(1, NASTY)
            board.note_opened(1, "ENG-1\n\x1b[2J")
        text = read(console)
        assert "[bold red]sale[/]" in text
        assert "\x1b[2J" not in text
        assert "\x07" not in text
        assert "\u202e" not in text
    plain = open_console()
    LiveBoard(plain, now=lambda: NOW).note_read(1, NASTY)
    assert len(read(plain).splitlines()) == 1


def test_notes_from_many_threads_are_all_counted() -> None:
    board = LiveBoard(open_console(), now=lambda: NOW)

    def write_twenty() -> None:
        for number in range(20):
            board.note_written(number)

    threads = [threading.Thread(target=write_twenty) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert board.counts.written == 160


def test_the_summary_ends_with_what_was_done() -> None:
    console = open_console(width=40)
    pages = (("an issue", "http://127.0.0.1:40001/browse/ENG-7"), ("the ticket", "http://127.0.0.1:40000/tickets/41"))
    print_summary(console, LiveCounts(read=40, judged=40, opened=7, written=12), pages)
    assert read(console).splitlines() == [
        "an issue    http://127.0.0.1:40001/browse/ENG-7",
        "the ticket  http://127.0.0.1:40000/tickets/41",
        "read 40 tickets, opened 7 issues, wrote 12 notes",
    ]
