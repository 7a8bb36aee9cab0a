"""The route table of the sandbox's Zendesk."""

import threading

from starlette.applications import Starlette

from connectors.sandbox.routing import RouteTable
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.zendesk.access import ZendeskAccess
from connectors.sandbox.zendesk.account_api import AccountApi
from connectors.sandbox.zendesk.file_api import FileApi
from connectors.sandbox.zendesk.pages import AgentPages
from connectors.sandbox.zendesk.setup_api import SetupApi
from connectors.sandbox.zendesk.state import ZendeskState
from connectors.sandbox.zendesk.ticket_api import TicketApi

_API = "/api/v2"


def build_zendesk_app(
    state: ZendeskState, settings: SandboxSettings, *, url: str, jira_url: str, lock: threading.RLock
) -> Starlette:
    """The application that answers as Zendesk Support below `url`."""
    access = ZendeskAccess(state, settings)
    table = RouteTable(access.guard, lock)
    account = AccountApi(state, url)
    table.open("POST", "/oauth/tokens", access.grant_token)
    files = FileApi(state)
    table.guarded("GET", "/attachments/token/{number}/", files.locate)
    table.open("GET", "/stored/{number}", files.fetch)
    _add_tickets(table, TicketApi(state, settings, url))
    _add_account(table, account)
    _add_setup(table, SetupApi(state, url))
    table.guarded("GET POST PUT DELETE PATCH", "/api/{rest:path}", account.unknown)
    pages = AgentPages(state, settings, jira_url=jira_url)
    table.open("GET", "/", pages.list_tickets)
    table.open("GET", "/agent", pages.list_tickets)
    table.open("GET", "/agent/tickets/{ticket_id:int}", pages.show_ticket)
    table.open("POST", "/agent/tickets/{ticket_id:int}/reply", pages.reply)
    return table.build()


def _add_tickets(table: RouteTable, tickets: TicketApi) -> None:
    one = f"{_API}/tickets/{{ticket_id:int}}"
    table.guarded("GET", f"{_API}/incremental/tickets/cursor", tickets.export)
    table.guarded("GET", f"{_API}/tickets/show_many", tickets.show_many)
    table.guarded("GET", f"{_API}/tickets", tickets.list_all)
    table.guarded("POST", f"{_API}/tickets", tickets.create)
    table.guarded("GET", f"{_API}/problems", tickets.problems)
    table.guarded("GET", one, tickets.show)
    table.guarded("PUT", one, tickets.update)
    table.guarded("DELETE", one, tickets.delete)
    table.guarded("GET", f"{one}/comments", tickets.comments)
    table.guarded("GET", f"{one}/audits", tickets.audits)
    table.guarded("GET", f"{one}/incidents", tickets.incidents)
    table.guarded("GET", f"{one}/tags", tickets.tags)
    table.guarded("PUT", f"{one}/tags", tickets.add_tags)
    table.guarded("POST", f"{one}/tags", tickets.set_tags)
    table.guarded("DELETE", f"{one}/tags", tickets.remove_tags)


def _add_account(table: RouteTable, account: AccountApi) -> None:
    links = (f"{_API}/jira/links", "/api/services/jira/links")
    table.guarded("PUT", f"{_API}/tickets/update_many", account.update_many)
    table.guarded("GET", f"{_API}/users/me", account.me)
    table.guarded("GET", f"{_API}/users/show_many", account.users)
    table.guarded("GET", f"{_API}/users/{{row_id:int}}", account.user)
    table.guarded("GET", f"{_API}/organizations/show_many", account.organizations)
    table.guarded("GET", f"{_API}/organizations/{{row_id:int}}", account.organization)
    table.guarded("GET", f"{_API}/groups", account.groups)
    table.guarded("GET", f"{_API}/groups/{{row_id:int}}", account.group)
    table.guarded("GET", f"{_API}/ticket_fields", account.ticket_fields)
    table.guarded("GET", f"{_API}/organization_fields", account.organization_fields)
    table.guarded("GET", f"{_API}/slas/policies", account.sla_policies)
    table.guarded("GET", f"{_API}/account/settings", account.settings)
    table.guarded("GET", f"{_API}/oauth/tokens/current", account.current_token)
    table.guarded("GET", f"{_API}/tags", account.tags)
    table.guarded("GET", f"{_API}/search", account.search)
    table.guarded("GET", f"{_API}/search/count", account.search_count)
    table.guarded("GET", f"{_API}/business_hours/schedules", account.schedules)
    table.guarded("GET", f"{_API}/business_hours/schedules/{{row_id:int}}/holidays", account.holidays)
    table.guarded("GET", links, account.jira_links)
    table.guarded("POST", links, account.create_jira_link)
    table.guarded("DELETE", [f"{link}/{{row_id:int}}" for link in links], account.delete_jira_link)
    table.guarded("GET", f"{_API}/job_statuses/{{row_id}}", account.job_status)


def _add_setup(table: RouteTable, setup: SetupApi) -> None:
    one_webhook = f"{_API}/webhooks/{{row_id}}"
    table.guarded("GET", f"{_API}/webhooks", setup.webhooks)
    table.guarded("POST", f"{_API}/webhooks", setup.create_webhook)
    table.guarded("GET", one_webhook, setup.webhook)
    table.guarded("PUT", one_webhook, setup.update_webhook)
    table.guarded("DELETE", one_webhook, setup.delete_webhook)
    table.guarded("GET POST", f"{one_webhook}/signing_secret", setup.signing_secret)
    for noun, verbs in (
        ("triggers", (setup.trigger, setup.create_trigger, setup.update_trigger, setup.delete_trigger)),
        ("views", (setup.view, setup.create_view, setup.update_view, setup.delete_view)),
        (
            "ticket_fields",
            (setup.ticket_field, setup.create_ticket_field, setup.update_ticket_field, setup.delete_ticket_field),
        ),
    ):
        show, create, update, delete = verbs
        table.guarded("POST", f"{_API}/{noun}", create)
        table.guarded("GET", f"{_API}/{noun}/{{row_id:int}}", show)
        table.guarded("PUT", f"{_API}/{noun}/{{row_id:int}}", update)
        table.guarded("DELETE", f"{_API}/{noun}/{{row_id:int}}", delete)
    table.guarded("GET", f"{_API}/triggers", setup.triggers)
    table.guarded("GET", f"{_API}/views", setup.views)
