"""Who speaks, and which words are their own."""

import time
from datetime import timedelta

import pytest

from connectors.records import Comment
from tests.core.sample_tickets import AGENT_ID, CUSTOMER_ID, NOW, make_ticket
from worker.core.assessment import Speaker
from worker.core.sentences import SentenceKind
from worker.core.thread import read_thread


def read_own(body: str) -> str:
    return read_thread(make_ticket(("customer", body))).utterances[0].text


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("The till is dead.\n\n> Bo wrote:\n> try again", "The till is dead."),
        ("Still dead.\n\nOn Mon, 4 May 2026 at 10:12, Bo <bo@desk.example> wrote:\nDid you reboot?", "Still dead."),
        ("Geht wieder nicht.\n\nAm 04.05.2026 um 10:12 schrieb Bo:\n> Neu gestartet?", "Geht wieder nicht."),
        ("Sigue igual.\n\nEl lun, 4 may 2026, Bo escribió:\n> ¿Reinició?", "Sigue igual."),
        ("Toujours en panne.\n\nLe 4 mai 2026 à 10:12, Bo a écrit :\n> Redémarré ?", "Toujours en panne."),
        ("See below.\n\nFrom: Zoe\nSent: Monday\nTo: Ada\nSubject: outage\n\nAll is lost!", "See below."),
        ("Printer is slow.\n\nBest regards\nAda Quill\nHead of Legal\nQuillworks Ltd", "Printer is slow."),
        ("Drucker hängt.\n\nMit freundlichen Grüßen\nA. Quill", "Drucker hängt."),
        ("Va lenta.\n\nSaludos cordiales,\nAda", "Va lenta."),
        ("C'est lent.\n\nCordialement\nAda Quill", "C'est lent."),
        ("Slow again.\n\nAda Quill\nDirector", "Slow again."),
        ("Slow again.\n-- \nAda\nsecurity breach hotline 555", "Slow again."),
        ("Slow.\n\nThis e-mail is confidential. Unauthorised disclosure is unlawful.", "Slow."),
        ("It crashes:\n```\nfatal: data loss\n```\nevery day", "It crashes:\nevery day"),
        ("See log\n2026-05-01 10:00:00 ERROR breach of buffer=1\nthanks", "See log"),
        ("Hi Bo,\n\nall fine.", "all fine."),
        ("<div>Two&nbsp;lines<br>here</div>", "Two      lines\nhere"),
        ("Broken.\n\nRegards\nAda\n\nP.S. the backup is gone too.", "Broken.\n\n\nP.S. the backup is gone too."),
    ],
)
def test_only_the_authors_own_words_are_read(body: str, own: str) -> None:
    assert read_own(body).split() == own.split()


def test_a_ticket_that_is_only_a_forwarded_mail_is_about_that_mail() -> None:
    body = (
        "---------- Forwarded message ---------\nFrom: Zoe\nDate: Monday\nSubject: till\nTo: Ada\n\nThe till is dead."
    )
    assert "The till is dead." in read_own(body)


def test_speakers_are_told_apart() -> None:
    thread = read_thread(make_ticket(("customer", "a"), ("agent", "b"), ("internal", "c")))
    assert [one.speaker for one in thread.utterances] == [Speaker.CUSTOMER, Speaker.AGENT, Speaker.INTERNAL]


def test_an_automatic_reply_is_set_aside() -> None:
    thread = read_thread(make_ticket(("customer", "Dead."), ("customer", "Automatic reply: I am out of the office.")))
    assert thread.utterances[1].is_auto_reply
    assert not thread.utterances[1].sentences


def test_a_ticket_without_comments_gives_its_description() -> None:
    ticket = make_ticket(description="It is broken.", comments=(), comments_read=False)
    (only,) = read_thread(ticket).utterances
    assert (only.comment_id, only.text, only.speaker) == (None, "It is broken.", Speaker.CUSTOMER)


def test_a_comment_of_somebody_unknown_is_the_customers_unless_assigned_or_internal() -> None:
    bodies = [(CUSTOMER_ID, True), (AGENT_ID, True), (999, True), (999, False), (-1, True)]
    comments = tuple(
        Comment(id=n + 1, author_id=author, public=public, body="x y", created_at=NOW + timedelta(seconds=n))
        for n, (author, public) in enumerate(bodies)
    )
    thread = read_thread(make_ticket(comments=comments, people=()))
    assert [one.speaker.value for one in thread.utterances] == ["customer", "agent", "customer", "internal", "system"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It fails. It fails again!", ["It fails.", "It fails again!"]),
        ("Since 4.2 it fails, e.g. in Chrome. Bad.", ["Since 4.2 it fails, e.g. in Chrome.", "Bad."]),
        ("ZPL doesn't. PDF does.", ["ZPL doesn't.", "PDF does."]),
        ("Am 3. Mai ging es. Heute nicht.", ["Am 3. Mai ging es.", "Heute nicht."]),
        ("1. Open the form\n2. Press save", ["Open the form", "Press save"]),
        ("One line that is wrapped by the mail client at some\nseventy characters goes on here.",
         ["One line that is wrapped by the mail client at some", "seventy characters goes on here."]),
        ("A line long enough to have been wrapped by a mail client for sure\nand goes on here.",
         ["A line long enough to have been wrapped by a mail client for sure and goes on here."]),
    ],
)  # fmt: skip
def test_sentences_are_cut(text: str, sentences: list[str]) -> None:
    (only,) = read_thread(make_ticket(("customer", text))).utterances
    assert [one.text for one in only.sentences] == sentences


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Did you lose our data?", SentenceKind.QUESTION),
        ("How do I change it", SentenceKind.QUESTION),
        ("Could you look at it.", SentenceKind.QUESTION),
        ("Did the same on my kiosk: frozen.", SentenceKind.STATEMENT),
        ("Which is why we left.", SentenceKind.STATEMENT),
        ("- press save", SentenceKind.STEP),
    ],
)
def test_questions_and_steps_are_told_from_statements(text: str, kind: SentenceKind) -> None:
    (only,) = read_thread(make_ticket(("customer", text))).utterances
    assert only.sentences[0].kind is kind


@pytest.mark.parametrize(
    "body",
    [
        "a" * 3_000_000,
        "> " * 500_000,
        "<" * 500_000,
        "<div " * 200_000,
        "\n" * 1_000_000,
        ". " * 500_000,
        "{[<" * 300_000,
        "On " * 300_000 + "wrote:",
        "hi, " * 300_000,
        "1. " * 300_000,
        "&nbsp;" * 200_000,
        "wrote: " * 200_000,
    ],
)
def test_huge_bodies_are_read_in_bounded_time(body: str) -> None:
    ticket = make_ticket(("customer", body))
    started = time.perf_counter()
    thread = read_thread(ticket)
    assert time.perf_counter() - started < 2
    assert len(thread.utterances) == 1


def test_thousands_of_comments_are_read_at_both_ends() -> None:
    comments = tuple(
        Comment(
            id=n + 1, author_id=CUSTOMER_ID, public=True, body=f"message {n}", created_at=NOW + timedelta(seconds=n)
        )
        for n in range(5_000)
    )
    thread = read_thread(make_ticket(comments=comments))
    texts = [one.text for one in thread.utterances]
    assert texts[0] == "message 0"
    assert texts[-1] == "message 4999"
    assert len(texts) <= 300
