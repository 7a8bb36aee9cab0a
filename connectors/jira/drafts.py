"""What one create sends: a draft met with a create screen becomes fields, and what had to be left out is named.

Pure. A project that takes no priority, due date or label still gets its issue; one that cannot keep a
required security level gets none (the refusal comes before anything is sent).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.errors import Refused
from connectors.jira.answers import VENDOR
from connectors.jira.parse import PROPERTY_KEY
from connectors.jira.screens import NamedId, Screen, find_named
from connectors.ports import IssueDraft

SUMMARY_LIMIT = 255
LABEL_LIMIT = 255
PROPERTY_SCHEMA = 1

RenderText = Callable[[str, str], Any]
"""Spells Markdown and a closing reference line in the deployment's rich text: an ADF document or wiki markup."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedIssue:
    """The fields of one create call. `optional` may go when Jira names them; `dropped` have gone already.

    `marker_label` is the one label that stays until Jira refuses it alone.
    """

    fields: Mapping[str, Any]
    properties: Mapping[str, str | int | None]
    optional: frozenset[str]
    marker_label: str | None = None
    dropped: tuple[str, ...] = ()

    def spell_body(self) -> dict[str, Any]:
        """The JSON body of the create call."""
        return {"fields": dict(self.fields), "properties": [{"key": PROPERTY_KEY, "value": dict(self.properties)}]}

    def drop(self, refused: Iterable[str]) -> "PreparedIssue | None":
        """The same create without the refused fields; None when one of them must not go or nothing would change."""
        named = set(refused)
        if not named or not named <= self.optional & set(self.fields):
            return None
        kept = {name: value for name, value in self.fields.items() if name not in named}
        return replace(
            self,
            fields={**kept, **self._keep_marker(named)},
            dropped=tuple(dict.fromkeys((*self.dropped, *sorted(named)))),
        )

    def _keep_marker(self, named: set[str]) -> dict[str, list[str]]:
        alone = [self.marker_label] if self.marker_label else []
        return {"labels": alone} if "labels" in named and alone and self.fields["labels"] != alone else {}


def prepare_issue(
    draft: IssueDraft,
    screen: Screen,
    *,
    render: RenderText,
    marker_field: str = "",
    security_levels: Sequence[NamedId] = (),
) -> PreparedIssue:
    """Return what to send for this draft on this screen; raises Refused when the issue must not be created so.

    `security_levels` are the project's, for a screen that does not list them.
    """
    fields: dict[str, Any] = {
        "project": {"key": draft.project},
        "issuetype": {"id": screen.issue_type.id},
        "summary": trim_summary(draft.summary),
        "description": render(draft.description, spell_footer(draft.marker)),
    }
    dropped: list[str] = []

    def settle(name: str, wanted: object, value: object) -> None:
        if wanted and value:
            fields[name] = value
        elif wanted:
            dropped.append(name)

    settle("security", draft.security_level or draft.require_level, _choose_level(draft, screen, security_levels))
    settle("priority", draft.priority, _choose_priority(draft, screen))
    settle("duedate", draft.due, draft.due if "duedate" in screen.fields else None)
    marker_label = None if marker_field else draft.marker
    labels = clean_labels((*draft.labels, *([marker_label] if marker_label else [])))
    settle("labels", labels, list(labels) if "labels" in screen.fields else None)
    if marker_field:
        fields[marker_field] = _spell_marker(draft, screen, marker_field)
    optional = {"priority", "duedate", "labels"} | (set() if draft.require_level else {"security"})
    return PreparedIssue(
        fields=fields,
        properties={"schema": PROPERTY_SCHEMA, **draft.properties, "marker": draft.marker},
        optional=frozenset(optional),
        marker_label=marker_label,
        dropped=tuple(dropped),
    )


def spell_footer(marker: str) -> str:
    """The marker as one unbroken word, so that a text search finds it: what stays when labels cannot be set."""
    return "".join(letter for letter in marker if letter.isalnum())


def trim_summary(text: str) -> str:
    """One line of at most 255 characters, cut at a word with a visible mark (Jira's limit on summaries)."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if len(line) <= SUMMARY_LIMIT:
        return line
    head = line[:SUMMARY_LIMIT].rpartition(" ")[0]
    return (head if len(head) > SUMMARY_LIMIT // 2 else line[: SUMMARY_LIMIT - 1]).rstrip() + "…"


def clean_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels as Jira takes them: no white space, at most 255 characters, each once, in order."""
    joined = ("-".join(label.split())[:LABEL_LIMIT] for label in labels)
    return tuple(dict.fromkeys(label for label in joined if label))


def _choose_level(draft: IssueDraft, screen: Screen, levels: Sequence[NamedId]) -> dict[str, str] | None:
    """The security level by id; Refused when it is required and cannot be set, so that nothing leaks."""
    choice, lack = _find_level(draft, screen, levels)
    if choice is None and draft.require_level:
        raise Refused(vendor=VENDOR, operation="create issue", detail=lack, fields={"security": lack})
    return {"id": choice.id} if choice else None


def _find_level(draft: IssueDraft, screen: Screen, levels: Sequence[NamedId]) -> tuple[NamedId | None, str]:
    """The level, and what is lacking when there is none."""
    name = draft.security_level
    if not name:
        return None, "a security level is required and none is configured"
    if "security" not in screen.fields:
        return None, f"{draft.project} has no settable security level on its create screen"
    offered = (*screen.fields["security"].allowed, *levels)
    known = ", ".join(level.name for level in offered) or "none"
    return find_named(offered, name), f"{draft.project} has no security level {name!r}; settable: {known}"


def _choose_priority(draft: IssueDraft, screen: Screen) -> dict[str, str] | None:
    choice = screen.find_choice("priority", draft.priority or "")
    return {"id": choice.id} if choice else None


def _spell_marker(draft: IssueDraft, screen: Screen, marker_field: str) -> str | list[str]:
    field = screen.fields.get(marker_field)
    if field is None:
        detail = f"{marker_field}, configured to hold the marker, is not on the create screen of {draft.project}"
        raise Refused(vendor=VENDOR, operation="create issue", detail=detail, fields={marker_field: detail})
    return [draft.marker] if field.takes_list else draft.marker
