"""A brief always fits, loses its least valuable words first, says so, and keeps what the team acts on."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.brief import Brief, EvidenceRow, LinkRef, TriedStep
from mappings.fitting import ADF_LIMIT, CUT_MARK, fit_brief, measure_markdown
from mappings.sample import sample_bare, sample_brief

LONG = "The gate clerk pressed the button again and nothing at all happened on the screen. " * 400


def fill_brief(text: str, count: int) -> Brief:
    brief = sample_brief()
    return replace(
        brief,
        description=(text,) * 5,
        tried=(TriedStep(action=text, result=text),) * count,
        evidence=(EvidenceRow(criterion="Bug confirmed", fact="seen", quote=text),) * count,
        repro=replace(brief.repro, steps=(text,) * count, error_text=text),
        context=replace(brief.context, threads=(LinkRef(label=text, note=text),) * count),
    )


def test_a_brief_that_fits_is_left_alone() -> None:
    markdown, was_cut = fit_brief(sample_brief())
    assert not was_cut
    assert CUT_MARK not in markdown
    assert measure_markdown(markdown) < ADF_LIMIT


@pytest.mark.parametrize("limit", [ADF_LIMIT, 20_000, 16_000])
def test_a_long_brief_is_cut_visibly_and_keeps_ask_and_token(limit: int) -> None:
    brief = fill_brief(LONG, 40)
    markdown, was_cut = fit_brief(brief, limit=limit)
    assert was_cut
    assert measure_markdown(markdown) <= limit
    assert CUT_MARK in markdown
    assert "Shortened to fit:" in markdown
    for kept in (brief.summary, brief.need.ask, brief.token, "## Reproduction steps", "## What's needed"):
        assert kept in markdown


def test_the_least_valuable_goes_first() -> None:
    brief = sample_brief()
    brief = replace(brief, context=replace(brief.context, threads=(LinkRef(label="note", note=LONG),) * 5))
    markdown, was_cut = fit_brief(brief)
    assert was_cut
    assert "Shortened to fit: context." in markdown
    assert (
        markdown.split("## Supporting context")[0] == fit_brief(sample_brief())[0].split("## Supporting context")[0]
    )


def test_texts_are_cut_at_a_word_and_logs_keep_their_lines() -> None:
    log = "\n".join(f"line {number} of the log" for number in range(4_000))
    brief = replace(sample_brief(), repro=replace(sample_brief().repro, error_text=log))
    markdown, _ = fit_brief(brief)
    kept = markdown.split("```")[1].removeprefix("\n").removesuffix(f"{CUT_MARK}\n")
    assert log.startswith(kept)
    assert "\n" in kept
    assert log[len(kept)].isspace()


def test_addresses_are_never_cut() -> None:
    url = "https://tidelane.zendesk.example/agent/tickets/" + "1" * 400
    brief = fill_brief(LONG, 30)
    brief = replace(brief, context=replace(brief.context, tickets=(LinkRef(label="ZD-1", url=url),)))
    markdown, was_cut = fit_brief(brief)
    assert was_cut
    assert url in markdown


def test_a_template_that_is_too_long_by_itself_loses_blocks_but_not_its_footer(tmp_path: Path) -> None:
    body = "".join(f"Paragraph {number} of house rules that everybody must read.\n\n" for number in range(2_000))
    (tmp_path / "brief.md.j2").write_text(body + "Footer {{ brief.token }}\n", encoding="utf-8")
    markdown, was_cut = fit_brief(sample_bare(), tmp_path, limit=5_000)
    assert was_cut
    assert measure_markdown(markdown) <= 5_000
    assert markdown.startswith("Paragraph 0 ")
    assert markdown.endswith(f"*{CUT_MARK}*\n\nFooter escalator-0\n")


def test_another_measure_counts_for_another_tracker() -> None:
    markdown, was_cut = fit_brief(fill_brief(LONG, 20), limit=9_000, measure=len)
    assert was_cut
    assert len(markdown) <= 9_000


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1, max_size=30), st.integers(1, 60))
def test_any_words_fit(text: str, count: int) -> None:
    markdown, _ = fit_brief(fill_brief(text * 60, count))
    assert measure_markdown(markdown) <= ADF_LIMIT
    assert "escalator-7Q4M2KX9" in markdown
