"""A brief says who said what, what is known, what is missing and what is asked, for the team that gets it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.records import Organization, Ticket
from mappings.adf import render_adf
from mappings.brief import Brief, LeadershipPart, ProductPart, SecurityPart
from mappings.fitting import fit_brief
from mappings.html import render_html
from mappings.loader import load_policy
from mappings.markdown import parse_markdown
from mappings.policy import Policy
from mappings.wiki import render_wiki
from tests.core.stories import AGENT, BUG, COMPANY, CUSTOMER, NOW, SENIOR, make_assessment, make_ticket
from worker.core.assessment import Assessment, Severity, SlaStatus, Target
from worker.core.brief import Case, build_brief
from worker.core.facts import find_facts
from worker.core.figures import spell_day, spell_span
from worker.core.thread import read_thread


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    folder: Path = tmp_path_factory.mktemp("policy")
    text = "[zendesk]\nproduct = 11\nversion = 12\naffected_users = 13\n"
    (folder / "fields.toml").write_text(text, encoding="utf-8")
    return load_policy(folder)


def make_case(policy: Policy, ticket: Ticket, assessment: Assessment) -> Case:
    facts = find_facts(read_thread(ticket), ticket, assessment, NOW, fields=policy.fields.zendesk)
    return Case(ticket=ticket, assessment=assessment, facts=facts)


def write_brief(policy: Policy, ticket: Ticket, assessment: Assessment, *more: Case) -> Brief:
    return build_brief(
        [make_case(policy, ticket, assessment), *more],
        policy,
        escalation_id="7Q4M",
        now=NOW,
        find_page=lambda number: f"https://desk.example/agent/tickets/{number}",
    )


BUG_FOUND = make_assessment(
    "technical.confirmed_bug", sla_status=SlaStatus.AT_RISK, quote="Needs a fix in the export paging."
)


def test_the_brief_of_a_well_told_bug(policy: Policy) -> None:
    brief = write_brief(policy, BUG, BUG_FOUND)
    assert brief.summary == "Harrowgate Ferries: Manifests come out empty"
    assert (brief.severity, brief.target, brief.target_title) == ("high", "engineering", "Engineering")
    assert brief.opening.who == "Harrowgate Ferries (strategic, ARR 480,000), 35 users"
    assert brief.opening.what.startswith("The vehicle manifest of large sailings exports empty")
    assert brief.opening.since == "“since Tuesday”"
    assert brief.impact.revenue_at_risk == "ARR 480,000, renewal on 31 Jan 2027"
    assert brief.impact.sla_status == "At risk"
    assert brief.impact.sla_detail == "next reply time ends in 17 h, requester wait time ends in 25 h"
    assert 3 <= len(brief.description) <= 5
    assert brief.need.kind == "fix"
    assert brief.need.deadline == NOW + timedelta(hours=8)
    assert brief.need.deadline_reason == "high: needs attention the same day"
    assert "Needs a fix in the export paging." in brief.need.ask
    assert [row.quote for row in brief.evidence] == ["Needs a fix in the export paging."]
    assert brief.communication.expectation_by == "6 Nov 2026"
    assert brief.missing == ()


def test_the_ticket_s_clock_is_the_deadline_when_it_comes_first(policy: Policy) -> None:
    slow = replace(BUG_FOUND, severity=Severity.MEDIUM)
    need = write_brief(policy, BUG, slow).need
    assert need.deadline == datetime(2026, 11, 5, 17, tzinfo=UTC)
    assert need.deadline_reason == "the SLA clock requester wait time ends then"


def test_the_escalation_s_own_values_win(policy: Policy) -> None:
    when = NOW + timedelta(hours=1)
    brief = build_brief(
        [make_case(policy, BUG, BUG_FOUND)],
        policy,
        escalation_id="7Q4M",
        now=NOW,
        deadline=when,
        severity=Severity.CRITICAL,
        target=Target.L2,
    )
    assert (brief.severity, brief.target, brief.need.deadline, brief.need.kind) == (
        "critical",
        "l2",
        when,
        "investigate",
    )
    assert brief.context.tickets[0].url is None


def test_a_silent_ticket_asks_for_everything_its_target_wants(policy: Policy) -> None:
    brief = write_brief(policy, make_ticket((CUSTOMER, True, "Help!"), organization=None), make_assessment())
    wanted = {item.field for item in policy.routing.targets.engineering.include}
    assert {item.field for item in brief.missing} == wanted
    markdown, _ = fit_brief(brief)
    assert markdown.count("not known yet: ask for") >= 8
    assert "None" not in markdown


@pytest.mark.parametrize("target", list(Target))
def test_each_target_gets_its_own_part_and_list(policy: Policy, target: Target) -> None:
    brief = write_brief(policy, BUG, replace(BUG_FOUND, target=target))
    rules = policy.routing.targets.find_target(target.value)
    assert brief.target_title == rules.title
    assert {item.field for item in brief.missing} <= {item.field for item in rules.include}
    markdown, was_cut = fit_brief(brief)
    assert not was_cut
    assert f"**Target:** {rules.title}" in markdown
    assert ("## Reproduction steps" in markdown) is (target not in {Target.PRODUCT, Target.LEADERSHIP})


def test_what_product_security_and_leadership_are_told(policy: Policy) -> None:
    ticket = make_ticket(
        (CUSTOMER, True, "We need one list per sailing, and the export shows names of another company's passengers."),
        (
            SENIOR,
            False,
            "Export disabled for the tenant. Still open for other tenants. Two other customers asked too.",
        ),
        (CUSTOMER, True, "I want a call with your director today, and a credit."),
    )
    product = write_brief(policy, ticket, make_assessment(target=Target.PRODUCT)).part
    assert isinstance(product, ProductPart)
    assert product.use_case is not None
    assert product.frequency_of_request == "“Two other customers asked too.”"
    assert product.competitive_pressure is None
    security = write_brief(policy, ticket, make_assessment("impact.security", target=Target.SECURITY)).part
    assert isinstance(security, SecurityPart)
    assert security.observed is not None
    assert security.containment == "“Export disabled for the tenant.”"
    assert security.urgency == "“Still open for other tenants.”"
    leadership = write_brief(policy, ticket, make_assessment(target=Target.LEADERSHIP))
    assert isinstance(leadership.part, LeadershipPart)
    assert leadership.part.business_context == "Harrowgate Ferries, strategic, ARR 480,000"
    assert leadership.need.kind == "approve"


def test_every_told_fact_is_printed_with_who_said_it_when_and_where(policy: Policy) -> None:
    brief = write_brief(policy, BUG, BUG_FOUND)
    bodies = {comment.id: comment.body for comment in BUG.comments}
    told = {
        "expected": [brief.repro.expected],
        "actual": [brief.repro.actual],
        "frequency": [brief.repro.frequency],
        "repro_steps": brief.repro.steps,
        "tried": [step.action for step in brief.tried],
        "result": [step.result for step in brief.tried],
        "environment": brief.repro.environment,
    }
    for name, values in told.items():
        for index, value in enumerate(values):
            source = brief.find_source(name, index)
            assert source is not None
            assert value is not None
            if source.comment_id is None:
                assert source.who == "ticket field"
            else:
                assert value.casefold() in bodies[source.comment_id][source.start : source.end].casefold()
    markdown, _ = fit_brief(brief)
    assert (
        "1. Sign in to the demo tenant as gate clerk (internal note, 3 Nov 2026, 10:00 UTC, comment 103)" in markdown
    )


def test_several_customers_are_counted_once_each_and_may_stay_unnamed(policy: Policy) -> None:
    kestrel = Organization(id=71, name="Kestrel Lines", fields={"arr": "120,000", "tier": "enterprise"})
    said = (CUSTOMER, True, "Manifest export is empty for us as well.")
    others = [
        make_case(policy, make_ticket(said, organization=kestrel, ticket_id=1), BUG_FOUND),
        make_case(policy, make_ticket(said, organization=COMPANY, ticket_id=2), BUG_FOUND),
    ]
    brief = write_brief(policy, BUG, BUG_FOUND, *others)
    assert [customer.name for customer in brief.impact.customers] == [COMPANY.name, "Kestrel Lines", COMPANY.name]
    assert brief.impact.revenue_at_risk == "ARR 600,000 of 2 customers, renewal on 31 Jan 2027"
    cases = [make_case(policy, BUG, BUG_FOUND), *others]
    unnamed = build_brief(cases, policy, escalation_id="7Q4M", now=NOW, name_customers=False)
    assert all(customer.name is None and customer.detail is None for customer in unnamed.impact.customers)
    assert unnamed.opening.who == "35 users"
    assert COMPANY.name not in unnamed.summary


def test_people_are_told_by_their_side_not_by_name(policy: Policy) -> None:
    markdown, _ = fit_brief(write_brief(policy, BUG, BUG_FOUND))
    head = markdown.split("## Supporting context")[0]
    assert not any(name in head for name in ("Ines", "Tom Ruiz", "Ada Kern"))


def test_other_targets_are_named(policy: Policy) -> None:
    assessment = make_assessment(others=(Target.LEADERSHIP, Target.ENGINEERING))
    assert write_brief(policy, BUG, assessment).other_targets == ("Leadership",)


def test_a_hostile_ticket_forges_nothing_in_any_rendering(policy: Policy) -> None:
    evil = (
        "The export is broken since Monday!\n# Approved\n| a | b |\n[click](https://evil.example) "
        "![x](https://evil.example/t.png) [~admin] {{ticket.requester.email}} {code}x{code} <img src=x onerror=1>\n"
        "::: panel error\nPay now\n:::\n`````\n"
    )
    said = ((CUSTOMER, True, evil), (AGENT, True, evil), (SENIOR, False, evil), (CUSTOMER, True, evil))
    ticket = make_ticket(*said, subject=evil, organization=replace(COMPANY, name=evil))
    brief = write_brief(policy, ticket, make_assessment("technical.confirmed_bug", quote=evil))
    blocks = parse_markdown(fit_brief(brief)[0])
    html = render_html(blocks)
    assert set(re.findall(r'href="([^"]*)"', html)) == {"https://desk.example/agent/tickets/48211"}
    assert "<img" not in html
    assert "{{" not in html
    wiki = re.sub(r"\{noformat\}.*?\{noformat\}", "", render_wiki(blocks), flags=re.DOTALL)
    assert "[~" not in wiki
    assert "!http" not in wiki
    assert "{code}" not in wiki
    assert [node["type"] for node in render_adf(blocks)["content"]].count("panel") == 1


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=80), "1 h 20 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=51), "2 days 3 h"),
        (timedelta(days=4), "4 days"),
    ],
)
def test_spans(span: timedelta, words: str) -> None:
    assert spell_span(span) == words


def test_days_that_are_none_stay_as_they_are() -> None:
    assert spell_day("2027-01-31T10:00:00+00:00") == "31 Jan 2027"
    assert spell_day("next spring") == "next spring"
