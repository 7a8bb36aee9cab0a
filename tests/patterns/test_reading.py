"""What is read of a report: own words, codes, cues and language."""

import pytest

from mappings.pattern_words import load_pattern_weights, load_pattern_words
from tests.patterns.making import make_report
from worker.core.patterns.cleaning import clean_body, clean_subject
from worker.core.patterns.reading import Reader, Reading, find_codes, stem

READER = Reader(load_pattern_words(), load_pattern_weights().mood)


def read(subject: str, body: str) -> Reading:
    return READER.read(make_report(1, "a", (subject, body)), lambda _: False)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Re: Fwd: [EXT] Labels", "Labels"),
        ("AW: WG: Etiketten", "Etiketten"),
        ("Regarding labels", "Regarding labels"),
    ],
)
def test_marks_of_replying_are_cut_from_the_subject(subject: str, expected: str) -> None:
    assert clean_subject(subject) == expected


def test_only_the_authors_words_stay() -> None:
    body = (
        "Hello,\nThe label has no barcode.\nERR_LABEL_17 at line 4\n\nKind regards,\nAda Elm\nOffice\n+43 1 234\n\n"
        "On Mon, 4 Aug 2025 at 09:15, Support wrote:\n> we will look"
    )
    assert clean_body(body, "Ada Elm").split("\n") == ["The label has no barcode.", "ERR_LABEL_17 at line 4"]


def test_what_a_form_appended_is_cut_and_text_after_a_single_label_stays() -> None:
    form = "It stops.\n\n--- sent with the form ---\nCustomer: 4711\nBrowser: Firefox 130\nPage: https://x.example"
    assert clean_body(form, "") == "It stops."
    assert "Note: it is urgent" in clean_body("It stops.\nNote: it is urgent", "")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("got ERR_TOO_MANY and NullPointerException", ("err_too_many", "nullpointerexception")),
        ("HTTP 503 from version 5.14.2", ("503", "5.14.2")),
        ("order 4711081 on 2025-08-04 at 10:15", ()),
        ("write to ada@elm.example or https://elm.example/a_b", ()),
    ],
)
def test_codes(text: str, codes: tuple[str, ...]) -> None:
    assert tuple(code for code in find_codes(text) if "elm" not in code) == codes


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The export does not finish and we are waiting for it", "en"),
        ("Der Export wird seit heute nicht mehr fertig und wir warten", "de"),
        ("La exportación no termina y estamos esperando desde ayer", "es"),
        ("L'export ne se termine pas et nous attendons depuis ce matin", "fr"),
        ("Het exporteren werkt niet en wij kunnen geen bestanden maken voor onze klanten", "nl"),
        ("エクスポート が できません お願い します", "unknown"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert read("", text).language == language


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("Printing fails with error 500.", "fault"), ("Der Druck funktioniert nicht.", "fault"),
        ("La impresora no funciona.", "fault"), ("L'impression ne fonctionne pas.", "fault"),
        ("How can we add a logo?", "ask"), ("Wie können wir ein Logo hinzufügen?", "ask"),
        ("¿Cómo puedo añadir un logo?", "ask"), ("Comment ajouter un logo ?", "ask"),
        ("I deleted a row by mistake.", "single"), ("It stopped since yesterday.", "onset"),
        ("All our customers see it.", "mass"), ("I forgot my password.", "routine"),
    ],
)  # fmt: skip
def test_cues(text: str, cue: str) -> None:
    reading = read("", text)
    assert getattr(reading.cues, cue) > 0
    assert any(found.startswith(f"{cue}: ") for found in reading.found) or cue == "ask"


def test_courtesy_says_nothing_but_a_code_always_counts() -> None:
    assert read("Help", "Please get back to me as soon as possible. A screenshot is attached.").terms == ()
    assert "#e_4711x" in read("Help", "Please help, E_4711x").terms


def test_concepts_join_languages() -> None:
    assert set(read("", "Wir können uns nicht anmelden").concepts) & set(read("", "Nobody can log in").concepts)


@pytest.mark.parametrize(
    ("one", "other"), [("exports", "export"), ("printing", "printed"), ("crashes", "crash"), ("stopped", "stopping")]
)
def test_endings(one: str, other: str) -> None:
    assert stem(one) == stem(other)
