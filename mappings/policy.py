"""The rule book as one frozen value: everything a decision may depend on besides the ticket and the time."""

from mappings.cadence import Cadence
from mappings.criteria import CriteriaRules, SeverityRules
from mappings.fields import Fields
from mappings.patterns import PatternRules
from mappings.redaction import Redaction
from mappings.routing import Routing
from mappings.rules import Rules


class Policy(Rules):
    """The whole policy. `digest` identifies its content (files and templates) and is stamped on every decision."""

    criteria: CriteriaRules
    severity: SeverityRules
    routing: Routing
    cadence: Cadence
    patterns: PatternRules
    fields: Fields
    redaction: Redaction
    digest: str
