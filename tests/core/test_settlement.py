"""Whether trouble that is back reads as trouble, and what came back that was missed reads as relief."""

import pytest

from tests.core.sample_tickets import Line, judge, make_ticket
from worker.core.phrases import load_matcher

DEFECT: Line = ("internal", "Reproduced on my own test account, it's a bug in our export since release 4.2.")
ADVICE: Line = ("agent", "Please press Reload in the menu, that brings the right figures.")


@pytest.mark.parametrize(
    "said",
    [
        "The problem is back.",
        "Now the delay is back.",
        "That helps for an hour, then the old ones are back.",
        "The trouble has returned.",
        "Das Problem ist wieder da.",
        "Der Fehler ist zurück.",
        "Jetzt sind die Aussetzer wieder da.",
        "El problema ha vuelto.",
        "El fallo está de vuelta desde anoche.",
        "Le problème est revenu.",
        "La panne est de retour depuis hier.",
        "Il y en avait douze la semaine dernière. Les doublons sont de retour.",
        "It was one run in ten, it is now every second one.",
        "Es sind jetzt 60 Kälber ohne Marke, letzte Woche waren es 12.",
    ],
)
def test_a_running_escalation_stays_when_trouble_is_back_or_grows(said: str) -> None:
    assessment = judge(
        make_ticket(("customer", "Totals are off."), DEFECT, ADVICE, ("customer", said), tags=("escalated",))
    )
    assert assessment.escalate
    assert not assessment.de_escalate


@pytest.mark.parametrize(
    "said",
    [
        "Everything is back and works.",
        "The orders are back in the list, thank you.",
        "Die Aufträge sind wieder da, danke, läuft.",
        "Der Fehler ist weg, alles ist wieder da.",
        "Todo funciona de nuevo, gracias.",
        "Tout refonctionne, merci.",
    ],
)
def test_a_running_escalation_stands_down_when_what_was_missed_is_back(said: str) -> None:
    assessment = judge(make_ticket(("customer", "Totals are off."), ADVICE, ("customer", said), tags=("escalated",)))
    assert assessment.de_escalate


@pytest.mark.parametrize(
    "text",
    ["The missing orders are back.", "Die Bilder sind zurück.", "Los datos han vuelto.", "Le son est revenu."],
)
def test_what_was_missed_is_no_trouble(text: str) -> None:
    assert "trouble_back" not in {one.cue for one in load_matcher().find_cues(text, is_question=False)}
