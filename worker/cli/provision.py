"""The commands `provision plan|apply|verify|remove`: what Escalator needs to be set up at both vendors."""

from pathlib import Path
from typing import Annotated

import typer

from connectors.errors import VendorProblem
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.cli.provision_scene import (
    JIRA_SECRET,
    ZENDESK_SECRET,
    Scene,
    find_unknown,
    forget,
    keep_field_ids,
    keep_settings,
    open_scene,
)
from worker.cli.provision_words import spell_plan, spell_steps, word_plan, word_step
from worker.core.provision import ProvisionPlan, plan_removal, plan_setup
from worker.core.setup_parts import FIELDS, JIRA, WEBHOOK, WRITTEN_FIELDS, ZENDESK, choose_field_ids
from worker.provision import apply_setup, remove_setup
from worker.setup_files import spell_field_ids

UrlOption = Annotated[
    str, typer.Option("--url", help="Where Zendesk and Jira reach us, instead of ESCALATOR_PUBLIC_URL.")
]
OnlyOption = Annotated[str, typer.Option("--only", help="Only this vendor: zendesk or jira.")]
FieldsOption = Annotated[str, typer.Option("--fields", help=f"The ticket fields to have, of {', '.join(FIELDS)}.")]
FileOption = Annotated[Path, typer.Option("--env-file", help="The settings file that the webhook secrets go to.")]
KeepOption = Annotated[bool, typer.Option("--keep-fields", help="Leave the ticket fields and their values.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it.")]
_FILE = Path("escalator.env")
_FIELDS = ",".join(WRITTEN_FIELDS)


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    group = typer.Typer(
        help="Set up webhook, trigger, fields and views in Zendesk, and the webhook in Jira; only ours, by a mark.",
        no_args_is_help=True,
    )
    group.command("plan")(plan)
    group.command("apply")(apply)
    group.command("verify")(verify)
    group.command("remove")(remove)
    app.add_typer(group, name="provision")


def plan(
    *,
    url: UrlOption = "",
    only: OnlyOption = "",
    fields: FieldsOption = _FIELDS,
    env_file: FileOption = _FILE,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show what apply would create, change or delete; writes nothing. Exit 1: something stands in the way."""
    with open_scene(url=url, only=only, fields=fields, env_file=env_file) as scene:
        found = plan_setup(scene.wish, scene.held)
    if as_json:
        print_json(spell_plan(found))
    else:
        print_text(word_plan(found))
    if found.conflicts:
        raise typer.Exit(int(ExitCode.FAILED))


def apply(
    *,
    url: UrlOption = "",
    only: OnlyOption = "",
    fields: FieldsOption = _FIELDS,
    env_file: FileOption = _FILE,
    yes: YesOption = False,
    plan_id: Annotated[str, typer.Option("--plan", help="Only if the plan is still this one.")] = "",
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Print the secrets once, instead of writing them to a file.")
    ] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Do what plan shows, write the field ids into fields.toml, and the webhook secrets into the settings file.

    A run that ended half-way is completed by another.
    """
    with open_scene(url=url, only=only, fields=fields, env_file=env_file) as scene:
        found = plan_setup(scene.wish, scene.held)
        _refuse_conflicts(found)
        if plan_id and plan_id != found.digest:
            raise fail(ExitCode.FAILED, f"the plan is {found.digest} by now, not {plan_id}; nothing was changed")
        if found.pending and not (yes or plan_id):
            print_text(word_plan(found))
            raise fail(ExitCode.USAGE, f"apply needs --yes, or --plan {found.digest}; nothing was changed")
        told = _spell_secrets(scene, show=show_secrets)
        ids = _carry_out(scene, found)
        told |= _keep_secret(scene, ids, show=show_secrets)
        field_ids = choose_field_ids(scene.wish, ids)
        place = keep_field_ids(scene, field_ids)
    if as_json:
        shown = {"secrets": told} if show_secrets else {"env_file": str(env_file)}
        print_json({"done": spell_steps(scene.done), "fields": field_ids, "fields_file": place or None, **shown})
        return
    lines = [f"{len(scene.done)} of {len(found.steps)} parts written, the others are as they should be"]
    if field_ids:
        lines += [
            f"{place} names the fields:" if place else "write this into fields.toml:",
            spell_field_ids(field_ids),
        ]
    lines += [f"{name}={value}" for name, value in told.items()] if show_secrets else [f"secrets are in {env_file}"]
    print_text("\n".join([*lines, "restart escalator serve, then: escalator provision verify; escalator doctor"]))


def verify(
    *,
    url: UrlOption = "",
    only: OnlyOption = "",
    fields: FieldsOption = _FIELDS,
    env_file: FileOption = _FILE,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Check that all is there, as it should be, and known to settings and policy; exit 1 when not. Writes nothing."""
    with open_scene(url=url, only=only, fields=fields, env_file=env_file) as scene:
        found = plan_setup(scene.wish, scene.held)
        problems = [*found.conflicts, *(word_step(step, "") for step in found.pending), *find_unknown(scene)]
    if as_json:
        print_json({"ok": not problems, "problems": problems, **spell_plan(found)})
    else:
        print_text("\n".join(problems) or f"all {len(found.steps)} parts are as they should be")
    if problems:
        raise typer.Exit(int(ExitCode.FAILED))


def remove(
    *,
    only: OnlyOption = "",
    env_file: FileOption = _FILE,
    keep_fields: KeepOption = False,
    yes: YesOption = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Delete everything that carries our mark, and take it out of fields.toml and the settings file.

    The values of our ticket fields go with them.
    """
    with open_scene(url="", only=only, fields=_FIELDS, env_file=env_file, needs_url=False) as scene:
        found = plan_removal(scene.held, keep_fields=keep_fields)
        _refuse_conflicts(found)
        if found.pending and not yes:
            print_text(word_plan(found))
            raise fail(ExitCode.USAGE, "remove needs --yes; nothing was changed")
        _undo(scene, found)
        forget(scene)
    if as_json:
        print_json({"done": spell_steps(scene.done)})
    else:
        print_text(f"{len(scene.done)} parts deleted" if scene.done else "there is nothing of ours")


def _refuse_conflicts(found: ProvisionPlan) -> None:
    if found.conflicts:
        raise fail(ExitCode.FAILED, *found.conflicts, "nothing was changed")


def _spell_secrets(scene: Scene, *, show: bool) -> dict[str, str]:
    """Jira's secret is kept before Jira gets it, so that no end of this process can lose it."""
    if JIRA not in scene.provisioners:
        return {}
    told = {JIRA_SECRET: scene.wish.jira_secret}
    if not show:
        keep_settings(scene, told)
    return told


def _carry_out(scene: Scene, found: ProvisionPlan) -> dict[str, str]:
    try:
        return apply_setup(found, scene.wish, scene.held, scene.provisioners, scene.note)
    except VendorProblem:
        typer.echo(
            f"stopped after {len(scene.done)} of {len(found.pending)} steps; apply again does the rest", err=True
        )
        raise


def _keep_secret(scene: Scene, ids: dict[str, str], *, show: bool) -> dict[str, str]:
    """Zendesk mints its webhook's secret itself and shows it to administrators."""
    if ZENDESK not in scene.provisioners:
        return {}
    secret = scene.provisioners[ZENDESK].read_secret(ids[WEBHOOK])
    told = {ZENDESK_SECRET: secret} if secret else {}
    if not show:
        keep_settings(scene, told)
    return told


def _undo(scene: Scene, found: ProvisionPlan) -> None:
    try:
        remove_setup(found, scene.provisioners, scene.note)
    except VendorProblem:
        _say_stopped(scene, found, "remove")
        raise


def _say_stopped(scene: Scene, found: ProvisionPlan, command: str) -> None:
    told = f"stopped after {len(scene.done)} of {len(found.pending)} steps; {command} again does the rest"
    typer.echo(told, err=True)
