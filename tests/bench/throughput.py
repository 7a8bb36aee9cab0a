"""How fast one process takes tickets through reading, judging and storing when no vendor makes it wait."""

from pathlib import Path

from tests.bench.figures import Figure, Result, divide
from tests.bench.polling import Polls, measure_polls

NAME = "poll"
METHOD = (
    "`poll --once` (one process, one thread, SQLite) over 1,000 generated tickets on a sandbox without latency, less"
    " an empty poll's time; opening 2 % of them included. Processor figures leave the sandbox's own process out."
)


def run(folder: Path) -> Result:
    """Measures one poll from start to nothing due."""
    polls = measure_polls(folder)
    read = polls.full.counts["read"]
    wall, cpu = polls.full.wall_s - polls.empty.wall_s, polls.full.cpu_s - polls.empty.cpu_s
    return Result(
        benchmark=NAME,
        method=METHOD,
        figures=(
            Figure(
                name=f"tickets read, judged and stored ({read})",
                value=divide(read, wall) or 0.0,
                unit="/s",
                floor=f"{divide(read, cpu) or 0.0:.0f}/s by processor time alone",
                ratio=divide(cpu, wall),
            ),
            Figure(
                name="processor time per ticket",
                value=(divide(cpu, read) or 0.0) * 1000,
                unit="ms",
            ),
            *_describe_rest(polls),
        ),
    )


def _describe_rest(polls: Polls) -> tuple[Figure, ...]:
    counts = polls.full.counts
    return (
        Figure(
            name="issues opened on the way",
            value=counts["opened"],
            unit="",
            floor="of the tickets read",
            ratio=divide(counts["opened"], counts["read"]),
        ),
        Figure(name="parked", value=counts["parked"], unit="", floor="0"),
        Figure(
            name="the sandbox's processor time",
            value=polls.sandbox_cpu_s,
            unit="s",
            floor="the poll's wall time: near 1 the sandbox is what limits",
            ratio=divide(polls.sandbox_cpu_s, polls.full.wall_s),
        ),
        Figure(name="a poll of nothing, start-up included", value=polls.empty.wall_s, unit="s"),
    )
