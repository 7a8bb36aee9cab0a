"""How to make it happen again: steps, expected, actual, environment, frequency, in the thread's own words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from worker.core import attempt_cues, harm_cues, repeat_cues, setting_cues, wishes
from worker.core.assessment import Speaker
from worker.core.problem import choose_main, find_finding, find_impact, find_latest, find_problem, find_since
from worker.core.sentences import SentenceKind
from worker.core.telling import Fact, Told, find_told, make_fact
from worker.core.thread import Thread

_FEWEST_LISTED = 2
_MOST_STEPS = 20
_FEWEST_WORDS = 2
_MOST_FACTS = 5
_LONGEST_COMPARISON = 160
_LONGEST_LOG = 4_000
_LEADS_TO = re.compile(r"(?<!\s)\s+(?:->|=>|→|⇒)\s+")
_STEP_MARK = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[-*•–]|(?:step|schritt|paso|étape)\s\d{1,2}[.:)]?)\s+", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:] ")
_COLON = re.compile(r":\s+")
_COMMA = re.compile(r", (?:then )?")
_PATH = re.compile(r"(?<!\s)\s+>\s+|,? then |; ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reproduction:
    """Everything that helps to see the problem oneself.

    `problem` is the customer's first telling and `main` the sentence of it that says most; `finding` is what our
    side found out, `latest` what the customer's last word adds; `error_text` the first machine output shown.
    """

    problem: tuple[Fact, ...] = ()
    main: Fact | None = None
    finding: Fact | None = None
    latest: Fact | None = None
    since: Fact | None = None
    workflow_impact: Fact | None = None
    steps: tuple[Fact, ...] = ()
    expected: Fact | None = None
    actual: Fact | None = None
    environment: tuple[Fact, ...] = ()
    frequency: Fact | None = None
    ruled_out: tuple[Fact, ...] = ()
    error_text: Fact | None = None


def find_reproduction(thread: Thread, told: Sequence[Told], *, is_defect: bool) -> Reproduction:
    """Return what the thread tells about the problem itself; `is_defect` when something is known to be broken."""
    problem = find_problem(told)
    finding = find_finding(told)
    steps, shown = _find_steps(told)
    return Reproduction(
        problem=problem,
        finding=finding,
        latest=find_latest(told),
        since=find_since(told),
        workflow_impact=find_impact(told, choose_main(problem)),
        steps=steps,
        expected=_find_expected(told),
        main=choose_main(problem),
        actual=_choose_actual(told, shown, _find_symptom(problem, is_defect=is_defect)),
        environment=_find_environment(told),
        frequency=_find_frequency(told),
        ruled_out=_list_facts(told, attempt_cues.RULED_OUT),
        error_text=_find_error_text(thread),
    )


def _choose_actual(told: Sequence[Told], shown: Fact | None, symptom: Fact | None) -> Fact | None:
    """What was labelled so, else what the steps show, else the customer's first telling of it."""
    is_told = shown is not None and _says_enough(shown) and not repeat_cues.AS_WELL.search(shown.text)
    return _find_actual(told) or (shown if is_told else None) or symptom or shown


def _find_symptom(problem: Sequence[Fact], *, is_defect: bool) -> Fact | None:
    """The sentence of the first telling that tells of something failing; a ticket that only asks has none."""
    main = choose_main(problem)
    if main is None or main.text.rstrip().endswith("?") or not _says_enough(main):
        return None
    return main if is_defect or harm_cues.FAILING.search(main.text) else None


def _says_enough(fact: Fact) -> bool:
    return len(fact.text.split()) >= _FEWEST_WORDS


def _find_steps(told: Sequence[Told]) -> tuple[tuple[Fact, ...], Fact | None]:
    """The steps, and what they show when the same sentence says it: a list, a path, or "when X, Y"."""
    ordered = sorted(told, key=lambda one: (one.speaker is Speaker.CUSTOMER, -one.order))
    listed = _find_listed_steps(ordered)
    if listed:
        return listed, None
    for read in (_read_labelled, _read_place, _read_condition, _read_acted):
        for one in ordered if read is not _read_condition else told:
            steps, shown = read(one)
            if steps:
                return tuple(make_fact(one, step) for step in steps[:_MOST_STEPS]), make_fact(
                    one, shown
                ) if shown else None
    return (), None


def _find_listed_steps(ordered: Sequence[Told]) -> tuple[Fact, ...]:
    """The longest list of steps of one utterance, where most entries do something or it is called steps."""
    best: list[Told] = []
    for _, group in groupby(ordered, key=lambda one: one.order):
        sentences = list(group)
        steps = [one for one in sentences if one.sentence.kind is SentenceKind.STEP]
        doing = sum(1 for one in steps if repeat_cues.STEP_VERB.search(_drop_mark(one.text)))
        is_named = any(repeat_cues.STEP_LABEL.search(one.text) for one in sentences)
        if len(steps) >= _FEWEST_LISTED and (is_named or 2 * doing >= len(steps)) and len(steps) > len(best):
            best = steps
    return tuple(make_fact(one, _drop_mark(one.own_text)) for one in best[:_MOST_STEPS])


def _drop_mark(text: str) -> str:
    return _STEP_MARK.sub("", text, count=1)


def _read_labelled(one: Told) -> tuple[list[str], str | None]:
    """ "Repro: open A > choose B -> empty", "Reproduced on 8.1: two items -> rejected"."""
    label = repeat_cues.STEP_LABEL.search(one.text)
    told_steps, *shown = _LEADS_TO.split(one.own_text, maxsplit=1)
    setting, colon, trigger = told_steps.partition(": ")
    does = repeat_cues.STEP_VERB.search(trigger or told_steps) is not None
    is_place = one.speaker is Speaker.INTERNAL and repeat_cues.TEST_PLACE.search(told_steps) is not None
    if shown and not (label or is_place or (one.speaker is Speaker.INTERNAL and does)):
        return [], None
    if not shown and not (label and colon and (does or " > " in trigger)):
        return [], None
    parts = _PATH.split(trigger) if colon else _PATH.split(told_steps)
    is_label = repeat_cues.STEP_LABEL.search(setting) is not None and len(setting.split()) <= 3  # noqa: PLR2004
    steps = parts if is_label or not colon else [setting, *parts]
    result = shown[0] if shown and not shown[0].rstrip().endswith("?") else None
    return [step for step in steps if step.strip()], result


def _read_place(one: Told) -> tuple[list[str], str | None]:
    """Our side's "In the demo shop: open the edit, save: the stock is back", "Test shop: A + B = empty"."""
    place, *rest = _COLON.split(one.own_text, maxsplit=2)
    if one.speaker is Speaker.CUSTOMER or not rest or not repeat_cues.TEST_PLACE.search(place):
        return [], None
    if len(rest) > 1:
        return [place, *_COMMA.split(rest[0])], rest[1]
    doing, equals, shown = rest[0].partition(" = ")
    return ([place, doing], shown) if equals else ([], None)


def _read_acted(one: Told) -> tuple[list[str], str | None]:
    """Our side's "Uploaded a picture to my own form: cut at 524,288"."""
    if one.speaker is Speaker.CUSTOMER or not attempt_cues.ACTED.match(one.text):
        return [], None
    if not (repeat_cues.TEST_PLACE.search(one.text) or harm_cues.CONFIRMS.search(one.text)):
        return [], None
    action, colon, shown = one.own_text.partition(": ")
    is_telling = harm_cues.FAILING.search(shown) or (
        one.speaker is Speaker.INTERNAL and harm_cues.CONFIRMS.search(one.text)
    )
    return ([action], shown) if colon and is_telling else ([], None)


def _read_condition(one: Told) -> tuple[list[str], str | None]:
    """ "When I export, the file is empty"."""
    is_telling = _is_statement(one) and one.speaker in {Speaker.CUSTOMER, Speaker.INTERNAL}
    is_symptom = harm_cues.FAILING.search(one.text) is not None or (
        one.order == 0 and one.speaker is Speaker.CUSTOMER
    )
    if not is_telling or not is_symptom or wishes.EXPECTS.search(one.text) or wishes.BY_WHEN.search(one.text):
        return [], None
    match = repeat_cues.CONDITION.match(one.text) or repeat_cues.CONDITION_AFTER.match(one.text)
    return ([match["if"]], match["then"]) if match else ([], None)


def _find_expected(told: Sequence[Told]) -> Fact | None:
    """What was labelled so, said to be expected, stood instead of what came, or held before."""
    labelled = _read_label(told, repeat_cues.EXPECTED_LABEL)
    if labelled:
        return labelled
    for speaker in (Speaker.INTERNAL, Speaker.CUSTOMER):
        said = [one for one in told if one.speaker is speaker and _is_wish_for_the_product(one)]
        stated = find_told(said, repeat_cues.EXPECTED)
        if stated:
            return make_fact(stated)
        contrasted = find_told(said, repeat_cues.INSTEAD, where=_tells_result)
        match = repeat_cues.INSTEAD.search(contrasted.text) if contrasted else None
        if contrasted and match:
            return make_fact(contrasted, match["rest"])
    before = find_told(told, repeat_cues.BEFORE, Speaker.CUSTOMER, where=_is_comparison)
    return make_fact(before) if before else None


def _is_wish_for_the_product(one: Told) -> bool:
    is_wish = wishes.EXPECTS.search(one.text) or wishes.ASKS_TEAM.search(one.text)
    return _is_statement(one) and is_wish is None


def _tells_result(one: Told) -> bool:
    return (harm_cues.FAILING.search(one.text) or repeat_cues.SHOWS.search(one.text)) is not None


def _is_comparison(one: Told) -> bool:
    is_short = len(one.text) <= _LONGEST_COMPARISON
    return _is_wish_for_the_product(one) and is_short and harm_cues.FAILING.search(one.text) is None


def _find_actual(told: Sequence[Told]) -> Fact | None:
    return _read_label(told, repeat_cues.ACTUAL_LABEL)


def _read_label(told: Iterable[Told], label: re.Pattern[str]) -> Fact | None:
    for one in told:
        match = label.match(_drop_mark(one.own_text))
        if match:
            return make_fact(one, match["rest"])
    return None


def _is_statement(one: Told) -> bool:
    return one.sentence.kind is not SentenceKind.QUESTION and not attempt_cues.SUGGESTS.search(one.text)


def _find_environment(told: Sequence[Told]) -> tuple[Fact, ...]:
    found: dict[str, Fact] = {}
    for one in told:
        for cue in (setting_cues.VERSION, setting_cues.BROWSER, setting_cues.SYSTEM, setting_cues.PLAN):
            for match in cue.finditer(one.text):
                name = match["version"] if cue is setting_cues.VERSION else match[0]
                found.setdefault(name.casefold(), make_fact(one, name))
    kept = [fact for key, fact in found.items() if not any(key != other and key in other for other in found)]
    return tuple(kept[: 2 * _MOST_FACTS])


def _find_frequency(told: Sequence[Told]) -> Fact | None:
    for speaker in (Speaker.INTERNAL, Speaker.CUSTOMER):
        one = find_told(told, repeat_cues.FREQUENCY, speaker, where=_tells_how_often)
        if one:
            return make_fact(one, _find_clause(one.text, repeat_cues.FREQUENCY))
    return None


def _tells_how_often(one: Told) -> bool:
    """The words begin the sentence, or it tells of something that happens."""
    match = repeat_cues.FREQUENCY.search(one.text)
    happens = repeat_cues.OCCURS.search(one.text) or harm_cues.FAILING.search(one.text)
    return _is_statement(one) and match is not None and (match.start() <= _FEWEST_WORDS or happens is not None)


def _find_clause(text: str, cue: re.Pattern[str]) -> str:
    """The part of a sentence between commas that shows the cue."""
    return next((clause for clause in _CLAUSE.split(text) if cue.search(clause)), text)


def _list_facts(told: Sequence[Told], cue: re.Pattern[str]) -> tuple[Fact, ...]:
    return tuple(make_fact(one) for one in told if cue.search(one.text) and _is_statement(one))[:_MOST_FACTS]


def _find_error_text(thread: Thread) -> Fact | None:
    for utterance in thread.utterances:
        for log in utterance.logs:
            text = log.strip().strip("`~").strip("\n")
            if text.strip():
                return Fact(
                    text=text[:_LONGEST_LOG],
                    speaker=utterance.speaker,
                    at=utterance.at,
                    comment_id=utterance.comment_id,
                )
    return None
