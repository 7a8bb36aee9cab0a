"""Files of tickets that are copied to the issue: which, and what they are called there. Never for Security."""

from collections.abc import Iterator, Sequence

from connectors.effects import CopyFile, PlannedWrite
from connectors.records import Attachment
from mappings.policy import Policy
from mappings.routing import TargetRules
from worker.core.assessment import Target
from worker.core.escalation import Escalation
from worker.core.life import Stage
from worker.core.plan import Member
from worker.core.redaction import mask_ticket

_MOST_FILES = 20
_LONGEST_NAME = 100
_LONGEST_ENDING = 10
_DIGITS = 8
_UNSAFE = frozenset('/\\:*?"<>|')


def plan_copies(members: Sequence[Member], escalation: Escalation, policy: Policy) -> tuple[PlannedWrite, ...]:
    """The files of its tickets that the team's rules want on the issue, each once, while the team works on it."""
    rules = policy.routing.targets.find_target(escalation.target.value)
    is_open_to = escalation.target not in {Target.SECURITY, Target.L2} and not rules.stub
    is_there = escalation.issue is not None and escalation.issue_missing_since is None
    if not rules.copy_files or not is_open_to or not is_there or escalation.course.stage is not Stage.ACTIVE:
        return ()
    return tuple(_list_copies(members, escalation, policy, rules))[:_MOST_FILES]


def spell_file_name(name: str, digest: str) -> str:
    """The name of a copy: the first digits of its content's hash tell it from others that are called alike."""
    bare = "".join(letter if letter.isprintable() and letter not in _UNSAFE else "_" for letter in name).strip(" .")
    stem, dot, ending = bare.rpartition(".")
    has_ending = dot and stem and ending.isascii() and ending.isalnum() and len(ending) <= _LONGEST_ENDING
    stem, ending = (stem, f".{ending}") if has_ending else (bare, "")
    return f"{stem[:_LONGEST_NAME] or 'file'}-{digest[:_DIGITS]}{ending}"


def _list_copies(
    members: Sequence[Member], escalation: Escalation, policy: Policy, rules: TargetRules
) -> Iterator[PlannedWrite]:
    kinds = policy.redaction.find_kinds(escalation.target.value)
    issue_id = escalation.issue.id if escalation.issue else ""
    for member in members:
        for comment in mask_ticket(member.ticket, kinds).comments:
            for one in comment.attachments:
                if one.content_url is not None and _is_wanted(one, rules):
                    effect = CopyFile(
                        escalation_id=escalation.id,
                        ticket_id=member.ticket.id,
                        attachment_id=one.id,
                        file_name=one.file_name,
                        url=one.content_url,
                        max_bytes=rules.largest_file,
                    )
                    yield PlannedWrite(key=f"copy:{escalation.id}:{issue_id}:{one.id}", effect=effect)


def _is_wanted(attachment: Attachment, rules: TargetRules) -> bool:
    kind = (attachment.content_type or "").partition(";")[0].strip().lower()
    family = f"{kind.partition('/')[0]}/*"
    fits = {kind, family} & {one.lower() for one in rules.copy_files}
    return bool(fits) and (attachment.size or 0) <= rules.largest_file
