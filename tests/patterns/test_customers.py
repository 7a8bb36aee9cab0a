"""Whose ticket it is."""

from dataclasses import replace

import pytest

from connectors.records import Organization, Person, Role, Ticket, TicketStatus
from tests.patterns.making import START, make_rules
from worker.core.patterns.customers import name_customer

FREEMAIL = frozenset({"gmail.com"})
PERSON = Person(id=7, name="Ada Elm", role=Role.END_USER, email="ada@Elm.example")
TICKET = Ticket(
    id=1, subject="s", description="d", status=TicketStatus.NEW, created_at=START, updated_at=START, requester_id=7,
    people=(PERSON,),
)  # fmt: skip
ORGANIZED = replace(TICKET, organization_id=5, organization=Organization(id=5, name="Élm Ltd"))


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        (ORGANIZED, "organization:5"),
        (TICKET, "domain:elm.example"),
        (replace(TICKET, people=(replace(PERSON, email="ada@gmail.com"),)), "requester:7"),
        (replace(TICKET, people=(replace(PERSON, email=None),)), "requester:7"),
        (replace(TICKET, people=()), "requester:7"),
        (replace(TICKET, people=(replace(PERSON, role=Role.AGENT),)), None),
        (replace(ORGANIZED, followup_source_id=3), None),
        (replace(ORGANIZED, tags=("vip", "closed_by_merge")), None),
        (replace(ORGANIZED, tags=("created_for_side_conversation",)), None),
        (replace(ORGANIZED, via_channel="side_conversation"), None),
        (replace(ORGANIZED, submitter_id=99), "organization:5"),
        (replace(TICKET, people=(replace(PERSON, email="a@sub.ours.example"),)), None),
        (replace(TICKET, people=(replace(PERSON, email="a@notours.example"),)), "domain:notours.example"),
    ],
)
def test_customer(ticket: Ticket, expected: str | None) -> None:
    assert name_customer(ticket, make_rules(own_domains=("ours.example",)), FREEMAIL) == expected


@pytest.mark.parametrize("entry", ["elm ltd", "5"])
def test_ignored_organizations_do_not_count(entry: str) -> None:
    assert name_customer(ORGANIZED, make_rules(ignored_organizations=(entry,)), FREEMAIL) is None
