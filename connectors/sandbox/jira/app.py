"""The route table of the sandbox's Jira."""

import threading

from starlette.applications import Starlette

from connectors.sandbox.jira.access import JiraAccess
from connectors.sandbox.jira.activity_api import ActivityApi
from connectors.sandbox.jira.issue_api import IssueApi
from connectors.sandbox.jira.pages import IssuePages
from connectors.sandbox.jira.properties import PropertyApi
from connectors.sandbox.jira.search_api import SearchApi
from connectors.sandbox.jira.site_api import SiteApi
from connectors.sandbox.jira.state import JiraState
from connectors.sandbox.jira.views import JiraViews
from connectors.sandbox.jira.webhook_api import WebhookApi
from connectors.sandbox.jira.workflow_api import WorkflowApi
from connectors.sandbox.routing import RouteTable
from connectors.sandbox.settings import SandboxSettings

_API = "/rest/api/3"
_ISSUE = f"{_API}/issue/{{issue}}"


def build_jira_app(state: JiraState, settings: SandboxSettings, *, url: str, lock: threading.RLock) -> Starlette:
    """The application that answers as Jira Cloud below `url`."""
    views = JiraViews(url)
    table = RouteTable(JiraAccess(settings).guard, lock)
    site = SiteApi(state, views, email=settings.jira_email, time_zone=settings.jira_time_zone)
    _add_search(table, SearchApi(state, views, settings))
    _add_site(table, site)
    _add_webhooks(table, WebhookApi(state, url))
    _add_issues(table, IssueApi(state, views))
    _add_workflow(table, WorkflowApi(state, views))
    _add_activity(table, ActivityApi(state, views))
    _add_properties(table, PropertyApi(state, views.api))
    table.guarded("GET POST PUT DELETE", "/rest/{rest:path}", site.unknown)
    _add_pages(table, IssuePages(state, views))
    return table.build()


def _add_search(table: RouteTable, search: SearchApi) -> None:
    table.guarded("GET POST", f"{_API}/search/jql", search.search)
    table.guarded("POST", f"{_API}/search/approximate-count", search.count)
    table.guarded("POST", f"{_API}/jql/parse", search.parse)
    table.guarded("GET POST", [f"/rest/api/{version}/search" for version in ("2", "3", "latest")], search.gone)


def _add_site(table: RouteTable, site: SiteApi) -> None:
    for version in ("2", "3", "latest"):
        table.open("GET", f"/rest/api/{version}/serverInfo", site.server_info)
    table.guarded("GET", f"{_API}/myself", site.myself)
    table.guarded("GET", f"{_API}/mypermissions", site.permissions)
    table.guarded("GET", f"{_API}/field", site.fields)
    table.guarded("GET", f"{_API}/priority", site.listing(site.priorities))
    table.guarded("GET", f"{_API}/priority/search", site.paged(site.priorities))
    table.guarded("GET", f"{_API}/status", site.listing(site.statuses))
    table.guarded("GET", f"{_API}/statuscategory", site.listing(site.categories))
    table.guarded("GET", f"{_API}/resolution", site.listing(site.resolutions))
    table.guarded("GET", f"{_API}/resolution/search", site.paged(site.resolutions))
    table.guarded("GET", f"{_API}/issuetype", site.listing(site.issue_types))
    table.guarded("GET", f"{_API}/issueLinkType", site.link_types)
    table.guarded("GET", f"{_API}/project", site.listing(site.projects))
    table.guarded("GET", f"{_API}/project/search", site.paged(site.projects))
    table.guarded("GET", f"{_API}/project/{{project}}", site.project)
    table.guarded("GET", f"{_API}/project/{{project}}/securitylevel", site.levels)
    table.guarded("GET", f"{_API}/project/{{project}}/statuses", site.project_statuses)
    table.guarded("GET", f"{_API}/issue/createmeta/{{project}}/issuetypes", site.create_types)
    table.guarded("GET", f"{_API}/issue/createmeta/{{project}}/issuetypes/{{type}}", site.create_fields)
    table.guarded("GET", [f"{_API}/user/search", f"{_API}/user/assignable/search"], site.find_people)
    table.guarded("GET", "/rest/applinks/latest/listApplicationlinks", site.application_links)


def _add_webhooks(table: RouteTable, webhooks: WebhookApi) -> None:
    rows = "/rest/webhooks/1.0/webhook"
    table.guarded("GET", rows, webhooks.list_all)
    table.guarded("POST", rows, webhooks.create)
    table.guarded("PUT", f"{rows}/{{webhook}}", webhooks.update)
    table.guarded("DELETE", f"{rows}/{{webhook}}", webhooks.delete)


def _add_issues(table: RouteTable, issues: IssueApi) -> None:
    table.guarded("POST", f"{_API}/issue", issues.create)
    table.guarded("POST", f"{_API}/issue/bulkfetch", issues.bulk_fetch)
    table.guarded("GET", _ISSUE, issues.show)
    table.guarded("PUT", _ISSUE, issues.edit)
    table.guarded("DELETE", _ISSUE, issues.delete)


def _add_workflow(table: RouteTable, flow: WorkflowApi) -> None:
    table.guarded("POST", f"{_API}/changelog/bulkfetch", flow.changelogs)
    table.guarded("GET", f"{_ISSUE}/transitions", flow.transitions)
    table.guarded("POST", f"{_ISSUE}/transitions", flow.transition)
    table.guarded("PUT", f"{_ISSUE}/assignee", flow.assign)
    table.guarded("GET", f"{_ISSUE}/changelog", flow.changelog)


def _add_activity(table: RouteTable, activity: ActivityApi) -> None:
    table.guarded("GET", f"{_ISSUE}/comment", activity.comments)
    table.guarded("POST", f"{_ISSUE}/comment", activity.add_comment)
    table.guarded("GET", f"{_ISSUE}/comment/{{comment}}", activity.comment)
    table.guarded("GET", f"{_ISSUE}/remotelink", activity.remote_links)
    table.guarded("POST", f"{_ISSUE}/remotelink", activity.put_remote_link)
    table.guarded("DELETE", f"{_ISSUE}/remotelink", activity.delete_remote_link)
    table.guarded("DELETE", f"{_ISSUE}/remotelink/{{link}}", activity.delete_remote_link)
    table.guarded("POST", f"{_ISSUE}/attachments", activity.upload)
    table.guarded("POST", f"{_API}/issueLink", activity.link_issues)
    table.guarded("GET", f"{_API}/attachment/content/{{attachment}}", activity.content)
    table.guarded("GET", f"{_API}/attachment/{{attachment}}", activity.attachment)


def _add_properties(table: RouteTable, properties: PropertyApi) -> None:
    for base in (f"{_ISSUE}/properties", f"{_API}/comment/{{comment}}/properties"):
        table.guarded("GET", base, properties.keys)
        table.guarded("GET", f"{base}/{{key}}", properties.show)
        table.guarded("PUT", f"{base}/{{key}}", properties.put)
        table.guarded("DELETE", f"{base}/{{key}}", properties.delete)


def _add_pages(table: RouteTable, pages: IssuePages) -> None:
    table.open("GET", "/", pages.list_issues)
    table.open("GET", "/browse/{issue}", pages.show_issue)
    table.open("GET", "/browse/{issue}/attachment/{attachment}", pages.download)
    table.open("POST", "/browse/{issue}/{action}", pages.act)
