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


def build_jira_app(state: JiraState, settings: SandboxSettings, *, url: str, lock: threading.RLock) -> Starlette:
    """The application that answers as Jira Cloud, or as Jira Data Center 10, below `url`."""
    views = JiraViews(url, is_cloud=settings.is_cloud)
    api = f"/rest/api/{3 if settings.is_cloud else 2}"
    table = RouteTable(JiraAccess(settings).guard, lock)
    issues, flow = IssueApi(state, views), WorkflowApi(state, views)
    site = SiteApi(state, views, email=settings.jira_email, time_zone=settings.jira_time_zone)
    (_add_search if settings.is_cloud else _add_old_search)(table, api, SearchApi(state, views, settings))
    if settings.is_cloud:
        _add_cloud(table, api, site, issues, flow)
    _add_site(table, api, site)
    (_add_webhooks if settings.is_cloud else _add_configured_webhooks)(table, WebhookApi(state, url))
    _add_issues(table, api, issues)
    _add_workflow(table, api, flow)
    _add_activity(table, api, ActivityApi(state, views))
    _add_properties(table, api, PropertyApi(state, views.api))
    table.guarded("GET POST PUT DELETE", "/rest/{rest:path}", site.unknown)
    _add_pages(table, IssuePages(state, views))
    return table.build()


def _add_search(table: RouteTable, api: str, search: SearchApi) -> None:
    table.guarded("GET POST", f"{api}/search/jql", search.search)
    table.guarded("POST", f"{api}/search/approximate-count", search.count)
    table.guarded("POST", f"{api}/jql/parse", search.parse)
    table.guarded("GET POST", [f"/rest/api/{version}/search" for version in ("2", "3", "latest")], search.gone)


def _add_old_search(table: RouteTable, api: str, search: SearchApi) -> None:
    table.guarded("GET POST", f"{api}/search", search.search_by_start)


def _add_cloud(table: RouteTable, api: str, site: SiteApi, issues: IssueApi, flow: WorkflowApi) -> None:
    """What only Cloud has."""
    table.guarded("GET", f"{api}/project/search", site.paged(site.projects))
    table.guarded("POST", f"{api}/issue/bulkfetch", issues.bulk_fetch)
    table.guarded("POST", f"{api}/changelog/bulkfetch", flow.changelogs)


def _add_site(table: RouteTable, api: str, site: SiteApi) -> None:
    for version in ("2", "3", "latest"):
        table.open("GET", f"/rest/api/{version}/serverInfo", site.server_info)
    table.guarded("GET", f"{api}/myself", site.myself)
    table.guarded("GET", f"{api}/mypermissions", site.permissions)
    table.guarded("GET", f"{api}/field", site.fields)
    table.guarded("GET", f"{api}/priority", site.listing(site.priorities))
    table.guarded("GET", f"{api}/priority/search", site.paged(site.priorities))
    table.guarded("GET", f"{api}/status", site.listing(site.statuses))
    table.guarded("GET", f"{api}/statuscategory", site.listing(site.categories))
    table.guarded("GET", f"{api}/resolution", site.listing(site.resolutions))
    table.guarded("GET", f"{api}/resolution/search", site.paged(site.resolutions))
    table.guarded("GET", f"{api}/issuetype", site.listing(site.issue_types))
    table.guarded("GET", f"{api}/issueLinkType", site.link_types)
    table.guarded("GET", f"{api}/project", site.listing(site.projects))
    table.guarded("GET", f"{api}/project/{{project}}", site.project)
    table.guarded("GET", f"{api}/project/{{project}}/securitylevel", site.levels)
    table.guarded("GET", f"{api}/project/{{project}}/statuses", site.project_statuses)
    table.guarded("GET", f"{api}/issue/createmeta/{{project}}/issuetypes", site.create_types)
    table.guarded("GET", f"{api}/issue/createmeta/{{project}}/issuetypes/{{type}}", site.create_fields)
    table.guarded("GET", [f"{api}/user/search", f"{api}/user/assignable/search"], site.find_people)
    table.guarded("GET", "/rest/applinks/latest/listApplicationlinks", site.application_links)


def _add_webhooks(table: RouteTable, webhooks: WebhookApi) -> None:
    rows = "/rest/webhooks/1.0/webhook"
    table.guarded("GET", rows, webhooks.list_all)
    table.guarded("POST", rows, webhooks.create)
    table.guarded("PUT", f"{rows}/{{webhook}}", webhooks.update)
    table.guarded("DELETE", f"{rows}/{{webhook}}", webhooks.delete)


def _add_configured_webhooks(table: RouteTable, webhooks: WebhookApi) -> None:
    rows = "/rest/jira-webhook/1.0/webhooks"
    table.guarded("GET", rows, webhooks.list_configured)
    table.guarded("POST", rows, webhooks.create_configured)
    table.guarded("PUT", f"{rows}/{{webhook}}", webhooks.update_configured)
    table.guarded("DELETE", f"{rows}/{{webhook}}", webhooks.delete)


def _add_issues(table: RouteTable, api: str, issues: IssueApi) -> None:
    table.guarded("POST", f"{api}/issue", issues.create)
    table.guarded("GET", f"{api}/issue/{{issue}}", issues.show)
    table.guarded("PUT", f"{api}/issue/{{issue}}", issues.edit)
    table.guarded("DELETE", f"{api}/issue/{{issue}}", issues.delete)


def _add_workflow(table: RouteTable, api: str, flow: WorkflowApi) -> None:
    table.guarded("GET", f"{api}/issue/{{issue}}/transitions", flow.transitions)
    table.guarded("POST", f"{api}/issue/{{issue}}/transitions", flow.transition)
    table.guarded("PUT", f"{api}/issue/{{issue}}/assignee", flow.assign)
    table.guarded("GET", f"{api}/issue/{{issue}}/changelog", flow.changelog)


def _add_activity(table: RouteTable, api: str, activity: ActivityApi) -> None:
    table.guarded("GET", f"{api}/issue/{{issue}}/comment", activity.comments)
    table.guarded("POST", f"{api}/issue/{{issue}}/comment", activity.add_comment)
    table.guarded("GET", f"{api}/issue/{{issue}}/comment/{{comment}}", activity.comment)
    table.guarded("GET", f"{api}/issue/{{issue}}/remotelink", activity.remote_links)
    table.guarded("POST", f"{api}/issue/{{issue}}/remotelink", activity.put_remote_link)
    table.guarded("DELETE", f"{api}/issue/{{issue}}/remotelink", activity.delete_remote_link)
    table.guarded("DELETE", f"{api}/issue/{{issue}}/remotelink/{{link}}", activity.delete_remote_link)
    table.guarded("POST", f"{api}/issue/{{issue}}/attachments", activity.upload)
    table.guarded("POST", f"{api}/issueLink", activity.link_issues)
    table.guarded("GET", f"{api}/attachment/content/{{attachment}}", activity.content)
    table.guarded("GET", f"{api}/attachment/{{attachment}}", activity.attachment)


def _add_properties(table: RouteTable, api: str, properties: PropertyApi) -> None:
    for base in (f"{api}/issue/{{issue}}/properties", f"{api}/comment/{{comment}}/properties"):
        table.guarded("GET", base, properties.keys)
        table.guarded("GET", f"{base}/{{key}}", properties.show)
        table.guarded("PUT", f"{base}/{{key}}", properties.put)
        table.guarded("DELETE", f"{base}/{{key}}", properties.delete)


def _add_pages(table: RouteTable, pages: IssuePages) -> None:
    table.open("GET", "/", pages.list_issues)
    table.open("GET", "/browse/{issue}", pages.show_issue)
    table.open("GET", "/browse/{issue}/attachment/{attachment}", pages.download)
    table.open("POST", "/browse/{issue}/{action}", pages.act)
