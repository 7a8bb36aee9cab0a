"""The command `init`: asks for addresses and credentials, tries them, and writes settings and a policy folder."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from connectors.inspection import DeskInspection, TrackerInspection
from mappings.loader import load_policy
from mappings.policy import Policy
from worker.cli.init_answers import ask_missing, read_environment, read_lines
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.core.desk_checks import check_desk
from worker.core.findings import CheckFinding, Verdict
from worker.core.setup_texts import spell_fields, spell_routing, spell_settings_file
from worker.core.tracker_checks import check_tracker, list_places
from worker.settings import PREFIX, Need, Settings, load_settings
from worker.setup_files import UnwritableSetup, quote_value, write_file
from worker.wiring import open_inspectors

_ENV_FILE, _POLICY = "escalator.env", "policy"
_PRIVATE, _SHARED = 0o600, 0o644
_DECISIVE = frozenset(
    {"zendesk.credentials", "zendesk.rights", "zendesk.scopes", "zendesk.clock", "jira.credentials", "jira.clock"}
)
"""What must be well before anything is written; the rest is for doctor, after provision."""

_UNREACHED = frozenset({"zendesk.credentials", "jira.credentials"})


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("init")(init)


def init(
    *,
    folder: Annotated[Path, typer.Option("--dir", help="Where the files go.")] = Path(),
    zendesk_url: Annotated[str, typer.Option(help="The account's address.")] = "",
    zendesk_client_id: Annotated[str, typer.Option(help="The identifier of the OAuth client.")] = "",
    zendesk_email: Annotated[str, typer.Option(help="The agent that the API token acts for.")] = "",
    jira_url: Annotated[str, typer.Option(help="The site's address.")] = "",
    jira_deployment: Annotated[str, typer.Option(help="cloud or datacenter.")] = "",
    jira_email: Annotated[str, typer.Option(help="The account that the API token belongs to.")] = "",
    public_url: Annotated[str, typer.Option(help="Where Zendesk and Jira reach us.")] = "",
    database_url: Annotated[str, typer.Option(help="sqlite:///… or postgresql://… without a password.")] = "",
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read NAME=value lines, secrets too, and ask nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    untried: Annotated[bool, typer.Option("--no-test", help="Write without trying the credentials.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Ask for addresses and credentials, try them, and write settings (for you only) and a policy folder.

    Secrets are asked for without echo, or come by --stdin or from the environment; they are never options.
    Exit 1: a right is missing. 2: something is wrong or there already. 3: unreachable, or not let in.
    """
    _refuse_overwriting(folder, force=force)
    options = {
        "zendesk_url": zendesk_url,
        "zendesk_client_id": zendesk_client_id,
        "zendesk_email": zendesk_email,
        "jira_url": jira_url,
        "jira_deployment": jira_deployment,
        "jira_email": jira_email,
        "public_url": public_url,
        "database_url": database_url,
    }
    given = {**read_environment(), **(read_lines() if stdin else {}), **{k: v for k, v in options.items() if v}}
    if not stdin and sys.stdin.isatty():
        given = ask_missing(given)
    settings = load_settings(Need.WORKER, given)
    policy = load_policy()
    found, seen = _try_out(settings, policy) if not untried else ((), None)
    _refuse_failures(found)
    written = _write(folder, given, policy, seen)
    told = [finding for finding in found if finding.verdict is not Verdict.OK]
    if as_json:
        shown = [{"check": one.check, "detail": one.detail, "remedy": one.remedy} for one in told]
        print_json({"written": [str(path) for path in written], "tried": not untried, "findings": shown})
        return
    lines = [f"{one.check}: {one.detail}" for one in found if one.check in _DECISIVE]
    lines += [f"wrote {path}" for path in written]
    lines += [f"next: set -a; . {written[0]}; set +a", "      escalator provision plan; escalator doctor"]
    print_text("\n".join(lines))


def _refuse_overwriting(folder: Path, *, force: bool) -> None:
    targets = [folder / _ENV_FILE, *(folder / _POLICY / name for name in ("routing.toml", "fields.toml"))]
    there = [path for path in targets if path.exists()]
    if there and not force:
        raise fail(ExitCode.USAGE, *(f"{path} is there already; --force overwrites it" for path in there))


def _try_out(
    settings: Settings, policy: Policy
) -> tuple[tuple[CheckFinding, ...], tuple[DeskInspection, TrackerInspection]]:
    try:
        with open_inspectors(settings, policy) as (desk, tracker):
            seen = desk.inspect(()), tracker.inspect(list_places(policy))
    except ValueError as problem:
        raise fail(ExitCode.USAGE, str(problem)) from None
    longest_s = settings.webhook_max_age.total_seconds()
    found = (
        *check_desk(seen[0], policy, longest_skew_s=longest_s, has_secret=False),
        *check_tracker(seen[1], policy, longest_skew_s=longest_s, has_secret=False),
    )
    return tuple(finding for finding in found if finding.check in _DECISIVE), seen


def _refuse_failures(found: tuple[CheckFinding, ...]) -> None:
    """All of them at once."""
    failures = [finding for finding in found if finding.verdict is Verdict.FAILURE]
    if not failures:
        return
    code = ExitCode.UNREACHABLE if any(one.check in _UNREACHED for one in failures) else ExitCode.FAILED
    raise fail(code, *(f"{one.check}: {one.detail}; {one.remedy}" for one in failures), "nothing was written")


def _write(
    folder: Path, given: Mapping[str, str], policy: Policy, seen: tuple[DeskInspection, TrackerInspection] | None
) -> list[Path]:
    overlay = (folder / _POLICY).absolute()
    projects, groups = (seen[1].projects or (), seen[0].groups or ()) if seen else ((), ())
    shipped = {name: rules.project for name, rules in policy.routing.targets}
    try:
        lines = dict(_spell_lines({**given, "policy_dir": str(overlay)}))
        described = [
            (PREFIX + name.upper(), field.description or "") for name, field in Settings.model_fields.items()
        ]
        texts = (
            (folder / _ENV_FILE, spell_settings_file(described, lines), _PRIVATE),
            (folder / _POLICY / "routing.toml", spell_routing(projects, groups, shipped), _SHARED),
            (folder / _POLICY / "fields.toml", spell_fields(), _SHARED),
        )
        overlay.mkdir(parents=True, exist_ok=True)
        for path, text, mode in texts:
            write_file(path, text, mode=mode)
    except UnwritableSetup as problem:
        raise fail(ExitCode.USAGE, str(problem)) from None
    except OSError as error:
        raise fail(ExitCode.USAGE, f"{folder}: cannot be written: {error.strerror}") from None
    return [path for path, _, _ in texts]


def _spell_lines(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        setting = PREFIX + name.upper()
        yield setting, quote_value(setting, value)
