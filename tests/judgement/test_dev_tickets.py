"""The authored tickets and sentences, judged as a whole: quality may rise, not fall."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.records import Organization, TicketMetrics
from tests.core.sample_tickets import judge, make_clock, make_ticket
from worker.core.assessment import Assessment

FOLDER = Path(__file__).parent / "dev"


def read_cases() -> Iterator[tuple[dict[str, Any], Assessment]]:
    for case in tomllib.loads((FOLDER / "tickets.toml").read_text(encoding="utf-8"))["ticket"]:
        fields = case.get("org", {"arr": 20_000, "tier": "growth"})
        ticket = make_ticket(
            *[(who, text) for who, text in case["say"]],
            days=case["days"],
            subject=case["subject"],
            priority=case.get("priority", "normal"),
            tags=tuple(case.get("tags", ())),
            organization=Organization(id=5, name="Customer", fields=fields) if fields else None,
            sla=tuple(make_clock(metric, hours) for metric, hours in case["sla"]) if "sla" in case else None,
            metrics=TicketMetrics(reopens=case.get("reopens", 0), assignee_stations=1, group_stations=1),
        )
        yield case, judge(ticket)


def share_f1(counts: Counter[str]) -> float:
    return 2 * counts["tp"] / max(2 * counts["tp"] + counts["fp"] + counts["fn"], 1)


def test_the_authored_tickets_are_judged_well() -> None:
    escalate: Counter[str] = Counter()
    criteria: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for case, assessment in read_cases():
        escalate["tp"] += assessment.escalate and case["escalate"]
        escalate["fp"] += assessment.escalate and not case["escalate"]
        escalate["fn"] += case["escalate"] and not assessment.escalate
        held, wanted = set(assessment.criteria), set(case["criteria"])
        criteria["tp"] += len(held & wanted)
        criteria["fp"] += len(held - wanted - set(case.get("optional", ())))
        criteria["fn"] += len(wanted - held)
        if case["escalate"] and assessment.target and assessment.severity:
            right["target"] += assessment.target.value in case["target"]
            right["severity"] += assessment.severity.value in case["severity"]
    escalations = escalate["tp"] + escalate["fn"]
    assert share_f1(escalate) >= 0.9
    assert share_f1(criteria) >= 0.8
    assert right["target"] >= 0.85 * escalations
    assert right["severity"] >= 0.85 * escalations


def test_every_authored_security_ticket_is_found() -> None:
    for case, assessment in read_cases():
        if "impact.security" in case["criteria"]:
            assert assessment.target is not None, case["id"]
            assert assessment.target.value == "security", case["id"]


def test_reasons_are_words_and_never_ids() -> None:
    for case, assessment in read_cases():
        for verdict in (assessment.severity_verdict, assessment.target_verdict, assessment.escalate_verdict):
            for reason in verdict.reasons:
                assert not re.search(r"\b[a-z]+\.[a-z0-9_]+\b", reason), (case["id"], reason)
