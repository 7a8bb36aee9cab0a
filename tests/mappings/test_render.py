"""Templates are safe to write and their mistakes easy to find."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.blocks import Paragraph, Text
from mappings.environment import Markdown, spell_instant, spell_value
from mappings.escaping import flatten_text
from mappings.markdown import parse_markdown
from mappings.render import TemplateProblem, build_environment, check_templates, render_template
from mappings.sample import list_samples, sample_brief


def render(source: str, **context: object) -> str:
    return build_environment().from_string(source).render(context)


@given(st.text())
def test_forgetting_a_filter_is_safe(text: str) -> None:
    words = flatten_text(text)
    assert parse_markdown(render("{{ text }}", text=text)) == (
        (Paragraph(inlines=(Text(text=words),)),) if words else ()
    )


HOSTILE = "[a](https://evil.example) **b**"
ESCAPED = r"\[a\](https://evil.example) \*\*b\*\*"


@pytest.mark.parametrize(
    "source",
    [
        "{{ text }}",
        "{{ text | upper | lower }}",
        "{{ '' ~ text }}",
        "{{ text | replace('zzz', '') }}",
        "{{ [text] | join(', ') }}",
        "{{ ('' | raw_markdown) ~ text }}",
        "{{ ('' | raw_markdown) + text }}",
        "{{ '%s' | format(text) }}",
        "{% set copy = text %}{{ copy }}",
        "{% with copy = text %}{{ copy }}{% endwith %}",
        "{% for one in [text] %}{{ one }}{% endfor %}",
        "{{ text | known('x') }}",
        "{{ nothing | known(text) | replace('*not known yet: ask for ', '') | replace('x*', '') }}",
        "{{ text | link(none) }}",
        "{{ text | link('javascript:alert(1)') }}",
        "{{ text | cut(200) }}",
    ],
)
def test_no_way_of_building_strings_gets_around_the_escape(source: str) -> None:
    rendered = render(source, text=HOSTILE, nothing=None).strip().lower()
    blocks = parse_markdown(rendered)
    assert isinstance(blocks[0], Paragraph)
    assert all(isinstance(one, Text) and one.link is None and not one.strong for one in blocks[0].inlines)


def test_filters_say_how_text_is_inserted() -> None:
    assert render("{{ text }}", text=HOSTILE) == ESCAPED
    assert render("{{ text | raw_markdown }}", text=HOSTILE) == HOSTILE
    assert render("{{ text | quote }}", text="a\nb") == "> a\\\n> b"
    assert render("{{ text | code }}", text="a ``` b") == "````\na ``` b\n````"
    assert render("{{ text | link('https://x.example') }}", text="a") == "[a](<https://x.example>)"
    assert render("{{ text | aside('by') }}", text="a*b") == r" (by a\*b)"
    assert render("{{ none | aside }}") == ""
    assert render("{{ none | known('the *date*') }}") == r"*not known yet: ask for the \*date\**"


def test_values_are_spelt_for_people() -> None:
    at = datetime(2026, 3, 9, 7, 5, tzinfo=UTC)
    assert spell_value(at) == "9 Mar 2026, 07:05 UTC"
    assert spell_instant(at.astimezone(timezone(timedelta(hours=2)))) == "9 Mar 2026, 09:05 UTC+02:00"
    assert spell_instant(None) == spell_value(None) == "not known yet"
    assert (spell_value(True), spell_value(3), spell_value("a|b")) == ("yes", "3", r"a\|b")
    assert spell_value(Markdown("a|b")) == "a|b"


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("ok\n{{ brief.nothing }}", 2, "nothing"),
        ("{{ misspelt }}", 1, "'misspelt' is undefined"),
        ("a\nb\n{% if %}", 3, "Expected an expression"),
        ("{% for x in y %}", 1, "Unexpected end of template"),
        ("\n{{ brief.summary | nofilter }}", 2, "No filter named 'nofilter'"),
        ("{{ brief.summary | safe }}", 1, "No filter named 'safe'"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
        ("{% include 'gone.md.j2' %}", 1, "gone.md.j2"),
        ("{{ ''.__class__.__mro__ }}", 1, "unsafe"),
        ("{% macro m() %}x{% endmacro %}", 1, "{% include %}"),
        ("{% set x %}{{ brief.summary }}{% endset %}{{ x }}", 1, "{% include %}"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_reason(tmp_path: Path, source: str, line: int, said: str) -> None:
    (tmp_path / "brief.md.j2").write_text(source, encoding="utf-8")
    (problem,) = check_templates(tmp_path)
    assert problem.startswith(("brief.md.j2, line " + str(line), "brief.md.j2:"))
    assert said in problem


def test_rendering_a_broken_template_raises_a_readable_problem(tmp_path: Path) -> None:
    (tmp_path / "brief.md.j2").write_text("\n{{ brief.oops }}", encoding="utf-8")
    with pytest.raises(TemplateProblem) as told:
        render_template("brief.md.j2", {"brief": sample_brief()}, tmp_path)
    assert (told.value.name, told.value.line) == ("brief.md.j2", 2)
    with pytest.raises(TemplateProblem, match=r"nowhere\.md\.j2"):
        render_template("nowhere.md.j2", {})


def test_all_mistakes_of_all_templates_are_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "brief.md.j2").write_text("{{ oops }}", encoding="utf-8")
    (tmp_path / "note_l2.md.j2").write_text("{% if %}", encoding="utf-8")
    (tmp_path / "breif.md.j2").write_text("fine", encoding="utf-8")
    (tmp_path / "note_opened.md.j2").write_bytes(b"\xff\xfe")
    names = [problem.partition(".md.j2")[0] for problem in check_templates(tmp_path)]
    assert names == ["breif", "brief", "note_l2", "note_opened"]


def test_an_overlay_replaces_files_by_name_and_may_bring_parts(tmp_path: Path) -> None:
    (tmp_path / "_footer.md.j2").write_text("{{ brief.token }}", encoding="utf-8")
    (tmp_path / "brief.md.j2").write_text('Ours: {% include "_footer.md.j2" %}', encoding="utf-8")
    assert check_templates(tmp_path) == ()
    assert render_template("brief.md.j2", {"brief": sample_brief()}, tmp_path) == "Ours: escalator-7Q4M2KX9"
    opened = render_template("note_opened.md.j2", list_samples()["note_opened.md.j2"][0], tmp_path)
    assert opened == render_template("note_opened.md.j2", list_samples()["note_opened.md.j2"][0])


def test_the_shipped_templates_have_no_mistakes() -> None:
    assert check_templates() == ()
    assert check_templates(Path("/nonexistent")) == ()


def _list_renderings() -> list[tuple[str, Mapping[str, object]]]:
    return [(name, context) for name, contexts in list_samples().items() for context in contexts]


@pytest.mark.parametrize(("name", "context"), _list_renderings())
def test_every_text_carries_its_token_and_no_gap(name: str, context: Mapping[str, object]) -> None:
    rendered = render_template(name, context)
    if name.startswith("customer_"):
        assert "escalator" not in rendered, "a customer reads nothing of our own"
    else:
        token = context["token"] if "token" in context else f"escalator-{context['brief'].id}"  # type: ignore[attr-defined]
        assert str(token) in rendered
    assert "None" not in rendered
    assert "\n\n\n" not in rendered.strip()
    assert not any(line != line.rstrip() for line in rendered.split("\n"))
