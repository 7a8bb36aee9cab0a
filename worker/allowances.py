"""How much of each vendor's limits the settings let us use."""

from connectors import gate as buckets
from worker.core.limits import Limit
from worker.settings import Deployment, Settings

UNANNOUNCED = Limit(count=1_000_000, period_s=60.0)
"""What a limit is taken for until the vendor announces it."""

_APP_POINTS_PER_HOUR = 65_000


def read_sizes(settings: Settings) -> dict[str, Limit]:
    """What the vendors allow, people's part taken off where people draw on the same limit.

    Zendesk API reference, rate limits; Atlassian, Jira Cloud rate limiting: bursts by method, writes to one issue,
    and points for apps. API tokens have no points, and a bearer token on Cloud is taken for an app's.
    """
    share = settings.vendor_share / 100
    sizes = {
        buckets.ZENDESK_REQUESTS: Limit(
            count=settings.zendesk_requests_per_minute or UNANNOUNCED.count, period_s=60.0, share=share
        ),
        buckets.ZENDESK_EXPORTS: Limit(count=settings.zendesk_exports_per_minute, period_s=60.0, share=share),
        buckets.ZENDESK_UPDATES: Limit(count=settings.zendesk_updates_per_minute, period_s=60.0, share=share),
        # By user and ticket, so that nobody else draws on it.
        buckets.ZENDESK_TICKET: Limit(count=30, period_s=600.0),
        buckets.ZENDESK_AUDITS: Limit(count=500, period_s=60.0, share=share),
        buckets.JIRA_GET: Limit(count=100, period_s=1.0, share=share),
        buckets.JIRA_POST: Limit(count=100, period_s=1.0, share=share),
        buckets.JIRA_PUT: Limit(count=50, period_s=1.0, share=share),
        buckets.JIRA_DELETE: Limit(count=50, period_s=1.0, share=share),
        buckets.JIRA_ISSUE_BURST: Limit(count=20, period_s=2.0, share=share),
        buckets.JIRA_ISSUE: Limit(count=100, period_s=30.0, share=share),
    }
    points = settings.jira_points_per_hour
    if points is None and settings.jira_token is not None and settings.jira_deployment is Deployment.CLOUD:
        points = _APP_POINTS_PER_HOUR
    if points is not None:
        sizes[buckets.JIRA_POINTS] = Limit(count=points, period_s=3600.0, share=share)
    return sizes
