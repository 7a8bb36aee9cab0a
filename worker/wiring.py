"""The one place where concrete things are built from settings."""

import os
import random
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from connectors import gate as buckets
from connectors.calls import BODY_PATIENCE
from connectors.gate import Gate
from connectors.inspection import DeskInspector, TrackerInspector
from connectors.jira.access import JiraAccess
from connectors.jira.client import JiraTracker
from connectors.jira.deployment import CLOUD, DATA_CENTER
from connectors.jira.inspector import JiraInspector
from connectors.jira.provisioner import JiraProvisioner
from connectors.ports import Helpdesk, Tracker
from connectors.provisioning import Provisioner
from connectors.second_reader import ReaderAccess, SecondReader
from connectors.zendesk.access import ZendeskAccess, build_client_factory, build_inspector, build_provisioner
from connectors.zendesk.auth import ClientCredentials
from mappings.fitting import measure_as_wiki, measure_markdown
from mappings.loader import load_policy
from mappings.patterns import PatternRules
from mappings.policy import Policy
from worker.allowances import UNANNOUNCED, read_sizes
from worker.core.life_texts import LifeTexts
from worker.core.limits import size_budget
from worker.core.patterns.counts import DeskCounts
from worker.core.patterns.detector import Detector
from worker.core.patterns.encoder import Encoder
from worker.core.patterns.setting import build_detector
from worker.core.plan import Addresses
from worker.core.recovery import Windows
from worker.core.setup_parts import JIRA, ZENDESK
from worker.encoder.minilm import EncoderUnavailable, load_minilm
from worker.flow.diagnosis import DiagnosisGate
from worker.flow.limits import Limits
from worker.flow.means import Means, Memory, Timing
from worker.ground import name_machine, now_utc, open_database
from worker.settings import Deployment, Settings
from worker.store.database import Database
from worker.store.version import has_schema

_INSTALL_LOOKBACK = timedelta(hours=1)
_CONNECT_TIMEOUT_S = 5.0
_ID_BYTES = 8


def read_policy(settings: Settings) -> Policy:
    """The shipped policy with the operator's overlay; raises PolicyProblem with every mistake."""
    return load_policy(settings.policy_dir)


def build_texts(
    policy: Policy,
    folder: Path | None,
    addresses: Addresses | None = None,
    deployment: Deployment = Deployment.CLOUD,
) -> LifeTexts:
    """What people read, from the shipped templates and those of the policy folder, as long as this Jira takes it."""
    templates = folder / "templates" if folder else None
    return LifeTexts(
        policy=policy,
        overlay=templates if templates and templates.is_dir() else None,
        addresses=addresses or Addresses(zendesk="", jira=""),
        measure=measure_markdown if deployment is Deployment.CLOUD else measure_as_wiki,
    )


@contextmanager
def open_helpdesk(settings: Settings, policy: Policy) -> Iterator[Helpdesk]:
    """One client of the help desk. Where a service has its database, the limits that it keeps there hold here too."""
    with _open_limits(settings, policy) as (gate, _):
        yield _build_helpdesk_factory(settings, gate)()


@contextmanager
def open_inspectors(settings: Settings, policy: Policy) -> Iterator[tuple[DeskInspector, TrackerInspector]]:
    """What looks at both vendors' set-up, under the limits that a service shares with it.

    Raises ValueError when an address or the marker field cannot be used.
    """
    with _open_limits(settings, policy) as (limits, database):
        gate = DiagnosisGate(limits, database) if limits is not None else None
        desk = build_inspector(_spell_zendesk_access(settings), clock=now_utc, sleep=time.sleep, gate=gate)
        yield desk, JiraInspector(_spell_jira_access(settings, policy), clock=now_utc, sleep=time.sleep, gate=gate)


@contextmanager
def open_provisioners(
    settings: Settings, policy: Policy, vendors: Collection[str]
) -> Iterator[dict[str, Provisioner]]:
    """What sets up these vendors, under the limits that a service shares with it; raises as `open_inspectors`."""
    with _open_limits(settings, policy) as (limits, database):
        gate = DiagnosisGate(limits, database) if limits is not None else None
        found: dict[str, Provisioner] = {}
        if ZENDESK in vendors:
            found[ZENDESK] = build_provisioner(
                _spell_zendesk_access(settings), clock=now_utc, sleep=time.sleep, gate=gate
            )
        if JIRA in vendors:
            found[JIRA] = JiraProvisioner(
                _spell_jira_access(settings, policy), clock=now_utc, sleep=time.sleep, gate=gate
            )
        yield found


@contextmanager
def _open_limits(settings: Settings, policy: Policy) -> Iterator[tuple[Limits | None, Database]]:
    with open_database(settings) as database:
        make_means = MakeMeans(settings=settings, policy=policy, database=database)
        yield make_means.limits if _is_in_use(database) else None, database


def _is_in_use(database: Database) -> bool:
    """Without a database, or when it does not answer, nobody shares anything."""
    try:
        return database.exists() and has_schema(database)
    except SQLAlchemyError:
        return False


def make_tracker(
    settings: Settings, policy: Policy, gate: Gate | None = None, sleep: Callable[[float], None] = time.sleep
) -> Tracker:
    """One client of the tracker; its requests pass the gate."""
    return JiraTracker(_spell_jira_access(settings, policy), clock=now_utc, sleep=sleep, gate=gate)


def _spell_jira_access(settings: Settings, policy: Policy) -> JiraAccess:
    token = settings.jira_token or settings.jira_api_token
    return JiraAccess(
        url=settings.jira_url or "",
        email=(settings.jira_email or "") if settings.jira_token is None else "",
        token=token.get_secret_value() if token else "",
        connect_timeout_s=min(_CONNECT_TIMEOUT_S, settings.request_timeout.total_seconds()),
        read_timeout_s=settings.request_timeout.total_seconds(),
        deployment=CLOUD if settings.jira_deployment is Deployment.CLOUD else DATA_CENTER,
        marker_field=policy.fields.jira.marker_field,
    )


def make_second_reader(settings: Settings) -> SecondReader | None:
    """The second reader; None when the settings name no endpoint, model and key."""
    if settings.llm_url is None or settings.llm_model is None or settings.llm_api_key is None:
        return None
    access = ReaderAccess(
        url=settings.llm_url,
        model=settings.llm_model,
        key=settings.llm_api_key.get_secret_value(),
        timeout_s=settings.llm_timeout.total_seconds(),
        per_minute=settings.llm_per_minute,
        per_day=settings.llm_per_day,
        cache=settings.llm_cache,
    )
    return SecondReader(access=access, monotonic=time.monotonic)


@dataclass(frozen=True, kw_only=True)
class MakeMeans:
    """Makes the means of one thread: its own clients on the shared database, policy and memory."""

    settings: Settings
    policy: Policy
    database: Database
    memory: Memory = field(default_factory=Memory)
    now: Callable[[], datetime] = now_utc
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    owner: str = field(default_factory=lambda: f"{name_machine()}:{os.getpid()}:{secrets.token_hex(3)}")

    @cached_property
    def _helpdesks(self) -> Callable[[], Helpdesk]:
        """One factory, so that all threads share one access token."""
        return _build_helpdesk_factory(self.settings, self.limits, self.sleep)

    @cached_property
    def limits(self) -> Limits:
        """One gate for all requests of this process."""
        return Limits(
            database=self.database,
            sizes=read_sizes(self.settings),
            unannounced=UNANNOUNCED,
            longest_request_s=_CONNECT_TIMEOUT_S
            + self.settings.request_timeout.total_seconds() * (1 + BODY_PATIENCE),
            owner=self.owner,
            now=self.now,
            monotonic=self.monotonic,
            sleep=self.sleep,
            jitter=random.random,
            log=structlog.get_logger("escalator"),
        )

    def __call__(self) -> Means:
        """Fresh clients; everything else is shared."""
        addresses = Addresses(zendesk=self.settings.zendesk_url or "", jira=self.settings.jira_url or "")
        return Means(
            database=self.database,
            helpdesk=self._helpdesks(),
            tracker=make_tracker(self.settings, self.policy, self.limits, self.sleep),
            rules=self.policy,
            timing=_read_timing(self.settings),
            addresses=addresses,
            texts=build_texts(self.policy, self.settings.policy_dir, addresses, self.settings.jira_deployment),
            memory=self.memory,
            limits=self.limits,
            owner=self.owner,
            now=self.now,
            monotonic=self.monotonic,
            mint_id=lambda: secrets.token_hex(_ID_BYTES),
            make_detector=self._make_detector,
            jitter=random.random,
            log=structlog.get_logger("escalator"),
        )

    def _make_detector(self, counts: DeskCounts) -> Detector:
        return make_detector(self.policy.patterns, counts)


def make_detector(rules: PatternRules, counts: DeskCounts | None = None) -> Detector:
    """A detector with the encoder when it is installed, else by words only, which is said once."""
    try:
        encoder = _load_encoder()
    except EncoderUnavailable as problem:
        structlog.get_logger("escalator").warning("patterns_by_words_only", detail=str(problem))
        return build_detector(rules, counts=counts)
    from worker.encoder.vector_window import NumpyVectors  # noqa: PLC0415 - needs numpy, which is optional

    return build_detector(rules, encoder=encoder, vectors=NumpyVectors(), counts=counts)


def make_comparer(rules: PatternRules, counts: DeskCounts) -> Detector:
    """A detector that compares what is stored, by vectors where numpy is installed; it reads no new text."""
    if find_spec("numpy") is None:
        return build_detector(rules, counts=counts)
    from worker.encoder.vector_window import NumpyVectors  # noqa: PLC0415 - needs numpy, which is optional

    return build_detector(rules, vectors=NumpyVectors(), counts=counts)


@lru_cache(maxsize=1)
def _load_encoder() -> Encoder:
    return load_minilm()


def check_access(means: Means) -> None:
    """Proves both credentials; raises the VendorProblem of the first that is not accepted or does not answer."""
    means.helpdesk.read_account()
    means.tracker.read_account()


def _build_helpdesk_factory(
    settings: Settings, gate: Gate | None = None, sleep: Callable[[float], None] = time.sleep
) -> Callable[[], Helpdesk]:
    return build_client_factory(_spell_zendesk_access(settings), clock=now_utc, sleep=sleep, gate=gate)


def _spell_zendesk_access(settings: Settings) -> ZendeskAccess:
    secret, token = settings.zendesk_client_secret, settings.zendesk_api_token
    oauth = None
    if settings.zendesk_client_id and secret:
        oauth = ClientCredentials(client_id=settings.zendesk_client_id, client_secret=secret.get_secret_value())
    return ZendeskAccess(
        url=settings.zendesk_url or "",
        oauth=oauth,
        email=settings.zendesk_email or "",
        api_token=token.get_secret_value() if token else "",
        connect_timeout_s=min(_CONNECT_TIMEOUT_S, settings.request_timeout.total_seconds()),
        read_timeout_s=settings.request_timeout.total_seconds(),
    )


def _read_timing(settings: Settings) -> Timing:
    updates = size_budget(read_sizes(settings)[buckets.ZENDESK_UPDATES], None)
    return Timing(
        poll_every=settings.poll_every,
        issue_poll_every=settings.issue_poll_every,
        sweep_every=settings.sweep_every,
        lease=settings.lease,
        stuck_after=settings.stuck_after,
        loop_writes=settings.loop_writes,
        loop_window=settings.loop_window,
        windows=Windows(
            request_s=settings.request_timeout.total_seconds(),
            lag_s=settings.search_lag.total_seconds(),
            quiet_s=settings.create_quiet_window.total_seconds(),
        ),
        poll_from=settings.poll_from or now_utc() - _INSTALL_LOOKBACK,
        keep_snapshots=settings.keep_snapshots,
        keep_texts=settings.keep_texts,
        updates_per_minute=max(1, int(60.0 / updates.interval_s)),
    )
