"""What a sandbox can be told: lags, latencies, limits and credentials, all in one frozen record."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class RateNumbers:
    """The vendors' published rate limits (Zendesk API reference, rate limits; Jira Cloud, rate limiting)."""

    zendesk_account_per_minute: int = 700
    zendesk_exports_per_minute: int = 10
    zendesk_updates_per_minute: int = 100
    zendesk_updates_per_ticket_per_10_minutes: int = 30
    jira_get_per_second: int = 100
    jira_post_per_second: int = 100
    jira_put_per_second: int = 50
    jira_delete_per_second: int = 50
    jira_issue_writes_per_2_seconds: int = 20
    jira_issue_writes_per_30_seconds: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxSettings:
    """Everything that shapes one sandbox. Durations are seconds; an empty credential is minted at start."""

    host: str = "127.0.0.1"
    zendesk_port: int = 0
    jira_port: int = 0
    jira_deployment: Literal["cloud", "datacenter"] = "cloud"

    export_lag_s: float = 60.0
    search_lag_s: float = 2.0
    zendesk_latency_s: float = 0.0
    jira_latency_s: float = 0.0
    clock_ahead_s: float = 0.0

    webhook_delay_s: float = 0.0
    webhook_timeout_s: float = 12.0
    webhook_retry_s: float = 2.0
    jira_webhook_timeout_s: float = 20.0
    jira_webhook_retry_s: float = 5.0
    webhook_kind: Literal["trigger", "event"] = "trigger"

    rate_limits: bool = False
    rates: RateNumbers = field(default_factory=RateNumbers)

    zendesk_client_id: str = "escalator"
    zendesk_client_secret: str = field(default="", repr=False)
    zendesk_email: str = "escalator@sandbox.example"
    zendesk_api_token: str = field(default="", repr=False)
    zendesk_webhook_secret: str = field(default="", repr=False)
    zendesk_token_lifetime_s: float = 1800.0
    jira_email: str = "escalator@sandbox.example"
    jira_api_token: str = field(default="", repr=False)
    jira_webhook_secret: str = field(default="", repr=False)
    jira_time_zone: str = "UTC"

    @property
    def is_cloud(self) -> bool:
        """Whether the Jira is one of Atlassian's cloud."""
        return self.jira_deployment == "cloud"
