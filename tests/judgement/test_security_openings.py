"""Security told in mild words, in four languages, and what only sounds like it."""

import tomllib
from pathlib import Path

from tests.core.sample_tickets import find, judge, make_ticket

OPENINGS = tomllib.loads((Path(__file__).parent / "dev" / "security.toml").read_text(encoding="utf-8"))


def is_security(text: str) -> bool:
    return find(judge(make_ticket(("customer", text))), "impact.security").is_met


def test_most_mild_reports_are_found() -> None:
    missed = [text for text in OPENINGS["yes"] if not is_security(text)]
    assert len(missed) <= 0.2 * len(OPENINGS["yes"]), missed


def test_hardly_anything_else_sounds_like_it() -> None:
    alarmed = [text for text in OPENINGS["no"] if is_security(text)]
    assert len(alarmed) <= 0.05 * len(OPENINGS["no"]), alarmed


SEEN = (
    "After logging in I can see the invoices and addresses of another company in my account."
    " I should not be able to see their data."
)
CONFIRMED = "Confirmed: customer A sees customer B's invoices in the portal. This is a data exposure."


def test_an_exposure_that_our_side_confirms_goes_to_security_as_critical() -> None:
    assessment = judge(make_ticket(("customer", SEEN), ("internal", CONFIRMED)))
    assert (assessment.target, assessment.severity) == ("security", "critical")
