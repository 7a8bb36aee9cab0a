"""Facts are read from the thread in the words of whoever said them, and what nobody said stays unknown."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.records import SlaStage, Ticket
from mappings.fields import ZendeskFields
from tests.core.stories import AGENT, BUG, CUSTOMER, NOW, SENIOR, make_assessment, make_clock, make_ticket
from worker.core.assessment import Speaker
from worker.core.commitments import read_day
from worker.core.facts import Facts, find_facts
from worker.core.thread import read_thread

FIELDS = ZendeskFields(product=11, version=12, affected_users=13)


def read_facts(ticket: Ticket, *criteria: str) -> Facts:
    return find_facts(read_thread(ticket), ticket, make_assessment(*criteria), NOW, fields=FIELDS)


def read_customer(body: str) -> Facts:
    return read_facts(make_ticket((CUSTOMER, True, body)))


def read_note(body: str) -> Facts:
    return read_facts(make_ticket((CUSTOMER, True, "The manifest export is broken."), (SENIOR, False, body)))


def test_a_well_told_bug_gives_every_section() -> None:
    facts = read_facts(BUG, "technical.confirmed_bug")
    found = facts.reproduction
    assert [step.text for step in found.steps] == [
        "Sign in to the demo tenant as gate clerk",
        "Open sailing ND4410 (212 bookings)",
        "Click Export manifest and choose CSV",
    ]
    assert found.expected is not None
    assert found.expected.text == "212 rows"
    assert found.actual is not None
    assert found.actual.text == "the header only"
    assert found.frequency is not None
    assert found.frequency.text.startswith("Always from 201 bookings on")
    assert found.error_text is not None
    assert "manifest.export page=2" in found.error_text.text
    assert tuple(fact.text for fact in facts.environment) == (
        "product Boarding",
        "version 8.14.2",
        "Chrome 141",
        "Windows 11",
    )
    assert facts.affected_users == 35
    assert found.since is not None
    assert found.since.text == "since Tuesday"
    assert found.workflow_impact is not None
    assert "by hand" in found.workflow_impact.text
    assert [(one.action.text, one.result.text if one.result else None) for one in facts.attempts] == [
        ("Could you please try the PDF export instead of CSV?", "PDF is empty too, same result.")
    ]
    assert facts.last_update is not None
    assert facts.last_update.at == BUG.comments[4].created_at
    assert facts.last_update.text.startswith("We can see it on our side")
    assert facts.wanted.by == "before Friday"
    assert facts.wanted.expectation is not None
    assert facts.wanted.expectation.text.startswith("We need this before Friday")
    assert facts.ask is not None
    assert facts.ask.text == "Needs a fix in the export paging."


def test_the_customer_s_last_word_counts_when_there_is_more_than_one() -> None:
    again = (CUSTOMER, True, "Hm. Third time now: 600 bookings are missing since Monday.")
    latest = read_facts(make_ticket(OPENING, (AGENT, True, "It is fixed."), again)).reproduction.latest
    assert latest is not None
    assert latest.text == "Third time now: 600 bookings are missing since Monday."
    assert read_facts(make_ticket(OPENING)).reproduction.latest is None


def test_every_fact_points_to_where_it_was_said() -> None:
    facts = read_facts(BUG)
    bodies = {comment.id: comment.body for comment in BUG.comments}
    picked = [
        *facts.reproduction.steps,
        *facts.reproduction.problem,
        facts.reproduction.expected,
        facts.wanted.expectation,
        facts.ask,
        *(attempt.action for attempt in facts.attempts),
        *(attempt.result for attempt in facts.attempts),
    ]
    for fact in picked:
        assert fact is not None
        assert fact.comment_id is not None
        said = " ".join(bodies[fact.comment_id][fact.start : fact.end].split())
        assert fact.text.casefold() in said.casefold()


def test_what_nobody_said_is_unknown() -> None:
    facts = read_customer("Hi, how do I add a second clerk?")
    assert facts.reproduction.steps == ()
    for value in (
        facts.reproduction.expected,
        facts.reproduction.frequency,
        facts.reproduction.since,
        facts.reproduction.workflow_impact,
        facts.last_update,
        facts.ask,
        facts.affected_users,
    ):
        assert value is None
    assert facts.attempts == ()
    assert facts.environment == ()


def test_a_ticket_without_words_has_no_facts() -> None:
    facts = read_facts(make_ticket())
    assert facts.reproduction.problem == ()
    assert facts.reproduction.actual is None
    assert facts.risk is None


@pytest.mark.parametrize(
    ("note", "steps", "shown"),
    [
        (
            "Repro: open Sailings > ND4410 > Export -> empty file with a header",
            ["open Sailings", "ND4410", "Export"],
            "empty file with a header",
        ),
        (
            "Demo tenant, clerk role: 212 bookings -> export writes the header only",
            ["Demo tenant, clerk role", "212 bookings"],
            "export writes the header only",
        ),
        (
            "Exported sailing ND4410 on my own tenant: file is empty",
            ["Exported sailing ND4410 on my own tenant"],
            "file is empty",
        ),
        (
            "In the demo shop: open the manifest, book 201 cars, export: the file has no rows",
            ["In the demo shop", "open the manifest", "book 201 cars", "export"],
            "the file has no rows",
        ),
        ("Test tenant: CSV + 201 bookings = header only", ["Test tenant", "CSV + 201 bookings"], "header only"),
        ("When I export 201 bookings, the file is empty.", ["When I export 201 bookings"], "the file is empty"),
        (
            "The export is empty whenever a sailing has more than 200 bookings.",
            ["whenever a sailing has more than 200 bookings"],
            "The export is empty",
        ),
    ],
)
def test_steps_are_found_in_running_text(note: str, steps: list[str], shown: str) -> None:
    found = read_note(note).reproduction
    assert [step.text for step in found.steps] == steps
    assert found.actual is not None
    assert found.actual.text == shown


@pytest.mark.parametrize(
    "note",
    [
        "- Chrome 141\n- Windows 11\n- Enterprise plan",
        "Two things:\n1. they are a reference customer\n2. renewal is in January",
        "In short: they want to step out of the contract.",
    ],
)
def test_a_list_of_anything_else_is_no_steps(note: str) -> None:
    assert read_note(note).reproduction.steps == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("The list is empty. It should show all bookings.", "It should show all bookings."),
        ("Export gives 0 rows instead of 212.", "instead of 212"),
        ("Die Liste ist leer. Sie sollte 212 Zeilen haben.", "Sie sollte 212 Zeilen haben."),
        ("The list is empty. Last month it took a minute.", "Last month it took a minute."),
        ("The list is empty. With the old client it works on 8.13.", None),
        ("The list is empty. You should have an alert for that.", None),
        ("The list is empty. We expect an answer today.", None),
        ("La lista sale vacía. Debería ser fácil.", None),
        ("Le fichier contient 60 lignes au lieu de 98.", "au lieu de 98"),
        ("The list is empty. Should we wait?", None),
    ],
)
def test_expected_is_what_somebody_expected(body: str, expected: str | None) -> None:
    found = read_customer(body).reproduction.expected
    assert (found.text if found else None) == expected


@pytest.mark.parametrize(
    ("body", "frequency"),
    [
        ("It fails every time we export.", "It fails every time we export"),
        ("On Mondays it is fine, but sometimes the file is empty.", "but sometimes the file is empty"),
        ("3 out of 5 exports are empty.", "3 out of 5 exports are empty"),
        ("Same header as always, the file is empty.", None),
    ],
)
def test_frequency(body: str, frequency: str | None) -> None:
    found = read_customer(body).reproduction.frequency
    assert (found.text if found else None) == frequency


@pytest.mark.parametrize(
    ("body", "since"),
    [
        ("It is empty since last Tuesday.", "since last Tuesday"),
        ("It is empty since the 8.14 release.", "since the 8.14 release"),
        ("Seit dem Umzug kommt nichts mehr an.", "Seit dem Umzug"),
        ("The second list was refused, since the two have to be merged.", None),
    ],
)
def test_since_is_a_time(body: str, since: str | None) -> None:
    found = read_customer(body).reproduction.since
    assert (found.text if found else None) == since


def list_attempts(*said: tuple[object, bool, str]) -> list[tuple[str, str | None]]:
    facts = read_facts(make_ticket(*said))  # type: ignore[arg-type]
    return [(one.action.text, one.result.text if one.result else None) for one in facts.attempts]


OPENING = (CUSTOMER, True, "The manifest export is broken.")


@pytest.mark.parametrize(
    ("said", "attempts"),
    [
        (
            [(AGENT, True, "Please clear the cache."), (CUSTOMER, True, "Done, still empty.")],
            [("Please clear the cache.", "Done, still empty.")],
        ),
        ([(AGENT, True, "Please clear the cache.")], []),
        ([(SENIOR, False, "Tested.")], []),
        ([(AGENT, True, "Could you send me a screenshot?"), (CUSTOMER, True, "Attached, still empty.")], []),
        (
            [
                (AGENT, True, "You can split the sailing."),
                (CUSTOMER, True, "We tried that but the port refuses two lists."),
            ],
            [("You can split the sailing.", "We tried that but the port refuses two lists.")],
        ),
        ([(SENIOR, False, "Restarted the export worker: no change")], [("Restarted the export worker", "no change")]),
        (
            [(SENIOR, False, "Reproduced on the demo tenant with 8.14.2.")],
            [("Reproduced on the demo tenant with 8.14.2.", "reproduced")],
        ),
        (
            [(CUSTOMER, True, "We already tried another browser, same result.")],
            [("We already tried another browser", "same result.")],
        ),
        (
            [(AGENT, True, "Thanks, I restarted the export worker."), (CUSTOMER, True, "It is empty again.")],
            [("Thanks, I restarted the export worker.", "It is empty again.")],
        ),
        ([(SENIOR, False, "They sound annoyed. Renewal is in January.")], []),
    ],
)
def test_what_was_tried_and_what_it_showed(
    said: list[tuple[object, bool, str]], attempts: list[tuple[str, str | None]]
) -> None:
    assert [(action, result.rstrip(".") if result else None) for action, result in list_attempts(OPENING, *said)] == [
        (action, result.rstrip(".") if result else None) for action, result in attempts
    ]


def test_the_deadline_is_the_first_that_binds_the_solution() -> None:
    at_five = datetime(2026, 11, 5, 17, tzinfo=UTC)
    wish = (CUSTOMER, True, "We need it by Thursday.")  # 5 November
    late, early = make_clock("requester_wait_time", 23), make_clock("total_resolution_time", 9)
    reply, paused = make_clock("next_reply_time", 8), make_clock("agent_work_time", 8, SlaStage.PAUSED)
    named = read_facts(make_ticket(OPENING, wish, sla=(late, reply, paused))).wanted
    assert (named.deadline, named.deadline_reason) == (at_five, "the customer said “by Thursday”")
    clock = read_facts(make_ticket(OPENING, wish, sla=(late, early))).wanted
    assert (clock.deadline, clock.deadline_reason) == (
        early.breach_at,
        "the SLA clock total resolution time ends then",
    )
    assert read_facts(make_ticket(OPENING, sla=(reply, paused))).wanted.deadline is None


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("by Friday", (2026, 11, 6, 17)),
        ("before Tuesday", (2026, 11, 10, 17)),
        ("by tonight", (2026, 11, 3, 22)),
        ("bis morgen", (2026, 11, 4, 17)),
        ("by 15 January", (2027, 1, 15, 17)),
        ("before the 2nd of December", (2026, 12, 2, 17)),
        ("by end of February", (2027, 2, 28, 17)),
        ("until 2026-12-24", (2026, 12, 24, 17)),
        ("bis zum 24. Dezember", (2026, 12, 24, 17)),
        ("by 31 February", (2027, 2, 28, 17)),
        ("by autumn", None),
        ("within 3 hours", None),
        ("until 2026-13-99", None),
    ],
)
def test_a_named_day_is_read_as_seen_from_when_it_was_said(words: str, day: tuple[int, int, int, int] | None) -> None:
    said_at = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)  # a Tuesday
    assert read_day(words, said_at) == (datetime(*day, tzinfo=UTC) if day else None)


@pytest.mark.parametrize(
    ("body", "criteria", "risk"),
    [
        ("If this goes on we will cancel the contract.", (), "High"),
        ("Our board is looking at another vendor now.", (), "Raised"),
        ("Any news?", ("time.waiting_long",), "Raised: they have waited long"),
        ("Any news?", ("business.executive",), "High"),
        ("Any news?", (), "No sign of it in the thread so far"),
    ],
)
def test_escalation_risk(body: str, criteria: tuple[str, ...], risk: str) -> None:
    assert read_facts(make_ticket((CUSTOMER, True, body)), *criteria).risk == risk


def test_what_only_one_team_asks_for() -> None:
    facts = read_facts(
        make_ticket(
            (CUSTOMER, True, "We need to give the port one list per sailing. Our owner looked at another vendor."),
            (SENIOR, False, "Third complaint this quarter. Access of the clerk role disabled at 16:05."),
            (SENIOR, False, "Product, please decide."),
        )
    )
    told = {name: fact.text for name, fact in facts.concerns.items()}
    assert told["use_case"] == "We need to give the port one list per sailing."
    assert told["competitive_pressure"] == "Our owner looked at another vendor."
    assert told["frequency_of_request"] == "Third complaint this quarter."
    assert told["containment"] == "Access of the clerk role disabled at 16:05."
    assert told["decision_needed"] == "Product, please decide."
    assert facts.concerns["containment"].speaker is Speaker.INTERNAL


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([CUSTOMER, AGENT, SENIOR]), st.booleans(), st.text(max_size=200)), max_size=5)
)
def test_any_thread_can_be_read(said: list[tuple[object, bool, str]]) -> None:
    ticket = make_ticket(*said)  # type: ignore[arg-type]
    assert read_facts(ticket) == read_facts(ticket)


@pytest.mark.parametrize(
    "piece",
    [
        "since the the the ",
        "by the the ",
        "a, ",
        "when ",
        "1. ",
        "-> ",
        "> ",
        "(",
        "Repro: a > ",
        "no ",
        "1.1.",
        "fine with ",
    ],
)
def test_a_long_text_is_read_in_bounded_time(piece: str) -> None:
    body = (piece * 200_000)[:200_000]
    ticket = make_ticket((CUSTOMER, True, body), (SENIOR, False, body))
    start = time.monotonic()
    read_facts(ticket)
    assert time.monotonic() - start < 10
