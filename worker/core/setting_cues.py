"""Words that name what it runs on: browser, system, version and plan.

Each pattern is tried on one sentence of bounded length and has no nested repetition. They choose which of the
ticket's own words go into which section of a brief; whether anything is escalated never depends on them.
"""

import re

BROWSER = re.compile(r"\b(?:Chrome|Firefox|Safari|Edge|Opera|Internet Explorer)(?: \d{1,3}(?:\.\d{1,4})?)?\b")
SYSTEM = re.compile(
    r"\b(?:Windows(?: Server)? ?(?:\d{1,4}|XP)|macOS(?: [A-Z]\w+| \d{1,2})?|iOS \d{1,2}(?:\.\d{1,2})?"
    r"|iPadOS \d{1,2}"
    r"|Android \d{1,2}|Ubuntu(?: \d{2}\.\d{2})?|ChromeOS|Linux)\b",
    re.IGNORECASE,
)
VERSION = re.compile(
    r"(?<![\d.])\b(?P<version>(?:versi[oó]n|release|build|firmware|firmwareversion|micrologiciel|app|sdk"
    r"|api|client|server|plugin"
    r"|agent)\s+v?\d{1,4}(?:\.\d{1,5}){0,3}"
    r"|v\d{1,4}(?:\.\d{1,5}){1,3}|\d{1,4}\.\d{1,5}\.\d{1,5})\b(?!\.\d)",
    re.IGNORECASE,
)
PLAN = re.compile(
    r"\b(?:Free|Starter|Basic|Pro|Professional|Business|Team|Premium|Enterprise|Growth) (?:plan|tier|tarif)\b",
    re.IGNORECASE,
)
