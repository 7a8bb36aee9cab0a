"""Is the tracker set up for what the policy wants? Pure: an inspection and the policy in, findings out.

For a target in shadow mode, which writes nothing, a fault is a warning: it stops what comes next.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.inspection import Place, PlaceInspection, TrackerInspection
from mappings.policy import Policy
from mappings.routing import Mode, TargetRules
from worker.core.findings import CheckFinding, check_clock, conclude, fault, find_unread, warn

_ROUTE = "/webhooks/jira"
_NEEDED = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS")
_USEFUL = ("CREATE_ATTACHMENTS", "LINK_ISSUES", "TRANSITION_ISSUES")
_LEVEL_RIGHT = "SET_ISSUE_SECURITY"
_SET = frozenset(
    {"project", "issuetype", "summary", "description", "reporter", "priority", "labels", "duedate", "security"}
)
"""Fields that a create of ours brings, or that Jira fills in itself."""

_DROPPED = {"priority": "its priority", "duedate": "its due date", "labels": "its labels"}
_LOOK = "give the account of our credentials the right to see it, or look yourself"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Aim:
    """A target that opens issues, and its place as it was found."""

    name: str
    rules: TargetRules
    seen: PlaceInspection

    @property
    def is_live(self) -> bool:
        return self.rules.mode is not Mode.SHADOW

    def fault(self, check: str, detail: str, remedy: str) -> CheckFinding:
        return fault(check, f"{self.name}: {detail}", remedy, live=self.is_live)


_AimCheck = Callable[[_Aim, Policy], Iterator[CheckFinding]]


def list_places(policy: Policy) -> tuple[Place, ...]:
    """Where the policy opens issues, each place once."""
    places = [Place(project=rules.project, issue_type=rules.issue_type) for _, rules in _list_targets(policy)]
    return tuple(dict.fromkeys(places))


def check_tracker(
    seen: TrackerInspection, policy: Policy, *, longest_skew_s: float, has_secret: bool
) -> tuple[CheckFinding, ...]:
    """Every check of the tracker by name, the most basic first; only the first where we are not let in."""
    if seen.account is None:
        return (
            fault(
                "jira.credentials",
                seen.unread.get("account", "nobody answers"),
                "correct ESCALATOR_JIRA_URL, and ESCALATOR_JIRA_EMAIL with ESCALATOR_JIRA_API_TOKEN "
                "(or ESCALATOR_JIRA_TOKEN)",
            ),
        )
    found = {place.place: place for place in seen.places}
    aims = tuple(
        _Aim(name=name, rules=rules, seen=found[Place(project=rules.project, issue_type=rules.issue_type)])
        for name, rules in _list_targets(policy)
    )

    def check_aims(name: str, check: _AimCheck, well: str, *, needs_screen: bool = True) -> Iterator[CheckFinding]:
        """What was looked at; a place that is not there yet is told of once, and called well by no other check."""
        looked = [aim for aim in aims if (aim.seen.fields if needs_screen else aim.seen.issue_types) is not None]
        if looked:
            unseen = ", ".join(aim.name for aim in aims if aim not in looked)
            found = (finding for aim in looked for finding in check(aim, policy))
            yield from conclude(name, found, f"{well}; not looked at for {unseen}" if unseen else well)

    return (
        *conclude("jira.credentials", (), f"they are accepted as those of {seen.account.name}"),
        *conclude("jira.clock", check_clock("jira.clock", seen.clock_ahead_s, longest_skew_s), "agrees with ours"),
        *conclude("jira.projects", _check_projects(aims, seen), "those of routing.toml exist"),
        *check_aims("jira.permissions", _check_permissions, "all that we need", needs_screen=False),
        *check_aims("jira.issue_types", _check_type, "those of routing.toml exist", needs_screen=False),
        *check_aims("jira.required_fields", _check_required, "we set all of them"),
        *check_aims("jira.screens", _check_screen, "take priority, due date and labels"),
        *check_aims("jira.priorities", _check_priorities, "those of fields.toml exist"),
        *check_aims("jira.security_levels", _check_levels, "those of routing.toml can be set and seen"),
        *check_aims("jira.marker", _check_marker, "can be set"),
        *check_aims("jira.transitions", _check_transitions, "every workflow has a way to be done"),
        *conclude("jira.links", _check_links(seen), "issues can be linked as duplicates"),
        *conclude("jira.webhook", _check_webhook(seen, has_secret=has_secret), _tell_webhooks(seen)),
    )


def _list_targets(policy: Policy) -> Iterator[tuple[str, TargetRules]]:
    for name in type(policy.routing.targets).model_fields:
        rules = policy.routing.targets.find_target(name)
        if name != "l2" and rules.project:
            yield name, rules


def _check_projects(aims: tuple[_Aim, ...], seen: TrackerInspection) -> Iterator[CheckFinding]:
    visible = ", ".join(seen.projects or ()) or "none"
    for aim in aims:
        if aim.seen.issue_types is None:
            yield aim.fault(
                "jira.projects",
                f"project {aim.rules.project!r} does not exist, or our account may not see it "
                f"({aim.seen.unread.get('issue_types', 'no answer')})",
                f"write a project that is visible ({visible}) in routing.toml, or give the account access",
            )


def _check_permissions(aim: _Aim, _policy: Policy) -> Iterator[CheckFinding]:
    yield from find_unread("jira.permissions", aim.seen.unread.get("permissions"), _LOOK)
    held = aim.seen.permissions
    if held is None:
        return
    needed = (*_NEEDED, *((_LEVEL_RIGHT,) if aim.rules.security_level else ()))
    missing = [name for name in needed if not held.get(name)]
    lesser = [name for name in _USEFUL if not held.get(name)]
    remedy = f"give the account of our credentials these permissions in {aim.rules.project}"
    if missing:
        yield aim.fault("jira.permissions", f"{aim.rules.project}: we lack {', '.join(missing)}", remedy)
    if lesser:
        yield warn("jira.permissions", f"{aim.name}: {aim.rules.project}: we lack {', '.join(lesser)}", remedy)


def _check_type(aim: _Aim, _policy: Policy) -> Iterator[CheckFinding]:
    yield from find_unread("jira.issue_types", aim.seen.unread.get("fields"), _LOOK)
    types = aim.seen.issue_types
    if types is not None and aim.rules.issue_type.strip().casefold() not in {name.casefold() for name in types}:
        yield aim.fault(
            "jira.issue_types",
            f"{aim.rules.project} has no issue type {aim.rules.issue_type!r}",
            f"write one that it has: {', '.join(types) or 'none that we may create'}",
        )


def _check_required(aim: _Aim, policy: Policy) -> Iterator[CheckFinding]:
    ours = _SET | {policy.fields.jira.marker_field}
    missing = [
        f"{known.name or known.id} ({known.id})"
        for known in aim.seen.fields or ()
        if known.required and not known.has_default and known.id not in ours
    ]
    if missing:
        yield aim.fault(
            "jira.required_fields",
            f"{aim.rules.project} asks at creation for {', '.join(missing)}, which we do not set",
            "make them optional for this issue type, give them a default, or choose another issue type",
        )


def _check_screen(aim: _Aim, _policy: Policy) -> Iterator[CheckFinding]:
    if aim.seen.fields is None:
        return
    there = {known.id for known in aim.seen.fields}
    lost = [text for name, text in _DROPPED.items() if name not in there]
    if lost:
        yield warn(
            "jira.screens",
            f"{aim.name}: the create screen of {aim.rules.project} does not take {', '.join(lost)}: an issue goes "
            "without",
            "add the fields to the create screen",
        )


def _check_priorities(aim: _Aim, policy: Policy) -> Iterator[CheckFinding]:
    offered = next((known.choices for known in aim.seen.fields or () if known.id == "priority"), ())
    names = {name.casefold() for name in offered}
    for severity, priority in policy.fields.jira.priority:
        if offered and priority and priority.casefold() not in names:
            yield warn(
                "jira.priorities",
                f"{aim.name}: fields.toml: jira.priority.{severity} = {priority!r}: {aim.rules.project} has no such "
                "priority: issues go without",
                f"write one that it has: {', '.join(offered)}",
            )


def _check_levels(aim: _Aim, _policy: Policy) -> Iterator[CheckFinding]:
    level, seen = aim.rules.security_level, aim.seen
    if not level or seen.fields is None:
        return
    yield from find_unread("jira.security_levels", seen.unread.get("levels"), _LOOK)
    settable = seen.levels or seen.visible_levels or ()
    if not any(known.id == "security" for known in seen.fields):
        yield _lack_level(aim, "has no security level on its create screen", "add the field Security Level to it")
    elif not _names(level, settable):
        yield _lack_level(
            aim,
            f"has no security level {level!r} that our account can set",
            f"write one of {', '.join(settable) or '(none)'}, or make our account a member of that level",
        )
    elif seen.visible_levels is not None and not _names(level, seen.visible_levels):
        yield aim.fault(
            "jira.security_levels",
            f"{aim.rules.project}: our account can set {level!r} and not see its issues: we would lose each one that "
            "we open",
            "make the account of our credentials a member of that level",
        )


def _lack_level(aim: _Aim, detail: str, remedy: str) -> CheckFinding:
    text = f"{aim.rules.project} {detail}"
    if aim.rules.require_level:
        return aim.fault("jira.security_levels", f"{text}: nothing is opened without it (require_level)", remedy)
    return warn("jira.security_levels", f"{aim.name}: {text}: issues go without", remedy)


def _check_marker(aim: _Aim, policy: Policy) -> Iterator[CheckFinding]:
    marker = policy.fields.jira.marker_field
    if aim.seen.fields is None or not marker:
        return
    if marker not in {known.id for known in aim.seen.fields}:
        yield aim.fault(
            "jira.marker",
            f"fields.toml: jira.marker_field = {marker!r} is not on the create screen of {aim.rules.project}",
            "add it to the screen, or write '' to mark issues by a label",
        )


def _check_transitions(aim: _Aim, _policy: Policy) -> Iterator[CheckFinding]:
    yield from find_unread("jira.transitions", aim.seen.unread.get("statuses"), _LOOK)
    if aim.seen.can_be_done is False:
        yield warn(
            "jira.transitions",
            f"{aim.name}: the workflow of {aim.rules.issue_type} in {aim.rules.project} has no status of the "
            "category done: an issue never counts as solved, and a double cannot be closed",
            "give one of its statuses the category Done",
        )


def _check_links(seen: TrackerInspection) -> Iterator[CheckFinding]:
    yield from find_unread("jira.links", seen.unread.get("link_types"), _LOOK)
    if (
        seen.link_types is not None
        and not _names("Duplicate", seen.link_types)
        and not _names("Relates", seen.link_types)
    ):
        yield warn(
            "jira.links",
            "the site has no issue link type Duplicate or Relates: a double cannot be linked",
            "make one: Jira settings, Issues, Issue linking",
        )


def _check_webhook(seen: TrackerInspection, *, has_secret: bool) -> Iterator[CheckFinding]:
    yield from find_unread("jira.webhook", seen.unread.get("webhooks"), _LOOK)
    if seen.webhooks is None:
        return
    ours = [webhook for webhook in seen.webhooks if webhook.url.rstrip("/").endswith(_ROUTE)]
    active = [webhook for webhook in ours if webhook.active]
    if not ours:
        yield warn(
            "jira.webhook",
            f"none delivers to {_ROUTE}: issues are read every ESCALATOR_ISSUE_POLL_EVERY",
            f"register one to https://your.host{_ROUTE} with a secret: Jira settings, System, WebHooks",
        )
    elif not active:
        yield fault("jira.webhook", f"{ours[0].url} is switched off", "enable it: Jira settings, System, WebHooks")
    elif not has_secret or not active[0].is_signed:
        side = "we have" if not has_secret else "it has"
        yield fault(
            "jira.webhook",
            f"{active[0].url} delivers, and {side} no secret: its deliveries are not believed",
            "write one secret into the webhook and into ESCALATOR_JIRA_WEBHOOK_SECRET, and restart",
        )


def _tell_webhooks(seen: TrackerInspection) -> str:
    return f"one delivers to {_ROUTE}" if seen.webhooks is not None else "only an administrator of Jira may see them"


def _names(wanted: str, known: tuple[str, ...]) -> bool:
    return wanted.strip().casefold() in {name.strip().casefold() for name in known}
