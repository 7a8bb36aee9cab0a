"""Where `init` has its answers from: the environment, lines of stdin, or a person at a terminal."""

import os
import sys
from collections.abc import Mapping

import typer

from worker.cli.output import ExitCode, fail
from worker.settings import PREFIX, Settings

_ASKED: tuple[tuple[str, str], ...] = (
    ("zendesk_url", "Zendesk, such as https://example.zendesk.com"),
    ("zendesk_client_id", "Identifier of the OAuth client (empty: an API token is used)"),
    ("zendesk_client_secret", "Secret of the OAuth client"),
    ("zendesk_email", "E-mail address of the agent that the API token acts for"),
    ("zendesk_api_token", "API token of Zendesk"),
    ("jira_url", "Jira, such as https://example.atlassian.net"),
    ("jira_deployment", "Which Jira: cloud or datacenter"),
    ("jira_email", "E-mail address of the account that the API token belongs to"),
    ("jira_api_token", "API token of Jira"),
    ("jira_token", "Personal access token"),
    ("public_url", "Where Zendesk and Jira reach us, such as https://escalator.example.com (empty: not yet)"),
)
_SECRETS = frozenset({"zendesk_client_secret", "zendesk_api_token", "jira_api_token", "jira_token"})
_OPTIONAL = frozenset({"zendesk_client_id", "public_url"})


def read_environment() -> dict[str, str]:
    """What is set already, by field name; a policy folder is made anew, and its setting with it."""
    names = {name: os.environ.get(PREFIX + name.upper(), "").strip() for name in Settings.model_fields}
    return {name: value for name, value in names.items() if value and name != "policy_dir"}


def read_lines() -> dict[str, str]:
    """NAME=value lines of stdin, with or without the prefix; exit 2 names every line that is none."""
    given: dict[str, str] = {}
    wrong: list[str] = []
    for number, line in enumerate(sys.stdin.read().splitlines(), 1):
        name, equals, value = line.strip().partition("=")
        field = name.strip().upper().removeprefix(PREFIX).lower()
        if not name or name.startswith("#"):
            continue
        if not equals or field not in Settings.model_fields or field == "policy_dir":
            what = f"{name.strip()[:60]} is no setting" if equals else "write NAME=value"
            wrong.append(f"stdin, line {number}: {what}")
        elif value.strip():
            given[field] = value.strip()
    if wrong:
        raise fail(ExitCode.USAGE, *wrong)
    return given


def ask_missing(given: Mapping[str, str]) -> dict[str, str]:
    """Asks for what is not given; what one way of logging in makes needless is not asked for."""
    answers = dict(given)
    for name, question in _ASKED:
        if name in answers or _is_needless(name, answers):
            continue
        default = "cloud" if name == "jira_deployment" else "" if name in _OPTIONAL else None
        answer = typer.prompt(
            question, default=default, hide_input=name in _SECRETS, show_default=bool(default), err=True
        )
        if str(answer).strip():
            answers[name] = str(answer).strip()
    return answers


def _is_needless(name: str, answers: Mapping[str, str]) -> bool:
    if name in {"zendesk_email", "zendesk_api_token"}:
        return "zendesk_client_id" in answers
    if name == "zendesk_client_id":
        return "zendesk_email" in answers
    if name == "zendesk_client_secret":
        return "zendesk_client_id" not in answers
    is_cloud = answers.get("jira_deployment", "cloud").lower() == "cloud"
    if name in {"jira_email", "jira_api_token"}:
        return not is_cloud or "jira_token" in answers
    return name == "jira_token" and (is_cloud or "jira_api_token" in answers)
