"""The standard's criteria, the stay-in-support tests and the severity rules as policy models."""

from typing import Literal

from pydantic import Field, model_validator

from mappings.durations import Duration
from mappings.rules import Rules

Group = Literal["technical", "complexity", "impact", "business", "time", "pattern", "support"]

CRITERIA_IDS = (
    "technical.confirmed_bug",
    "technical.infrastructure",
    "technical.data_corruption",
    "complexity.beyond_support",
    "complexity.needs_access",
    "complexity.custom_implementation",
    "impact.multiple_customers",
    "impact.production_down",
    "impact.data_integrity",
    "impact.security",
    "business.high_value_at_risk",
    "business.sla",
    "business.executive",
    "time.open_beyond_sla",
    "time.waiting_long",
    "time.not_progressing",
    "pattern.three_customers",
    "pattern.recurring",
    "pattern.increasing_severity",
)
SUPPORT_IDS = (
    "support.documented_solution",
    "support.configuration",
    "support.guidance",
    "support.known_limitation",
    "support.resolved_before",
)
# What severity rules may ask for besides criteria: states of the clocks, of the customer and of the case.
CONDITION_IDS = (
    "sla.at_risk",
    "sla.breached",
    "customer.high_value",
    "customer.critical_account",
    "case.workaround",
    "case.unblocked",
    "case.blocked",
    "case.data_at_risk",
    "case.wrong_data",
    "case.many_affected",
    "case.urgent",
    "case.filed_urgent",
    "case.churn",
    "case.legal",
    "case.public",
    "case.exception",
    "case.deadline",
    "case.exposure",
    "target.l2",
    "target.engineering",
    "target.product",
    "target.security",
    "target.leadership",
)


class Criterion(Rules):
    """One criterion of the standard: what it looks at, how much it counts and how its evidence is worded.

    `weight` only orders the review list. A criterion with `escalates = false` supports a decision but never
    makes one alone. `enabled = false` leaves it out.
    """

    id: str
    title: str
    group: Group
    looks_at: str
    evidence: str
    weight: float = Field(ge=0, le=1)
    escalates: bool = True
    enabled: bool = True


class Thresholds(Rules):
    """The numbers that criteria compare with. Money is in the currency of the organisation field."""

    met: float = Field(0.6, gt=0, le=1)
    near: float = Field(0.25, gt=0, le=1)
    at_risk: Duration
    waiting: Duration
    unanswered: Duration
    hand_overs: int = Field(4, ge=2)
    high_value_arr: float = Field(ge=0)
    high_value_tiers: tuple[str, ...] = ()
    critical_tiers: tuple[str, ...] = ()
    resolution_metrics: tuple[str, ...] = ()
    many_users: int = Field(50, ge=1)

    @model_validator(mode="after")
    def _check_order(self) -> "Thresholds":
        if self.near >= self.met:
            raise ValueError("near must be below met")
        return self


class CriteriaRules(Rules):
    """`criteria.toml`: one row for each criterion and each stay-in-support test, and their thresholds."""

    thresholds: Thresholds
    criteria: tuple[Criterion, ...]
    support: tuple[Criterion, ...]

    @model_validator(mode="after")
    def _check_ids(self) -> "CriteriaRules":
        mistakes = _compare_ids("criteria", self.criteria, CRITERIA_IDS) + _compare_ids(
            "support", self.support, SUPPORT_IDS
        )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    def find_rule(self, rule_id: str) -> Criterion:
        """The row with this id; raises KeyError for an unknown one."""
        for row in (*self.criteria, *self.support):
            if row.id == rule_id:
                return row
        raise KeyError(rule_id)


def _compare_ids(part: str, rows: tuple[Criterion, ...], known: tuple[str, ...]) -> list[str]:
    """Mistakes in the ids of `rows`; every known id must be there, because code judges exactly these."""
    given = [row.id for row in rows]
    return [f"{part}: unknown id {row!r}" for row in given if row not in known] + [
        f"{part}: no row for {row!r}" for row in known if row not in given
    ]


class SeverityRule(Rules):
    """One row of the severity table: it applies when all of `all`, one of `any` and none of `none` hold."""

    id: str
    severity: Literal["critical", "high", "medium"]
    because: str
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_conditions(self) -> "SeverityRule":
        known = {*CRITERIA_IDS, *CONDITION_IDS}
        unknown = [name for name in (*self.all, *self.any, *self.none) if name not in known]
        if unknown:
            raise ValueError(f"unknown condition {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        return self


class SeverityRules(Rules):
    """`severity.toml`: rows in order of precedence, the first that applies decides; else `otherwise`."""

    rules: tuple[SeverityRule, ...]
    otherwise: Literal["critical", "high", "medium"] = "medium"
