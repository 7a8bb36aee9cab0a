"""Commands that judge: score, explain and brief, for a file of tickets or for one ticket of the help desk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.records import Ticket
from connectors.second_reader import SecondReader
from connectors.ticket_file import FileProblem, read_ticket_file
from mappings.loader import load_policy
from mappings.policy import Policy
from worker.cli.output import JSON_OPTION, ExitCode, fail, print_json, print_text
from worker.core.assess import assess
from worker.core.assessment import Assessment
from worker.core.context import Context
from worker.core.explain import explain
from worker.core.plan import Member
from worker.core.score import spell_score
from worker.ground import now_utc
from worker.second_opinion import SecondOpinion, ask_second_reader
from worker.settings import Need, load_settings
from worker.wiring import build_texts, make_second_reader, open_helpdesk, read_policy

_SOURCE = typer.Argument(metavar="FILE|TICKET", help="A file of tickets (JSON Lines), or the number of a ticket.")
_POLICY = typer.Option("--policy", help="A folder with policy overlays, instead of ESCALATOR_POLICY_DIR.")


class Reader(StrEnum):
    """Who reads: the rules alone, or with a language model beside them."""

    RULES = "rules"
    LLM = "llm"


_READER = typer.Option("--reader", help="Who reads: rules, or llm to ask a language model beside them.")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judged:
    """A row of the source with its judgement, or with the error that prevented it."""

    id: str
    member: Member | None = None
    error: str = ""


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command("score")(score)
    app.command("explain")(explain_ticket)
    app.command("brief")(brief)


def score(
    source: Annotated[str, _SOURCE],
    *,
    policy: Annotated[Path | None, _POLICY] = None,
    reader: Annotated[Reader, _READER] = Reader.RULES,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Judge tickets: one row each, in order, with the criteria that hold, target, severity and what is missing."""

    def print_row(row: _Judged, _policy: Policy) -> None:
        assert row.member is not None  # noqa: S101 - only judged rows are printed
        values = spell_score(row.id, row.member.assessment)
        print_json(values) if as_json else print_text(_word_score(row.id, row.member.assessment))

    _judge_all(source, policy, print_row, as_json=as_json, reader=reader)


def explain_ticket(
    source: Annotated[str, _SOURCE],
    *,
    policy: Annotated[Path | None, _POLICY] = None,
    reader: Annotated[Reader, _READER] = Reader.RULES,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show why: every criterion with its evidence, near misses included, and how the verdict follows."""

    def print_row(row: _Judged, rules: Policy) -> None:
        assert row.member is not None  # noqa: S101
        if as_json:
            print_json(spell_tree(row.id, row.member.assessment))
        else:
            print_text(explain(row.member.assessment, row.member.ticket, rules) + "\n")

    _judge_all(source, policy, print_row, as_json=as_json, reader=reader)


def brief(
    source: Annotated[str, _SOURCE],
    *,
    policy: Annotated[Path | None, _POLICY] = None,
    lint: Annotated[bool, typer.Option("--lint", help="Show only what the brief lacks.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Write the brief that a receiving team would get, and what it still lacks."""

    def print_row(row: _Judged, rules: Policy) -> None:
        assert row.member is not None  # noqa: S101
        texts = build_texts(rules, policy)
        values = texts.spell_brief(row.id, row.member)
        if as_json:
            print_json(values)
        elif lint:
            print_text(_word_lint(row.id, values))
        else:
            print_text(str(values["markdown"]) + "\n")

    _judge_all(source, policy, print_row, as_json=as_json)


def spell_tree(row_id: str, assessment: Assessment) -> dict[str, Any]:
    """The whole assessment as JSON values."""
    from worker.store.codec import RecordCodec  # noqa: PLC0415 - only this output needs it

    tree: dict[str, Any] = {"id": row_id} | RecordCodec(Assessment).spell(assessment)
    return tree


def _judge_all(
    source: str,
    folder: Path | None,
    print_row: Callable[[_Judged, Policy], None],
    *,
    as_json: bool,
    reader: Reader = Reader.RULES,
) -> None:
    failed = False
    rules, rows = _open_source(source, folder, _open_reader() if reader is Reader.LLM else None)
    for row in rows:
        try:
            if row.member is not None:
                print_row(row, rules)
        except Exception as error:
            row = _Judged(id=row.id, error=f"{type(error).__name__}: {error}")  # noqa: PLW2901
        if row.error:
            failed = True
            problem = {"id": row.id, "error": row.error}
            print_json(problem) if as_json else print_text(f"{row.id}  could not be judged: {row.error}")
    if failed:
        raise typer.Exit(int(ExitCode.FAILED))


def _open_reader() -> SecondReader:
    reader = make_second_reader(load_settings(Need.DATABASE))
    if reader is None:
        raise fail(
            ExitCode.USAGE, "--reader llm needs ESCALATOR_LLM_URL, ESCALATOR_LLM_MODEL and ESCALATOR_LLM_API_KEY"
        )
    return reader


def _open_source(source: str, folder: Path | None, reader: SecondReader | None) -> tuple[Policy, Iterator[_Judged]]:
    path = Path(source)
    if path.is_file() or not source.isdigit():
        if not path.is_file():
            raise fail(ExitCode.USAGE, f"{source}: no such file, and no ticket number either")
        rules = load_policy(folder)
        return rules, _judge_file(path, rules, reader)
    settings = load_settings(Need.ZENDESK)
    rules = load_policy(folder) if folder else read_policy(settings)
    with open_helpdesk(settings, rules) as helpdesk:
        ticket = _read_ticket(int(source), helpdesk)
    if ticket is None:
        raise fail(ExitCode.FAILED, f"ticket {source}: not found, or not visible to our account")
    return rules, iter([_judge(source, ticket, now_utc(), rules, reader)])


def _judge_file(path: Path, rules: Policy, reader: SecondReader | None) -> Iterator[_Judged]:
    for row in read_ticket_file(path):
        if isinstance(row, FileProblem):
            yield _Judged(id=row.id, error=row.error)
        else:
            yield _judge(row.id, row.ticket, row.now, rules, reader)


def _judge(row_id: str, ticket: Ticket, now: datetime, rules: Policy, reader: SecondReader | None) -> _Judged:
    try:
        opinion = ask_second_reader(reader, ticket, rules) if reader else SecondOpinion()
        context = Context(proposals=opinion.proposals, second_reader=opinion.note)
        assessment = assess(ticket, context, rules, now)
    except Exception as error:
        return _Judged(id=row_id, error=f"{type(error).__name__}: {error}")
    return _Judged(id=row_id, member=Member(ticket=ticket, assessment=assessment))


def _read_ticket(ticket_id: int, helpdesk: Any) -> Ticket | None:
    from worker.flow.reading import read_whole_ticket  # noqa: PLC0415

    found: Ticket | None = read_whole_ticket(helpdesk, ticket_id)
    return found


def _word_score(row_id: str, assessment: Assessment) -> str:
    verdict = "stay in support"
    if assessment.escalate and assessment.target and assessment.severity:
        verdict = f"{assessment.target.value}, {assessment.severity.value}"
    held = ", ".join(assessment.criteria + assessment.handle_in_support) or "nothing holds"
    return f"{row_id:<14}{verdict:<24}SLA {assessment.sla_status.value:<10}{held}"


def _word_lint(row_id: str, values: dict[str, Any]) -> str:
    missing = values["missing"]
    if not missing:
        return f"{row_id}: the brief is complete"
    return "\n".join([f"{row_id}: the brief lacks"] + [f"  {item['field']}: {item['ask_for']}" for item in missing])
