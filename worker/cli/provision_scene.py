"""What one `provision` command works on, and the operator's files that it keeps in step with the vendors."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer

from connectors.addresses import parse_address
from connectors.errors import Forbidden, NotFound
from connectors.provisioning import Inventory
from mappings.loader import load_policy
from worker.cli.output import ExitCode, fail
from worker.cli.provision_words import word_step
from worker.core.provision import Step, find_ids
from worker.core.setup_parts import FIELD_PREFIX, FIELDS, JIRA, WEBHOOK, ZENDESK, Wish, choose_field_ids
from worker.provision import Provisioners, take_inventories
from worker.settings import PREFIX, Need, Settings, load_settings
from worker.setup_files import (
    UnwritableSetup,
    merge_settings_file,
    read_settings_file,
    set_field_ids,
)
from worker.wiring import open_provisioners

ZENDESK_SECRET, JIRA_SECRET = f"{PREFIX}ZENDESK_WEBHOOK_SECRET", f"{PREFIX}JIRA_WEBHOOK_SECRET"
_NEEDS = {ZENDESK: Need.ZENDESK, JIRA: Need.JIRA}
_RIGHTS = {
    ZENDESK: "make the user of our credentials an administrator",
    JIRA: "give our account the global permission Administer Jira, or use --only zendesk: then issues are polled",
}
_SECRET_BYTES = 32


@dataclass(kw_only=True)
class Scene:
    """What one command works on; `done` are the steps taken."""

    settings: Settings
    wish: Wish
    env_file: Path
    held: dict[str, Inventory]
    provisioners: Provisioners
    done: list[Step] = field(default_factory=list)

    def note(self, step: Step, part_id: str) -> None:
        """Says on stderr what is done, so that stdout stays for the result."""
        self.done.append(step)
        typer.echo(word_step(step, part_id), err=True)


@contextmanager
def open_scene(*, url: str, only: str, fields: str, env_file: Path, needs_url: bool = True) -> Iterator[Scene]:
    if only not in {"", ZENDESK, JIRA}:
        raise fail(ExitCode.USAGE, f"--only {only}: write zendesk or jira")
    wanted = tuple(name.strip() for name in fields.split(",") if name.strip())
    unknown = [name for name in wanted if name not in FIELDS]
    if unknown:
        raise fail(ExitCode.USAGE, f"--fields {', '.join(unknown)}: known are {', '.join(FIELDS)}")
    vendors = (only,) if only else (ZENDESK, JIRA)
    settings = load_settings(Need.WORKER if not only else _NEEDS[only])
    policy = load_policy(settings.policy_dir)
    address = _choose_url(settings, url) if needs_url else ""
    secret = _find_jira_secret(settings, env_file)
    wish = Wish(
        url=address,
        fields=wanted,
        configured={name: getattr(policy.fields.zendesk, name) for name in FIELDS},
        projects=tuple(dict.fromkeys(rules.project for _, rules in policy.routing.targets if rules.project)),
        tags=(policy.routing.tags.escalated, policy.routing.tags.suggested),
        jira_secret=secret or secrets.token_urlsafe(_SECRET_BYTES),
        knows_jira_secret=bool(secret),
    )
    with open_provisioners(settings, policy, vendors) as provisioners:
        yield Scene(
            settings=settings,
            wish=wish,
            env_file=env_file,
            held=_take_inventories(provisioners),
            provisioners=provisioners,
        )


def _choose_url(settings: Settings, url: str) -> str:
    given = url or settings.public_url
    if not given:
        raise fail(ExitCode.USAGE, f"where are we reached? Write --url https://… or set {PREFIX}PUBLIC_URL")
    try:
        return parse_address(given).url
    except ValueError as problem:
        raise fail(ExitCode.USAGE, f"--url: {problem}") from None


def _find_jira_secret(settings: Settings, env_file: Path) -> str:
    return next(iter(settings.jira_webhook_secrets), "") or read_settings_file(env_file).get(JIRA_SECRET, "")


def _take_inventories(provisioners: Provisioners) -> dict[str, Inventory]:
    try:
        return take_inventories(provisioners)
    except (Forbidden, NotFound) as problem:
        raise fail(ExitCode.FAILED, f"{problem}; nothing was changed", _RIGHTS[problem.vendor]) from None


def keep_settings(scene: Scene, values: Mapping[str, str]) -> None:
    """Writes what differs into the settings file; exit 1 when it cannot be written."""
    known = read_settings_file(scene.env_file)
    if any(known.get(name) != value for name, value in values.items()):
        try:
            merge_settings_file(scene.env_file, values)
        except UnwritableSetup as problem:
            raise fail(ExitCode.FAILED, str(problem)) from None


def keep_field_ids(scene: Scene, ids: dict[str, int]) -> str:
    """The file that names them now; empty when the operator has to write it."""
    if scene.settings.policy_dir is None or not ids:
        return ""
    path = scene.settings.policy_dir / "fields.toml"
    try:
        set_field_ids(path, ids)
    except UnwritableSetup as problem:
        raise fail(ExitCode.FAILED, str(problem)) from None
    return str(path)


def find_unknown(scene: Scene) -> Iterator[str]:
    """What is there and not known to settings and policy."""
    ids = find_ids(scene.held)
    for name, number in choose_field_ids(scene.wish, ids).items():
        if scene.wish.configured.get(name) != number:
            yield f"fields.toml: zendesk.{name} = {number} is missing; apply writes it"
    if WEBHOOK not in ids:
        return
    known = {*scene.settings.zendesk_webhook_secrets, read_settings_file(scene.env_file).get(ZENDESK_SECRET)}
    if scene.provisioners[ZENDESK].read_secret(ids[WEBHOOK]) not in known:
        yield f"{ZENDESK_SECRET} is not the secret that the webhook signs with; apply writes it to {scene.env_file}"


def forget(scene: Scene) -> None:
    """What is gone must not be named any more."""
    gone = {int(step.found.id) for step in scene.done if step.found and step.name.startswith(FIELD_PREFIX)}
    lost = {name: 0 for name, number in scene.wish.configured.items() if number in gone}
    if lost:
        keep_field_ids(scene, lost)
    names = {ZENDESK: ZENDESK_SECRET, JIRA: JIRA_SECRET}
    told = {names[vendor]: None for vendor in scene.provisioners}
    if scene.env_file.is_file() and set(told) & set(read_settings_file(scene.env_file)):
        try:
            merge_settings_file(scene.env_file, told)
        except UnwritableSetup as problem:
            raise fail(ExitCode.FAILED, str(problem)) from None
