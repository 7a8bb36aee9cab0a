"""Patterns of many alternatives that are tried on one sentence."""

import re


def compile_any(*alternatives: str) -> re.Pattern[str]:
    """The pattern that matches where any of the alternatives does, in upper or lower case."""
    return re.compile("|".join(alternatives), re.IGNORECASE)
