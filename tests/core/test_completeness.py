"""Each item of each tier's list is a field of the brief, filled or asked for; an agent answers, and it goes on."""

from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from mappings.brief import ASK_FOR, L2Part, LeadershipPart, ProductPart, ReproSteps, SecurityPart
from mappings.loader import load_policy
from mappings.mistakes import PolicyProblem
from mappings.policy import Policy
from mappings.routing import Mode
from tests.core import making
from tests.core.stories import AGENT, BUG, CUSTOMER, NOW, SENIOR, make_assessment, make_ticket
from worker.core.assessment import MissingItem, Severity, Target
from worker.core.completeness import list_missing, list_weak_practices
from worker.core.decide import decide
from worker.core.decision import Action, Decision
from worker.core.facts import Facts, find_facts
from worker.core.thread import read_thread

REPORT = (CUSTOMER, True, "The manifest export writes an empty file since Tuesday.")
STANDARD = {
    "l2": {"summary", "tried", "customer_context"},
    "engineering": {
        "repro_steps", "expected", "actual", "environment", "frequency", "evidence", "workflow_impact", "deadline",
    },
    "product": {"use_case", "workflow_impact", "frequency_of_request", "competitive_pressure"},
    "security": {"observed", "affected", "containment", "urgency"},
    "leadership": {"business_context", "revenue_at_risk", "tried", "decision_needed", "deadline"},
}  # fmt: skip
MISSING = (MissingItem(field="frequency", ask_for="how often"),)


def read_answered(*notes: str, target: Target = Target.ENGINEERING) -> tuple[Facts, set[str]]:
    policy = load_policy()
    ticket = make_ticket(REPORT, *((SENIOR, False, note) for note in notes))
    titles = policy.routing.targets.find_target(target.value).titles
    facts = find_facts(read_thread(ticket), ticket, make_assessment(target=target), NOW, titles=titles)
    return facts, {item.field for item in list_missing(ticket, facts, target, policy)}


def test_each_item_of_the_standard_is_a_named_field_that_is_asked_for() -> None:
    for name, wanted in STANDARD.items():
        include = load_policy().routing.targets.find_target(name).include
        assert {item.field for item in include} == wanted
        assert wanted <= set(ASK_FOR)
    told = {
        one.name for part in (L2Part, ProductPart, SecurityPart, LeadershipPart, ReproSteps) for one in fields(part)
    }
    assert {"use_case", "competitive_pressure", "containment", "urgency", "decision_needed", "frequency"} <= told


@pytest.mark.parametrize("target", list(Target))
def test_answers_to_the_checklist_complete_the_brief(target: Target) -> None:
    _, before = read_answered(target=target)
    include = load_policy().routing.targets.find_target(target.value).include
    answered = [item for item in include if item.field in before and item.field != "revenue_at_risk"]
    note = "\n".join(f"☐ {item.title}: 5 of 5 exports on 8.14, by Friday" for item in answered)
    _, after = read_answered(note, target=target)
    assert before or target is Target.LEADERSHIP
    assert after <= {"revenue_at_risk"}


def test_an_answer_is_quoted_with_its_source_and_outweighs_what_was_gathered() -> None:
    facts, _ = read_answered(
        "It fails every time.", "- [x] **Frequency:** only on sailings above 200\nExpected result: 212 rows"
    )
    found = facts.reproduction
    assert found.frequency is not None
    assert found.frequency.text == "only on sailings above 200"
    assert found.frequency.comment_id == 102
    assert found.expected is not None
    assert found.expected.text == "212 rows"


def test_a_customer_cannot_fill_in_the_checklist() -> None:
    policy = load_policy()
    ticket = make_ticket((CUSTOMER, True, "Decision needed: refund us\nContainment: none"), (AGENT, True, "Hello"))
    facts = find_facts(read_thread(ticket), ticket, make_assessment(target=Target.SECURITY), NOW)
    assert "containment" in {item.field for item in list_missing(ticket, facts, Target.SECURITY, policy)}


@pytest.mark.parametrize(
    ("steps", "weak"),
    [
        ("1. Sign in to the demo tenant as gate clerk\n2. Open sailing ND4410 (212 bookings)", {"ruled_out"}),
        ("1. Open it\n2. Click there", {"clean_start", "specific_actions", "exact_values", "ruled_out"}),
        ("1. Open the newest sailing\n2. Click “Export manifest”\nSame in Firefox and Chrome.", {"clean_start"}),
    ],
)
def test_the_practices_of_reproduction_steps_are_checked(steps: str, weak: set[str]) -> None:
    facts, _ = read_answered(f"Steps to reproduce:\n{steps}")
    assert {item.field for item in list_weak_practices(facts, Target.ENGINEERING)} == weak
    assert list_weak_practices(facts, Target.PRODUCT) == ()


def test_no_practice_is_asked_for_where_there_are_no_steps() -> None:
    facts, missing = read_answered()
    assert "repro_steps" in missing
    assert list_weak_practices(facts, Target.ENGINEERING) == ()


def wait_policy(**modes: Mode) -> Policy:
    policy = making.make_policy(**modes)
    targets = policy.routing.targets
    changed = {
        name: targets.find_target(name).model_copy(update={"wait_for_completeness": True})
        for name in ("engineering", "product")
    }
    routing = policy.routing.model_copy(update={"targets": targets.model_copy(update=changed)})
    return policy.model_copy(update={"routing": routing})


def decide_waiting(tags: tuple[str, ...] = (), earlier: Decision | None = None, **assessed: object) -> Decision:
    assessment = making.make_assessment(**{"missing": MISSING, **assessed})
    return decide(assessment, making.make_ticket(tags=tags), None, wait_policy(), earlier=earlier)


def test_an_incomplete_brief_waits_and_says_for_what() -> None:
    decision = decide_waiting()
    assert decision.action is Action.WAIT
    assert decision.wait_until == making.make_assessment().now + timedelta(hours=4)
    assert "engineering waits for a complete brief: frequency" in decision.reasons


@pytest.mark.parametrize(
    ("tags", "assessed"),
    [
        ((), {"missing": ()}),
        (("escalator_now",), {}),
        (("escalator_approve",), {}),
        ((), {"severity": Severity.CRITICAL}),
        ((), {"target": Target.SECURITY, "severity": Severity.HIGH}),
        ((), {"target": Target.LEADERSHIP}),
        ((), {"target": Target.L2}),
    ],
)
def test_what_is_complete_forced_critical_or_for_others_never_waits(
    tags: tuple[str, ...], assessed: dict[str, object]
) -> None:
    assert decide_waiting(tags, **assessed).action is Action.OPEN


def test_the_wait_ends_once_and_for_all() -> None:
    first = decide_waiting()
    assert first.wait_until is not None
    during = decide_waiting(earlier=first, now=first.wait_until - timedelta(seconds=1))
    assert (during.action, during.wait_until) == (Action.WAIT, first.wait_until)
    after = decide_waiting(earlier=during, now=first.wait_until)
    assert after.action is Action.OPEN
    assert "the wait for a complete brief is over" in after.reasons


def test_nothing_waits_unless_the_policy_says_so() -> None:
    assessment = making.make_assessment(missing=MISSING)
    assert decide(assessment, making.make_ticket(), None, making.make_policy()).action is Action.OPEN
    assert decide(assessment, making.make_ticket(), None, wait_policy(), may_wait=False).action is Action.OPEN


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[targets.security]\nwait_for_completeness = true\n",
            "only engineering and product may wait_for_completeness",
        ),
        ('[targets.engineering]\nlongest_wait = "soon"\n', "'soon' is no duration"),
        (
            '[targets.l2]\ninclude = [{ field = "colour", title = "Colour", ask_for = "which" }]\n',
            "'colour' is no field of the brief",
        ),
    ],
)
def test_a_mistake_in_the_policy_is_told(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "routing.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyProblem, match=problem):
        load_policy(tmp_path)


def test_what_was_told_is_not_asked_for() -> None:
    policy = load_policy()
    assessment = replace(make_assessment("technical.confirmed_bug"), target=Target.ENGINEERING)
    facts = find_facts(read_thread(BUG), BUG, assessment, NOW)
    assert list_missing(BUG, facts, Target.ENGINEERING, policy) == ()
