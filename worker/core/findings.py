"""What a check of the set-up finds, as data."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

_CLOSE_S = 30.0


class Verdict(StrEnum):
    """How bad it is. A warning costs something; a failure stops something."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckFinding:
    """One result of the check that has this name: what was seen, and what to do about it unless it is well."""

    check: str
    verdict: Verdict
    detail: str
    remedy: str = ""


def warn(check: str, detail: str, remedy: str) -> CheckFinding:
    """Something works less well than it could."""
    return CheckFinding(check=check, verdict=Verdict.WARNING, detail=detail, remedy=remedy)


def fault(check: str, detail: str, remedy: str, *, live: bool = True) -> CheckFinding:
    """Something will not work; for what is not `live` yet, such as a target in shadow mode, it is a warning."""
    verdict = Verdict.FAILURE if live else Verdict.WARNING
    return CheckFinding(check=check, verdict=verdict, detail=detail, remedy=remedy)


def conclude(check: str, found: Iterable[CheckFinding], well: str) -> Iterator[CheckFinding]:
    """What was found, or that all is well."""
    findings = tuple(found)
    yield from findings or (CheckFinding(check=check, verdict=Verdict.OK, detail=well),)


def find_unread(check: str, reason: str | None, remedy: str) -> Iterator[CheckFinding]:
    """A warning where a part could not be read, so that nobody takes silence for health."""
    if reason is not None:
        yield warn(check, f"could not be read: {reason}", remedy)


def check_clock(check: str, ahead_s: float | None, longest_s: float) -> Iterator[CheckFinding]:
    """Our clock beside a vendor's: beyond `longest_s` signed webhooks are taken for replays, or for stale."""
    if ahead_s is None:
        yield warn(check, "the answer has no Date header", "check for a proxy between us and the vendor")
    elif abs(ahead_s) > longest_s:
        yield fault(check, f"our clock {_spell_gap(ahead_s)}: webhooks are refused", _CLOCK_REMEDY)
    elif abs(ahead_s) > _CLOSE_S:
        yield warn(check, f"our clock {_spell_gap(ahead_s)}", _CLOCK_REMEDY)


_CLOCK_REMEDY = "let this machine keep its time by NTP (timedatectl, chronyc tracking)"


def _spell_gap(ahead_s: float) -> str:
    return f"is {abs(ahead_s):.0f} s {'slow' if ahead_s > 0 else 'fast'}"
