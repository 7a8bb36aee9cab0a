"""What people will read, word for word: each template in Markdown and in the three renderings.

After an intended change, write the texts anew and look at the difference:

    ESCALATOR_WRITE_GOLDEN=1 pytest tests/mappings/test_render_golden.py
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from mappings.adf import render_adf
from mappings.html import render_html
from mappings.markdown import parse_markdown
from mappings.render import render_template
from mappings.sample import list_samples
from mappings.wiki import render_wiki

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "brief_engineering": ("brief.md.j2", 0),
    "brief_l2": ("brief.md.j2", 1),
    "brief_product": ("brief.md.j2", 2),
    "brief_security": ("brief.md.j2", 3),
    "brief_leadership": ("brief.md.j2", 4),
    "brief_bare": ("brief.md.j2", 5),
    "note_opened": ("note_opened.md.j2", 0),
    "note_moved": ("note_opened.md.j2", 2),
    "issue_comment_moved": ("issue_comment_moved.md.j2", 1),
    "issue_comment_moved_quiet": ("issue_comment_moved.md.j2", 2),
    "note_problem": ("note_problem.md.j2", 0),
    "note_suggest": ("note_suggest.md.j2", 0),
    "note_l2": ("note_l2.md.j2", 1),
    "note_left": ("note_left.md.j2", 0),
    "note_pattern": ("note_pattern.md.j2", 0),
    "note_updated": ("note_updated.md.j2", 0),
    "note_waiting": ("note_waiting.md.j2", 0),
    "note_waiting_over": ("note_waiting.md.j2", 6),
    "issue_comment_update": ("issue_comment_update.md.j2", 0),
    "issue_comment_twin": ("issue_comment_twin.md.j2", 0),
    "issue_comment_ask": ("issue_comment_ask.md.j2", 2),
    "issue_comment_ask_stub": ("issue_comment_ask.md.j2", 1),
    "note_ask": ("note_ask.md.j2", 1),
    "issue_comment_stage": ("issue_comment_stage.md.j2", 0),
    "note_stage": ("note_stage.md.j2", 0),
    "note_stage_confirm": ("note_stage.md.j2", 1),
    "note_draft": ("note_draft.md.j2", 0),
    "note_draft_overdue": ("note_draft.md.j2", 1),
    "note_stage_sends": ("note_stage.md.j2", 2),
    "note_digest": ("note_digest.md.j2", 0),
    "note_sent": ("note_sent.md.j2", 0),
    "note_sent_confirm": ("note_sent.md.j2", 1),
    "note_snoozed": ("note_snoozed.md.j2", 0),
    "note_carried": ("note_carried.md.j2", 0),
    "customer_update_en": ("customer_update.en.md.j2", 0),
    "customer_update_en_waiting": ("customer_update.en.md.j2", 1),
    "customer_update_de": ("customer_update.de.md.j2", 2),
    "customer_confirm_es": ("customer_confirm.es.md.j2", 0),
    "customer_declined_fr": ("customer_declined.fr.md.j2", 0),
    "customer_stood_down_en": ("customer_stood_down.en.md.j2", 3),
    "customer_stood_down_de": ("customer_stood_down.de.md.j2", 0),
}
IN_ALL_RENDERINGS = {
    "brief_engineering",
    "note_opened",
    "note_suggest",
    "note_l2",
    "note_updated",
    "issue_comment_update",
    "issue_comment_twin",
    "issue_comment_ask",
    "note_stage",
    "customer_update_en",
}


def spell_case(case: str) -> Mapping[str, str]:
    name, number = CASES[case]
    markdown = render_template(name, list_samples()[name][number])
    if case not in IN_ALL_RENDERINGS:
        return {"md": markdown}
    blocks = parse_markdown(markdown)
    return {
        "md": markdown,
        "adf.json": json.dumps(render_adf(blocks), indent=1, ensure_ascii=False) + "\n",
        "html": render_html(blocks) + "\n",
        "wiki": render_wiki(blocks) + "\n",
    }


@pytest.mark.parametrize("case", CASES)
def test_the_text_is_the_one_that_was_looked_at(case: str) -> None:
    for suffix, text in spell_case(case).items():
        path = GOLDEN / f"{case}.{suffix}"
        if os.environ.get("ESCALATOR_WRITE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text


def test_no_golden_text_is_left_over() -> None:
    wanted = {f"{case}.{suffix}" for case in CASES for suffix in spell_case(case)}
    assert {path.name for path in GOLDEN.iterdir()} == wanted
