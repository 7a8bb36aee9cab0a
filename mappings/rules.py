"""The base of all policy models: frozen, and strict about unknown keys so that a typo is an error."""

from pydantic import BaseModel, ConfigDict


class Rules(BaseModel):
    """A part of the policy; unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
