"""Cells of a table that a spreadsheet opens: customers' words must be text there, never a formula."""

from worker.cli.output import blank_controls

# The wide forms are those that spreadsheets of East Asia obey.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def spell_cell(value: object) -> str:
    """The value in one line; with an apostrophe before it where a spreadsheet would begin to calculate."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = " ".join(blank_controls(str(value)).split())
    return f"'{text}" if text.startswith(_FORMULA) else text
