"""Recognises that several customers report the same problem: one ticket at a time, from values, without a clock."""
