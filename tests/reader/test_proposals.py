"""The reader proposes what sentences say, the same way each time, for any text, and tells by which words."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.assessment import Speaker
from worker.reader.concepts import Concept
from worker.reader.proposals import propose_concepts, rate_concepts

CUSTOMER, AGENT, INTERNAL = Speaker.CUSTOMER, Speaker.AGENT, Speaker.INTERNAL

# None of these sentences stands in the corpus.
SAYINGS = [
    (Concept.DATA_LOST, "The comments my team wrote last week have disappeared for good.", CUSTOMER, "en"),
    (Concept.DATA_LOST, "Die Kommentare von letzter Woche sind spurlos verschwunden.", CUSTOMER, "de"),
    (
        Concept.EXPOSURE,
        "I can open the invoices of another company when I change the number in the link.",
        CUSTOMER,
        "en",
    ),
    (Concept.EXPOSURE, "Ich sehe die Rechnungen einer fremden Firma.", CUSTOMER, "de"),
    (Concept.EXPOSURE, "Me salen las facturas de otra empresa.", CUSTOMER, "es"),
    (Concept.EXPOSURE, "Je vois les factures d'une autre société.", CUSTOMER, "fr"),
    (Concept.SOLVED, "Works again, thank you, you can close the ticket.", CUSTOMER, "en"),
    (Concept.SOLVED, "Läuft wieder, vielen Dank!", CUSTOMER, "de"),
    (Concept.DEFECT_REPRODUCED, "I could reproduce this on my test account.", AGENT, "en"),
    (Concept.DEFECT_REPRODUCED, "Ich konnte den Fehler auf meinem Testsystem nachstellen.", AGENT, "de"),
    (Concept.DOCUMENTED_ANSWER, "This is described in our help article, here is the link.", AGENT, "en"),
    (Concept.NEEDS_ACCESS, "I have no access to the database, somebody with rights must look.", INTERNAL, "en"),
    (Concept.ASKS_FOR_MANAGEMENT, "Quiero hablar con su director.", CUSTOMER, "es"),
    (Concept.WAITS_TOO_LONG, "Cela fait deux semaines que j'attends une réponse.", CUSTOMER, "fr"),
    (Concept.CAME_BACK, "The problem that you fixed last month is back again.", CUSTOMER, "en"),
    (Concept.HOWTO_QUESTION, "How do I add a second address?", CUSTOMER, "en"),
]
QUIET = [
    ("Please find our new address attached.", CUSTOMER, "en"),
    ("Vielen Dank für Ihre Nachricht.", AGENT, "de"),
    ("Somos una empresa familiar.", CUSTOMER, "es"),
    ("Nous déménageons en juin.", CUSTOMER, "fr"),
]


@pytest.mark.parametrize(("concept", "text", "speaker", "language"), SAYINGS)
def test_what_a_sentence_says_is_proposed_with_words_of_its_own(concept, text, speaker, language):
    found = {one.concept: one for one in propose_concepts(text, speaker=speaker, language=language)}
    assert concept in found
    assert found[concept].features
    assert 0 < found[concept].probability <= 1


@pytest.mark.parametrize(("text", "speaker", "language"), QUIET)
def test_nothing_is_sure_of_a_sentence_that_says_nothing(text, speaker, language):
    assert not [one for one in propose_concepts(text, speaker=speaker, language=language) if one.is_sure]


def test_the_likeliest_comes_first_and_the_same_text_gives_the_same_answer():
    text = "We lost everything, two weeks without an answer, I want to speak to your director."
    first = propose_concepts(text, speaker=CUSTOMER, language="en")
    assert first == propose_concepts(text, speaker=CUSTOMER, language="en")
    assert [one.probability for one in first] == sorted((one.probability for one in first), reverse=True)


def test_rating_tells_every_concept():
    rated = rate_concepts("Nothing loads.", speaker=CUSTOMER, language="en")
    assert set(rated) == set(Concept)
    assert all(0 <= probability <= 1 for probability in rated.values())


@pytest.mark.parametrize(("speaker", "language"), [(Speaker.SYSTEM, "en"), (CUSTOMER, "ja"), (CUSTOMER, "")])
def test_a_system_or_another_language_is_not_read(speaker, language):
    assert propose_concepts("All data are lost.", speaker=speaker, language=language) == ()
    assert rate_concepts("All data are lost.", speaker=speaker, language=language) == {}


@given(st.text(max_size=400), st.sampled_from([CUSTOMER, AGENT, INTERNAL]), st.sampled_from(["en", "de", "es", "fr"]))
@settings(deadline=None, max_examples=80)
def test_any_text_is_read_without_an_exception(text, speaker, language):
    found = propose_concepts(text, speaker=speaker, language=language)
    assert found == propose_concepts(text, speaker=speaker, language=language)
    assert all(0 <= one.probability <= 1 for one in found)


@pytest.mark.parametrize("piece", ["a", "lost data ", "ß", "not ", "12.", "-", "?", "\u0301", "字", "a-"])
def test_a_huge_sentence_takes_bounded_time(piece):
    text = piece * (2_000_000 // len(piece))
    propose_concepts("warm", speaker=CUSTOMER, language="en")
    started = time.perf_counter()
    propose_concepts(text, speaker=CUSTOMER, language="en")
    assert time.perf_counter() - started < 0.5
