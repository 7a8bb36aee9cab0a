"""The command `doctor`: everything that Escalator needs, checked by name."""

from collections.abc import Sequence
from typing import Annotated

import typer

from worker.cli.output import JSON_OPTION, ExitCode, blank_controls, print_json, print_text
from worker.core.findings import CheckFinding, Verdict
from worker.doctor import examine

_BASICS = frozenset({"settings", "policy"})


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("doctor")(doctor)


def doctor(*, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Check settings, database, both vendors and webhooks; changes nothing, tells each fault by name with a remedy.

    Exit 0: all is well, or only warnings. 1: something will not work. 2: settings or policy are wrong.
    """
    found = examine()
    failures = [finding for finding in found if finding.verdict is Verdict.FAILURE]
    if as_json:
        print_json({"ok": not failures, "checks": [_spell_finding(finding) for finding in found]})
    else:
        print_text(_word_findings(found))
    if any(finding.check in _BASICS for finding in failures):
        raise typer.Exit(int(ExitCode.USAGE))
    if failures:
        raise typer.Exit(int(ExitCode.FAILED))


def _spell_finding(finding: CheckFinding) -> dict[str, str | None]:
    return {
        "check": finding.check,
        "verdict": finding.verdict.value,
        "detail": finding.detail,
        "remedy": finding.remedy or None,
    }


def _word_findings(found: Sequence[CheckFinding]) -> str:
    width = max(len(finding.check) for finding in found)
    lines = []
    for finding in found:
        lines.append(f"{finding.verdict.value:<8} {finding.check:<{width}}  {blank_controls(finding.detail)}")
        if finding.remedy:
            lines.append(f"{'':<8} {'':<{width}}  do: {blank_controls(finding.remedy)}")
    failures, warnings, well = (
        sum(1 for finding in found if finding.verdict is verdict)
        for verdict in (Verdict.FAILURE, Verdict.WARNING, Verdict.OK)
    )
    return "\n".join([*lines, f"{failures} failures, {warnings} warnings, {well} checks are well"])
