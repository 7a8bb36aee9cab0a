"""Settings: the one place that reads the environment, once, and names every mistake in it at the same time."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Flag, StrEnum, auto
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.addresses import parse_address
from connectors.zendesk.webhook import TEST_SECRET
from mappings.durations import Duration, write_duration
from worker.credentials import Role, check_shape
from worker.failpoints import BadFailPoint, FailPlan, read_plan
from worker.setting_values import (
    Address,
    Credentials,
    DatabaseUrl,
    Folder,
    Header,
    Instant,
    Networks,
    Origin,
    Period,
    Points,
    Rate,
    Secret,
    Share,
)

PREFIX = "ESCALATOR_"

FAIL_POINT = PREFIX + "FAIL_POINT"
"""The switch of the crash tests. No setting: nothing but a sandbox on this machine may be run with it."""
_TYPO = 0.85

# A service named "escalator" makes Kubernetes set these (Kubernetes, discovering services); they are not typos.
_FOREIGN = re.compile(r"ESCALATOR_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_\w+)?)")


class Deployment(StrEnum):
    """Which Jira it is."""

    CLOUD = "cloud"
    DATACENTER = "datacenter"


class Need(Flag):
    """What a command needs settings for; combine with `|`. The database is always part of it."""

    DATABASE = 0
    ZENDESK = auto()
    JIRA = auto()
    WORKER = ZENDESK | JIRA


class SettingsProblem(Exception):
    """The settings cannot be used. `problems` says for each mistake which setting it is and what to write."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


_DEFAULT_DATABASE = SecretStr("sqlite:///escalator.db")


class Settings(BaseSettings):
    """Every setting; the environment's name is the field's in capitals after the prefix.

    Descriptions say what to write. Secrets show themselves only to `get_secret_value`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: DatabaseUrl = Field(_DEFAULT_DATABASE, description="sqlite:///escalator.db or postgresql://…")
    policy_dir: Folder | None = Field(None, description="a folder with policy overlays (*.toml, templates/)")

    zendesk_url: Origin | None = Field(None, description="the account's address, such as https://example.zendesk.com")
    zendesk_client_id: str | None = Field(None, description="the identifier of the OAuth client")
    zendesk_client_secret: Secret | None = Field(None, description="the secret of the OAuth client")
    zendesk_email: str | None = Field(None, description="the e-mail address of the agent that the API token acts for")
    zendesk_api_token: Secret | None = Field(None, description="the API token")
    zendesk_webhook_secret: Secret | None = Field(None, description="the webhook's signing secret")
    zendesk_webhook_secret_previous: Secret | None = Field(
        None, description="the signing secret before the last reset"
    )

    jira_url: Address | None = Field(None, description="the site's address, such as https://example.atlassian.net")
    jira_deployment: Annotated[Deployment, BeforeValidator(_lower)] = Field(
        Deployment.CLOUD, description='"cloud" or "datacenter"'
    )
    jira_email: str | None = Field(
        None, description="the e-mail address of the account that the API token belongs to"
    )
    jira_api_token: Secret | None = Field(None, description="the API token")
    jira_token: Secret | None = Field(None, description="the personal access token")
    jira_webhook_secret: Secret | None = Field(None, description="the secret that the webhook was registered with")
    jira_webhook_secret_previous: Secret | None = Field(
        None, description="the webhook's secret before the last change"
    )

    public_url: Address | None = Field(
        None, description="where Zendesk and Jira reach us, such as https://escalator.example.com"
    )
    web_host: str = Field("127.0.0.1", description="the address to listen at, such as 127.0.0.1 or 0.0.0.0")
    web_port: int = Field(8080, ge=0, le=65535, description="a port from 1 to 65535, or 0 to have a free one picked")
    dashboard_viewer: Credentials | None = Field(
        None, description="who may look at the dashboard: name:password, several separated by blanks"
    )
    dashboard_operator: Credentials | None = Field(
        None, description="who may also act there, in the same form; without either there is no dashboard"
    )
    dashboard_user_header: Header | None = Field(
        None, description="the header in which a proxy that logs people in names them, such as X-Forwarded-User"
    )
    dashboard_proxies: Networks | None = Field(
        None, description="the addresses of that proxy, such as 127.0.0.1 or 10.0.0.0/8; nobody else's header counts"
    )
    dashboard_proxy_operators: str | None = Field(
        None, description="whom of those that the proxy names may act, separated by blanks; * is everybody"
    )

    poll_every: Period = Field(timedelta(seconds=60), description='a duration such as "60s"')
    issue_poll_every: Period = Field(timedelta(minutes=5), description='a duration such as "5m"')
    poll_from: Instant | None = Field(None, description="an instant with its zone, such as 2026-03-01T00:00:00Z")
    request_timeout: Period = Field(timedelta(seconds=20), description='a duration such as "20s"')
    lease: Period = Field(timedelta(minutes=2), description='a duration such as "2m"')
    search_lag: Duration = Field(timedelta(seconds=30), description='a duration such as "30s"')
    create_quiet_window: Duration = Field(timedelta(minutes=10), description='a duration such as "10m"')
    sweep_every: Period = Field(timedelta(hours=1), description='a duration such as "1h"')
    stuck_after: Period = Field(timedelta(minutes=10), description='a duration such as "10m"')
    loop_writes: Rate = Field(6, description="a whole number from 1, such as 6")
    loop_window: Period = Field(timedelta(minutes=10), description='a duration such as "10m"')
    keep_snapshots: Period = Field(
        timedelta(days=90), description='a duration such as "90d"; simulate reads as far back'
    )
    keep_texts: Period = Field(
        timedelta(days=365), description='a duration such as "365d"; older texts of tickets that are over are removed'
    )
    webhook_max_age: Period = Field(timedelta(minutes=5), description='a duration such as "5m"')

    zendesk_exports_per_minute: Rate = Field(10, description="a whole number from 1, such as 10")
    zendesk_updates_per_minute: Rate = Field(100, description="a whole number from 1, such as 100")
    zendesk_requests_per_minute: Rate | None = Field(
        None, description="a whole number from 1, such as 400; without it, what Zendesk announces"
    )
    jira_points_per_hour: Points | None = Field(
        None, description="a whole number from 1, such as 65000, where the credentials are an app's"
    )
    vendor_share: Share = Field(
        80, description="how much of a vendor's limits we may use, in percent, such as 80; the rest is for people"
    )

    llm_url: Address | None = Field(
        None, description="an OpenAI-compatible endpoint for --reader llm, such as https://models.example.com/v1"
    )
    llm_model: str | None = Field(None, description="the model's name at that endpoint")
    llm_api_key: Secret | None = Field(None, description="the key for that endpoint")
    llm_timeout: Period = Field(timedelta(seconds=20), description='a duration such as "20s"')
    llm_per_minute: Rate = Field(20, description="a whole number from 1, such as 20")
    llm_per_day: Rate = Field(2000, description="a whole number from 1, such as 2000")
    llm_cache: Path | None = Field(None, description="a folder where the model's answers are kept")

    @field_validator("*", mode="before")
    @classmethod
    def _strip(cls, value: Any, info: ValidationInfo) -> Any:
        """White space around a value means nothing, and nothing but white space is no value."""
        if not isinstance(value, str):
            return value
        return value.strip() or cls.model_fields[str(info.field_name)].default

    @property
    def zendesk_webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that a Zendesk webhook may be signed with, the newest first; none means no such route."""
        return _reveal(self.zendesk_webhook_secret, self.zendesk_webhook_secret_previous)

    @property
    def jira_webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that a Jira webhook may be signed with, the newest first; none means no such route."""
        return _reveal(self.jira_webhook_secret, self.jira_webhook_secret_previous)


def load_settings(need: Need = Need.DATABASE, given: Mapping[str, str] | None = None) -> Settings:
    """The settings in the environment; raises SettingsProblem with everything that is wrong or missing for `need`.

    What is `given`, by field name, goes before the environment.
    """
    wrong: dict[str, str] = {}
    values: dict[str, Any] = dict(given or {})
    try:
        settings = Settings(**values)
    except ValidationError as error:
        wrong = {name: _spell_wrong(name, detail["msg"]) for name, detail in _list_details(error)}
        # Beside the wrong ones the rest can still be held against each other, so that all mistakes show at once.
        settings = Settings(**values | {name: Settings.model_fields[name].default for name in wrong})
    problems = (
        *wrong.values(),
        *(f"{_name(field)} {text}" for field, text in _find_conflicts(settings, need, frozenset(wrong))),
        *_find_typos(),
    )
    if problems:
        raise SettingsProblem(problems)
    return settings


def load_fail_plan(settings: Settings) -> FailPlan | None:
    """Where a crash test wants this process to fail, nearly always None.

    Raises SettingsProblem for a text that names no fail point, and whenever a vendor is not on this machine.
    """
    text = os.environ.get(FAIL_POINT, "").strip()
    if not text:
        return None
    vendors = (settings.zendesk_url, settings.jira_url)
    if not all(url is not None and parse_address(url).is_loopback for url in vendors):
        raise SettingsProblem((f"{FAIL_POINT} is for crash tests on the sandbox; remove it",))
    try:
        return read_plan(text)
    except BadFailPoint as problem:
        raise SettingsProblem((f"{FAIL_POINT}: {problem}",)) from None


def _reveal(*secrets: SecretStr | None) -> tuple[str, ...]:
    return tuple(secret.get_secret_value() for secret in secrets if secret is not None)


def _name(field: str) -> str:
    return PREFIX + field.upper()


def _advise(field: str) -> str:
    return f"write {Settings.model_fields[field].description}"


def _list_details(error: ValidationError) -> Iterator[tuple[str, ErrorDetails]]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        yield str(detail["loc"][0]).lower(), detail


def _spell_wrong(field: str, message: str) -> str:
    reason = message.removeprefix("Value error, ")
    return f"{_name(field)}: {reason[:1].lower()}{reason[1:]}; {_advise(field)}"


def _find_conflicts(settings: Settings, need: Need, wrong: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(setting, what is wrong with it beside the others); a setting that is wrong by itself is not called missing."""
    given = {name for name in Settings.model_fields if getattr(settings, name) is not None} | wrong
    yield from _find_missing(
        "zendesk",
        given,
        (("zendesk_client_id", "zendesk_client_secret"), ("zendesk_email", "zendesk_api_token")),
        needed=Need.ZENDESK in need,
    )
    yield from _find_missing(
        "jira", given, (("jira_email", "jira_api_token"), ("jira_token",)), needed=Need.JIRA in need
    )
    yield from _find_webhook_conflicts(settings, given)
    yield from _find_dashboard_conflicts(settings, given)
    if not wrong & {"lease", "request_timeout"} and settings.lease <= 2 * settings.request_timeout:
        longer = write_duration(3 * settings.request_timeout)
        yield (
            "lease",
            f'must be longer than twice {_name("request_timeout")}; write "{longer}" or more',
        )


def _find_missing(
    vendor: str, given: set[str], credentials: tuple[tuple[str, ...], ...], *, needed: bool
) -> Iterator[tuple[str, str]]:
    """The address and exactly one complete set of credentials must be there; half a set is wrong at any time."""
    url = f"{vendor}_url"
    if needed and url not in given:
        yield url, f"is missing; {_advise(url)}"
    started = [names for names in credentials if given & set(names)]
    for names in started:
        for field in names:
            if field not in given:
                present = ", ".join(_name(other) for other in names if other in given)
                yield field, f"is missing beside {present}; {_advise(field)}"
    if len(started) > 1:
        ways = " or ".join(" + ".join(_name(field) for field in names) for names in credentials)
        yield started[1][0], f"contradicts other credentials; keep only {ways}"
    if needed and not started:
        first, *others = (" + ".join(_name(field) for field in names) for names in credentials)
        yield credentials[0][0], f"is missing: there are no credentials; set {' or '.join([first, *others])}"


def _find_webhook_conflicts(settings: Settings, given: set[str]) -> Iterator[tuple[str, str]]:
    for vendor in ("zendesk", "jira"):
        current, previous = f"{vendor}_webhook_secret", f"{vendor}_webhook_secret_previous"
        if previous in given and current not in given:
            yield previous, f"stands alone; set {_name(current)} to the secret of today, or remove it"
    for field in ("zendesk_webhook_secret", "zendesk_webhook_secret_previous"):
        secret = getattr(settings, field)
        if secret is not None and secret.get_secret_value() == TEST_SECRET:
            yield (
                field,
                "is Zendesk's public test secret, which everybody knows; write the webhook's own signing secret",
            )


def _find_dashboard_conflicts(settings: Settings, given: set[str]) -> Iterator[tuple[str, str]]:
    viewers, operators = (
        {name for name, _ in check_shape(secret.get_secret_value(), role)} if secret is not None else set[str]()
        for secret, role in ((settings.dashboard_viewer, Role.VIEWER), (settings.dashboard_operator, Role.OPERATOR))
    )
    if viewers & operators:
        yield "dashboard_viewer", f"names somebody whom {_name('dashboard_operator')} names too; keep one of them"
    header, proxies = "dashboard_user_header", "dashboard_proxies"
    if (header in given) != (proxies in given):
        missing, present = (proxies, header) if header in given else (header, proxies)
        yield missing, f"is missing beside {_name(present)}; {_advise(missing)}"
    if "dashboard_proxy_operators" in given and header not in given:
        yield "dashboard_proxy_operators", f"stands alone; set {_name(header)}, or remove it"


def _find_typos() -> Iterator[str]:
    """Names that are nearly a setting's; a misspelt one must not be ignored silently.

    A name that resembles none is somebody else's, such as a deployment's own bookkeeping, and is let be.
    """
    known = [*(_name(field) for field in Settings.model_fields), FAIL_POINT]
    for name in sorted(os.environ):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in known or _FOREIGN.fullmatch(upper):
            continue
        for nearest in difflib.get_close_matches(upper, known, n=1, cutoff=_TYPO):
            yield f"{name} is no setting; did you mean {nearest}?"
