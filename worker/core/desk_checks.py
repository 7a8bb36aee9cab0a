"""Is the help desk set up for what the policy wants? Pure: an inspection and the policy in, findings out."""

import re
from collections.abc import Iterator, Mapping

from connectors.inspection import DeskField, DeskInspection
from mappings.policy import Policy
from mappings.routing import Mode
from mappings.zones import find_zone
from worker.core.delivery_checks import (
    DESK_ROUTE,
    check_desk_secret,
    check_desk_webhook,
    check_triggers,
    tell_desk_secret,
    tell_triggers,
)
from worker.core.findings import CheckFinding, check_clock, conclude, fault, find_unread, warn
from worker.core.schedules import find_schedule

_ADMIN = "make the user of these credentials an administrator"
_ROLE = f"{_ADMIN}, or ask one to look"
_TAG = re.compile(r"[^\s,A-Z]+")
_LISTS = frozenset({"tagger", "multiselect"})
_TEXTS = frozenset({"text", "textarea", "regexp"})
_WRITABLE: Mapping[str, frozenset[str]] = {
    "jira_issue": _TEXTS,
    "state": _TEXTS | {"tagger"},
    "severity": _TEXTS | {"tagger"},
    "target": _TEXTS | {"tagger"},
}
_SHOWN_FIELDS = 12


def check_desk(
    seen: DeskInspection, policy: Policy, *, longest_skew_s: float, has_secret: bool, public_url: str = ""
) -> tuple[CheckFinding, ...]:
    """Every check of the help desk by name, the most basic first; only the first where we are not let in."""
    if seen.account is None:
        return (
            fault(
                "zendesk.credentials",
                seen.unread.get("account", "nobody answers"),
                "correct ESCALATOR_ZENDESK_URL, and ESCALATOR_ZENDESK_CLIENT_ID with ESCALATOR_ZENDESK_CLIENT_SECRET "
                "(or ESCALATOR_ZENDESK_EMAIL with ESCALATOR_ZENDESK_API_TOKEN)",
            ),
        )
    return (
        *conclude("zendesk.credentials", (), f"they are accepted as those of {seen.account.name}"),
        *conclude("zendesk.rights", _check_rights(seen), "an administrator's: the export can be read"),
        *conclude("zendesk.scopes", _check_scopes(seen), "reading and writing"),
        *conclude(
            "zendesk.clock", check_clock("zendesk.clock", seen.clock_ahead_s, longest_skew_s), "agrees with ours"
        ),
        *conclude("zendesk.fields", _check_fields(seen, policy), "those of fields.toml exist and take what we write"),
        *conclude("zendesk.organization_fields", _check_organization(seen, policy), "those of fields.toml exist"),
        *conclude("zendesk.groups", _check_groups(seen, policy), "those of routing.toml exist"),
        *conclude("zendesk.tags", _check_tags(seen, policy), "tickets take tags, and those of routing.toml differ"),
        *conclude("zendesk.sla", _check_sla(seen), f"{seen.sla_policies} policies"),
        *conclude("zendesk.schedule", _check_schedule(seen, policy), _tell_schedule(policy)),
        *conclude(
            "zendesk.webhook",
            check_desk_webhook(seen, has_secret=has_secret, public_url=public_url),
            f"one delivers to {DESK_ROUTE}",
        ),
        *conclude("zendesk.trigger", check_triggers(seen), tell_triggers(seen)),
        *conclude("zendesk.webhook_secret", check_desk_secret(seen), tell_desk_secret(seen)),
    )


def _check_rights(seen: DeskInspection) -> Iterator[CheckFinding]:
    if seen.account is not None and not seen.account.is_admin:
        yield fault(
            "zendesk.rights", f"{seen.account.name} is no administrator, and only they may read the export", _ADMIN
        )


def _check_scopes(seen: DeskInspection) -> Iterator[CheckFinding]:
    yield from find_unread("zendesk.scopes", seen.unread.get("scopes"), "look at the OAuth client in Admin Center")
    missing = sorted({"read", "write"} - set(seen.scopes)) if seen.scopes is not None else []
    if missing:
        yield fault(
            "zendesk.scopes",
            f"the OAuth client is not allowed to {' and '.join(missing)}",
            'give the OAuth client the scopes "read" and "write" in Admin Center',
        )


def _check_fields(seen: DeskInspection, policy: Policy) -> Iterator[CheckFinding]:
    yield from find_unread("zendesk.fields", seen.unread.get("fields"), _ROLE)
    if seen.fields is None:
        return
    known = {field.id: field for field in seen.fields}
    wanted = {name: number for name, number in policy.fields.zendesk if type(number) is int and number}
    for name, number in wanted.items():
        place = f"fields.toml: zendesk.{name} = {number}"
        field = known.get(number)
        if field is None:
            yield fault("zendesk.fields", f"{place}: there is no such ticket field", _list_fields(seen.fields))
        elif not field.active:
            yield fault("zendesk.fields", f"{place}: {field.title!r} is deactivated", "activate it, or write 0")
        else:
            yield from _check_field(place, name, field, policy)
    yield from _find_doubles(wanted)
    if not policy.fields.zendesk.jira_issue:
        yield warn(
            "zendesk.fields",
            "fields.toml: zendesk.jira_issue = 0: agents find the issue in the note only, and after a restore of an "
            "older database a ticket cannot tell which issue it has",
            "make a text field and write its id",
        )


def _check_field(place: str, name: str, field: DeskField, policy: Policy) -> Iterator[CheckFinding]:
    takes = _WRITABLE.get(name)
    if takes is None:
        return
    if field.type not in takes:
        yield fault(
            "zendesk.fields",
            f"{place}: {field.title!r} is of type {field.type}, and we write text",
            f"choose a field of type {' or '.join(sorted(takes))}",
        )
    elif field.type in _LISTS:
        missing = [value for value in _list_values(name, policy) if value not in field.choices]
        if missing:
            yield fault(
                "zendesk.fields",
                f"{place}: {field.title!r} lacks the choices {', '.join(missing)}",
                "add them to the field in Admin Center, as tags, or choose a text field",
            )


def _list_values(name: str, policy: Policy) -> tuple[str, ...]:
    """All that we may write into this field."""
    if name == "severity":
        return tuple(type(policy.fields.jira.priority).model_fields)
    if name == "target":
        return tuple(type(policy.routing.targets).model_fields)
    states = policy.fields.jira.states
    single = (value for _, value in states if isinstance(value, str))
    return tuple(dict.fromkeys((*single, *states.resolutions.values())))


def _find_doubles(wanted: Mapping[str, int]) -> Iterator[CheckFinding]:
    for number in sorted(set(wanted.values())):
        names = sorted(name for name in wanted if wanted[name] == number)
        if len(names) > 1 and _WRITABLE.keys() & set(names):
            yield fault(
                "zendesk.fields",
                f"fields.toml: {' and '.join(names)} are one field ({number}), and would overwrite each other",
                "give each a field of its own",
            )


def _list_fields(fields: tuple[DeskField, ...]) -> str:
    named = [f"{field.id} {field.title}" for field in fields if field.active][:_SHOWN_FIELDS]
    return f"write the id of one that exists ({', '.join(named)}), or 0"


def _check_organization(seen: DeskInspection, policy: Policy) -> Iterator[CheckFinding]:
    check = "zendesk.organization_fields"
    yield from find_unread(check, seen.unread.get("organization_fields"), _ROLE)
    if seen.organization_fields is None:
        return
    for name, key in policy.fields.zendesk.organization:
        if key and key not in seen.organization_fields:
            yield warn(
                check,
                f"fields.toml: zendesk.organization.{name} = {key!r}: organizations have no such field, so nothing "
                "is known of it",
                f"write the key of one that exists ({', '.join(seen.organization_fields) or 'there is none'}), or ''",
            )


def _check_groups(seen: DeskInspection, policy: Policy) -> Iterator[CheckFinding]:
    yield from find_unread("zendesk.groups", seen.unread.get("groups"), _ROLE)
    rules = policy.routing.targets.l2
    if seen.groups is None or not rules.group:
        return
    if rules.group.casefold() not in {name.casefold() for name in seen.groups}:
        yield fault(
            "zendesk.groups",
            f"routing.toml: targets.l2.group = {rules.group!r}: there is no such group",
            f"write the name of one that exists: {', '.join(seen.groups)}",
            live=rules.mode is not Mode.SHADOW,
        )


def _check_tags(seen: DeskInspection, policy: Policy) -> Iterator[CheckFinding]:
    yield from find_unread("zendesk.tags", seen.unread.get("tags"), _ROLE)
    if seen.takes_tags is False:
        yield fault(
            "zendesk.tags",
            "tagging of tickets is switched off, so that agents cannot steer us",
            "switch it on: Admin Center, Objects and rules, Tickets, Settings, Tags",
        )
    tags: dict[str, str] = dict(policy.routing.tags)
    for name, tag in tags.items():
        if not _TAG.fullmatch(tag):
            yield fault(
                "zendesk.tags",
                f"routing.toml: tags.{name} = {tag!r} is no tag that Zendesk keeps as it is",
                "write small letters, digits and _ only",
            )
        same = sorted(other for other in tags if tags[other] == tag)
        if len(same) > 1 and same[0] == name:
            yield fault(
                "zendesk.tags", f"routing.toml: tags.{' and tags.'.join(same)} are the same", "give each its own"
            )


def _check_sla(seen: DeskInspection) -> Iterator[CheckFinding]:
    yield from find_unread("zendesk.sla", seen.unread.get("sla"), _ROLE)
    if seen.sla_policies == 0:
        yield warn(
            "zendesk.sla",
            "there are no SLA policies, or the plan has none: no ticket can breach one",
            "make one in Admin Center (Support Professional or Suite Growth and above), or leave it",
        )


def _check_schedule(seen: DeskInspection, policy: Policy) -> Iterator[CheckFinding]:
    check, wanted = "zendesk.schedule", policy.cadence.business.zendesk_schedule
    if not wanted:
        return
    yield from find_unread(check, seen.unread.get("schedules"), _ROLE)
    if seen.schedules is None:
        return
    place = f"cadence.toml: business.zendesk_schedule = {wanted!r}"
    found = find_schedule(seen.schedules, wanted)
    if found is None:
        names = ", ".join(one.name for one in seen.schedules) or "there is none"
        yield fault(check, f"{place}: there is no such schedule", f"write the name of one that exists ({names})")
    elif find_zone(found.zone) is None:
        own = policy.cadence.business.zone
        yield warn(
            check,
            f"{place}: its time zone {found.zone!r} is not known by that name, so {own} counts",
            'write the schedule\'s zone as business.zone, such as "Europe/Berlin"',
        )


def _tell_schedule(policy: Policy) -> str:
    wanted = policy.cadence.business.zendesk_schedule
    return (
        f"the business hours are those of {wanted!r}" if wanted else "none is wanted: the hours are in cadence.toml"
    )
