"""Benchmarks on real components: `python -m tests.bench`. They report, with floors; they assert nothing."""
