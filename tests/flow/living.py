"""What tests of the life of an escalation share: the deeds of the people around it, and what they read."""

import dataclasses
import secrets
from datetime import timedelta

from connectors.sandbox.jira import adf
from connectors.sandbox.jira.catalog import API_ACCOUNT_ID, PEOPLE
from tests.rig import AGENT, CUSTOMER, Rig
from worker.core.escalation import Escalation
from worker.core.review import Order
from worker.flow.orders import add_instruction
from worker.flow.replay import Operator
from worker.ground import now_utc
from worker.store.escalations import list_escalations

MARIT = next(account for account, name in PEOPLE.items() if name == "Marit Solheim")


def make_patient(rig: Rig) -> None:
    """Polls rarely: hours pass, and what happens in between is told by clocks."""
    settings = rig.make_means.settings.model_copy(
        update={"poll_every": timedelta(minutes=20), "issue_poll_every": timedelta(minutes=15)}
    )
    rig.make_means = dataclasses.replace(rig.make_means, settings=settings)


def find_escalation(rig: Rig) -> Escalation:
    with rig.database.snapshot() as connection:
        return list_escalations(connection)[-1]


def list_notes(rig: Rig, ticket_id: int = 501) -> list[str]:
    return [note["body"] for note in rig.box.zendesk.notes(ticket_id)]


def list_drafts(rig: Rig, ticket_id: int = 501) -> list[str]:
    return [note for note in list_notes(rig, ticket_id) if "owed a word" in note]


def list_comments(rig: Rig, number: int = 0) -> list[str]:
    """Our comments on an issue, in plain text."""
    comments = rig.box.jira.issues[number].comments
    return [read_text(comment.body) for comment in comments if comment.author == API_ACCOUNT_ID]


def list_questions(rig: Rig) -> list[str]:
    return [text for text in list_comments(rig) if "is there progress" in text]


def read_text(body: object) -> str:
    return _name_mentions(body) + adf.plain_text(body)


def comment(rig: Rig, text: str, account: str = MARIT) -> None:
    rig.box.jira.add_comment(rig.box.jira.issues[0].key, text, account=account)


def reply(rig: Rig, text: str, ticket_id: int = 501) -> None:
    rig.box.zendesk.add_comment(ticket_id, author_id=AGENT, body=text, public=True)


def say(rig: Rig, text: str, ticket_id: int = 501) -> None:
    rig.box.zendesk.add_comment(ticket_id, author_id=CUSTOMER, body=text, public=True)


def _name_mentions(node: object) -> str:
    if isinstance(node, list):
        return "".join(map(_name_mentions, node))
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "mention":
        return f"@{PEOPLE.get(node['attrs']['id'], 'someone')} "
    return _name_mentions(node.get("content"))


def order(rig: Rig, wanted: Order, reason: str) -> None:
    """What an operator's command does."""
    operator = Operator(name="kim", now=now_utc(), command_id=secrets.token_hex(4))
    with rig.database.transaction() as connection:
        add_instruction(connection, find_escalation(rig).id, wanted, reason=reason, operator=operator)
