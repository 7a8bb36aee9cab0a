"""What is taken out of text before it leaves support, by receiving team."""

from enum import StrEnum

from pydantic import Field

from mappings.rules import Rules


class Removal(StrEnum):
    """A kind of text that is removed; the value is what the visible mark calls it. Earlier kinds outweigh later."""

    CARD = "card number"
    PRIVATE_KEY = "private key"
    SECRET = "secret or token"  # noqa: S105 - the name of a kind
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    IBAN = "bank account"
    NATIONAL_ID = "national id"
    EMAIL = "e-mail address"
    PHONE = "phone number"


ALWAYS = frozenset({Removal.CARD, Removal.PRIVATE_KEY, Removal.SECRET, Removal.PASSWORD})
"""What leaves support to nobody: no receiving team needs it to do its work."""


class PersonalData(Rules):
    """Which personal identifiers are removed for one target; card numbers, secrets and passwords always are."""

    email: bool = True
    phone: bool = True
    iban: bool = True
    national_id: bool = True

    @property
    def kinds(self) -> frozenset[Removal]:
        """Everything that is removed for this target."""
        chosen = {
            Removal.EMAIL: self.email,
            Removal.PHONE: self.phone,
            Removal.IBAN: self.iban,
            Removal.NATIONAL_ID: self.national_id,
        }
        return ALWAYS | {kind for kind, is_removed in chosen.items() if is_removed}


class RedactionTargets(Rules):
    """The four targets whose text leaves the help desk; what L2 reads stays on the ticket."""

    engineering: PersonalData = Field(default_factory=PersonalData)
    product: PersonalData = Field(default_factory=PersonalData)
    security: PersonalData = Field(default_factory=PersonalData)
    leadership: PersonalData = Field(default_factory=PersonalData)


class Redaction(Rules):
    """`redaction.toml`."""

    targets: RedactionTargets = Field(default_factory=RedactionTargets)

    def find_kinds(self, target: str) -> frozenset[Removal]:
        """What is removed for the target with this id; nothing for l2, which reads the ticket itself."""
        if target == "l2":
            return frozenset()
        rules: PersonalData = getattr(self.targets, target)
        return rules.kinds
